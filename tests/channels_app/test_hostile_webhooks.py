"""Signed bodies that nobody would write by hand: each is answered with 200, and nothing in them stops the others."""

import gzip
import json
import threading

import pytest
from django.db import connection

from channels_app import receiving, storing
from channels_app.line.signature import sign
from channels_app.models import WebhookEvent
from tests import builders
from tests.channels_app.conftest import body_of, text_event
from tests.channels_app.test_concurrency import at_once

pytestmark = pytest.mark.django_db
AT = 1_750_000_000_000

TIMES = [
    "-1",
    "-99999999999999",
    "0",
    "1",
    "true",
    "false",
    "null",
    '"1750000000000"',
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "-Infinity",
    "1.75e12",
    "99999999999999999999999999",
    "9" * 5000,
    "4102444800000",
    "[]",
    "{}",
]
IDS = ["null", "7", "true", '""', '"a\\u0000b"', '"\\ud800"', f'"{"x" * 500}"', "[]", "{}", "1e400", "NaN"]
MESSAGES = [
    "null",
    "7",
    "[]",
    "{}",
    '{"id":1}',
    '{"id":true,"type":"text"}',
    '{"id":"","type":"text"}',
    '{"id":"a\\u0000","type":"text","text":"\\u0000\\udfff"}',
    '{"id":"i1","type":7}',
    '{"id":"i2","type":"text","text":7}',
    '{"id":"i3","type":"text","text":null}',
    '{"id":"i4","type":"hologram","x":[1e400,NaN,-Infinity,%s]}' % ("9" * 5000),
    '{"id":"i5","type":"text","text":"a","emojis":"no","mention":7,"\\u0000\\ud800":"\\ud800"}',
    '{"id":"%s","type":"sticker"}' % ("9" * 400),
    '{"id":99999999999999999999999999,"type":"image","contentProvider":[]}',
]
SOURCES = [
    "null",
    "7",
    "[]",
    "{}",
    '{"type":"user"}',
    '{"type":"user","userId":7}',
    '{"type":"user","userId":""}',
    '{"type":"group","userId":"U1"}',
    '{"type":"alien","userId":"U1"}',
    '{"type":"user","userId":"%s"}' % ("U" * 5000),
    '{"type":"user","userId":"U\\u0000\\ud800"}',
]
TYPES = [
    "null",
    "7",
    '""',
    '"things"',
    '"%s"' % ("t" * 900),
    '"\\u0000"',
    '"__class__"',
    '"message\\u0000"',
    '"unsend"',
    '"follow"',
    '"unfollow"',
    '"messageEdited"',
    '"join"',
    '"memberJoined"',
    '"postback"',
    '"accountLink"',
    '"malformed_event"',
]
PLACES = {
    "timestamp": TIMES,
    "webhookEventId": IDS,
    "message": MESSAGES,
    "source": SOURCES,
    "type": TYPES,
    "replyToken": ["7", "null", '"\\u0000"', '"%s"' % ("r" * 9000)],
    "mode": ["7", '"standby"', '"new"'],
    "deliveryContext": ["7", "[]", '{"isRedelivery":"yes"}'],
    "unsend": ["7", '{"messageId":7}', '{"messageId":"\\u0000"}'],
    "postback": ['{"data":"\\u0000\\ud800","params":[1e400]}'],
    "follow": ["7", "[]"],
}


def with_raw(number, place, raw):
    event = text_event(number, at=AT + number) | {place: "HERE"}
    return json.dumps(event).replace('"HERE"', raw)


@pytest.mark.parametrize("place", sorted(PLACES))
def test_every_odd_value_is_kept_and_the_neighbours_arrive(account, channel, post_webhook, place):
    from conversations.models import Message

    odd = [with_raw(number, place, raw) for number, raw in enumerate(PLACES[place], start=100)]
    plain = [json.dumps(text_event(number, text=f"plain {number}", user="Uplain", at=AT + number)) for number in (1, 2)]
    body = '{"destination":7,"events":[' + ",".join([plain[0], *odd, plain[1]]) + "]}"

    assert post_webhook(account, body.encode()).status_code == 200
    receiving.drain()

    plain_texts = Message.objects.filter(text__startswith="plain").order_by("occurred_at").values_list("text", flat=True)
    assert list(plain_texts) == ["plain 1", "plain 2"]
    assert not WebhookEvent.objects.filter(state="pending").exists()
    dead = WebhookEvent.objects.filter(state="dead").exclude(kind="malformed_event")
    assert list(dead.values_list("kind", "error")) == []
    # A repeat is recognised, however odd it is.
    before = WebhookEvent.objects.count()
    assert post_webhook(account, body.encode()).status_code == 200
    assert WebhookEvent.objects.count() == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"7",
        b"[]",
        b"{}",
        b'{"events":null}',
        b'{"events":{}}',
        b'{"events":"x"}',
        b"\x00",
        b"\xef\xbb\xbf{}",
        b"NaN",
        b'{"events":[' + b"[" * 10_000 + b"]" * 10_000 + b"]}",
        b"[" * 10_000,
        b'{"a":' * 10_000,
        b'{"events":[{"a":' + b"[" * 5000,
        b'{"events":[' + b"9" * 5000 + b"]}",
        b'{"events":[]' + b" " * 100_000,
        '{"events":[]}'.encode("utf-16"),
        gzip.compress(b'{"events":[]}', mtime=0),
        b'{"events":["\\ud800","\\u0000",1e400,NaN,true,null,[],{}]}',
        b'{"events":[' + b'{"type":"message"},' * 3 + b"]}",
    ],
    ids=lambda body: f"{len(body)}-{body[:14]!r}",
)
def test_every_body_that_is_signed_is_answered_with_200(account, post_webhook, body):
    assert [post_webhook(account, body).status_code for _ in range(2)] == [200, 200]


def test_an_event_nested_ten_thousand_deep_leaves_its_neighbours_alone(account, channel, post_webhook):
    from conversations.models import Message

    plain = [json.dumps(text_event(number, text=f'plain {number} ] }} , "events":[ \\', at=AT + number)) for number in (1, 2)]
    deep = '{"type":"message","x":' + "[" * 10_000 + "]" * 10_000 + "}"

    body = '{"events":[' + ",".join([plain[0], deep, plain[1]]) + '],"destination":"U"}'
    assert post_webhook(account, body.encode()).status_code == 200
    receiving.drain()

    assert Message.objects.count() == 2
    assert WebhookEvent.objects.filter(state="dead").count() == 1


@pytest.mark.parametrize("events", [10_000])
def test_a_body_of_ten_thousand_events_is_kept_whole(account, post_webhook, events):
    body = body_of(*[text_event(number, user=f"U{number % 50}", at=AT + number) for number in range(events)])

    assert post_webhook(account, body).status_code == 200
    assert WebhookEvent.objects.count() == events


def test_the_same_event_twice_in_a_body_and_as_a_redelivery_is_one(account, channel, post_webhook):
    from conversations.models import Message

    event = text_event(1)
    again = event | {"deliveryContext": {"isRedelivery": True}}
    without_id = {key: value for key, value in text_event(2).items() if key != "webhookEventId"}
    without_id_again = without_id | {"deliveryContext": {"isRedelivery": True}}
    post_webhook(account, body_of(event, again, without_id, without_id_again))
    post_webhook(account, body_of(again, without_id_again))
    receiving.drain()

    assert WebhookEvent.objects.count() == Message.objects.count() == 2


def test_two_accounts_may_use_the_same_event_id(account, post_webhook):
    other = builders.account()
    post_webhook(account, body_of(text_event(1)))
    post_webhook(other, body_of(text_event(1)))

    assert WebhookEvent.objects.count() == 2


@pytest.mark.parametrize(
    "header", ["", "=", "ÿ" * 44, "A" * 100_000, f"{sign(builders.SECRET, b'{}')},{sign(builders.SECRET, b'{}')}", "日本"]
)
def test_an_odd_signature_is_401(account, client, header):
    headers = {"x-line-signature": header.encode("utf-8").decode("latin-1")}
    response = client.post(f"/webhooks/line/{account.callback_key}/", b"{}", content_type="application/json", headers=headers)

    assert response.status_code == 401


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain; charset=utf-99", ""])
def test_the_bytes_count_and_not_what_they_are_said_to_be(account, client, kind):
    body = json.dumps(body_of(text_event(1))).encode()
    headers = {"x-line-signature": sign(builders.SECRET, body), "content-encoding": "gzip"}
    response = client.generic("POST", f"/webhooks/line/{account.callback_key}/", body, content_type=kind, headers=headers)

    assert response.status_code == 200
    assert WebhookEvent.objects.get().state == "pending"


@pytest.mark.django_db(transaction=True)
def test_a_lane_of_thousands_stays_linear(post_webhook, received):
    """Each event costs as many statements, and none of them looks at the events behind the next."""
    account = builders.account()
    builders.channel(account=account, workstream=builders.workstream(fallback_queue=builders.queue("Everyone")))
    post_webhook(account, body_of(*[text_event(number, at=AT + number) for number in range(1000)]))
    counts, lock = [], threading.Lock()

    def count(execute, sql, params, many, context):
        with lock:
            counts[-1] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        while len(received) < 1000:
            counts.append(0)
            before = len(received)
            (key,) = receiving.due_lanes()
            receiving.drain_lane(receiving.Lane.objects.get_or_create(account_id=key[0], key=key[1])[0].pk, end=float("inf"))
            assert len(received) == before + receiving.EVENTS_PER_TURN

    assert max(counts[1:]) - min(counts[1:]) <= 2
    assert [event.occurred_at for event in received] == sorted(event.occurred_at for event in received)


@pytest.mark.django_db(transaction=True)
def test_overlapping_bodies_in_many_threads_keep_each_event_once():
    account = builders.account()
    found = storing.find_callback_account(account.callback_key)
    bodies = [
        json.dumps(body_of(*[text_event(number) for number in range(start, start + 200)][:: 1 if start % 2 else -1])).encode()
        for start in range(0, 300, 50)
    ]

    at_once(*[lambda body=body: storing.store_webhook(found, body) for body in bodies])

    assert WebhookEvent.objects.count() == 450
