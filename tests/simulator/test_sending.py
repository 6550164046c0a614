"""Push and reply: what LINE accepts, what the customer then sees, and what LINE refuses."""

import json
import uuid
from typing import Any

import pytest

from .receiver import WebhookReceiver
from .server import CHANNEL, Answer, SimulatorProcess

PUSH = "/v2/bot/message/push"
REPLY = "/v2/bot/message/reply"
HELLO = [{"type": "text", "text": "Hello"}]


@pytest.fixture
def misaki(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver) -> str:
    """A customer who is a friend of the one account."""
    line_simulator.add_channel(webhook_receiver.url)
    return line_simulator.add_user("みさき🐰", language="ja")


def texts(bubbles: list[dict[str, Any]]) -> list[str]:
    return [bubble["text"] for bubble in bubbles]


def push(simulator: SimulatorProcess, to: str, messages: Any = HELLO, key: str | None = None, **more: Any) -> Answer:
    headers = {"X-Line-Retry-Key": key} if key is not None else {}
    return simulator.line("POST", PUSH, {"to": to, "messages": messages, **more}, headers=headers)


def reply(simulator: SimulatorProcess, token: str, messages: Any = HELLO) -> Answer:
    return simulator.line("POST", REPLY, {"replyToken": token, "messages": messages})


def token_of(simulator: SimulatorProcess, receiver: WebhookReceiver, user: str) -> str:
    simulator.send(user, "a question")
    return receiver.last_event()["replyToken"]


def test_a_push_is_shown_to_the_customer_in_the_order_sent(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.send(misaki, "もしもし")
    answer = push(line_simulator, misaki, [{"type": "text", "text": text} for text in ("one", "two", "three")])

    assert answer.status == 200
    bubbles = line_simulator.chat(misaki)
    assert texts(bubbles) == ["もしもし", "one", "two", "three"]
    assert [bubble["direction"] for bubble in bubbles] == ["inbound", "outbound", "outbound", "outbound"]
    assert [bubble["via"] for bubble in bubbles] == [None, "push", "push", "push"]
    assert {bubble["request_id"] for bubble in bubbles[1:]} == {answer.headers["x-line-request-id"]}
    assert [bubble["message_id"] for bubble in bubbles[1:]] == [item["id"] for item in answer.json["sentMessages"]]


def test_the_ids_of_sent_messages_are_growing_decimal_texts(line_simulator: SimulatorProcess, misaki: str) -> None:
    ids = [item["id"] for _ in range(3) for item in push(line_simulator, misaki, HELLO * 2).json["sentMessages"]]

    assert all(isinstance(value, str) and len(value) == 18 and value.isdecimal() for value in ids)
    assert sorted(ids) == ids
    assert len(set(ids)) == 6


def test_only_messages_that_can_be_quoted_get_a_quote_token(line_simulator: SimulatorProcess, misaki: str) -> None:
    place = {"type": "location", "title": "Shop", "address": "Tokyo", "latitude": 35.6, "longitude": 139.7}
    text, location = push(line_simulator, misaki, [*HELLO, place]).json["sentMessages"]

    assert text["quoteToken"]
    assert "quoteToken" not in location


def test_a_reply_is_shown_as_a_reply(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str) -> None:
    answer = reply(line_simulator, token_of(line_simulator, webhook_receiver, misaki))

    assert answer.status == 200
    assert [(bubble["text"], bubble["via"]) for bubble in line_simulator.chat(misaki)] == [("a question", None), ("Hello", "reply")]


def test_a_reply_token_is_good_once(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str) -> None:
    token = token_of(line_simulator, webhook_receiver, misaki)
    reply(line_simulator, token)
    second = reply(line_simulator, token)

    assert (second.status, second.json) == (400, {"message": "Invalid reply token"})
    assert texts(line_simulator.chat(misaki)) == ["a question", "Hello"]


@pytest.mark.parametrize(("seconds", "status"), [(55, 200), (61, 400)])
def test_a_reply_token_lives_a_minute(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str, seconds: int, status: int
) -> None:
    token = token_of(line_simulator, webhook_receiver, misaki)
    line_simulator.advance_clock(seconds)

    assert reply(line_simulator, token).status == status


def test_a_reply_token_of_another_account_or_of_nobody_is_invalid(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    line_simulator.add_channel(channel_id="1650000002")
    token = token_of(line_simulator, webhook_receiver, misaki)
    foreign = line_simulator.line("POST", REPLY, {"replyToken": token, "messages": HELLO}, token="token-1650000002")

    assert (foreign.status, foreign.json["message"]) == (400, "Invalid reply token")
    assert reply(line_simulator, "0" * 32).json == {"message": "Invalid reply token"}
    assert reply(line_simulator, token).status == 200


def test_a_refused_reply_does_not_use_up_its_token(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    token = token_of(line_simulator, webhook_receiver, misaki)

    assert reply(line_simulator, token, []).status == 400
    assert reply(line_simulator, token).status == 200


def test_a_redelivered_event_gives_its_token_one_more_minute_but_not_beyond_twenty(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    line_simulator.send(misaki, "hello")
    event = webhook_receiver.last_event()
    again = {"channel_id": CHANNEL, "events": [{**event, "deliveryContext": {"isRedelivery": True}}]}

    line_simulator.advance_clock(600)
    line_simulator.post("/sim/events", again)
    line_simulator.advance_clock(50)
    fresh = reply(line_simulator, event["replyToken"])
    used = reply(line_simulator, event["replyToken"])

    assert (fresh.status, used.status) == (200, 400)


def test_a_token_redelivered_after_twenty_minutes_is_invalid(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    line_simulator.send(misaki, "hello")
    event = webhook_receiver.last_event()
    line_simulator.advance_clock(20 * 60 + 1)
    line_simulator.post("/sim/events", {"channel_id": CHANNEL, "events": [{**event, "deliveryContext": {"isRedelivery": True}}]})

    assert reply(line_simulator, event["replyToken"]).json["message"] == "Invalid reply token"


def test_a_retry_key_is_refused_on_reply(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str) -> None:
    token = token_of(line_simulator, webhook_receiver, misaki)
    data = {"replyToken": token, "messages": HELLO}

    assert line_simulator.line("POST", REPLY, data, headers={"X-Line-Retry-Key": str(uuid.uuid4())}).status == 400
    assert line_simulator.line("POST", REPLY, data).status == 200


def test_a_used_retry_key_answers_409_with_what_was_sent(line_simulator: SimulatorProcess, misaki: str) -> None:
    key = str(uuid.uuid4())
    first = push(line_simulator, misaki, key=key)
    second = push(line_simulator, misaki, key=key.upper())

    assert second.status == 409
    assert second.json == {"message": "The retry key is already accepted", "sentMessages": first.json["sentMessages"]}
    assert second.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert second.headers["x-line-request-id"] != first.headers["x-line-request-id"]
    assert texts(line_simulator.chat(misaki)) == ["Hello"]


def test_a_retry_key_is_forgotten_after_a_day(line_simulator: SimulatorProcess, misaki: str) -> None:
    key = str(uuid.uuid4())
    push(line_simulator, misaki, key=key)
    line_simulator.advance_clock(24 * 3600)

    assert push(line_simulator, misaki, key=key).status == 200
    assert texts(line_simulator.chat(misaki)) == ["Hello", "Hello"]


def test_a_refused_push_leaves_its_retry_key_unused(line_simulator: SimulatorProcess, misaki: str) -> None:
    key = str(uuid.uuid4())

    assert push(line_simulator, misaki, [], key=key).status == 400
    assert push(line_simulator, misaki, key=key).status == 200


def test_a_retry_key_must_be_a_uuid(line_simulator: SimulatorProcess, misaki: str) -> None:
    assert push(line_simulator, misaki, key="again-please").status == 400
    assert line_simulator.chat(misaki) == []


def test_a_push_to_somebody_who_blocks_is_accepted_and_does_not_arrive(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.post(f"/sim/users/{misaki}/block", {"channel_id": CHANNEL})
    answer = push(line_simulator, misaki)

    assert answer.status == 200
    assert answer.json["sentMessages"][0]["id"]
    assert line_simulator.chat(misaki) == []
    assert line_simulator.line("GET", "/v2/bot/message/quota/consumption").json == {"totalUsage": 0}


def test_a_push_to_somebody_unknown_is_refused(line_simulator: SimulatorProcess, misaki: str) -> None:
    unknown = push(line_simulator, "U" + "0" * 32)

    assert (unknown.status, unknown.json) == (400, {"message": "Failed to send messages"})
    assert push(line_simulator, "nobody").status == 400


def test_a_writer_who_is_no_friend_can_be_answered_for_seven_days(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.add_channel(channel_id="1650000002")
    line_simulator.send(misaki, "just asking", channel_id="1650000002")
    data = {"to": misaki, "messages": HELLO}
    within = line_simulator.line("POST", PUSH, data, token="token-1650000002")
    line_simulator.advance_clock(7 * 24 * 3600 + 1)
    beyond = line_simulator.line("POST", PUSH, data, token="token-1650000002")

    assert (within.status, beyond.status) == (200, 200)
    assert texts(line_simulator.chat(misaki, "1650000002")) == ["just asking", "Hello"]


def test_five_messages_in_one_push_count_once_and_replies_are_free(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    push(line_simulator, misaki, HELLO * 5)
    reply(line_simulator, token_of(line_simulator, webhook_receiver, misaki), HELLO * 5)

    assert line_simulator.line("GET", "/v2/bot/message/quota/consumption").json == {"totalUsage": 1}


def test_a_push_beyond_the_monthly_quota_is_refused_until_the_next_month(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.patch(f"/sim/channels/{CHANNEL}", {"quota": 1})
    key = str(uuid.uuid4())
    first, second = push(line_simulator, misaki), push(line_simulator, misaki, key=key)
    line_simulator.advance_clock(32 * 24 * 3600)
    later = push(line_simulator, misaki, key=key)

    assert (first.status, later.status) == (200, 200)
    assert (second.status, second.json) == (429, {"message": "You have reached your monthly limit."})
    assert line_simulator.line("GET", "/v2/bot/message/quota").json == {"type": "limited", "value": 1}


def test_a_quote_token_is_good_in_its_own_chat_only(line_simulator: SimulatorProcess, misaki: str) -> None:
    other = line_simulator.add_user("Daniel W.")
    quote = push(line_simulator, misaki).json["sentMessages"][0]["quoteToken"]
    quoting = [{"type": "text", "text": "as I said", "quoteToken": quote}]

    assert push(line_simulator, misaki, quoting).status == 200
    assert push(line_simulator, other, quoting).status == 400


@pytest.mark.parametrize("token", [None, "wrong", ""])
def test_a_missing_or_wrong_token_is_401_in_lines_words(line_simulator: SimulatorProcess, misaki: str, token: str | None) -> None:
    answer = line_simulator.line("POST", PUSH, {"to": misaki, "messages": HELLO}, token=token)

    assert answer.status == 401
    assert "uthorization header" in answer.json["message"]
    assert answer.headers["x-line-request-id"]


def test_another_content_type_is_415(line_simulator: SimulatorProcess, misaki: str) -> None:
    answer = line_simulator.line("POST", PUSH, body=b"to=U", headers={"Content-Type": "text/plain"})

    assert (answer.status, answer.json) == (415, {"message": "The content type, text/plain, is not supported"})


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_400(line_simulator: SimulatorProcess, misaki: str, body: bytes) -> None:
    answer = line_simulator.line("POST", PUSH, body=body, headers={"Content-Type": "application/json"})

    assert answer.status == 400
    assert answer.json["message"].startswith("The request body could not be parsed as JSON (line: ")


def test_a_request_over_two_megabytes_is_413(line_simulator: SimulatorProcess, misaki: str) -> None:
    body = json.dumps({"to": misaki, "messages": HELLO, "padding": "x" * 2 * 1024 * 1024}).encode()

    assert line_simulator.line("POST", PUSH, body=body, headers={"Content-Type": "application/json"}).status == 413


def test_an_unknown_path_is_404_with_a_request_id(line_simulator: SimulatorProcess, misaki: str) -> None:
    answer = line_simulator.line("POST", "/v2/bot/message/shout", {})

    assert (answer.status, answer.json) == (404, {"message": "Not found"})
    assert answer.headers["x-line-request-id"]


def test_every_request_is_kept_with_its_headers_body_and_status(line_simulator: SimulatorProcess, misaki: str) -> None:
    before = line_simulator.get("/sim/requests")["last"]
    key = str(uuid.uuid4())
    push(line_simulator, misaki, key=key)
    line_simulator.line("GET", "/v2/bot/profile/nobody")

    first, second = line_simulator.requests(since=before)
    assert (first["method"], first["path"], first["status"]) == ("POST", PUSH, 200)
    assert first["body"] == {"to": misaki, "messages": HELLO}
    assert first["headers"]["x-line-retry-key"] == key
    assert (second["endpoint"], second["status"]) == ("profile", 404)
    assert second["index"] == first["index"] + 1 == before + 2
