"""Conversations that waited too long, or wait where nobody works."""

import datetime
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from channels_app.models import Bubble, Lane, MessagingAccount
from conversations import composer, offers, overflow, tasks
from conversations.automatic_texts import ENDED_BY_OVERFLOW
from conversations.inbox.wording import journal_sentence
from conversations.models import Conversation, JournalEntry, Message, Offer
from tests import builders
from workstreams.models import Agent, Membership, Overflow, Queue, User
from workstreams.overflows import OverflowDraft, save_overflows


def ago(minutes):
    return timezone.now() - datetime.timedelta(minutes=minutes)


def slow(queue, *, minutes=5, target=None):
    action = "transfer" if target else "end"
    return Overflow.objects.create(queue=queue, condition="waiting_time", threshold=minutes, action=action, target=target)


def waiting(channel, queue, *, minutes=6, **extra):
    return builders.conversation(channel, queue=queue, queued_at=ago(minutes), **extra)


@pytest.fixture
def staffed(alice, bob):
    """Both queues have members, who are offered nothing here."""
    Agent.objects.update(units_total=0)


@pytest.fixture
def settle():
    """What the tasks come to, when each hint is followed by another round."""

    def run():
        for _ in range(3):
            tasks.distribute()

    return run


# --- Waited too long ----------------------------------------------------------------------------------


def test_what_waited_too_long_moves_and_waits_anew_in_its_old_turn(channel, staffed, returns, everyone):
    slow(returns, target=everyone)
    late, early = waiting(channel, returns, minutes=6, last_interaction_at=ago(30)), waiting(channel, returns, minutes=4)

    tasks.sweep()

    late.refresh_from_db()
    early.refresh_from_db()
    assert (late.queue, late.state, early.queue) == (everyone, "open", returns)
    assert late.queued_at > ago(1)
    assert late.last_interaction_at < ago(29)
    assert [journal_sentence(line) for line in late.journal.filter(verb="overflowed")] == [
        "Moved to the queue Everyone, it had waited too long"
    ]


def test_both_queues_and_the_conversation_hear_of_it(channel, staffed, returns, everyone, monkeypatch):
    topics = set()
    monkeypatch.setattr("conversations.live.publish", topics.update)
    slow(returns, target=everyone)
    moved = waiting(channel, returns)

    overflow.overflow_slow_queues()

    assert {f"queue:{returns.public_id}", f"queue:{everyone.public_id}", f"conversation:{moved.public_id}", "floor"} <= topics


def test_a_conversation_can_be_ended_instead(channel, staffed, returns):
    slow(returns)
    ended = waiting(channel, returns)

    tasks.sweep()

    ended.refresh_from_db()
    assert (ended.state, ended.close_reason) == ("closed", "waiting_time")
    assert [journal_sentence(line) for line in ended.journal.filter(verb="overflow_ended")] == ["Closed, it had waited too long"]


def test_twice_is_once(channel, staffed, returns, everyone):
    slow(returns, target=everyone)
    waiting(channel, returns)

    assert [overflow.overflow_slow_queues(), overflow.overflow_slow_queues()] == [1, 0]
    assert JournalEntry.objects.filter(verb="overflowed").count() == 1


def test_it_waits_anew_in_the_next_queue_and_overflows_from_there(channel, staffed, returns, everyone):
    third = builders.queue("Third")
    Membership.objects.create(queue=third, agent=Agent.objects.first())
    slow(returns, target=everyone)
    slow(everyone, minutes=10, target=third)
    moved = waiting(channel, returns, minutes=60)

    tasks.sweep()
    tasks.sweep()
    assert Conversation.objects.get(pk=moved.pk).queue == everyone

    Conversation.objects.update(queued_at=ago(11))
    tasks.sweep()
    assert Conversation.objects.get(pk=moved.pk).queue == third


@pytest.mark.parametrize("state", ["active", "waiting", "wrap_up"])
def test_what_does_not_wait_stays(channel, alice, returns, everyone, state):
    slow(returns, target=everyone)
    waiting(channel, returns, state=state, agent=alice)

    assert overflow.overflow_slow_queues() == 0


@pytest.mark.parametrize("fields", [{"aside": True}, {"routed_at": None}])
def test_what_stands_aside_or_is_not_routed_stays(channel, staffed, returns, everyone, fields):
    slow(returns, target=everyone)
    waiting(channel, returns, **fields)

    assert overflow.overflow_slow_queues() == 0


def test_what_an_agent_is_being_offered_stays_until_it_is_declined(channel, alice, bob, returns, everyone):
    slow(returns, target=everyone)
    offered = waiting(channel, returns)
    tasks.distribute()
    offer = Offer.objects.get(state="pending")

    assert overflow.overflow_slow_queues() == 0
    offers.decline_offer(offer_id=offer.pk, actor=offer.agent.user)
    assert overflow.overflow_slow_queues() == 1
    assert Conversation.objects.get(pk=offered.pk).queue == everyone


def test_the_most_impatient_queue_is_first_and_none_takes_all_the_time(channel, staffed, returns, everyone, monkeypatch):
    monkeypatch.setattr(overflow, "AT_A_TIME", 2)
    slow(returns, minutes=3)
    slow(everyone, minutes=2)
    patient = [waiting(channel, returns) for _ in range(3)]
    impatient = [waiting(channel, everyone) for _ in range(3)]

    assert overflow.overflow_slow_queues() == 4

    closed = list(Conversation.objects.filter(state="closed").order_by("closed_at", "pk"))
    assert closed == [*impatient[:2], *patient[:2]]


def test_no_more_is_begun_when_the_time_is_up(channel, staffed, returns):
    slow(returns)
    waiting(channel, returns)

    assert overflow.overflow_slow_queues(until=0) == 0


def test_nothing_is_moved_in_a_circle(channel, staffed, returns, everyone, caplog):
    slow(returns, target=everyone)
    slow(everyone, target=returns)
    waiting(channel, returns)

    assert overflow.overflow_slow_queues() == 0
    assert "in a circle" in caplog.text


def test_nothing_is_moved_to_where_nobody_works(channel, staffed, returns):
    slow(returns, target=builders.queue("Empty"))
    waiting(channel, returns)

    assert overflow.overflow_slow_queues() == 0


def test_one_conversation_s_trouble_is_not_the_others(channel, staffed, returns, everyone, monkeypatch):
    slow(returns, target=everyone)
    first, second = waiting(channel, returns), waiting(channel, returns)
    original = overflow.lock_conversation

    def broken(conversation_id):
        if conversation_id == first.pk:
            raise overflow.DatabaseError("broken")
        return original(conversation_id)

    monkeypatch.setattr(overflow, "lock_conversation", broken)

    assert overflow.overflow_slow_queues() == 1
    assert Conversation.objects.get(queue=everyone) == second


def test_queues_that_are_not_slow_cost_the_same_however_much_waits(channel, staffed, returns, everyone, django_assert_num_queries):
    slow(returns, minutes=60, target=everyone)
    for _ in range(12):
        waiting(channel, returns)

    with django_assert_num_queries(4):
        overflow.overflow_slow_queues()


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_move_each_once(channel, staffed, returns, everyone):
    slow(returns, target=everyone)
    for _ in range(6):
        waiting(channel, returns)
    counts = []

    def sweep():
        counts.append(overflow.overflow_slow_queues())
        connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sum(counts) == 6
    assert JournalEntry.objects.filter(verb="overflowed").count() == 6


# --- What the customer is told ------------------------------------------------------------------------


def test_who_waited_too_long_and_is_ended_is_told_once_in_their_language(channel, staffed, returns):
    slow(returns)
    told = waiting(channel, returns, language="ja", customer=builders.reachable(channel.account, language="en"))

    assert [overflow.overflow_slow_queues(), overflow.overflow_slow_queues()] == [1, 0]

    message = Message.objects.get(conversation=told)
    assert (message.text, message.direction, message.author) == (ENDED_BY_OVERFLOW["ja"], "out", None)
    assert Bubble.objects.get().content["text"] == ENDED_BY_OVERFLOW["ja"]
    assert [line.verb for line in told.journal.order_by("pk")] == ["overflow_ended"]


OWN = "お電話ください。"


@pytest.mark.parametrize(("language", "words"), [("ja", OWN), ("ja-JP", OWN), ("es", ENDED_BY_OVERFLOW["es"])])
def test_a_queue_s_own_words_come_before_the_usual_ones_in_their_language(channel, staffed, returns, language, words):
    Queue.objects.filter(pk=returns.pk).update(ended_texts={"ja": OWN})
    slow(returns)
    waiting(channel, returns, language=language, customer=builders.reachable(channel.account))

    overflow.overflow_slow_queues()

    assert Message.objects.get().text == words


def test_who_is_moved_is_told_nothing(channel, staffed, returns, everyone):
    slow(returns, target=everyone)
    waiting(channel, returns, customer=builders.reachable(channel.account))

    assert overflow.overflow_slow_queues() == 1
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "why",
    [
        lambda: Lane.objects.update(standby=True),
        lambda: MessagingAccount.objects.update(state="disabled"),
        lambda: MessagingAccount.objects.update(limit_reached=True, limit_policy="stop"),
    ],
)
def test_who_can_not_be_told_is_ended_all_the_same(channel, staffed, returns, why):
    slow(returns)
    ended = waiting(channel, returns, customer=builders.reachable(channel.account))
    why()

    assert overflow.overflow_slow_queues() == 1

    assert not Bubble.objects.exists()
    assert [journal_sentence(line) for line in ended.journal.order_by("pk")] == [
        "The customer could not be told that nobody can answer",
        "Closed, it had waited too long",
    ]


def test_the_lane_is_locked_before_the_conversation(channel, staffed, returns, monkeypatch):
    slow(returns)
    waiting(channel, returns, customer=builders.reachable(channel.account))
    order = []
    lock_lane, lock_conversation = composer.lock_lane, composer.lifecycle.lock_conversation
    monkeypatch.setattr(composer, "lock_lane", lambda pk: order.append("lane") or lock_lane(pk))
    monkeypatch.setattr(composer.lifecycle, "lock_conversation", lambda pk: order.append("conversation") or lock_conversation(pk))

    overflow.overflow_slow_queues()

    assert order[:2] == ["lane", "conversation"]


# --- Saving -------------------------------------------------------------------------------------------


def test_a_circle_is_refused_when_it_is_saved(returns, everyone, channel):
    third = builders.queue("Third")
    slow(returns, target=everyone)
    slow(everyone, target=third)

    with pytest.raises(ValidationError, match="circle"):
        save_overflows(queue=third, drafts=[OverflowDraft("waiting_time", "transfer", 5, returns)])

    assert not third.overflows.exists()


def test_two_queues_may_overflow_into_each_other_before_queueing(returns, everyone):
    for queue, target in ((returns, everyone), (everyone, returns)):
        save_overflows(queue=queue, drafts=[OverflowDraft("waiting_items", "transfer", 5, target)])

    assert Overflow.objects.count() == 2


def test_what_could_move_is_replaced_as_a_whole(returns, everyone):
    save_overflows(queue=returns, drafts=[OverflowDraft("waiting_time", "transfer", 5, everyone), OverflowDraft("out_of_hours", "end")])
    save_overflows(queue=returns, drafts=[OverflowDraft("waiting_time", "end", 10)])

    assert list(returns.overflows.values_list("condition", "action", "threshold")) == [("waiting_time", "end", 10)]


@pytest.mark.parametrize("threshold", [0, 2881, None])
def test_what_the_table_refuses_is_a_validation_error(returns, threshold):
    with pytest.raises(ValidationError):
        save_overflows(queue=returns, drafts=[OverflowDraft("waiting_time", "end", threshold)])


@pytest.mark.django_db(transaction=True)
def test_two_who_save_at_once_can_not_close_a_circle(returns, everyone):
    start, results = threading.Barrier(2), []

    def save(queue, target):
        start.wait(timeout=30)
        try:
            save_overflows(queue=queue, drafts=[OverflowDraft("waiting_time", "transfer", 5, target)])
            results.append("saved")
        except ValidationError:
            results.append("refused")
        connection.close()

    threads = [threading.Thread(target=save, args=pair) for pair in ((returns, everyone), (everyone, returns))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert sorted(results) == ["refused", "saved"]


# --- Nobody works there -------------------------------------------------------------------------------


def test_what_is_sent_to_a_queue_without_agents_goes_to_the_fallback_queue(channel, alice, everyone, settle):
    empty = builders.queue("Empty")
    sent = builders.conversation(channel, queue=empty)

    settle()

    sent.refresh_from_db()
    empty.refresh_from_db()
    assert (sent.queue, sent.state, sent.offers.get().agent) == (everyone, "open", alice)
    assert empty.sent_away_at is not None
    assert "Moved to the queue Everyone, nobody works in its queue" in [journal_sentence(line) for line in sent.journal.all()]


def test_in_an_empty_fallback_queue_it_stays_open(channel, everyone, settle):
    stays = builders.conversation(channel, queue=everyone)

    settle()

    stays.refresh_from_db()
    assert (stays.queue, stays.state) == (everyone, "open")
    assert not stays.journal.exists()


def test_members_who_left_or_were_switched_off_do_not_count(channel, alice, bob, returns, everyone):
    Membership.objects.filter(queue=returns, agent=bob).delete()
    User.objects.filter(pk=alice.user_id).update(is_active=False)
    builders.conversation(channel, queue=returns)

    assert overflow.leave_queues_without_agents() == 1
    assert overflow.leave_queues_without_agents() == 0


def test_offline_members_are_members(channel, returns):
    builders.agent("dana", queues=[returns], present="offline")
    builders.conversation(channel, queue=returns)

    assert overflow.leave_queues_without_agents() == 0


def test_looking_for_queues_without_agents_is_one_query(channel, alice, returns, django_assert_num_queries):
    for _ in range(5):
        builders.conversation(channel, queue=returns)

    with django_assert_num_queries(1):
        overflow.leave_queues_without_agents()


def test_queues_remember_nothing_while_they_have_agents(channel, alice, returns):
    tasks.distribute()

    assert not Queue.objects.filter(sent_away_at__isnull=False).exists()
