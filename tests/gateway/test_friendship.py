"""Follow, unfollow and follow again: what is so now, what was when, and that nothing late undoes it."""

import pytest

from channels_app import receiving
from channels_app.models import WebhookEvent
from conversations.models import Conversation, FriendshipChange, Message, SocialProfile
from tests.gateway.test_intake import AT

pytestmark = pytest.mark.django_db


def changes():
    return list(FriendshipChange.objects.order_by("at").values_list("verb", flat=True))


def test_every_change_is_in_the_history_once_in_its_order(event_comes):
    event_comes(type="follow", follow={"isUnblocked": False}, timestamp=AT)
    event_comes(type="follow", follow={"isUnblocked": True}, timestamp=AT + 2000)
    event_comes(type="unfollow", timestamp=AT + 1000)
    WebhookEvent.objects.update(state="pending", attempts=0)
    receiving.drain()

    assert changes() == ["followed", "blocked", "unblocked"]
    assert SocialProfile.objects.get().follow_state == "following"
    assert not Conversation.objects.exists()


def test_the_customer_pane_tells_the_history_also_of_before_the_conversation(event_comes, customer_writes, alice_has_it, alice, client):
    for place, (name, again) in enumerate([("follow", False), ("unfollow", None), ("follow", False), ("unfollow", None), ("follow", True)]):
        event_comes(type=name, timestamp=AT + place * 1000, **({"follow": {"isUnblocked": again}} if name == "follow" else {}))
    client.force_login(alice.user)

    page = client.get(f"/inbox/{alice_has_it.public_id}/customer/").content.decode()

    sentences = [
        "The customer added the account<",
        "The customer blocked the account<",
        "The customer added the account, once more<",
        "The customer blocked the account, once more<",
        "The customer unblocked the account<",
    ]
    places = [page.index(sentence) for sentence in sentences]
    assert places == sorted(places, reverse=True)


def test_a_follow_without_its_details_is_one_too(event_comes):
    event_comes(type="follow")

    assert changes() == ["followed"]


def test_a_line_in_the_thread_tells_an_unblocking_apart(event_comes, alice_has_it, alice, client):
    event_comes(type="follow", follow={"isUnblocked": True})
    client.force_login(alice.user)

    page = client.get(f"/inbox/{alice_has_it.public_id}/thread/").content.decode()

    assert "The customer unblocked the account." in page
    assert Message.objects.filter(direction="notice").count() == 1


def test_a_group_has_a_history_of_its_own(event_comes, customer_writes, sue, client):
    source = {"type": "group", "groupId": "C1"}
    event_comes(type="join", source=source, timestamp=AT)
    event_comes(type="leave", source=source, timestamp=AT + 1000)
    customer_writes("late", source=source, at=AT)
    client.force_login(sue)

    page = client.get(f"/inbox/{Conversation.objects.get().public_id}/customer/").content.decode()

    assert "The account was added to the group" in page
    assert "The account was removed from the group" in page
    assert "isn't in it any more" in page
