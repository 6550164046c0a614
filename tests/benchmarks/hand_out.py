"""Distribution by itself: `python -m tests.benchmarks.hand_out prepare|fill|growth|freed FILE`, in this order, in one installation.

500 agents with room for 20 conversations each, all in one queue, whose workstream accepts automatically.
"""

import datetime
import json
import os
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from channels_app.models import Channel
from config.startup import settle_memory
from conversations import dispatch, lifecycle
from conversations.models import Conversation, SocialProfile
from tests import builders
from tests.benchmarks.assignment import AGENTS, EACH, FEW, MANY
from workstreams.distribution import capacity
from workstreams.models import Agent, DistributionSettings, Membership, Presence, Queue, User

UPDATES, ROUNDS, SLOTS, WARM_UP = 2_000, 40, 25, 3
POLL_SECONDS, PATIENCE = 0.01, 60


def prepare() -> dict[str, Any]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    queue = builders.queue("Everyone")
    DistributionSettings.objects.create(pk=1, most_sessions=EACH)
    workstream = builders.workstream(fallback_queue=queue, units_per_conversation=1, auto_accept=True)
    builders.channel(account=builders.account(), workstream=workstream)
    users = User.objects.bulk_create(User(username=f"agent{number}") for number in range(AGENTS))
    agents = Agent.objects.bulk_create(Agent(user=user, public_name=user.username, units_total=EACH) for user in users)
    Membership.objects.bulk_create(Membership(queue=queue, agent=agent) for agent in agents)
    Presence.objects.bulk_create(Presence(agent=agent, state="available") for agent in agents)
    _let_wait(MANY)
    return {}


def _everybody_is_there() -> None:
    Presence.objects.update(seen_at=timezone.now() + datetime.timedelta(hours=1))


def _let_wait(count: int) -> None:
    channel = Channel.objects.select_related("workstream").get()
    known = SocialProfile.objects.count()
    at = timezone.now()
    for first in range(known, known + count, 1_000):
        numbers = range(first, min(first + 1_000, known + count))
        profiles = SocialProfile.objects.bulk_create(
            SocialProfile(account_id=channel.account_id, line_id=f"U{number:032x}", fetched_at=at) for number in numbers
        )
        Conversation.objects.bulk_create(
            Conversation(
                channel=channel,
                profile=profile,
                queue_id=channel.workstream.fallback_queue_id,
                queued_at=at,
                routed_at=at,
                last_interaction_at=at,
                state_changed_at=at,
            )
            for profile in profiles
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def fill() -> dict[str, Any]:
    """10,000 waiting conversations to 500 agents; against one plain update after the other, half before and half after."""
    _everybody_is_there()
    seconds = _plain_updates()
    queue, began, given = Queue.objects.get(), time.perf_counter(), 0
    while picks := len(dispatch.distribute_batch([queue]).picks):
        given += picks
    whole = time.perf_counter() - began
    seconds += _plain_updates()
    active = Conversation.objects.filter(state="active").count()
    if given != MANY or active != MANY or capacity.find_drift() or Agent.objects.exclude(units_used=EACH).exists():
        raise SystemExit(f"bench: {given} given, {active} active; the books don't balance")
    return {"assigned_per_second": given / whole, "updates_per_second": UPDATES / seconds}


def _plain_updates() -> float:
    keys = list(Agent.objects.values_list("pk", flat=True))
    began = time.perf_counter()
    for number in range(UPDATES // 2):
        Agent.objects.filter(pk=keys[number % AGENTS]).update(units_used=F("units_used"))
    return time.perf_counter() - began


def growth() -> dict[str, Any]:
    """What one assignment costs when everybody is full and one slot comes free, with few and with many waiting."""
    _everybody_is_there()
    found: dict[str, Any] = {}
    for name, waiting in (("few", FEW), ("many", MANY)):
        _let_wait(waiting - Conversation.objects.filter(state="open").count())
        seconds = []
        for number in range(ROUNDS + WARM_UP):
            _free_a_slot()
            began = time.perf_counter()
            dispatch.run()
            if number >= WARM_UP:
                seconds.append(time.perf_counter() - began)
        if Agent.objects.exclude(units_used=EACH).exists():
            raise SystemExit("bench: a slot stayed free")
        found[name] = median(seconds)
    return found


def _free_a_slot() -> Conversation:
    """One customer is done, and another comes, so that as many wait afterwards."""
    done = Conversation.objects.filter(state="active").select_related("agent__user").order_by("?")[0]
    lifecycle.end_conversation(conversation_id=done.pk, actor=done.agent.user)
    channel = Channel.objects.select_related("workstream").get()
    number = SocialProfile.objects.count()
    profile = SocialProfile.objects.create(account_id=channel.account_id, line_id=f"U{number:032x}", fetched_at=timezone.now())
    builders.conversation(channel, customer=profile)
    return done


def freed() -> dict[str, Any]:
    """From the end of a conversation to the next one with that agent, through hint, broker and worker."""
    _everybody_is_there()
    seconds = []
    for number in range(SLOTS + WARM_UP):
        done = _free_a_slot()
        began = time.perf_counter()
        while Agent.objects.get(pk=done.agent_id).units_used < EACH:
            if time.perf_counter() > began + PATIENCE:
                raise SystemExit("bench: the freed slot stays free")
            time.sleep(POLL_SECONDS)
        if number >= WARM_UP:
            seconds.append(time.perf_counter() - began)
        time.sleep(0.1)
    return {"seconds": seconds}


if __name__ == "__main__":
    settle_memory()  # as the worker does
    steps = {"prepare": prepare, "fill": fill, "growth": growth, "freed": freed}
    Path(sys.argv[2]).write_text(json.dumps(steps[sys.argv[1]]()))
