"""The simulator against LINE's own OpenAPI description: what it sends, what it answers, what it refuses."""

from typing import Any

import pytest

from .line_openapi import answer_schema, errors_of, require_description
from .receiver import WebhookReceiver
from .server import CHANNEL, TOKEN, Answer, SimulatorProcess
from .test_validation import ACCEPTED

PUSH = "/v2/bot/message/push"
REPLY = "/v2/bot/message/reply"
HELLO = [{"type": "text", "text": "Hello"}]


@pytest.fixture(autouse=True)
def lines_description() -> None:
    require_description()


@pytest.fixture
def misaki(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver) -> str:
    line_simulator.add_channel(webhook_receiver.url, display_name="Koharu Support", picture_url="https://example.com/k.png")
    return line_simulator.add_user("みさき🐰", language="ja", picture_url="https://example.com/m.png", status_message="元気")


MESSAGES: list[dict[str, Any]] = [
    {"type": "text", "text": "hello"},
    {"type": "text", "text": "hi @All (smile)", "mention": {"mentionees": [{"index": 3, "length": 4, "type": "all"}]}},
    {"type": "sticker"},
    {"type": "sticker", "packageId": "446", "stickerId": "1989", "stickerResourceType": "ANIMATION", "keywords": ["Thank you"]},
    {"type": "image"},
    {"type": "image", "imageSet": {"id": "E005D41A7288F41B65593ED38FF6E9834B046AB36A37921A56BC236F13A91855", "index": 1, "total": 2}},
    {"type": "video"},
    {"type": "audio"},
    {"type": "file"},
    {"type": "location"},
    {"type": "location", "title": "Shop", "address": "Tokyo"},
]


@pytest.mark.parametrize("message", MESSAGES)
def test_every_message_event_is_what_line_describes(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str, message: dict[str, Any]
) -> None:
    line_simulator.send(misaki, message)

    assert errors_of("webhook", "CallbackRequest", webhook_receiver.arrived[0].json) == []


def test_every_other_event_is_what_line_describes(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str) -> None:
    line_simulator.add_user("小安", silent=False)
    message_id = line_simulator.send(misaki, "oops")["message_id"]
    line_simulator.post(f"/sim/users/{misaki}/unsend", {"channel_id": CHANNEL, "message_id": message_id})
    line_simulator.post(f"/sim/users/{misaki}/block", {"channel_id": CHANNEL})
    line_simulator.post(f"/sim/users/{misaki}/unblock", {"channel_id": CHANNEL})
    line_simulator.line("POST", "/v2/bot/channel/webhook/test", {})

    assert [[event["type"] for event in call.events] for call in webhook_receiver.arrived] == [
        ["follow"],
        ["message"],
        ["unsend"],
        ["unfollow"],
        ["follow"],
        [],
    ]
    for call in webhook_receiver.arrived:
        assert errors_of("webhook", "CallbackRequest", call.json) == []


@pytest.mark.parametrize("missing", ["webhookEventId", "deliveryContext", "timestamp", "mode", "type"])
def test_the_description_would_notice_a_missing_property(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str, missing: str
) -> None:
    line_simulator.send(misaki, "hello")
    body = webhook_receiver.arrived[0].json
    del body["events"][0][missing]

    assert errors_of("webhook", "CallbackRequest", body) != []


ANSWERS: list[tuple[str, str, str, Any, int]] = [
    ("messaging-api", "GET", "/v2/bot/info", None, 200),
    ("messaging-api", "GET", "/v2/bot/profile/{userId}", None, 200),
    ("messaging-api", "GET", "/v2/bot/message/quota", None, 200),
    ("messaging-api", "GET", "/v2/bot/message/quota/consumption", None, 200),
    ("messaging-api", "GET", "/v2/bot/channel/webhook/endpoint", None, 200),
    ("messaging-api", "PUT", "/v2/bot/channel/webhook/endpoint", {"endpoint": "https://example.com/webhook"}, 200),
    ("messaging-api", "POST", "/v2/bot/channel/webhook/test", {}, 200),
    ("messaging-api", "POST", PUSH, {"to": "{userId}", "messages": HELLO}, 200),
    ("messaging-api", "POST", PUSH, {"to": "{userId}", "messages": []}, 400),
    ("messaging-api", "POST", PUSH, {"to": "{userId}", "messages": [{"type": "text", "text": ""}]}, 400),
    ("messaging-api", "POST", REPLY, {"replyToken": "wrong", "messages": HELLO}, 400),
    ("messaging-api", "POST", "/v2/bot/message/validate/push", {"messages": HELLO}, 200),
]


@pytest.mark.parametrize(("description", "method", "path", "data", "status"), ANSWERS)
def test_every_answer_is_what_line_describes(
    line_simulator: SimulatorProcess, misaki: str, description: str, method: str, path: str, data: Any, status: int
) -> None:
    sent = {**data, "to": misaki} if isinstance(data, dict) and "to" in data else data
    answer = line_simulator.line(method, path.replace("{userId}", misaki), sent)

    assert answer.status == status
    assert errors_of(description, answer_schema(description, method, path, status), answer.json) == []


def test_a_limited_quota_is_what_line_describes(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.patch(f"/sim/channels/{CHANNEL}", {"quota": 5000})
    answer = line_simulator.line("GET", "/v2/bot/message/quota")

    assert errors_of("messaging-api", "MessageQuotaResponse", answer.json) == []
    assert answer.json["value"] == 5000


def test_a_reply_and_a_used_retry_key_answer_what_line_describes(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    line_simulator.send(misaki, "hello")
    reply = line_simulator.line("POST", REPLY, {"replyToken": webhook_receiver.last_event()["replyToken"], "messages": HELLO})
    key = {"X-Line-Retry-Key": "123e4567-e89b-12d3-a456-426614174000"}
    line_simulator.line("POST", PUSH, {"to": misaki, "messages": HELLO}, headers=key)
    used = line_simulator.line("POST", PUSH, {"to": misaki, "messages": HELLO}, headers=key)

    assert errors_of("messaging-api", answer_schema("messaging-api", "POST", REPLY, 200), reply.json) == []
    assert used.status == 409
    assert errors_of("messaging-api", answer_schema("messaging-api", "POST", PUSH, 409), used.json) == []
    assert used.json["sentMessages"]


def test_token_checks_answer_what_line_describes(line_simulator: SimulatorProcess, misaki: str) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    good: Answer = line_simulator.call("POST", "/v2/oauth/verify", body=f"access_token={TOKEN}".encode(), headers=form)
    bad: Answer = line_simulator.call("POST", "/v2/oauth/verify", body=b"access_token=wrong", headers=form)

    assert errors_of("channel-access-token", "VerifyChannelAccessTokenResponse", good.json) == []
    assert errors_of("channel-access-token", "ErrorResponse", bad.json) == []


@pytest.mark.parametrize("message", ACCEPTED)
def test_what_the_simulator_accepts_line_describes_as_a_message(message: dict[str, Any]) -> None:
    assert errors_of("messaging-api", "PushMessageRequest", {"to": "U" + "0" * 32, "messages": [message]}) == []


WRONG: list[dict[str, Any]] = [
    {"messages": HELLO},
    {"to": "{userId}", "messages": []},
    {"to": "{userId}", "messages": HELLO * 6},
    {"to": "{userId}", "messages": [{"text": "no type"}]},
    {"to": "{userId}", "messages": [{"type": "text"}]},
    {"to": "{userId}", "messages": [{"type": "file", "fileName": "a.pdf"}]},
    {"to": "{userId}", "messages": [{"type": "image", "originalContentUrl": "https://example.com/a.jpg"}]},
    {"to": "{userId}", "messages": [{"type": "sticker", "packageId": 446, "stickerId": 1988}]},
    {"to": "{userId}", "messages": [{"type": "flex", "altText": "Card"}]},
    {"to": "{userId}", "messages": [{"type": "template", "altText": "Choose", "template": {"type": "buttons", "text": "Choose"}}]},
    {"to": "{userId}", "messages": [{**HELLO[0], "quickReply": {"items": [{"type": "action"}] * 14}}]},
    {"to": "{userId}", "messages": [{**HELLO[0], "sender": {"name": "a" * 21}}]},
    {"to": "{userId}", "messages": HELLO, "notificationDisabled": "yes"},
]


@pytest.mark.parametrize("data", WRONG)
def test_what_lines_description_refuses_the_simulator_refuses_too(
    line_simulator: SimulatorProcess, misaki: str, data: dict[str, Any]
) -> None:
    sent = {**data, "to": misaki} if "to" in data else data

    assert errors_of("messaging-api", "PushMessageRequest", sent) != []
    assert line_simulator.line("POST", PUSH, sent).status == 400
    assert line_simulator.chat(misaki) == []


@pytest.mark.parametrize("answer", [{}, {"sentMessages": []}, {"sentMessages": [{"id": 461230966842064897}]}])
def test_the_description_would_notice_a_wrong_answer(answer: dict[str, Any]) -> None:
    assert errors_of("messaging-api", answer_schema("messaging-api", "POST", PUSH, 200), answer) != []
