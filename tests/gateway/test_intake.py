"""Events become conversations: each message once, in its place, whatever repeats, comes late or is taken back."""

import datetime

import pytest

from channels_app.models import WebhookEvent
from conversations import lifecycle
from conversations.models import Conversation, JournalEntry, Message, RoutingDecision, SocialProfile
from tests.gateway.conftest import CUSTOMER

pytestmark = pytest.mark.django_db
AT = 1_750_000_000_000


def test_a_first_message_makes_profile_conversation_message_and_journal(customer_writes, channel):
    customer_writes("急須が割れて届きました")

    conversation = Conversation.objects.get()
    message = Message.objects.get()
    assert (conversation.state, conversation.queue, conversation.unread_count) == ("open", channel.workstream.fallback_queue, 1)
    assert (conversation.first_text, conversation.last_message_text) == ("急須が割れて届きました",) * 2
    assert (message.direction, message.text, message.sender_profile) == ("in", "急須が割れて届きました", SocialProfile.objects.get())
    assert list(JournalEntry.objects.values_list("verb", flat=True)) == ["received"]


def test_later_messages_join_the_live_conversation(customer_writes):
    customer_writes("one")
    customer_writes("two", "three")

    assert Conversation.objects.get().unread_count == 3
    assert Message.objects.count() == 3


def test_a_redelivered_event_makes_no_second_message(customer_writes, post_webhook, account):
    from channels_app import receiving
    from tests.channels_app.conftest import body_of

    (event,) = customer_writes("once")
    post_webhook(account, body_of(event | {"deliveryContext": {"isRedelivery": True}}))
    receiving.drain()

    assert Message.objects.count() == 1
    assert Conversation.objects.get().unread_count == 1


def test_the_same_message_under_another_event_id_is_still_one(customer_writes):
    (event,) = customer_writes("once")
    customer_writes("once", message=event["message"])

    assert Message.objects.count() == 1


def test_an_event_replayed_changes_nothing(customer_writes):
    from channels_app import receiving

    customer_writes("once")
    WebhookEvent.objects.update(state="pending", attempts=0)
    receiving.drain()

    assert Message.objects.count() == 1


def test_a_late_message_takes_its_place_and_does_not_become_the_last_words(customer_writes):
    customer_writes("newer", at=AT + 10_000)
    customer_writes("older", at=AT)

    conversation = Conversation.objects.get()
    assert list(conversation.messages.order_by("occurred_at", "id").values_list("text", flat=True)) == ["older", "newer"]
    assert conversation.last_message_text == "newer"
    assert conversation.unread_count == 2


def test_two_customers_in_one_body_have_two_conversations(account, channel, post_webhook):
    from channels_app import receiving
    from tests.channels_app.conftest import body_of, text_event

    post_webhook(account, body_of(text_event(1, user="Ua", text="a"), text_event(2, user="Ub", text="b")))
    receiving.drain()

    assert sorted(Message.objects.values_list("text", "conversation__profile__line_id")) == [("a", "Ua"), ("b", "Ub")]


def test_a_message_after_close_starts_a_new_conversation_of_a_known_customer(customer_writes, alice_has_it, alice):
    lifecycle.end_conversation(conversation_id=alice_has_it.pk, actor=alice.user)

    customer_writes("もう一つお願いします")

    closed, opened = Conversation.objects.order_by("pk")
    assert (closed.state, opened.state) == ("closed", "open")
    assert (closed.returning, opened.returning) == (False, True)
    assert opened.profile == closed.profile


def test_an_unsent_message_leaves_a_tombstone_and_nothing_of_its_words(customer_writes, event_comes):
    (event,) = customer_writes("my card number")
    conversation = Conversation.objects.get()
    RoutingDecision.objects.create(conversation=conversation, queue=conversation.queue, facts={"message.first_text": "my card number"})

    event_comes(type="unsend", unsend={"messageId": event["message"]["id"]})

    message = Message.objects.get(direction="in")
    conversation.refresh_from_db()
    assert message.withdrawn_at is not None
    assert (message.text, message.data, conversation.first_text, conversation.last_message_text) == ("", {}, "", "")
    assert RoutingDecision.objects.get().facts == {}
    assert "withdrawn" in JournalEntry.objects.values_list("verb", flat=True)
    assert WebhookEvent.objects.get(kind="message").payload is None


def test_a_message_that_comes_after_its_unsend_shows_only_its_place(customer_writes, event_comes):
    customer_writes("hello")
    event_comes(type="unsend", unsend={"messageId": "777"})
    customer_writes("secret", message={"type": "text", "id": "777", "text": "secret"})

    message = Message.objects.get(line_message_id="777")
    assert (message.text, message.withdrawn_at is not None) == ("", True)
    assert Conversation.objects.get().last_message_text == "hello"


def test_a_customer_cannot_unsend_an_agents_message(customer_writes, event_comes, alice_has_it, alice, platform):
    from channels_app import sending
    from conversations import composer

    platform()
    sent = composer.send_text(conversation_id=alice_has_it.pk, actor=alice.user, text="はい", client_id="1")
    sending.drain()
    sent.refresh_from_db()

    event_comes(type="unsend", unsend={"messageId": sent.line_message_id})

    sent.refresh_from_db()
    assert sent.text == "はい"


def test_the_newest_edit_wins_even_if_it_comes_first(customer_writes, event_comes):
    (event,) = customer_writes("tea pot")
    message = {"type": "text", "id": event["message"]["id"]}

    event_comes(type="messageEdited", timestamp=AT + 2, message=message | {"text": "teapot, black"})
    event_comes(type="messageEdited", timestamp=AT + 1, message=message | {"text": "teapot"})

    assert Message.objects.get().text == "teapot, black"


@pytest.mark.parametrize("kind", ["image", "video", "audio", "file", "location", "sticker"])
def test_other_kinds_are_kept_as_messages_and_counted_as_unread(customer_writes, kind):
    customer_writes("ignored", message={"type": kind, "id": "5", "packageId": "446", "stickerId": "1988"})

    message = Message.objects.get(direction="in")
    assert (message.kind, message.data["packageId"]) == (kind, "446")
    assert Conversation.objects.get().unread_count == 1


@pytest.mark.parametrize("name", ["join", "beacon", "membership", "postback", "accountLink", "inventedLater"])
def test_other_events_are_labelled_lines_of_the_live_conversation(customer_writes, event_comes, name):
    customer_writes("hello")

    event_comes(type=name, **{name: {"a": 1}})

    notice = Message.objects.get(direction="notice")
    assert notice.data == {"name": name, "details": {"a": 1}}
    assert Conversation.objects.get().unread_count == 1


def test_following_and_blocking_are_remembered_and_end_nothing(customer_writes, event_comes):
    event_comes(type="follow", follow={"isUnblocked": False})
    assert SocialProfile.objects.get().follow_state == "following"
    assert not Conversation.objects.exists()

    customer_writes("hello")
    event_comes(type="unfollow")

    assert SocialProfile.objects.get().follow_state == "blocked"
    assert Conversation.objects.get().state == "open"


def test_a_group_has_its_own_profile(customer_writes):
    customer_writes("hello all", source={"type": "group", "groupId": "C1", "userId": CUSTOMER})

    assert sorted(SocialProfile.objects.values_list("kind", "line_id")) == [("group", "C1"), ("user", CUSTOMER)]
    assert Message.objects.get().conversation.profile.kind == "group"


def test_nul_and_lone_surrogates_in_a_message_are_made_harmless(account, channel, post_webhook):
    from channels_app import receiving

    body = (
        b'{"events":[{"type":"message","timestamp":1750000000000,"source":{"type":"user","userId":"U1"},"webhookEventId":"1",'
        b'"message":{"id":"9","type":"text","text":"a\\u0000b\\ud83d","emojis":[{"productId":"\\u0000"}]}}]}'
    )
    post_webhook(account, body)
    receiving.drain()

    assert Message.objects.get().text == "a\ufffdb\ufffd"


def test_a_greeting_is_sent_once_per_conversation_and_once_in_twelve_hours(customer_writes, channel, alice, platform):
    from django.utils import timezone

    from conversations import assignment

    platform()
    channel.greeting_enabled, channel.greeting_text = True, "ご連絡ありがとうございます。"
    channel.save()

    def greetings():
        return Message.objects.filter(direction="out", text=channel.greeting_text).count()

    def end_and_write_again():
        conversation = Conversation.objects.exclude(state="closed").get()
        assignment.pick_conversation(conversation_id=conversation.pk, actor=alice.user)
        lifecycle.end_conversation(conversation_id=conversation.pk, actor=alice.user)
        customer_writes("again")

    customer_writes("hello")
    customer_writes("anybody?")
    assert greetings() == 1

    end_and_write_again()
    assert greetings() == 1

    SocialProfile.objects.update(greeted_at=timezone.now() - datetime.timedelta(hours=12, seconds=1))
    end_and_write_again()
    assert greetings() == 2


def test_a_channel_without_greeting_says_nothing(customer_writes):
    customer_writes("hello")

    assert not Message.objects.filter(direction="out").exists()


def test_a_message_in_a_known_conversation_costs_few_statements(customer_writes, post_webhook, account, django_assert_max_num_queries):
    from channels_app import receiving
    from tests.channels_app.conftest import body_of, text_event

    customer_writes("one")
    post_webhook(account, body_of(*[text_event(700 + number, user=CUSTOMER) for number in range(10)]))

    with django_assert_max_num_queries(10 * 19 + 12):  # seventeen, and the two of its transaction, which is a savepoint here
        receiving.drain()

    assert Message.objects.count() == 11


def test_writing_again_changes_nothing_for_distribution(alice_has_it, customer_writes, monkeypatch, django_capture_on_commit_callbacks):
    from channels_app import hints

    hinted = []
    monkeypatch.setattr(hints.thread, "add", hinted.append)

    with django_capture_on_commit_callbacks(execute=True):
        customer_writes("and again")

    assert "conversations.distribute" not in hinted
