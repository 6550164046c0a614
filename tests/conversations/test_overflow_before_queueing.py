"""What becomes of a conversation whose queue is closed or full when it is routed."""

import pytest

from channels_app.models import Bubble
from conversations import composer, dispatch, routing, transfers
from conversations.automatic_texts import ENDED_BY_OVERFLOW
from conversations.inbox.wording import journal_sentence
from conversations.models import Conversation, Message, RoutingDecision
from tests import builders
from workstreams.models import Agent, OperatingHours, Overflow, Period, Queue


@pytest.fixture
def arrive(channel, workstream, returns, alice):
    """Every conversation is sent to Returns; nobody has room, so whatever waits goes on waiting."""
    Agent.objects.update(units_total=0)
    builders.publish(workstream, builders.route(returns))

    def run(**extra):
        customer = builders.reachable(channel.account)
        conversation = builders.conversation(channel, customer=customer, routed_at=None, **extra)
        dispatch.run()
        conversation.refresh_from_db()
        return conversation

    return run


@pytest.fixture
def closed_now(returns):
    """Returns never opens."""
    Queue.objects.filter(pk=returns.pk).update(hours=OperatingHours.objects.create(name="Never"))


def test_a_closed_queue_without_a_rule_takes_it_anyway(arrive, closed_now, returns):
    arrived = arrive()

    assert (arrived.queue, arrived.state) == (returns, "open")


def test_a_closed_queue_can_send_it_on(arrive, closed_now, returns, everyone):
    Overflow.objects.create(queue=returns, condition="out_of_hours", action="transfer", target=everyone)

    arrived = arrive()

    assert (arrived.queue, arrived.state) == (everyone, "open")
    assert [journal_sentence(line) for line in arrived.journal.filter(verb="routed")] == ["Queue Everyone, by rule 1, its queue was closed"]


def test_a_closed_queue_can_end_it(arrive, closed_now, returns):
    Overflow.objects.create(queue=returns, condition="out_of_hours", action="end")

    arrived = arrive()

    assert (arrived.queue, arrived.state, arrived.close_reason) == (returns, "closed", "out_of_hours")
    assert [journal_sentence(line) for line in arrived.journal.order_by("pk")] == [
        "Queue Returns, by rule 1",
        "Closed, its queue was closed",
    ]
    assert arrived.decisions.count() == 1


def test_whom_a_closed_queue_ends_is_told_once_in_their_language(arrive, closed_now, returns):
    Overflow.objects.create(queue=returns, condition="out_of_hours", action="end")

    arrived = arrive(language="es-MX")
    assert routing.route_conversation(arrived.pk, {}) is False

    message = Message.objects.get()
    assert (message.conversation, message.text, message.author) == (arrived, ENDED_BY_OVERFLOW["es"], None)
    assert Bubble.objects.get().client_id == f"overflow:{arrived.public_id}"


def test_the_lane_is_locked_before_the_conversation_that_ends(arrive, closed_now, returns, monkeypatch):
    Overflow.objects.create(queue=returns, condition="out_of_hours", action="end")
    locked, statements = composer.lock_lane_of, []

    def lock(conversation_id):
        statements.append(RoutingDecision.objects.count())
        locked(conversation_id)

    monkeypatch.setattr(composer, "lock_lane_of", lock)

    arrive()

    assert statements == [0], "what was decided without the lane is forgotten, and decided again with it"
    assert RoutingDecision.objects.count() == 1


def test_an_open_queue_keeps_it(arrive, returns):
    hours = OperatingHours.objects.create(name="Always")
    Period.objects.bulk_create(Period(hours=hours, weekday=day, from_minute=0, to_minute=1440) for day in range(7))
    Queue.objects.filter(pk=returns.pk).update(hours=hours)
    Overflow.objects.create(queue=returns, condition="out_of_hours", action="end")

    assert arrive().queue == returns


def test_so_many_may_wait_and_the_next_overflows(arrive, returns, everyone):
    Overflow.objects.create(queue=returns, condition="waiting_items", threshold=2, action="transfer", target=everyone)

    assert [arrive().queue.name for _ in range(3)] == ["Returns", "Returns", "Everyone"]


def test_where_it_overflows_to_is_not_asked_again(arrive, closed_now, returns, everyone):
    Overflow.objects.create(queue=returns, condition="out_of_hours", action="transfer", target=everyone)
    Overflow.objects.create(queue=everyone, condition="waiting_items", threshold=1, action="end")

    assert [arrive().state for _ in range(2)] == ["open", "open"]


def test_whom_a_supervisor_sends_there_is_not_ended(arrive, closed_now, returns, everyone, channel, sue):
    Overflow.objects.create(queue=returns, condition="out_of_hours", action="end")
    waits = builders.conversation(channel, queue=everyone)

    transfers.transfer_to_queue(conversation_id=waits.pk, queue_id=returns.pk, actor=sue)
    dispatch.run()

    assert Conversation.objects.get(pk=waits.pk).state == "open"
