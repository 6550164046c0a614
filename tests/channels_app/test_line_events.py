"""Reading LINE's webhooks tolerantly: whatever comes is kept, and one odd event doesn't hurt its neighbours."""

import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.line import events, signature
from tests.channels_app.conftest import body_of, text_event

NOW = datetime.datetime(2026, 5, 3, tzinfo=datetime.UTC)


def split(document):
    return events.split_body(document if isinstance(document, bytes) else json.dumps(document).encode())


def parse(event):
    (raw,) = split(body_of(event))
    return events.parse_event(
        payload=raw.payload, webhook_event_id=1, lane_id=2, account_id=3, occurred_at=raw.occurred_at or NOW, received_at=NOW
    )


def test_the_published_signature_vector_holds():
    body = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
    secret = "8c570fa6dd201bb328f1c1eac23a96d8"

    assert signature.sign(secret, body) == "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="
    assert signature.is_signed(secret=secret, body=body, headers={"X-LINE-SIGNATURE": "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="})
    assert not signature.is_signed(secret=secret, body=body + b" ", headers={"x-line-signature": signature.sign(secret, body)})
    assert not signature.is_signed(secret=secret, body=body, headers={})
    assert not signature.is_signed(secret=secret, body=body, headers={"x-line-signature": "署名"})


def test_a_text_message_is_read():
    event = parse(text_event(7, text="割れて届きました 🍎"))

    assert (event.kind, event.message.kind, event.message.text) == ("message", "text", "割れて届きました 🍎")
    assert event.message.id == "468500000000000007"
    assert event.source.kind == "user"
    assert event.reply_token == "reply-token-7"


def test_the_same_event_twice_in_a_body_is_one():
    assert len(split(body_of(text_event(1), text_event(1), text_event(2)))) == 2


def test_a_redelivery_without_an_id_has_the_key_of_its_original():
    original = text_event(1)
    del original["webhookEventId"]
    again = original | {"deliveryContext": {"isRedelivery": True}}

    (first,), (second,) = split(body_of(original)), split(body_of(again))
    assert first.event_id == second.event_id
    assert first.event_id.startswith("x:")
    (other,) = split(body_of(original | {"timestamp": original["timestamp"] + 1}))
    assert other.event_id != first.event_id


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"[]", b"{}", b'{"events": {}}', b"\xff\xfe", b'{"events": [', b"null", b'{"events": "x"}', b"1" * 5000],
)
def test_a_body_that_cannot_be_read_is_one_row_keyed_by_its_hash(body):
    (raw,) = split(body)

    assert raw.kind == events.MALFORMED_BODY
    assert raw.error
    assert split(body)[0].event_id == raw.event_id


def test_no_events_is_no_row():
    assert split(body_of()) == []


DEEP = '{"a":' * 3000 + "1" + "}" * 3000
MODERATELY_DEEP = '{"a":' * 100 + "1" + "}" * 100


@pytest.mark.parametrize(
    "odd",
    [
        "7",
        '"text"',
        "null",
        "[]",
        "{}",
        '{"type":"message","timestamp":1700000000000}',
        '{"type":"message","timestamp":1700000000000,"message":{"type":"text"}}',
        '{"type":"message","message":{"id":"1","type":"text","text":"a"}}',
        '{"type":"message","timestamp":"yesterday","message":{"id":"1"}}',
        '{"type":"message","timestamp":99999999999999999999,"message":{"id":"1"}}',
        '{"type":"message","timestamp":-1,"message":{"id":"1"}}',
        '{"timestamp":1700000000000}',
        '{"type":["message"],"timestamp":1700000000000}',
        DEEP,
        MODERATELY_DEEP,
    ],
)
def test_an_odd_event_is_kept_and_its_neighbours_go_on(odd):
    body = f'{{"destination":"U","events":[{json.dumps(text_event(1))},{odd},{json.dumps(text_event(2))}]}}'.encode()

    rows = split(body)

    assert sorted(row.kind for row in rows) == ["malformed_event", "message", "message"]
    (kept,) = [row for row in rows if row.error]
    assert kept.payload.isascii()


def test_huge_numbers_nul_and_lone_surrogates_survive_storage_and_are_made_harmless():
    body = (
        b'{"events":[{"type":"message","timestamp":1700000000000,"source":{"type":"user","userId":"U1"},"webhookEventId":"1",'
        b'"message":{"id":"9","type":"text","text":"a\\u0000b\\ud83d","size":' + b"9" * 6000 + b',"f":1e999}}]}'
    )

    (raw,) = split(body)
    event = events.parse_event(
        payload=raw.payload, webhook_event_id=1, lane_id=1, account_id=1, occurred_at=raw.occurred_at, received_at=NOW
    )

    assert not raw.error
    assert event.message.text == "a\ufffdb\ufffd"
    assert event.message.details["size"] == "9" * 6000
    assert event.message.details["f"] is None


@pytest.mark.parametrize(
    "source",
    [
        ({"type": "user", "userId": "U1"}, "user:U1"),
        ({"type": "group", "groupId": "C1", "userId": "U1"}, "group:C1"),
        ({"type": "room", "roomId": "R1"}, "room:R1"),
    ],
)
def test_the_lane_is_the_customer_group_or_room(source):
    given, lane = source

    (raw,) = split(body_of(text_event(1, source=given)))

    assert raw.lane_key == lane


@pytest.mark.parametrize("source", [None, 7, {}, {"type": "user"}, {"type": "galaxy", "galaxyId": "G"}, {"type": "user", "userId": 5}])
def test_an_event_without_a_usable_source_has_a_lane_of_its_own(source):
    one, two = split(body_of(text_event(1, source=source), text_event(2, source=source)))

    assert one.lane_key != two.lane_key
    assert not one.error


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("follow", "followed"),
        ("unfollow", "unfollowed"),
        ("unsend", "unsent"),
        ("postback", "postback"),
        ("join", "followed"),
        ("leave", "unfollowed"),
        ("memberJoined", "notice"),
        ("memberLeft", "notice"),
        ("videoPlayComplete", "notice"),
        ("beacon", "notice"),
        ("accountLink", "notice"),
        ("membership", "notice"),
        ("module", "notice"),
        ("activated", "notice"),
        ("botSuspended", "notice"),
        ("delivery", "notice"),
        ("things", "notice"),
        ("inventedNextYear", "notice"),
    ],
)
def test_every_event_type_has_a_meaning_and_unknown_ones_are_notices(name, kind):
    event = parse(text_event(1, type=name, unsend={"messageId": "12"}, **{"message": None}))

    assert (event.kind, event.name) == (kind, name)


@pytest.mark.parametrize("kind", ["image", "video", "audio", "file", "location", "sticker"])
def test_every_message_type_is_read(kind):
    event = parse(text_event(1, message={"type": kind, "id": "5", "packageId": "446", "fileName": "a.pdf"}))

    assert (event.message.kind, event.message.id) == (kind, "5")
    assert event.message.details["fileName"] == "a.pdf"


def test_a_message_type_invented_later_is_kept_as_unsupported_with_its_name():
    event = parse(text_event(1, message={"type": "hologram", "id": "5", "depth": 3}))

    assert event.message.kind == "unsupported"
    assert event.message.details == {"type": "hologram", "depth": 3}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
keys = st.sampled_from(["type", "mode", "timestamp", "source", "webhookEventId", "deliveryContext", "message", "unsend", "replyToken"])


@given(st.lists(st.dictionaries(keys, json_values) | json_values, max_size=4))
def test_no_event_whatever_it_holds_raises(found):
    for raw in split(body_of(*found)):
        parsed = events.parse_event(
            payload=raw.payload, webhook_event_id=1, lane_id=1, account_id=1, occurred_at=raw.occurred_at or NOW, received_at=NOW
        )
        assert raw.payload.isascii()
        assert len(raw.event_id) <= 100
        assert len(raw.lane_key) <= 160
        assert parsed.kind


@given(st.binary(max_size=300))
def test_no_body_whatever_it_holds_raises(body):
    assert all(len(raw.event_id) <= 100 for raw in split(body))


@given(st.lists(st.dictionaries(keys, json_values), max_size=4))
def test_the_splitter_for_deep_bodies_agrees_with_the_parser(found):
    body = json.dumps({"other": {"events": [1]}, "events": found, "z": ["events"]}).encode()

    assert [json.loads(part) for part, _depth in events.elements_of_events(body)] == found
