"""Every request that leaves is one that LINE describes, whatever kind of bubble it carries; and what isn't, doesn't leave."""

import json
import uuid

import pytest
from django.utils import timezone

from channels_app import sending
from channels_app.credentials import credentials_of
from channels_app.line.adapter import LineAdapter
from channels_app.line.checks import problem_with_message
from channels_app.models import AccountSecret, Bubble, Delivery, MediaFile, MessagingAccount, ReplyToken, WebhookEvent
from conversations import composer
from conversations.models import Message, SocialProfile
from tests.channels_app.test_line_checks import PICTURE, TAKEN, TAKEN_IN_GROUPS
from tests.gateway.test_against_simulator import line_simulator, line_simulator_process
from tests.simulator.contract import broken_of, wrong_in, wrong_requests
from tests.simulator.line_openapi import errors_of, require_description
from tests.simulator.server import CHANNEL, TOKEN

__all__ = ["line_simulator", "line_simulator_process"]
pytestmark = pytest.mark.django_db

CARD = {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": "¥1,200"}]}}
ACTION = {"type": "postback", "label": "はい", "data": "answer=yes", "displayText": "はい"}
KINDS = {
    "text": ({"kind": "text", "text": "二🫖 {as it is}"}, "text", "二🫖 {as it is}"),
    "emoji": (
        {
            "kind": "text",
            "text": "Hi {smile}",
            "marks": {"smile": {"kind": "emoji", "product_id": "5ac1", "emoji_id": "001", "words": "🙂"}},
        },
        "textV2",
        "Hi 🙂",
    ),
    "sticker": ({"kind": "sticker", "package_id": "446", "sticker_id": "1988"}, "sticker", ""),
    "image": ({"kind": "image", "original_url": PICTURE, "preview_url": PICTURE}, "image", ""),
    "video": ({"kind": "video", "original_url": PICTURE, "preview_url": PICTURE, "tracking_id": "clip-1"}, "video", ""),
    "audio": ({"kind": "audio", "original_url": PICTURE, "duration_ms": 1200}, "audio", ""),
    "location": ({"kind": "location", "title": "店", "address": "東京", "latitude": 35.6, "longitude": 139.7}, "location", ""),
    "template": (
        {"kind": "template", "alt_text": "選んでください", "template": {"type": "buttons", "text": "どちら", "actions": [ACTION]}},
        "template",
        "選んでください",
    ),
    "flex": ({"kind": "flex", "alt_text": "急須", "contents": CARD}, "flex", "急須"),
    "quick replies": (
        {"kind": "text", "text": "満足ですか", "quick_replies": [{"action": ACTION, "image_url": PICTURE}, {"action": ACTION}]},
        "text",
        "満足ですか",
    ),
    "sender": ({"kind": "text", "text": "はい", "sender": {"name": "小春", "icon_url": PICTURE}}, "text", "はい"),
}


@pytest.fixture
def simulator(line_simulator, settings, account):
    """A simulator that knows the account of the tests."""
    settings.LINE_API_BASE = line_simulator.url
    line_simulator.add_channel()
    MessagingAccount.objects.update(channel_id=CHANNEL)
    AccountSecret.objects.filter(kind="access_token").delete()
    AccountSecret.objects.create(account=account, kind="access_token", value=TOKEN)
    return line_simulator


@pytest.fixture
def customer(simulator, alice_has_it):
    """The customer of Alice's conversation, at the simulator too; her reply token is spent."""
    user_id = simulator.add_user()
    profile = SocialProfile.objects.get()
    type(profile.lane).objects.update(key=f"user:{user_id}")
    ReplyToken.objects.update(state="spent", value=None)
    return user_id


def drain():
    """All that waits: on a busy machine one drain leaves an account after a slow answer to the next."""
    for _ in range(4):
        sending.drain()


def say(conversation, content):
    composer.lock_with_lane(conversation.pk)
    return composer.say_bubble(conversation=conversation, content=content, client_id=str(uuid.uuid4()))


@pytest.mark.parametrize(("content", "line_type", "words"), KINDS.values(), ids=KINDS.keys())
def test_a_bubble_of_every_kind_reaches_the_customer_as_line_describes_it(simulator, customer, alice_has_it, content, line_type, words):
    message = say(alice_has_it, content)

    sending.drain()

    assert [bubble["type"] for bubble in simulator.chat(customer)] == [line_type]
    assert Bubble.objects.get().delivery.state == "accepted"
    assert Message.objects.get(pk=message.pk).text == words


def test_all_of_them_go_in_order_in_requests_of_five(simulator, customer, alice_has_it):
    for content, _type, _words in KINDS.values():
        say(alice_has_it, content)

    drain()

    pushes = [entry for entry in simulator.requests() if entry["endpoint"] == "push"]
    assert [len(entry["body"]["messages"]) for entry in pushes] == [5, 5, 1]
    assert [bubble["type"] for bubble in simulator.chat(customer)] == [line_type for _content, line_type, _words in KINDS.values()]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"kind": "location", "title": "a" * 101, "address": "b", "latitude": 0, "longitude": 0}, "Title: too long"),
        ({"kind": "text", "text": "a" * 5001}, "too long for LINE"),
        ({"kind": "text", "text": "Hi {m}", "marks": {"m": {"kind": "mention"}}}, "only members of a group"),
        ({"kind": "text", "text": "a", "sender": {"name": "LINE"}}, "LINE refuses names"),
        ({"kind": "flex", "alt_text": "a", "contents": {"type": "poster"}}, "LINE doesn't know “poster” here"),
        ({"kind": "hologram"}, "This kind of message can't be sent"),
    ],
)
def test_what_line_would_refuse_is_never_accepted_here(alice_has_it, content, words):
    with pytest.raises(composer.CannotSend, match=words):
        say(alice_has_it, content)

    assert not Bubble.objects.exists()
    assert not Message.objects.filter(direction="out").exists()


def test_what_cannot_be_sent_any_more_fails_alone_and_in_its_place(simulator, customer, alice_has_it, account):
    file = MediaFile.objects.create(
        account=account, origin="upload", source="x", kind="image", stored="a", media_type="image/png", state="ready"
    )
    for content in ({"kind": "text", "text": "before"}, {"kind": "image", "media": file.public_id}, {"kind": "text", "text": "after"}):
        say(alice_has_it, content)
    MediaFile.objects.update(state="purged")

    drain()

    assert [bubble["text"] for bubble in simulator.chat(customer)] == ["before", "after"]
    assert list(Delivery.objects.order_by("pk").values_list("state", "error", "attempts")) == [
        ("accepted", "", 1),
        ("failed", "File: missing.", 0),
        ("accepted", "", 1),
    ]
    assert Message.objects.get(bubble__delivery__state="failed").kind == "image"


def test_a_failed_card_is_sent_again_as_it_was(simulator, customer, alice_has_it, alice):
    simulator.add_fault("push", "status", status=400, times=1)
    message = say(alice_has_it, KINDS["template"][0])
    sending.drain()

    composer.send_again(message_id=message.pk, actor=alice.user)
    sending.drain()

    assert [(bubble["type"], bubble["text"]) for bubble in simulator.chat(customer)] == [("template", "選んでください")]


def test_members_of_a_group_are_mentioned(settings):
    marks = {"who": {"kind": "mention", "user_id": "U" + "1" * 32}, "all": {"kind": "mention"}}
    adapter = LineAdapter()

    body = adapter.freeze(
        contents=[{"kind": "text", "text": "{who} {all}", "marks": marks}], recipient="C" + "1" * 32, push=True, to_group=True
    )

    require_description()
    assert errors_of("messaging-api", "PushMessageRequest", json.loads(body)) == []
    assert json.loads(body)["messages"][0]["substitution"] == {
        "who": {"type": "mention", "mentionee": {"type": "user", "userId": "U" + "1" * 32}},
        "all": {"type": "mention", "mentionee": {"type": "all"}},
    }


@pytest.mark.parametrize("message", [*TAKEN.values(), *TAKEN_IN_GROUPS.values()], ids=[*TAKEN, *TAKEN_IN_GROUPS])
def test_what_the_checks_take_line_describes(message):
    require_description()

    assert errors_of("messaging-api", "PushMessageRequest", {"to": "C" + "0" * 32, "messages": [message]}) == []


def test_the_checks_find_all_that_lines_description_finds():
    """Whatever is broken in a right message so that LINE's description notices, the checks notice too."""
    require_description()
    noticed = 0
    for name, message in TAKEN.items():
        # The long ones have the same properties, more often.
        for broken in broken_of(message) if len(json.dumps(message)) < 600 else ():
            if errors_of("messaging-api", "PushMessageRequest", {"to": "U" + "0" * 32, "messages": [broken]}):
                noticed += 1
                assert problem_with_message(broken, to_group=False), f"{name}: {json.dumps(broken, ensure_ascii=False)[:300]}"
    assert noticed > 400


PUSH = {
    "method": "POST",
    "path": "/v2/bot/message/push",
    "headers": {"user-agent": "trunkline", "content-type": "application/json", "x-line-retry-key": str(uuid.uuid4())},
    "body": {"to": "U" + "0" * 32, "messages": [{"type": "text", "text": "a"}]},
}


@pytest.mark.parametrize(
    "change",
    [
        {"path": "/v2/bot/message/shove", "headers": {"user-agent": "trunkline"}},
        {"method": "GET"},
        {"path": "/v2/bot/message/reply", "body": {"replyToken": "t", "messages": [{"type": "text", "text": "a"}]}},
        {"headers": PUSH["headers"] | {"x-line-retry-key": "1"}},
        {"headers": PUSH["headers"] | {"content-type": "text/plain"}},
        {"body": PUSH["body"] | {"messages": []}},
        {"body": PUSH["body"] | {"messages": [{"type": "text", "text": "a" * 5001}]}},
        {"body": None},
    ],
)
def test_the_contract_would_notice_a_wrong_request(change):
    require_description()

    assert wrong_in(PUSH) == []
    assert wrong_requests([PUSH | change]) != []


def test_every_other_request_is_lines_too(simulator, customer):
    """The simulator's fixture holds each of them against LINE's description at its end."""
    credentials = credentials_of(MessagingAccount.objects.get())
    adapter = LineAdapter()

    assert adapter.check_account(credentials).problem == ""
    assert adapter.fetch_quota(credentials).limit is None
    assert not adapter.fetch_profile(credentials=credentials, kind="user", source_id=customer).missing
    assert adapter.fetch_profile(credentials=credentials, kind="group", source_id="C" + "1" * 32).missing
    assert adapter.fetch_profile(credentials=credentials, kind="room", source_id="R" + "1" * 32, member_id=customer).missing
    assert {entry["endpoint"] for entry in simulator.requests()} >= {"verify", "info", "quota", "consumption", "profile"}


def test_a_reply_is_what_line_describes(simulator, customer, alice_has_it):
    at = timezone.now()
    event = WebhookEvent.objects.create(
        account=alice_has_it.channel.account, event_id="e", kind="message", lane_key="l", occurred_at=at, received_at=at, state="processed"
    )
    lane = SocialProfile.objects.get().lane
    ReplyToken.objects.create(event=event, lane=lane, value="of nobody", usable_until=at + timezone.timedelta(seconds=40))
    say(alice_has_it, KINDS["text"][0])

    drain()

    assert [entry["endpoint"] for entry in simulator.requests()] == ["reply", "push"]
    assert len(simulator.chat(customer)) == 1
