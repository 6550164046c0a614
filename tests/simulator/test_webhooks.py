"""What the simulated LINE sends to a webhook endpoint."""

import base64
import hashlib
import hmac
import json
import re
from typing import Any

import pytest

from channels_app.simulator.events import make_event
from channels_app.simulator.state import Chat, State
from channels_app.simulator.webhooks import sign

from .receiver import WebhookReceiver
from .server import CHANNEL, SimulatorProcess, free_port, running_simulator

ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


@pytest.fixture
def misaki(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver) -> str:
    """A Japanese customer who is a friend of the one account."""
    line_simulator.add_channel(webhook_receiver.url)
    return line_simulator.add_user("みさき🐰", language="ja")


def test_the_signature_is_that_of_the_published_example() -> None:
    body = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'

    assert sign("8c570fa6dd201bb328f1c1eac23a96d8", body) == "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="


def test_a_text_arrives_signed_over_compact_raw_utf8(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    sent = line_simulator.send(misaki, "急須が割れて届きました 🫖")

    (call,) = webhook_receiver.arrived
    assert sent["webhook_status"] == 200
    assert "急須が割れて届きました 🫖".encode() in call.body
    assert call.body == json.dumps(call.json, ensure_ascii=False, separators=(",", ":")).encode()
    expected = base64.b64encode(hmac.new(b"secret-1650000001", call.body, hashlib.sha256).digest()).decode()
    assert call.headers["x-line-signature"] == expected
    assert call.headers["content-type"] == "application/json; charset=utf-8"


def test_a_text_event_has_every_property_that_line_gives_it(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    sent = line_simulator.send(misaki, "こんにちは")

    body = webhook_receiver.arrived[0].json
    (event,) = body["events"]
    assert body["destination"] == line_simulator.get("/sim/channels")["channels"][0]["bot_user_id"]
    assert event["type"] == "message"
    assert event["mode"] == "active"
    assert event["source"] == {"type": "user", "userId": misaki}
    assert event["deliveryContext"] == {"isRedelivery": False}
    assert event["webhookEventId"] == sent["webhook_event_id"]
    assert ULID.fullmatch(event["webhookEventId"])
    assert len(str(event["timestamp"])) == 13
    assert re.fullmatch(r"[0-9a-f]{32}", event["replyToken"])
    assert set(event["message"]) == {"type", "id", "quoteToken", "markAsReadToken", "text"}
    assert re.fullmatch(r"\d{18}", event["message"]["id"])
    assert event["message"]["id"] == sent["message_id"]


@pytest.mark.parametrize(
    ("kind", "fields", "tokens"),
    [
        ("sticker", {"packageId", "stickerId", "stickerResourceType"}, {"quoteToken", "markAsReadToken"}),
        ("image", {"contentProvider"}, {"quoteToken", "markAsReadToken"}),
        ("video", {"contentProvider", "duration"}, {"quoteToken", "markAsReadToken"}),
        ("audio", {"contentProvider", "duration"}, {"markAsReadToken"}),
        ("file", {"fileName", "fileSize"}, {"markAsReadToken"}),
        ("location", {"latitude", "longitude"}, {"markAsReadToken"}),
    ],
)
def test_each_kind_of_message_has_its_own_properties(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str, kind: str, fields: set[str], tokens: set[str]
) -> None:
    line_simulator.send(misaki, {"type": kind})

    assert set(webhook_receiver.last_event()["message"]) == {"type", "id"} | fields | tokens


def test_a_kind_that_nobody_knows_yet_is_sent_as_it_is(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    line_simulator.send(misaki, {"type": "hologram", "depth": 3})

    message = webhook_receiver.last_event()["message"]
    assert message == {"type": "hologram", "id": message["id"], "depth": 3}


def test_the_events_of_a_chat_bear_growing_times_though_the_clock_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([1000, 990, 1001, 2000])
    monkeypatch.setattr(State, "now", lambda _state: next(clock))
    state, chat = State(), Chat(CHANNEL, "U1")

    assert [make_event(state, chat, "message", {}, True)["timestamp"] for _ in range(4)] == [1000, 1001, 1002, 2000]


def test_message_ids_grow_across_a_reset(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str) -> None:
    first = line_simulator.send(misaki, "one")["message_id"]
    line_simulator.reset()
    line_simulator.add_channel(webhook_receiver.url)
    second = line_simulator.send(line_simulator.add_user(), "two")["message_id"]

    assert int(second) > int(first)


def test_following_blocking_and_unblocking_are_told(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver) -> None:
    line_simulator.add_channel(webhook_receiver.url)
    user = line_simulator.add_user(silent=False)
    line_simulator.post(f"/sim/users/{user}/block", {"channel_id": CHANNEL})
    line_simulator.post(f"/sim/users/{user}/unblock", {"channel_id": CHANNEL})

    follow, unfollow, again = [call.events[0] for call in webhook_receiver.arrived]
    assert (follow["type"], follow["follow"]) == ("follow", {"isUnblocked": False})
    assert unfollow["type"] == "unfollow"
    assert "replyToken" not in unfollow
    assert (again["type"], again["follow"]) == ("follow", {"isUnblocked": True})
    assert again["replyToken"]


def test_an_unsent_message_is_told_and_gone(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str) -> None:
    message_id = line_simulator.send(misaki, "my card number is …")["message_id"]
    line_simulator.post(f"/sim/users/{misaki}/unsend", {"channel_id": CHANNEL, "message_id": message_id})

    event = webhook_receiver.last_event()
    assert (event["type"], event["unsend"]) == ("unsend", {"messageId": message_id})
    assert "replyToken" not in event
    (bubble,) = line_simulator.chat(misaki)
    assert bubble["type"] == "unsent"
    assert "card number" not in json.dumps(bubble)


def test_only_a_message_of_ones_own_can_be_unsent(line_simulator: SimulatorProcess, misaki: str) -> None:
    answer = line_simulator.call("POST", f"/sim/users/{misaki}/unsend", {"channel_id": CHANNEL, "message_id": "1"})

    assert answer.status == 400


def test_somebody_who_blocks_the_account_cannot_write_to_it(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    line_simulator.post(f"/sim/users/{misaki}/block", {"channel_id": CHANNEL})
    answer = line_simulator.call("POST", f"/sim/users/{misaki}/send", {"channel_id": CHANNEL, "message": {"type": "text", "text": "hi"}})

    assert answer.status == 400
    assert [call.events[0]["type"] for call in webhook_receiver.arrived] == ["unfollow"]


EVENTS_AS_THEY_ARE: list[Any] = [
    [],
    [{"type": "message"}],
    ["no object", 7, None, {"type": "message", "message": {"type": "text", "id": 1, "text": "nul \u0000 here"}}],
    [{"type": "future", "source": {"type": "planet"}, "timestamp": -1, "extra": {"ü": [1.5, True]}}],
]


@pytest.mark.parametrize("events", EVENTS_AS_THEY_ARE)
def test_events_go_out_as_they_are(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str, events: list[Any]
) -> None:
    answer = line_simulator.post("/sim/events", {"channel_id": CHANNEL, "events": events})

    assert answer["webhook_status"] == 200
    assert answer["elapsed_ms"] > 0
    assert webhook_receiver.arrived[0].events == events


def test_a_lone_surrogate_goes_out_escaped(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str) -> None:
    body = rb'{"channel_id":"1650000001","events":[{"text":"\ud83d"}]}'
    answer = line_simulator.call("POST", "/sim/events", body=body, headers={"Content-Type": "application/json"})

    assert answer.json["webhook_status"] == 200
    assert rb"\ud83d" in webhook_receiver.arrived[0].body


def test_a_body_that_is_no_json_goes_out_signed(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str) -> None:
    line_simulator.post("/sim/events", {"channel_id": CHANNEL, "body": '{"events": [1e999'})

    (call,) = webhook_receiver.arrived
    assert call.body == b'{"events": [1e999'
    assert call.headers["x-line-signature"] == sign("secret-1650000001", call.body)


@pytest.mark.parametrize("signature", ["bm90IHRoZSByaWdodCBvbmU=", None])
def test_a_wrong_or_missing_signature_can_be_sent(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str, signature: str | None
) -> None:
    line_simulator.post("/sim/events", {"channel_id": CHANNEL, "events": [], "signature": signature})

    assert webhook_receiver.arrived[0].headers.get("x-line-signature") == signature


def test_the_endpoints_status_is_told(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str) -> None:
    webhook_receiver.status = 503

    assert line_simulator.send(misaki, "hello")["webhook_status"] == 503


def test_an_endpoint_that_is_slow_or_absent_is_told_by_lines_words(webhook_receiver: WebhookReceiver) -> None:
    webhook_receiver.delay_seconds = 20
    with running_simulator(webhook_timeout=0.3) as impatient:
        impatient.add_channel(webhook_receiver.url)
        misaki = impatient.add_user()
        slow = impatient.send(misaki, "one")
    with running_simulator() as simulator:
        simulator.add_channel(f"http://127.0.0.1:{free_port()}/")
        absent = simulator.send(simulator.add_user(), "two")

    assert (slow["webhook_status"], slow["webhook_reason"]) == (None, "REQUEST_TIMEOUT")
    assert (absent["webhook_status"], absent["webhook_reason"]) == (None, "COULD_NOT_CONNECT")


def test_a_lost_webhook_is_lost_unless_redelivery_is_on(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    webhook_receiver.status = 500
    line_simulator.send(misaki, "lost")
    line_simulator.patch("/sim/channels/1650000001", {"redelivery": True})
    line_simulator.send(misaki, "kept")

    texts = [call.events[0]["message"]["text"] for call in webhook_receiver.wait_for(5)]
    assert texts == ["lost", "kept", "kept", "kept", "kept"]


def test_a_redelivered_event_is_identical_but_for_its_flag(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    line_simulator.patch("/sim/channels/1650000001", {"redelivery": True})
    webhook_receiver.first_answers = [500]
    line_simulator.send(misaki, "once more")

    first, second = [call.events[0] for call in webhook_receiver.wait_for(2)]
    assert (first["deliveryContext"], second["deliveryContext"]) == ({"isRedelivery": False}, {"isRedelivery": True})
    assert {**first, "deliveryContext": None} == {**second, "deliveryContext": None}


def test_webhooks_share_a_kept_alive_connection(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str) -> None:
    for number in range(5):
        line_simulator.send(misaki, f"message {number}")

    assert len({call.connection for call in webhook_receiver.arrived}) == 1


def test_without_a_webhook_url_the_chat_goes_on_and_nothing_is_sent(line_simulator: SimulatorProcess) -> None:
    line_simulator.add_channel()
    user = line_simulator.add_user(silent=False)
    sent = line_simulator.send(user, "anybody there?")

    assert (sent["webhook_status"], sent["webhook_reason"]) == (None, "NOT_SET")
    assert [bubble["text"] for bubble in line_simulator.chat(user)] == ["anybody there?"]
