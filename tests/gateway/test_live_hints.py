"""What an event makes stale, and no more: every hint is a request of each page that hears it."""

import pytest
from django.urls import reverse

from conversations import assignment, delivery, live
from conversations.models import Conversation, Message
from tests.inbox.conftest import answer, browser, customer, held_by, script, waiting_work

__all__ = ["browser", "customer", "script", "waiting_work"]


@pytest.fixture
def told(monkeypatch):
    """The topics that were published."""
    topics = set()
    monkeypatch.setattr("conversations.live.publish", topics.update)
    return topics


def test_a_message_in_an_active_conversation_concerns_its_thread_and_its_agents_list(alice_has_it, customer_writes, alice, told):
    customer_writes("まだですか")

    assert told == {f"thread:{alice_has_it.public_id}", f"work:{alice.public_id}", live.FLOOR}


def test_a_message_in_an_active_conversation_wakes_no_distribution(alice_has_it, customer_writes, monkeypatch):
    woken = []
    monkeypatch.setattr("conversations.dispatch.hint", woken.append)

    customer_writes("まだですか")

    assert woken == []


def test_a_message_in_waiting_work_concerns_the_lists_of_its_queue(customer_writes, told):
    customer_writes("急須が割れて届きました")
    told.clear()

    customer_writes("まだですか")

    conversation = Conversation.objects.get()
    assert told == {f"conversation:{conversation.public_id}", f"queue:{conversation.queue.public_id}", live.FLOOR}


def test_the_lists_of_a_queue_hear_of_what_leaves_it(customer_writes, alice, told):
    customer_writes("急須が割れて届きました")
    conversation = Conversation.objects.get()
    told.clear()

    assignment.pick_conversation(conversation_id=conversation.pk, actor=alice.user)

    assert {f"queue:{conversation.queue.public_id}", f"conversation:{conversation.public_id}", f"agent:{alice.public_id}"} <= told


@pytest.mark.parametrize(("state", "topic"), [("accepted", "thread"), ("failed", "conversation")])
def test_what_became_of_a_message_concerns_the_journal_only_if_it_stands_there(waiting_work, alice, told, state, topic):
    work = held_by(waiting_work, alice)
    message = answer(work, author=alice.user, state=state)

    delivery.changed([(message.bubble.delivery, [message.bubble])])

    assert f"{topic}:{work.public_id}" in told
    assert f"queue:{work.queue.public_id}" not in told


def test_reading_concerns_ones_own_list_alone(waiting_work, alice, browser, told):
    work = held_by(waiting_work, alice)

    browser(alice).post(reverse("inbox:read", args=[work.public_id]), {"up_to": Message.objects.get().pk})

    assert told == {f"work:{alice.public_id}"}


def test_the_page_fetches_bubbles_composer_and_list_after_a_message(waiting_work, alice, browser):
    work = held_by(waiting_work, alice)

    page = browser(alice).get(reverse("inbox:conversation", args=[work.public_id])).content.decode()

    for part in ("thread", "foot"):
        assert f'data-refresh="{reverse(f"inbox:{part}", args=[work.public_id])}" data-topics="conversation thread"' in page
    assert f'data-refresh="{reverse("inbox:worklist")}" data-topics="agent work queue"' in page
