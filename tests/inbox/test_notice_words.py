"""Events between the bubbles: each says what happened, whatever its details hold."""

import pytest

from conversations.inbox.notices import SENTENCES, notice_words
from conversations.inbox.thread import read_thread
from conversations.models import Message
from tests import builders
from tests.channels_app.conftest import post_webhook
from tests.gateway.conftest import customer_writes, event_comes

__all__ = ["customer_writes", "event_comes", "post_webhook"]
pytestmark = pytest.mark.django_db
WORDS = [
    ("follow", {"isUnblocked": False}, "The customer added the account as a friend."),
    ("follow", {"isUnblocked": True}, "The customer unblocked the account."),
    ("unfollow", {}, "The customer blocked the account."),
    ("videoPlayComplete", {"trackingId": "tea"}, "The customer watched the video to its end. (tea)"),
    ("beacon", {"type": "enter", "hwid": "d41d"}, "The customer came near a beacon. (d41d)"),
    ("beacon", {"type": "banner"}, "The customer tapped the banner of a beacon."),
    ("beacon", {"type": "invented"}, "The customer came near a beacon."),
    ("accountLink", {"result": "ok"}, "The customer linked an account."),
    ("accountLink", {"result": "failed"}, "The customer couldn't link an account."),
    ("membership", {"type": "joined"}, "The customer became a member."),
    ("membership", {"type": "left"}, "The customer's membership ended."),
    ("membership", {"type": "renewed"}, "The customer renewed the membership."),
    ("module", {"type": "attached"}, "A module was attached to the account."),
    ("module", {"type": "detached"}, "A module was detached from the account."),
    ("memberJoined", {"members": [{"userId": "U1"}]}, "Somebody joined the group."),
    ("memberLeft", {"members": [{"userId": "U1"}, {}]}, "2 people left the group."),
    ("inventedLater", {"a": 1}, "Event: inventedLater"),
    ("", None, "Event: unknown"),
]


@pytest.mark.parametrize(("name", "details", "words"), WORDS)
def test_a_line_says_what_happened(name, details, words):
    assert notice_words({"name": name, "details": details}) == words


@pytest.mark.parametrize("garbage", [None, 7, "x", [], [7], {}, {"userId": 7}])
def test_details_of_any_shape_are_a_line_too(garbage):
    for name in {name for name, _case in SENTENCES}:
        keys = ("type", "result", "isUnblocked", "members", "hwid", "trackingId", "data")
        assert notice_words({"name": name, "details": dict.fromkeys(keys, garbage)})
        assert notice_words({"name": name, "details": garbage})


def test_members_are_named_where_they_are_known(alices_work, account):
    known = builders.profile(account, "Ken")
    ids = [{"type": "user", "userId": known.line_id}, {"type": "user", "userId": "Ustranger"}, {"type": "user"}]
    Message.objects.create(
        conversation=alices_work,
        account=account,
        direction="notice",
        kind="notice",
        data={"name": "memberJoined", "details": {"members": ids}},
        occurred_at=alices_work.created_at,
    )

    assert "Joined the group: Ken and 2 others" in [line.words for line in read_thread(alices_work).lines]


def test_the_details_of_each_event_come_from_where_line_puts_them(customer_writes, event_comes):
    customer_writes("hello")
    event_comes(type="memberJoined", joined={"members": [{"type": "user", "userId": "U2"}]})
    event_comes(type="memberLeft", left={"members": []})
    event_comes(type="accountLink", link={"result": "ok", "nonce": "secret"})
    event_comes(type="activated", chatControl={"expireAt": 7})

    found = Message.objects.filter(direction="notice").order_by("occurred_at").values_list("data__details", flat=True)
    assert list(found) == [{"members": [{"type": "user", "userId": "U2"}]}, {"members": []}, {"result": "ok"}, {"expireAt": 7}]


def test_who_stays_near_a_beacon_is_one_line(customer_writes, event_comes):
    customer_writes("hello")
    for _time in range(3):
        event_comes(type="beacon", beacon={"type": "stay", "hwid": "d"})
    customer_writes("I'm in the shop")
    event_comes(type="beacon", beacon={"type": "stay", "hwid": "d"})

    assert Message.objects.filter(direction="notice").count() == 2
