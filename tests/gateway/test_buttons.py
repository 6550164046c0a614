"""A customer taps a button: shown in the words that they read, where this console sent it; else with the data behind it."""

import json

import pytest
from django.utils import timezone

from channels_app import sending
from channels_app.line.buttons import find_button
from channels_app.models import Bubble, Delivery, Lane
from conversations import composer, lifecycle
from conversations.models import Conversation, Message

pytestmark = pytest.mark.django_db
CONFIRM = {
    "type": "template",
    "altText": "OK?",
    "template": {
        "type": "confirm",
        "text": "Send a new one?",
        "actions": [
            {"type": "postback", "label": "はい", "data": "again=yes", "displayText": "はい、お願いします"},
            {"type": "postback", "label": "いいえ", "data": "again=no"},
        ],
    },
}
QUICK = {
    "type": "text",
    "text": "When?",
    "quickReply": {
        "items": [
            {"type": "action", "action": {"type": "datetimepicker", "label": "お届け日", "data": "day", "mode": "date"}},
            {"type": "action", "action": {"type": "postback", "data": "without words"}},
        ]
    },
}
TAPPABLE = {"type": "box", "action": {"type": "postback", "label": "Deep", "data": "flex"}}
FLEX = {"type": "flex", "altText": "a", "contents": {"type": "bubble", "body": {"type": "box", "contents": [TAPPABLE]}}}
CASES = [
    ("again=yes", None, "はい、お願いします"),
    ("again=no", None, "いいえ"),
    ("day", {"date": "2026-11-24"}, "お届け日: 2026-11-24"),
    ("day", {"datetime": "2026-11-24T10:30"}, "お届け日: 2026-11-24 10:30"),
    ("day", {"date": 7}, "お届け日"),
    ("without words", None, "without words"),
    ("flex", None, "Deep"),
]


def send(conversation, *messages, state="accepted", number=1):
    """These messages were sent in the conversation, in one request."""
    lane = Lane.objects.get(profiles=conversation.profile_id)
    delivery = Delivery.objects.create(lane=lane, method="reply", state=state, due_at=timezone.now())
    for position, message in enumerate(messages):
        bubble = Bubble.objects.create(
            lane=lane,
            sequence=number * 10 + position,
            content=message,
            client_id=f"{number}:{position}",
            delivery=delivery,
            position=position,
        )
        Message.objects.create(
            conversation=conversation,
            account=conversation.channel.account,
            direction="out",
            text="…",
            bubble=bubble,
            occurred_at=timezone.now(),
        )
    return delivery


def tap(event_comes, data, params=None, **changes):
    return event_comes(type="postback", postback={"data": data} | ({"params": params} if params else {}), **changes)


@pytest.mark.parametrize(("data", "params", "words"), CASES)
def test_a_tap_is_shown_in_the_words_that_were_sent_with_its_data(alice_has_it, alice, event_comes, client, data, params, words):
    send(alice_has_it, QUICK, CONFIRM, FLEX)
    before = Conversation.objects.get().unread_count

    tap(event_comes, data, params)

    message = Message.objects.get(kind="button")
    assert (message.direction, message.text, message.sender_profile) == ("in", words, alice_has_it.profile)
    assert Conversation.objects.get().unread_count == before + 1
    client.force_login(alice.user)
    assert words in client.get(f"/inbox/{alice_has_it.public_id}/thread/").content.decode()


def test_the_newest_button_with_the_data_counts(alice_has_it, event_comes):
    send(alice_has_it, CONFIRM)
    send(alice_has_it, json.loads(json.dumps(CONFIRM).replace("again=no", "x").replace("again=yes", "again=no")), number=2)

    tap(event_comes, "again=no")

    assert Message.objects.get(kind="button").text == "はい、お願いします"


@pytest.mark.parametrize("state", ["failed", "refused"])
def test_what_was_never_sent_gives_no_words(alice_has_it, alice, event_comes, client, state):
    send(alice_has_it, CONFIRM, state=state)

    tap(event_comes, "again=no")

    client.force_login(alice.user)
    page = client.get(f"/inbox/{alice_has_it.public_id}/thread/").content.decode()
    assert "The customer tapped a button. (again=no)" in page


def test_a_button_that_is_not_ours_is_a_line_with_its_data(alice_has_it, alice, event_comes, client):
    tap(event_comes, "menu=<b>")
    client.force_login(alice.user)

    page = client.get(f"/inbox/{alice_has_it.public_id}/thread/").content.decode()

    assert "The customer tapped a button. (menu=&lt;b&gt;)" in page
    assert not Message.objects.filter(kind="button").exists()


def test_another_customers_button_gives_no_words(alice_has_it, event_comes):
    send(alice_has_it, CONFIRM)

    tap(event_comes, "again=no", source={"type": "user", "userId": "Uother"})

    assert not Message.objects.filter(kind="button").exists()


def test_a_tap_brings_a_waiting_conversation_back(alice_has_it, alice, event_comes):
    send(alice_has_it, CONFIRM)
    lifecycle.wait_for_customer(conversation_id=alice_has_it.pk, actor=alice.user)

    tap(event_comes, "again=yes")

    assert Conversation.objects.get().state == "open"


def test_a_tap_after_the_end_stands_in_the_ended_conversation_as_unread(alice_has_it, alice, event_comes):
    send(alice_has_it, CONFIRM)
    lifecycle.end_conversation(conversation_id=alice_has_it.pk, actor=alice.user)
    before = Conversation.objects.get().unread_count

    tap(event_comes, "again=yes")

    conversation = Conversation.objects.get()
    assert (conversation.state, conversation.unread_count) == ("closed", before + 1)
    assert Message.objects.get(kind="button").conversation == conversation


@pytest.mark.parametrize("content", [None, 7, [1], {"text": "postback"}, {"action": {"type": "postback", "data": 7}}])
def test_a_bubble_of_any_shape_without_the_button_gives_no_words(content):
    assert find_button(content=content, data="x") == ""


def test_a_tap_on_a_button_that_went_out_is_shown_in_its_words(alice_has_it, event_comes, platform):
    platform()
    composer.lock_with_lane(alice_has_it.pk)
    content = {"kind": "template", "alt_text": "OK?", "template": CONFIRM["template"]}
    composer.say_bubble(conversation=alice_has_it, content=content, client_id="ask")
    sending.drain()

    tap(event_comes, "again=yes")

    assert Delivery.objects.get().state == "accepted"
    assert Message.objects.get(kind="button").text == "はい、お願いします"


def test_a_tap_in_a_group_has_its_member(customer_writes, event_comes):
    source = {"type": "group", "groupId": "C1", "userId": "Uken"}
    customer_writes("hello", source=source)
    send(Conversation.objects.get(), CONFIRM)

    tap(event_comes, "again=no", source=source)

    assert Message.objects.get(kind="button").sender_profile.line_id == "Uken"


def test_the_button_of_an_account_with_many_deliveries_costs_one_query_more(alice_has_it, event_comes, django_assert_max_num_queries):
    from channels_app import buttons

    lane = Lane.objects.get()
    for number in range(1, 20):
        send(alice_has_it, CONFIRM, number=number)
    with django_assert_max_num_queries(2):
        assert buttons.find_button(lane_id=lane.pk, data="again=no").words == "いいえ"
