"""What an agent says: once, by the right person, and with an honest account of what became of it."""

import datetime

import pytest
from django.utils import timezone

from channels_app import sending
from channels_app.adapter import Outcome, SendResult
from channels_app.models import Bubble, MessagingAccount, ReplyToken
from conversations import composer, lifecycle
from conversations.models import Conversation, JournalEntry, Message

pytestmark = pytest.mark.django_db


def say(conversation, agent, text="すぐに交換いたします。", client_id="click-1"):
    return composer.send_text(conversation_id=conversation.pk, actor=agent.user, text=text, client_id=client_id)


def test_an_answer_is_queued_sent_free_and_keeps_the_platforms_id(alice_has_it, alice, platform):
    adapter = platform()
    message = say(alice_has_it, alice)
    assert message.bubble.delivery is None

    sending.drain()

    message = Message.objects.select_related("bubble__delivery").get(pk=message.pk)
    assert (message.bubble.delivery.method, message.bubble.delivery.state) == ("reply", "accepted")
    assert message.line_message_id == "1000"
    assert adapter.sent[0]["reply_token"] == "reply-token-1"


def test_a_double_click_sends_once(alice_has_it, alice, platform):
    adapter = platform()

    assert say(alice_has_it, alice).pk == say(alice_has_it, alice).pk
    sending.drain()

    assert len(adapter.sent) == 1
    assert Message.objects.filter(direction="out").count() == 1


def test_an_answer_stands_after_everything_shown_even_if_the_customers_clock_runs_ahead(alice_has_it, alice, customer_writes):
    import time

    customer_writes("from the future", at=int((time.time() + 300) * 1000))

    say(alice_has_it, alice)

    shown = Message.objects.order_by("occurred_at", "id").values_list("direction", flat=True)
    assert list(shown)[-1] == "out"


def test_a_colleague_may_not_write_and_is_told_whose_it_is(alice_has_it, bob):
    with pytest.raises(composer.CannotSend, match="Alice has this conversation now"):
        say(alice_has_it, bob)


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "あ" * 5001, "🍎" * 2501])
def test_what_line_would_refuse_is_refused_before_anything_is_written(alice_has_it, alice, text):
    with pytest.raises(composer.CannotSend):
        say(alice_has_it, alice, text=text)

    assert not Bubble.objects.exists()
    assert not Message.objects.filter(direction="out").exists()


def test_five_thousand_utf16_units_are_sent(alice_has_it, alice):
    assert say(alice_has_it, alice, text="🍎" * 2500).text == "🍎" * 2500


@pytest.mark.parametrize("verb", [lifecycle.end_conversation, lifecycle.wait_for_customer, None])
def test_only_an_active_conversation_is_answered(alice_has_it, alice, verb):
    if verb is None:
        MessagingAccount.objects.update(state="disabled")
    else:
        verb(conversation_id=alice_has_it.pk, actor=alice.user)

    with pytest.raises(composer.CannotSend):
        say(alice_has_it, alice)


def test_a_failed_message_says_why_and_is_sent_again_as_a_new_bubble_at_the_end(alice_has_it, alice, platform):
    platform(SendResult(outcome=Outcome.REJECTED, status=400, error="LINE's words"))
    failed = say(alice_has_it, alice)
    sending.drain()
    assert JournalEntry.objects.get(verb="delivery_failed").data == {"words": "LINE's words"}

    again = composer.send_again(message_id=failed.pk, actor=alice.user)
    assert composer.send_again(message_id=failed.pk, actor=alice.user).pk == again.pk
    sending.drain()

    again = Message.objects.select_related("bubble__delivery").get(pk=again.pk)
    assert (again.text, again.bubble.delivery.state) == (failed.text, "accepted")


def test_an_accepted_message_is_not_sent_again(alice_has_it, alice, platform):
    platform()
    message = say(alice_has_it, alice)
    sending.drain()

    with pytest.raises(composer.CannotSend):
        composer.send_again(message_id=message.pk, actor=alice.user)


def test_an_answer_is_free_only_while_a_token_is_fresh(alice_has_it, alice, platform):
    platform()
    assert composer.free_until(alice_has_it) is not None

    say(alice_has_it, alice)
    sending.drain()

    assert composer.free_until(alice_has_it) is None


def test_the_words_of_an_agent_are_the_last_words_of_the_conversation(alice_has_it, alice):
    say(alice_has_it, alice, text="はい")

    conversation = Conversation.objects.get()
    assert (conversation.last_message_text, conversation.last_message_direction) == ("はい", "out")


@pytest.mark.parametrize("policy", ["stop", "replies"])
def test_at_the_months_limit_an_agent_is_told_before_anything_is_accepted(account, alice_has_it, alice, policy):
    MessagingAccount.objects.update(limit_reached=True, limit_policy=policy)
    ReplyToken.objects.update(usable_until=timezone.now() - datetime.timedelta(seconds=1))

    with pytest.raises(composer.CannotSend, match="This month's messages are used up"):
        composer.send_text(conversation_id=alice_has_it.pk, actor=alice.user, text="はい", client_id="c1")

    assert not Bubble.objects.exists()


def test_at_the_months_limit_a_free_reply_still_goes_out(account, alice_has_it, alice):
    MessagingAccount.objects.update(limit_reached=True, limit_policy="replies")

    composer.send_text(conversation_id=alice_has_it.pk, actor=alice.user, text="はい", client_id="c1")

    assert Bubble.objects.count() == 1
