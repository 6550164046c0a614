"""Read marks, the loading animation, taps on buttons, standby and multicast."""

import uuid
from typing import Any

import pytest

from .line_openapi import answer_schema, errors_of
from .receiver import WebhookReceiver
from .server import CHANNEL, Answer, SimulatorProcess

MARK = "/v2/bot/chat/markAsRead"
OLD_MARK = "/v2/bot/message/markAsRead"
LOADING = "/v2/bot/chat/loading/start"
MULTICAST = "/v2/bot/message/multicast"
HELLO = [{"type": "text", "text": "Hello"}]


@pytest.fixture
def misaki(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver) -> str:
    line_simulator.add_channel(webhook_receiver.url)
    return line_simulator.add_user("みさき🐰")


def read_tokens(simulator: SimulatorProcess, receiver: WebhookReceiver, user: str, *texts: str) -> list[str]:
    for text in texts:
        simulator.send(user, text)
    return [call.events[0]["message"]["markAsReadToken"] for call in receiver.arrived]


def reads(simulator: SimulatorProcess, user: str) -> list[bool]:
    return [bubble["read"] for bubble in simulator.chat(user)]


def loading(simulator: SimulatorProcess, **data: Any) -> Answer:
    return simulator.line("POST", LOADING, data)


def is_loading(simulator: SimulatorProcess, user: str) -> bool:
    chat = simulator.get(f"/sim/users/{user}/chat", channel_id=CHANNEL)
    return chat["loading_until"] > chat["now"]


def test_a_read_token_marks_its_message_and_all_before_it(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    tokens = read_tokens(line_simulator, webhook_receiver, misaki, "one", "two", "three")
    before = reads(line_simulator, misaki)
    answer = line_simulator.line("POST", MARK, {"markAsReadToken": tokens[1]})

    assert (answer.status, answer.json) == (200, {})
    assert before == [False, False, False]
    assert reads(line_simulator, misaki) == [True, True, False]


def test_a_read_token_never_ends_not_even_with_its_message(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    (token,) = read_tokens(line_simulator, webhook_receiver, misaki, "oops")
    line_simulator.unsend(misaki, line_simulator.chat(misaki)[0]["message_id"])
    line_simulator.advance_clock(400 * 24 * 3600)

    assert [line_simulator.line("POST", MARK, {"markAsReadToken": token}).status for _ in range(2)] == [200, 200]


def test_a_read_token_is_the_accounts_own(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str) -> None:
    (token,) = read_tokens(line_simulator, webhook_receiver, misaki, "one")
    line_simulator.add_channel(channel_id="1650000002")
    foreign = line_simulator.line("POST", MARK, {"markAsReadToken": token}, token="token-1650000002")
    schema = answer_schema("messaging-api", "POST", MARK, 400)

    assert (foreign.status, reads(line_simulator, misaki)) == (400, [False])
    assert foreign.json == {"message": "Invalid markAsReadToken. Tokens must be used by the bot that received them via Webhook."}
    assert errors_of("messaging-api", schema, foreign.json) == []
    assert line_simulator.line("POST", MARK, {}).json["details"] == [{"message": "May not be empty", "property": "markAsReadToken"}]


def test_with_chat_off_everything_is_read_at_once(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.patch(f"/sim/channels/{CHANNEL}", {"chat_mode": "bot"})
    line_simulator.send(misaki, "hello")

    assert reads(line_simulator, misaki) == [True]


@pytest.mark.parametrize(("allowed", "chat_mode", "status"), [(False, "bot", 403), (True, "chat", 403), (True, "bot", 200)])
def test_the_older_way_is_for_few_and_excludes_the_chat_function(
    line_simulator: SimulatorProcess, misaki: str, allowed: bool, chat_mode: str, status: int
) -> None:
    line_simulator.send(misaki, "hello")
    line_simulator.patch(f"/sim/channels/{CHANNEL}", {"may_mark_by_user": allowed, "chat_mode": chat_mode})
    answer = line_simulator.line("POST", OLD_MARK, {"chat": {"userId": misaki}})

    assert answer.status == status
    assert reads(line_simulator, misaki) == [status == 200]


def test_the_loading_animation_ends_with_its_time(line_simulator: SimulatorProcess, misaki: str) -> None:
    answer = loading(line_simulator, chatId=misaki, loadingSeconds=5)
    shown = is_loading(line_simulator, misaki)
    line_simulator.advance_clock(5)

    assert (answer.status, answer.json) == (202, {})
    assert errors_of("messaging-api", answer_schema("messaging-api", "POST", LOADING, 202), answer.json) == []
    assert (shown, is_loading(line_simulator, misaki)) == (True, False)


def test_the_loading_animation_ends_with_the_next_message(line_simulator: SimulatorProcess, misaki: str) -> None:
    loading(line_simulator, chatId=misaki)
    shown = is_loading(line_simulator, misaki)
    line_simulator.line("POST", "/v2/bot/message/push", {"to": misaki, "messages": HELLO})

    assert (shown, is_loading(line_simulator, misaki)) == (True, False)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, ["Must be between 5 and 60"]),
        (65, ["Must be between 5 and 60"]),
        (7, ["must be a multiple of five"]),
        (61, ["Must be between 5 and 60", "must be a multiple of five"]),
    ],
)
def test_loading_takes_5_to_60_seconds_in_steps_of_5(line_simulator: SimulatorProcess, misaki: str, seconds: int, words: list[str]) -> None:
    answer = loading(line_simulator, chatId=misaki, loadingSeconds=seconds)

    assert answer.status == 400
    assert [(detail["message"], detail["property"]) for detail in answer.json["details"]] == [(word, "loadingSeconds") for word in words]


def test_loading_is_for_chats_with_one_customer_who_can_be_reached(line_simulator: SimulatorProcess, misaki: str) -> None:
    group = line_simulator.post("/sim/groups", {"channel_id": CHANNEL, "name": "Tea", "member_ids": [misaki], "silent": True})["group_id"]
    line_simulator.post(f"/sim/users/{misaki}/block", {"channel_id": CHANNEL})

    assert loading(line_simulator, chatId=group).status == 400
    assert loading(line_simulator).status == 400
    assert loading(line_simulator, chatId=misaki).status == 202
    assert not is_loading(line_simulator, misaki)


def test_a_tap_shows_its_words_and_sends_a_postback_but_no_message(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    data = {"channel_id": CHANNEL, "data": "order=1142", "display_text": "My order"}
    line_simulator.post(f"/sim/users/{misaki}/postback", data)
    (call,) = webhook_receiver.arrived

    assert (call.events[0]["type"], call.events[0]["postback"]) == ("postback", {"data": "order=1142"})
    assert errors_of("webhook", "CallbackRequest", call.json) == []
    assert [(bubble["direction"], bubble["text"]) for bubble in line_simulator.chat(misaki)] == [("inbound", "My order")]


def test_a_picked_time_comes_with_the_postback(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str) -> None:
    data = {"channel_id": CHANNEL, "data": "visit", "params": {"datetime": "2026-12-24T10:00"}}
    line_simulator.post(f"/sim/users/{misaki}/postback", data)

    assert webhook_receiver.last_event()["postback"] == {"data": "visit", "params": {"datetime": "2026-12-24T10:00"}}
    assert line_simulator.chat(misaki) == []


def test_in_standby_events_say_so_and_can_not_be_replied_to(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    line_simulator.post(f"/sim/users/{misaki}/standby", {"channel_id": CHANNEL, "standby": True})
    line_simulator.send(misaki, "to the other")
    line_simulator.post(f"/sim/users/{misaki}/standby", {"channel_id": CHANNEL, "standby": False})
    line_simulator.send(misaki, "to us")
    first, second = (call.events[0] for call in webhook_receiver.arrived)

    assert (first["mode"], "replyToken" in first) == ("standby", False)
    assert (second["mode"], "replyToken" in second) == ("active", True)
    for call in webhook_receiver.arrived:
        assert errors_of("webhook", "CallbackRequest", call.json) == []


def test_a_multicast_reaches_each_once_and_counts_who_can_receive(line_simulator: SimulatorProcess, misaki: str) -> None:
    other, blocker = line_simulator.add_user("Daniel W."), line_simulator.add_user("小安")
    line_simulator.post(f"/sim/users/{blocker}/block", {"channel_id": CHANNEL})
    to = [misaki, other, misaki, blocker, "U" + "0" * 32]
    answer = line_simulator.line("POST", MULTICAST, {"to": to, "messages": HELLO})

    assert (answer.status, answer.json) == (200, {})
    assert errors_of("messaging-api", answer_schema("messaging-api", "POST", MULTICAST, 200), answer.json) == []
    assert [len(line_simulator.chat(user)) for user in (misaki, other, blocker)] == [1, 1, 0]
    assert line_simulator.line("GET", "/v2/bot/message/quota/consumption").json == {"totalUsage": 2}


def test_a_multicast_with_a_used_retry_key_is_409_without_messages(line_simulator: SimulatorProcess, misaki: str) -> None:
    key = {"X-Line-Retry-Key": str(uuid.uuid4())}
    first, second = (line_simulator.line("POST", MULTICAST, {"to": [misaki], "messages": HELLO}, headers=key) for _ in range(2))

    assert second.status == 409
    assert second.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert second.json == {"message": "The retry key is already accepted"}
    assert len(line_simulator.chat(misaki)) == 1


def test_a_multicast_over_the_quota_reaches_nobody(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.patch(f"/sim/channels/{CHANNEL}", {"quota": 1})
    answer = line_simulator.line("POST", MULTICAST, {"to": [misaki, line_simulator.add_user()], "messages": HELLO})

    assert (answer.status, answer.json) == (429, {"message": "You have reached your monthly limit."})
    assert line_simulator.chat(misaki) == []


@pytest.mark.parametrize("to", [None, [], ["U" + "0" * 32] * 501, "U" + "0" * 32, ["C" + "0" * 32], [7]])
def test_a_multicast_takes_1_to_500_customers(line_simulator: SimulatorProcess, misaki: str, to: Any) -> None:
    assert line_simulator.line("POST", MULTICAST, {"to": to, "messages": HELLO}).status == 400
