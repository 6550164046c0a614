"""Sweeps at the same moment, and a customer who writes at the moment that a silence ends."""

import datetime

import pytest
from django.db import transaction
from django.utils import timezone

from channels_app.lanes import lock_lane
from channels_app.models import Lane
from conversations import arrival, auto_close, timeouts
from conversations.models import Conversation, JournalEntry, Message, TimeoutRun
from tests import builders
from tests.conversations.test_concurrency import assert_books_balance, at_once, transient  # noqa: F401 - a fixture
from workstreams.models import Agent, TimeoutRule

pytestmark = pytest.mark.django_db(transaction=True)
SILENT = datetime.timedelta(days=40)


@pytest.fixture
def silent(channel, alice):
    """Six conversations of Alice's whose customers have not answered for forty days."""
    at, made = timezone.now() - SILENT, []
    for number in range(6):
        lane = Lane.objects.create(account=channel.account, key=f"user:{number}")
        fields = {"last_agent_message_at": at, "assigned_at": at, "state_changed_at": at, "last_interaction_at": at}
        customer = builders.profile(channel.account, lane=lane)
        made.append(builders.conversation(channel, customer=customer, state="active", agent=alice, holder=alice, units_held=20, **fields))
    Agent.objects.update(units_used=120)
    return made


def rule(workstream, action, **extra):
    return TimeoutRule.objects.create(workstream=workstream, name=action, trigger="customer_silent", minutes=5, action=action, **extra)


def test_four_sweeps_at_once_run_each_rule_once(workstream, silent, transient):  # noqa: F811
    rule(workstream, "message_customer", priority=1, texts={"en": "Still there?"}, fallback_language="en")
    rule(workstream, "wait", priority=2)

    ran = at_once(*[timeouts.run_due] * 4)

    assert (sum(ran), transient) == (12, [])
    assert TimeoutRun.objects.count() == 12
    assert Message.objects.filter(text="Still there?").count() == 6
    assert set(Conversation.objects.values_list("state", flat=True)) == {"waiting"}
    assert_books_balance()


def test_four_sweeps_at_once_close_each_conversation_once(silent, transient):  # noqa: F811
    closed = at_once(*[auto_close.close_silent] * 4)

    assert (sum(closed), transient) == (6, [])
    assert JournalEntry.objects.filter(verb="auto_closed").count() == 6
    assert_books_balance()


@pytest.mark.parametrize("sweep", [timeouts.run_due, auto_close.close_silent])
def test_a_customer_who_writes_at_that_moment_has_one_live_conversation(channel, workstream, silent, sweep, transient):  # noqa: F811
    rule(workstream, "close")

    def write(conversation):
        with transaction.atomic():
            lock_lane(conversation.profile.lane_id)
            now = timezone.now()
            found = arrival.customer_wrote(channel=channel, profile=conversation.profile, at=now)
            Conversation.objects.filter(pk=found.pk).update(last_customer_message_at=now)
            return found.pk

    answers = at_once(sweep, sweep, *[lambda each=each: write(each) for each in silent])

    assert transient == []
    for conversation, written_in in zip(silent, answers[2:], strict=True):
        live = Conversation.objects.exclude(state="closed").filter(profile=conversation.profile)
        assert [each.pk for each in live] == [written_in], "what was written is in the one that lives"
    assert_books_balance()
