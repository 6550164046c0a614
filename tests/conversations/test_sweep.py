"""The sweep finds what lost hints and dead processes left behind."""

import datetime
import logging

from django.utils import timezone

from conversations import tasks
from conversations.models import Conversation, LiveHint, Offer
from tests import builders
from workstreams.models import Agent, Presence, Workstream


def ago(seconds):
    return timezone.now() - datetime.timedelta(seconds=seconds)


def test_the_sweep_alone_routes_and_offers(channel, alice):
    builders.conversation(channel, routed_at=None)

    tasks.sweep()

    assert Offer.objects.get().agent == alice


def test_the_sweep_takes_an_offer_from_an_agent_who_is_gone_and_gives_it_to_the_next(channel, alice, bob):
    Agent.objects.filter(pk=bob.pk).update(units_used=60)
    builders.conversation(channel)
    tasks.sweep()
    Presence.objects.filter(agent=alice).update(seen_at=ago(61))

    tasks.sweep()

    assert Offer.objects.get(state="pending").agent == bob
    assert Presence.objects.get(agent=alice).state == "offline"


def test_the_sweep_closes_wrap_ups_that_are_over(channel, alice):
    Workstream.objects.update(wrap_up_block="custom", wrap_up_seconds=30)
    builders.conversation(channel, state="wrap_up", agent=alice, state_changed_at=ago(31))

    tasks.sweep()

    assert Conversation.objects.get().state == "closed"


def test_drift_is_reported_once_and_not_mended(channel, alice, caplog):
    Agent.objects.update(units_used=60)

    with caplog.at_level(logging.ERROR):
        tasks.sweep()
        tasks.sweep()

    assert [record.getMessage() for record in caplog.records] == [f"agent {alice.pk} has 60 units in use, its conversations hold 0"]
    assert Agent.objects.get().units_used == 60


def test_one_failing_step_does_not_stop_the_sweep(channel, alice, monkeypatch, caplog):
    def broken():
        raise RuntimeError("broken")

    monkeypatch.setattr("conversations.offers.expire_offers", broken)
    builders.conversation(channel)

    tasks.sweep()

    assert Offer.objects.count() == 1
    assert "broken" in caplog.text


def test_old_live_hints_are_purged(db):
    LiveHint.objects.create(topic="floor", at=ago(61))
    fresh = LiveHint.objects.create(topic="floor", at=ago(5))

    tasks.sweep()

    assert list(LiveHint.objects.all()) == [fresh]


def test_distribution_runs_once_at_a_time_and_a_hint_meanwhile_makes_it_go_round_again(monkeypatch):
    runs = []

    def run(*, until):
        runs.append(until)
        if len(runs) == 1:
            tasks.distribute()

    monkeypatch.setattr("conversations.dispatch.run", run)
    monkeypatch.setattr("conversations.overflow.leave_queues_without_agents", lambda: 0)

    tasks.distribute()

    assert len(runs) == 2
