"""Standby: another tool holds the chat. It is read here, and nobody and nothing answers."""

import datetime

import pytest
from django.utils import timezone

from channels_app import freezing, ports, sending
from channels_app.adapter import Outcome
from channels_app.models import Bubble, Delivery, Lane, ReplyToken
from conversations import assignment, composer, dispatch, lifecycle, profiles
from conversations.inbox import worklist
from conversations.models import Conversation, Message, Offer
from tests.gateway.test_intake import AT

pytestmark = pytest.mark.django_db
STANDBY = {"mode": "standby", "replyToken": None}


def write_to(conversation, alice, text="はい", client_id="1"):
    return composer.send_text(conversation_id=conversation.pk, actor=alice.user, text=text, client_id=client_id)


def test_a_standby_message_is_kept_and_offered_to_nobody(customer_writes, alice, platform):
    platform()
    customer_writes("for the other tool", **STANDBY)
    profiles.fetch_due()
    dispatch.run()

    conversation = Conversation.objects.get()
    assert (conversation.aside, conversation.unread_count, Message.objects.get().text) == (True, 1, "for the other tool")
    assert not Offer.objects.exists()
    assert not ReplyToken.objects.exists()


def test_an_agent_cannot_answer_in_standby_and_the_composer_says_why(customer_writes, alice_has_it, alice, client):
    customer_writes("still here", **STANDBY)

    with pytest.raises(composer.CannotSend, match="Another tool answers this chat"):
        write_to(alice_has_it, alice)
    client.force_login(alice.user)
    page = client.get(f"/inbox/{alice_has_it.public_id}/").content.decode()
    assert "Another tool answers this chat" in page
    assert 'id="composer"' not in page
    assert 'id="end-dialog"' in page


def test_the_list_shows_no_wait_while_another_tool_answers(customer_writes, alice_has_it, alice):
    Conversation.objects.update(last_customer_message_at=timezone.now() - datetime.timedelta(hours=1))
    assert worklist.list_work(alice, "mine").rows[0].wait_level == "trouble"

    Lane.objects.update(standby=True)

    assert worklist.list_work(alice, "mine").rows[0].wait_level == ""


def test_an_answer_that_waited_is_held_until_the_chat_comes_back(customer_writes, alice_has_it, alice, platform):
    prepared = platform()
    write_to(alice_has_it, alice)
    customer_writes("bot, are you there?", **STANDBY)

    assert sending.drain(seconds=60) == 0
    assert (prepared.sent, Delivery.objects.count(), Bubble.objects.count()) == ([], 0, 1)

    customer_writes("thanks, back to you")
    sending.drain(seconds=60)
    assert len(prepared.sent) == 1


@pytest.mark.parametrize("outcome", [Outcome.UNREACHABLE, Outcome.UNCLEAR])
def test_an_answer_that_was_to_be_tried_again_is_held_too(customer_writes, alice_has_it, alice, client, platform, outcome):
    adapter = platform(outcome)
    ReplyToken.objects.update(state="spent", value=None)
    write_to(alice_has_it, alice)
    sending.drain()
    customer_writes("to the bot", **STANDBY)
    Delivery.objects.update(due_at=timezone.now() - datetime.timedelta(seconds=1))

    assert sending.drain() == 0
    assert freezing.claim(Delivery.objects.get().pk) is None
    client.force_login(alice.user)
    assert "Held: another tool answers this chat" in client.get(f"/inbox/{alice_has_it.public_id}/").content.decode()

    customer_writes("back")
    ReplyToken.objects.update(state="spent", value=None)
    sending.drain()
    # What clearly never left was set free meanwhile.
    assert len({sent["retry_key"] for sent in adapter.sent}) == (1 if outcome is Outcome.UNCLEAR else 2)
    assert Delivery.objects.get(bubbles__isnull=False).state == "accepted"


def test_a_held_bubble_says_that_another_tool_answers(customer_writes, alice_has_it, alice, client):
    write_to(alice_has_it, alice)
    customer_writes("bot?", **STANDBY)
    client.force_login(alice.user)

    page = client.get(f"/inbox/{alice_has_it.public_id}/").content.decode()

    assert "Held: another tool answers this chat" in page


def test_open_work_that_another_tool_takes_up_is_offered_to_nobody(customer_writes, alice, platform):
    platform()
    customer_writes("a person, please")
    customer_writes("bot?", **STANDBY)
    customer_writes("late", at=AT)
    profiles.fetch_due()
    dispatch.run()

    assert Conversation.objects.get().aside
    assert not Offer.objects.exists()


def test_a_late_standby_event_puts_no_open_work_aside(customer_writes):
    customer_writes("a person, please")
    customer_writes("late", at=AT, **STANDBY)

    assert not Conversation.objects.get().aside


def test_a_standby_event_that_comes_late_changes_nothing(customer_writes, alice_has_it, alice):
    customer_writes("late", at=AT, **STANDBY)

    assert not Lane.objects.get().standby
    write_to(alice_has_it, alice)


def test_the_chat_that_comes_back_is_handed_out(customer_writes, alice, platform):
    platform()
    customer_writes("for the bot", **STANDBY)
    customer_writes("a person, please")
    profiles.fetch_due()
    dispatch.run()

    assert not Conversation.objects.get().aside
    assert Offer.objects.get().agent == alice


def test_the_chat_that_comes_back_without_a_word_is_handed_out(customer_writes, event_comes, alice, platform):
    platform()
    customer_writes("for the bot", **STANDBY)
    event_comes(type="activated", chatControl={"expireAt": AT})
    profiles.fetch_due()
    dispatch.run()

    assert Offer.objects.get().agent == alice


def test_a_chat_that_somebody_took_while_it_stood_aside_comes_back_from_waiting(customer_writes, alice, platform):
    platform()
    customer_writes("for the bot", **STANDBY)
    conversation = assignment.pick_conversation(conversation_id=Conversation.objects.get().pk, actor=alice.user)
    lifecycle.wait_for_customer(conversation_id=conversation.pk, actor=alice.user)
    customer_writes("a person, please")

    conversation.refresh_from_db()
    assert (conversation.state, conversation.aside) == ("open", False)


def test_standby_wakes_no_conversation_that_waits(customer_writes, alice_has_it, alice):
    lifecycle.wait_for_customer(conversation_id=alice_has_it.pk, actor=alice.user)
    customer_writes("for the bot", **STANDBY)

    conversation = Conversation.objects.get()
    assert (conversation.state, conversation.messages.count()) == ("waiting", 2)


def test_an_event_without_a_mode_tells_nothing(customer_writes):
    customer_writes("for the bot", **STANDBY)
    customer_writes("no mode", mode=None)

    assert Lane.objects.get().standby


def test_a_handling_that_fails_tells_nothing_either(customer_writes, monkeypatch):
    def fail(event, channel):
        raise ValueError("broken")

    monkeypatch.setattr(ports, "receive_inbound", fail)
    customer_writes("for the bot", **STANDBY)

    assert not Lane.objects.get().standby
