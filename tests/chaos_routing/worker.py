"""What each of the processes does until it is killed: agents act, hints are followed, and somebody sweeps.

A worker of the product runs `distribute` when it is hinted and `sweep` every five seconds; here every process also plays
some of the agents, so that all of it happens at once. Hints are a flag that all share; who dies with one in hand loses it.
"""

import contextlib
import datetime
import os
import random
import time
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError
from django.utils import timezone

from channels_app import hints
from conversations import dispatch, lifecycle, offers, tasks
from conversations.models import Conversation, Offer
from tests.chaos_routing.plan import SWEEP_SECONDS
from workstreams import presence
from workstreams.models import Agent, Presence

DECLINES, FOLLOWED, LOST_PAGE_SECONDS = 0.25, 0.4, 70


@dataclass
class Shared:
    """What the processes share: the hint, the last sweep's begin, whether the storm blows, and when whole passes ended."""

    hinted: Any
    swept: Any
    storm: Any
    passes: Any


def work(shared: Shared, seed: int) -> None:
    """Until somebody kills this process, or the one that started it is gone."""
    chance, parent = random.Random(seed), os.getppid()
    hints.thread.add = lambda name: shared.hinted.set()  # type: ignore[method-assign]
    while os.getppid() == parent:
        with contextlib.suppress(OperationalError, lifecycle.NotAllowedNow, offers.OfferGone):
            if _sweep_is_due(shared):
                _whole_pass(shared, tasks.sweep)
            elif shared.hinted.is_set() and chance.random() < FOLLOWED:
                shared.hinted.clear()
                _whole_pass(shared, dispatch.run)
            else:
                _act(chance, bool(shared.storm.value))
        time.sleep(chance.uniform(0, 0.05))


def _sweep_is_due(shared: Shared) -> bool:
    with shared.swept.get_lock():
        due = time.monotonic() - shared.swept.value >= SWEEP_SECONDS
        if due:
            shared.swept.value = time.monotonic()
    return due


def _whole_pass(shared: Shared, run: Any) -> None:
    """`passes` holds the begin of the last two runs that ended, so that the watcher knows what had its chance."""
    began = time.monotonic()
    run()
    with shared.passes.get_lock():
        if began > shared.passes[1]:
            shared.passes[0], shared.passes[1] = shared.passes[1], began


def _act(chance: random.Random, storm: bool) -> None:
    (action,) = chance.choices([_answer, _finish, _come_or_go if storm else _answer], weights=[5, 4, 1])
    action(chance)


def _answer(chance: random.Random) -> None:
    pending = list(Offer.objects.filter(state="pending").select_related("agent__user").order_by("pk")[:30])
    if pending:
        offer = chance.choice(pending)
        declines = chance.random() < DECLINES and not offer.assigns_itself
        decide = offers.decline_offer if declines else offers.accept_offer
        decide(offer_id=offer.pk, actor=offer.agent.user)


def _finish(chance: random.Random) -> None:
    active = list(Conversation.objects.filter(state="active").select_related("agent__user").order_by("pk")[:100])
    if active:
        conversation = chance.choice(active)
        lifecycle.end_conversation(conversation_id=conversation.pk, actor=conversation.agent.user)


def _come_or_go(chance: random.Random) -> None:
    agent = chance.choice(list(Agent.objects.order_by("pk")))
    what = chance.choice(["available", "available", "busy", "do_not_disturb", "away", "sign out", "sign in", "close page"])
    if what == "close page":
        Presence.objects.filter(agent=agent).update(seen_at=timezone.now() - datetime.timedelta(seconds=LOST_PAGE_SECONDS))
        return
    if what == "sign out":
        presence.sign_out(agent)
    elif what == "sign in":
        presence.sign_in(agent)
    else:
        presence.set_presence(agent, what)
    Presence.objects.filter(agent=agent).update(seen_at=timezone.now() + datetime.timedelta(hours=1))
