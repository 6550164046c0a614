"""The queues on the floor: what waits in each, how long, and who is there."""

import datetime

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conversations import overflow
from conversations.supervisor.queues import queue_cards
from tests import builders
from workstreams.models import OperatingHours, Queue

FLOOR = "supervisor:floor"


def waiting(channel, queue, *, seconds):
    return builders.conversation(channel, queue=queue, queued_at=timezone.now() - datetime.timedelta(seconds=seconds))


def test_a_card_counts_what_waits_and_what_waits_longer_than_the_service_level(channel, alice, bob, returns, browser, sue):
    Queue.objects.filter(pk=returns.pk).update(service_level_seconds=60)
    for seconds in (10, 20, 70, 90):
        waiting(channel, returns, seconds=seconds)

    card = queue_cards()[0][0]

    assert (card.queue, card.waiting, card.late, card.late_percent, card.members, card.there) == (returns, 4, 2, 50, 2, 2)
    assert 90 <= card.longest_wait_seconds < 100
    assert "2 of 4 (50 %) wait longer than 1 min" in browser(sue).get(reverse(FLOOR)).content.decode()


def test_only_open_work_that_is_handed_out_counts(channel, alice, returns):
    builders.conversation(channel, queue=returns, state="active", agent=alice, holder=alice, units_held=20)
    builders.conversation(channel, queue=returns, aside=True)

    assert sum(card.waiting for card in queue_cards()[0]) == 0


def test_who_is_offline_or_deactivated_is_not_there(channel, returns):
    builders.agent("dana", queues=[returns], present="offline")
    gone = builders.agent("emil", queues=[returns])
    gone.user.is_active = False
    gone.user.save()

    card = next(card for card in queue_cards()[0] if card.queue == returns)

    assert (card.members, card.there) == (1, 0)


def test_a_closed_queue_says_until_when(browser, sue, db):
    builders.queue("Night", hours=OperatingHours.objects.create(name="Never"))

    assert "open within a year" in browser(sue).get(reverse(FLOOR)).content.decode()


def test_the_supervisor_is_told_of_a_queue_without_agents_that_was_sent_something(channel, alice, browser, sue):
    empty = builders.queue("Empty")
    page = lambda: browser(sue).get(reverse(FLOOR)).content.decode()  # noqa: E731
    assert "Nobody works in the queue" not in page()
    builders.conversation(channel, queue=empty)
    assert "Nobody works in the queue Empty, and 1 conversation waits there." in page()

    overflow.leave_queues_without_agents()

    assert "Nobody works in the queue Empty. What was sent there went to the fallback queue." in page()
    empty.memberships.create(agent=alice)
    assert "Nobody works in the queue" not in page()


def test_the_supervisor_is_told_of_an_empty_fallback_queue(channel, everyone, browser, sue):
    builders.conversation(channel)

    assert "Nobody works in the queue Everyone, and 1 conversation waits there." in browser(sue).get(reverse(FLOOR)).content.decode()


def test_cards_cost_the_same_for_many(channel, alice):
    def measured(prefix, count):
        for number in range(count):
            hours = OperatingHours.objects.create(name=f"{prefix}{number}")
            waiting(channel, builders.queue(f"{prefix}{number}", hours=hours, service_level_seconds=60), seconds=70)
        with CaptureQueriesContext(connection) as captured:
            queue_cards()
        return len(captured)

    assert measured("a", 1) == measured("b", 12) == 4


def test_troubled_queues_come_first_and_not_all_are_shown(channel, returns, alice, monkeypatch):
    monkeypatch.setattr("conversations.supervisor.queues.SHOWN_AT_MOST", 2)
    builders.conversation(channel, queue=builders.queue("Empty"))
    for _ in range(3):
        builders.conversation(channel, queue=returns)

    cards, more = queue_cards()

    assert ([card.queue.name for card in cards], more) == (["Empty", "Returns"], True)
