"""Conversations in which nothing happens close by themselves: each state after its time, the clock being the last activity."""

import datetime
import time

import pytest
from django.utils import timezone

from channels_app.models import Channel
from conversations import auto_close, lifecycle, tasks
from conversations.models import Conversation, Offer
from tests import builders
from workstreams.models import Agent, Workstream

DAY = 24 * 60
LIMITS = {"open": 30 * DAY, "active": 30 * DAY, "waiting": 28 * DAY, "wrap_up": DAY}


def ago(minutes):
    return timezone.now() - datetime.timedelta(minutes=minutes)


def silent(channel, state, minutes, alice, **extra):
    """A conversation in which nothing has happened for so long."""
    at = ago(minutes)
    fields = {"state_changed_at": at, "last_interaction_at": at, "last_customer_message_at": at}
    if state != "open":
        fields |= {"agent": alice, "assigned_at": at}
    if state in ("active", "wrap_up"):
        fields |= {"holder": alice, "units_held": 20}
        Agent.objects.filter(pk=alice.pk).update(units_used=20)
    return builders.conversation(channel, state=state, **(fields | extra))


@pytest.fixture(autouse=True)
def always_blocked(workstream):
    Workstream.objects.update(wrap_up_block="always")


@pytest.mark.parametrize("state", LIMITS)
def test_each_state_closes_after_its_time_and_no_sooner(channel, alice, state):
    conversation = silent(channel, state, LIMITS[state] - 1, alice)
    tasks.close_silent()
    assert Conversation.objects.get().state == state

    past = datetime.timedelta(minutes=2)
    Conversation.objects.update(
        **{name: getattr(conversation, name) - past for name in ("state_changed_at", "last_interaction_at", "last_customer_message_at")}
    )
    tasks.close_silent()

    closed = Conversation.objects.get()
    assert (closed.state, closed.close_reason, closed.closed_by) == ("closed", "auto_close", None)
    assert Agent.objects.get().units_used == 0
    line = closed.journal.get()
    assert (line.verb, line.data["reason"], line.actor_kind) == ("auto_closed", "auto_close", "system")


@pytest.mark.parametrize("clock", ["state_changed_at", "last_interaction_at", "last_customer_message_at"])
def test_any_activity_restarts_the_clock(channel, alice, clock):
    silent(channel, "active", LIMITS["active"] + 60, alice, **{clock: ago(5)})

    assert auto_close.close_silent() == 0


def test_a_channel_s_own_time_counts_for_its_conversations_alone(channel, alice, workstream):
    Channel.objects.update(close_waiting_minutes=10)
    other = builders.channel(account=builders.account(), workstream=workstream)
    short, long = (silent(each, "waiting", 11, alice) for each in (channel, other))

    assert auto_close.close_silent() == 1

    states = [Conversation.objects.get(pk=each.pk).state for each in (short, long)]
    assert states == ["closed", "waiting"]


def test_how_long_one_waits_for_its_customer_is_the_workstream_s_to_say(channel, alice):
    Workstream.objects.update(auto_close_minutes=60)
    silent(channel, "waiting", 61, alice)

    assert auto_close.close_silent() == 1


def test_a_wrap_up_with_a_time_of_its_own_is_left_to_that(channel, alice):
    Workstream.objects.update(wrap_up_block="custom", wrap_up_seconds=3600)
    Channel.objects.update(close_wrap_up_minutes=1)
    silent(channel, "wrap_up", 30, alice)

    assert auto_close.close_silent() + lifecycle.close_finished_wrap_ups() == 0


def test_a_wrap_up_blocked_until_its_agent_closes_it_outlasts_the_short_sweep(channel, alice):
    silent(channel, "wrap_up", DAY - 5, alice)

    assert lifecycle.close_finished_wrap_ups() == 0


def test_what_is_offered_is_taken_back_when_it_closes(channel, alice):
    conversation = silent(channel, "open", LIMITS["open"] + 1, alice, holder=alice, units_held=20)
    Agent.objects.filter(pk=alice.pk).update(units_used=20)
    offer = Offer.objects.create(
        conversation=conversation, agent=alice, queue=conversation.queue, offered_at=timezone.now(), deadline=timezone.now()
    )

    tasks.close_silent()

    offer.refresh_from_db()
    assert (offer.state, Agent.objects.get().units_used) == ("withdrawn", 0)


def test_conversations_of_a_removed_channel_close_too(channel, alice):
    Channel.objects.update(removed_at=timezone.now())
    silent(channel, "waiting", LIMITS["waiting"] + 1, alice)

    assert auto_close.close_silent() == 1


def test_more_than_a_batch_closes_in_one_sweep_and_twice_is_once(channel, alice, monkeypatch):
    monkeypatch.setattr(auto_close, "BATCH", 3)
    for _ in range(7):
        silent(channel, "waiting", LIMITS["waiting"] + 1, alice)

    assert [auto_close.close_silent(), auto_close.close_silent()] == [7, 0]


def test_a_sweep_out_of_time_leaves_the_rest_to_the_next(channel, alice):
    silent(channel, "waiting", LIMITS["waiting"] + 1, alice)

    assert auto_close.close_silent(until=time.monotonic() - 1) == 0
    assert auto_close.close_silent() == 1


def test_a_message_between_the_look_and_the_lock_keeps_it_open(channel, alice, monkeypatch):
    conversation = silent(channel, "active", LIMITS["active"] + 1, alice)
    lock = lifecycle.lock_conversation

    def written_meanwhile(conversation_id):
        Conversation.objects.filter(pk=conversation_id).update(last_customer_message_at=timezone.now())
        return lock(conversation_id)

    monkeypatch.setattr(auto_close, "lock_conversation", written_meanwhile)

    assert auto_close.close_silent() == 0
    assert Conversation.objects.get(pk=conversation.pk).state == "active"


def test_looking_costs_the_same_for_many_that_are_not_due(channel, alice, django_assert_num_queries):
    for _ in range(12):
        silent(channel, "waiting", 5, alice)

    with django_assert_num_queries(12):  # for each of four states: the channels, the time, those that are due
        auto_close.close_silent()
