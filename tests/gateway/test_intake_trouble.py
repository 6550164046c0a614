"""Intake out of turn: what comes late changes nothing newer, and what the customer took back or changed stays nowhere."""

import datetime

import pytest
from django.utils import timezone

from channels_app import receiving
from channels_app.adapter import ProfileUnavailable
from channels_app.models import Bubble
from conversations import profiles
from conversations.models import Conversation, Message, RoutingDecision, SocialProfile
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
