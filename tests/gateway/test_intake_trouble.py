"""Intake out of turn: what comes late changes nothing newer, and what the customer took back or changed stays nowhere."""

import datetime

import pytest
from django.utils import timezone

from channels_app import receiving, replay
from channels_app.adapter import ProfileUnavailable
from channels_app.models import Bubble, Lane, WebhookEvent
from conversations import profiles
from conversations.models import Conversation, JournalEntry, Message, RoutingDecision, SocialProfile
from tests.channels_app.conftest import body_of, text_event
from tests.gateway.conftest import CUSTOMER

pytestmark = pytest.mark.django_db
AT = 1_750_000_000_000


def test_a_follow_that_comes_late_undoes_no_later_block(customer_writes, event_comes):
    customer_writes("hello")
    event_comes(type="unfollow", timestamp=AT + 2000)
    event_comes(type="follow", follow={"isUnblocked": False}, timestamp=AT + 1000)

    assert SocialProfile.objects.get().follow_state == "blocked"

    event_comes(type="follow", follow={"isUnblocked": True}, timestamp=AT + 3000)
    event_comes(type="unfollow", timestamp=AT + 2500)
    assert SocialProfile.objects.get().follow_state == "following"


def test_an_edit_leaves_the_former_words_nowhere(customer_writes, event_comes):
    (event,) = customer_writes("former words", at=AT, source={"type": "group", "groupId": "C1", "userId": CUSTOMER})
    RoutingDecision.objects.create(
        conversation=Conversation.objects.get(),
        queue=Conversation.objects.get().queue,
        facts={"message.first_text": "former words", "customer.known": False},
    )
    edited = event["message"] | {"text": "new words"}
    event_comes(type="messageEdited", message=edited, source=event["source"], timestamp=AT + 5000)

    conversation = Conversation.objects.get()
    assert Message.objects.filter(direction="in").get().text == "new words"
    assert (conversation.last_message_text, conversation.first_text) == ("new words", "")
    assert RoutingDecision.objects.get().facts == {"customer.known": False}


def test_an_edit_of_an_older_message_leaves_the_newest_in_the_list(customer_writes, event_comes):
    source = {"type": "group", "groupId": "C1", "userId": CUSTOMER}
    first, _second = customer_writes("first", "second", at=AT, source=source)
    event_comes(type="messageEdited", message=first["message"] | {"text": "changed"}, source=source, timestamp=AT + 5000)

    assert Conversation.objects.get().last_message_text == "second"


def test_the_list_loses_words_that_are_taken_back_though_the_newest_place_is_a_tombstone(customer_writes, event_comes):
    (first,) = customer_writes("my card is 4000", at=AT)
    event_comes(type="unsend", unsend={"messageId": "9"})
    customer_writes("x", at=AT + 1000, message={"type": "text", "id": "9", "text": "its code"})
    assert Conversation.objects.get().last_message_text == "my card is 4000"

    event_comes(type="unsend", unsend={"messageId": first["message"]["id"]})

    conversation = Conversation.objects.get()
    assert (conversation.last_message_text, conversation.last_message_kind) == ("", "withdrawn")


@pytest.mark.parametrize("original_first", [True, False])
def test_the_list_shows_the_newest_message_though_an_edit_came_before_its_original(customer_writes, event_comes, original_first):
    event_comes(type="messageEdited", timestamp=AT + 5000, message={"type": "text", "id": "77", "text": "my card"})
    late = [("x", AT, {"message": {"type": "text", "id": "77", "text": "my cart"}}), ("between", AT + 2000, {})]
    for text, at, changes in late if original_first else reversed(late):
        customer_writes(text, at=at, **changes)
    assert Conversation.objects.get().last_message_text == "between"

    event_comes(type="unsend", unsend={"messageId": "77"})

    conversation = Conversation.objects.get()
    assert (conversation.last_message_text, conversation.last_message_kind) == ("between", "text")


def unsend_of(number, event, at, source):
    """An unsend as the platform may send it: with the source of its message, another one, or none."""
    unsend = text_event(number, at=at, type="unsend", unsend={"messageId": event["message"]["id"]}) | {"source": source}
    del unsend["message"]
    return unsend


@pytest.fixture
def held_back(account, post_webhook):
    """`held_back(event, then=unsend)`: the message waits in its lane while its unsend is handled in another one."""

    def come(event, then):
        post_webhook(account, body_of(event))
        Lane.objects.update(inbound_held_until=timezone.now() + datetime.timedelta(minutes=10))
        post_webhook(account, body_of(then))
        receiving.drain()
        assert set(WebhookEvent.objects.filter(state="pending").values_list("kind", flat=True)) == {"message"}
        Lane.objects.update(inbound_held_until=None)
        receiving.drain()

    return come


def tombstone():
    """Who wrote what was taken back, its kind and when it was; nothing else of it is anywhere."""
    message = Message.objects.get(withdrawn_at__isnull=False)
    assert (message.text, message.data) == ("", {})
    assert list(JournalEntry.objects.filter(verb="withdrawn").values_list("actor_kind", "data")) == [("customer", {})]
    assert not any(b"secret" in (event.payload or b"") for event in WebhookEvent.objects.all())
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {"processed"}
    return message.sender_profile.line_id, message.kind, message.withdrawn_at - message.occurred_at


@pytest.mark.parametrize("source", [None, {"type": "user", "userId": "U" + "2" * 32}], ids=["no source", "another's"])
@pytest.mark.parametrize("group", [False, True], ids=["customer", "group"])
def test_a_message_that_waits_while_it_is_taken_back_leaves_its_place(customer_writes, held_back, group, source):
    chat = {"source": {"type": "group", "groupId": "C1", "userId": CUSTOMER}} if group else {}
    customer_writes("hello", at=AT, **chat)
    secret = text_event(90, at=AT + 1000, text="secret", **chat)

    held_back(secret, then=unsend_of(91, secret, AT + 3000, source))

    assert tombstone() == (CUSTOMER, "text", datetime.timedelta(seconds=2))
    assert Conversation.objects.get().last_message_text == "hello"


def test_an_unsend_whose_time_is_before_its_messages_leaves_its_place_too(account, customer_writes, post_webhook):
    customer_writes("hello", at=AT)
    secret = text_event(90, at=AT + 3000, text="secret")

    post_webhook(account, body_of(secret, unsend_of(91, secret, AT + 2000, secret["source"])))
    receiving.drain()

    assert tombstone()[:2] == (CUSTOMER, "text")


def test_what_waited_and_came_twice_leaves_one_place_and_replay_changes_nothing(account, customer_writes, post_webhook, held_back):
    customer_writes("hello", at=AT)
    secret = text_event(90, at=AT + 1000, text="secret")
    post_webhook(account, body_of(secret | {"webhookEventId": "01OTHER"}))
    edit = secret | {"webhookEventId": "01EDIT", "type": "messageEdited", "timestamp": AT + 1500}
    held_back(secret, then=unsend_of(91, secret, AT + 3000, None))
    before = tombstone()

    post_webhook(account, body_of(secret, secret | {"webhookEventId": "01THIRD"}, edit))
    replay.replay(WebhookEvent.objects.all())
    receiving.drain()

    assert tombstone() == before
    assert Message.objects.filter(direction="in").count() == 2


def test_what_is_taken_back_while_it_waits_to_be_processed_again_leaves_its_place(account, customer_writes, post_webhook):
    customer_writes("hello", at=AT)
    (secret,) = customer_writes("secret", at=AT + 1000)
    replay.replay(WebhookEvent.objects.all())

    post_webhook(account, body_of(unsend_of(91, secret, AT + 3000, {"type": "user", "userId": "U" + "2" * 32})))
    WebhookEvent.objects.filter(kind="unsend").update(received_at=timezone.now() - datetime.timedelta(hours=1))
    receiving.drain()

    assert tombstone()[:2] == (CUSTOMER, "text")


def test_nobody_is_greeted_while_another_channel_holds_the_chat(channel, customer_writes):
    type(channel).objects.update(greeting_enabled=True, greeting_text="Welcome")

    customer_writes("hello", mode="standby")
    assert not Bubble.objects.exists()


def test_a_customer_who_writes_again_is_asked_for_again_after_the_platform_was_long_away(customer_writes, platform, monkeypatch):
    adapter = platform()

    def fail(**asked):
        raise ProfileUnavailable("down")

    monkeypatch.setattr(adapter, "fetch_profile", fail)
    customer_writes("hello")
    for _ in range(profiles.MAXIMUM_ATTEMPTS):
        SocialProfile.objects.update(fetch_due_at=timezone.now() - datetime.timedelta(seconds=1))
        profiles.fetch_due()
    assert SocialProfile.objects.get().fetch_due_at is None

    customer_writes("anybody there?")

    profile = SocialProfile.objects.get()
    assert profile.fetch_due_at is not None
    assert profile.fetch_attempts == 0


def test_one_profile_that_cannot_be_kept_holds_up_no_other(customer_writes, platform, monkeypatch, caplog):
    adapter = platform()
    fetch = adapter.fetch_profile

    def poisoned(**asked):
        if asked["source_id"].endswith("1"):
            raise RuntimeError("private words")
        return fetch(**asked)

    monkeypatch.setattr(adapter, "fetch_profile", poisoned)
    customer_writes("hello", user="U" + "1" * 32)
    customer_writes("hello", user="U" + "2" * 32)

    assert profiles.fetch_due() == 2

    broken, well = SocialProfile.objects.order_by("line_id")
    assert well.display_name
    assert (broken.fetch_attempts, broken.fetched_at) == (1, None)
    assert broken.fetch_due_at > timezone.now() + datetime.timedelta(seconds=45)
    assert "private words" not in caplog.text


def test_a_message_that_comes_a_second_time_by_another_event_while_the_first_waits_is_one(account, channel, post_webhook):
    event = text_event(1, at=AT)
    post_webhook(account, body_of(event, event | {"webhookEventId": "01OTHER"}))

    receiving.drain()

    assert Message.objects.count() == 1
    assert Conversation.objects.get().unread_count == 1


def test_an_unsend_locks_as_everybody_locks(customer_writes, event_comes, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    (event,) = customer_writes("taken back")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        event_comes(type="unsend", unsend={"messageId": event["message"]["id"]})

    locks = [query["sql"] for query in queries if "FOR " in query["sql"] and "UPDATE" in query["sql"].partition("FOR ")[2]]
    assert all("FOR NO KEY UPDATE" in lock for lock in locks)
    assert Message.objects.get(direction="in").withdrawn_at is not None
