"""Trouble on demand."""

import http.client
import json
import time
import uuid
from typing import Any

import pytest

from .receiver import WebhookReceiver
from .server import CHANNEL, TOKEN, Answer, SimulatorProcess

PUSH = "/v2/bot/message/push"


@pytest.fixture
def misaki(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver) -> str:
    line_simulator.add_channel(webhook_receiver.url)
    return line_simulator.add_user("みさき🐰")


def to(user: str) -> dict[str, Any]:
    return {"to": user, "messages": [{"type": "text", "text": "Hello"}]}


def push(simulator: SimulatorProcess, user: str, key: str | None = None) -> Answer:
    headers = {"X-Line-Retry-Key": key} if key is not None else {}
    return simulator.line("POST", PUSH, to(user), headers=headers)


def call_in_vain(simulator: SimulatorProcess, path: str, data: dict[str, Any], key: str = "") -> None:
    """A request that arrives, whose caller goes away without an answer."""
    before = len(simulator.requests())
    connection = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=30)
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"} | ({"X-Line-Retry-Key": key} if key else {})
    connection.request("POST", path, json.dumps(data).encode(), headers)
    give_up_at = time.monotonic() + 30
    while len(simulator.requests()) == before:
        assert time.monotonic() < give_up_at, "it never arrived"
        time.sleep(0.02)
    assert connection.sock is not None
    connection.sock.settimeout(0.3)
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()


def texts(simulator: SimulatorProcess, user: str) -> list[str]:
    return [bubble["text"] for bubble in simulator.chat(user)]


def test_a_status_fault_answers_in_lines_place_as_often_as_asked(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.add_fault("push", "status", status=500, times=2)
    answers = [push(line_simulator, misaki) for _ in range(3)]

    assert [answer.status for answer in answers] == [500, 500, 200]
    assert all(answer.headers["x-line-request-id"] for answer in answers)
    assert texts(line_simulator, misaki) == ["Hello"]


def test_a_fault_without_a_number_lasts_until_it_is_cleared(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.add_fault("push", "status", status=429)
    before = [push(line_simulator, misaki).status for _ in range(3)]
    line_simulator.clear_faults()

    assert before == [429, 429, 429]
    assert push(line_simulator, misaki).status == 200


@pytest.mark.parametrize("body", [{"message": "You have reached your monthly limit."}, "<html>Bad gateway</html>"])
def test_a_status_fault_has_the_body_it_is_given(line_simulator: SimulatorProcess, misaki: str, body: Any) -> None:
    line_simulator.add_fault("push", "status", status=429, body=body)
    answer = push(line_simulator, misaki)

    assert (answer.json if isinstance(body, dict) else answer.text) == body


def test_the_two_429s_can_be_told_apart_by_their_words_only(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.add_fault("push", "status", status=429, times=1)
    line_simulator.patch(f"/sim/channels/{CHANNEL}", {"quota": 0})
    by_rate, by_quota = push(line_simulator, misaki), push(line_simulator, misaki)

    assert (by_rate.status, by_rate.json["message"]) == (429, "The API rate limit has been exceeded. Try again later.")
    assert (by_quota.status, by_quota.json["message"]) == (429, "You have reached your monthly limit.")


@pytest.mark.parametrize(
    ("kind", "words"),
    [("rate_limit", "The API rate limit has been exceeded. Try again later."), ("monthly_limit", "You have reached your monthly limit.")],
)
def test_either_429_can_be_asked_for_by_name(line_simulator: SimulatorProcess, misaki: str, kind: str, words: str) -> None:
    line_simulator.add_fault("push", kind, times=1)
    answer = push(line_simulator, misaki)

    assert (answer.status, answer.json) == (429, {"message": words})


def statuses(simulator: SimulatorProcess, misaki: str, **fault: Any) -> list[int]:
    simulator.add_fault("push", "status", **fault)
    found = [push(simulator, misaki).status for _ in range(60)]
    simulator.clear_faults()
    return found


def test_a_fault_with_a_probability_strikes_some_and_its_seed_repeats_which(line_simulator: SimulatorProcess, misaki: str) -> None:
    first = statuses(line_simulator, misaki, probability=0.2, seed=7)
    again = statuses(line_simulator, misaki, probability=0.2, seed=7)
    other = statuses(line_simulator, misaki, probability=0.2, seed=8)

    assert 2 <= first.count(500) <= 25
    assert first == again != other


def test_a_fault_without_a_seed_tells_the_one_it_took(line_simulator: SimulatorProcess, misaki: str) -> None:
    first = line_simulator.add_fault("push", "status", probability=0.5)["faults"][0]["seed"]
    line_simulator.clear_faults()
    second = line_simulator.add_fault("push", "status", probability=0.5)["faults"][0]["seed"]

    assert first != second


def test_a_burst_strikes_the_following_requests_too(line_simulator: SimulatorProcess, misaki: str) -> None:
    found = statuses(line_simulator, misaki, probability=0.05, seed=3, burst=4, status=429)
    runs = [len(run) for run in "".join("x" if status == 429 else " " for status in found).split()]

    assert runs
    assert all(run >= 4 for run in runs[:-1])


def test_what_one_rule_passes_by_the_next_may_strike(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.add_fault("push", "status", probability=0, status=500)
    line_simulator.add_fault("push", "status", status=429)

    assert push(line_simulator, misaki).status == 429


def test_a_time_out_takes_no_effect(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.add_fault("push", "timeout", times=1)
    key = str(uuid.uuid4())
    call_in_vain(line_simulator, PUSH, to(misaki), key)

    assert texts(line_simulator, misaki) == []
    assert push(line_simulator, misaki, key).status == 200


def test_a_time_out_after_acceptance_takes_effect_once(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.add_fault("push", "accept_then_timeout", times=1)
    key = str(uuid.uuid4())
    call_in_vain(line_simulator, PUSH, to(misaki), key)

    assert texts(line_simulator, misaki) == ["Hello"]
    assert push(line_simulator, misaki, key).status == 409
    assert texts(line_simulator, misaki) == ["Hello"]


def test_a_reply_accepted_without_an_answer_has_spent_its_token(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    line_simulator.send(misaki, "a question")
    data = {"replyToken": webhook_receiver.last_event()["replyToken"], "messages": [{"type": "text", "text": "an answer"}]}
    line_simulator.add_fault("reply", "accept_then_timeout", times=1)
    call_in_vain(line_simulator, "/v2/bot/message/reply", data)
    again = line_simulator.line("POST", "/v2/bot/message/reply", data)

    assert (again.status, again.json["message"]) == (400, "Invalid reply token")
    assert texts(line_simulator, misaki) == ["a question", "an answer"]


def test_a_held_connection_is_dropped_in_the_end(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.add_fault("push", "timeout", seconds=0.1)

    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        push(line_simulator, misaki)


def test_a_reset_closes_the_connection_at_once_and_takes_no_effect(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.add_fault("push", "reset", times=1)
    with pytest.raises(ConnectionError):
        push(line_simulator, misaki)

    assert texts(line_simulator, misaki) == []
    assert push(line_simulator, misaki).status == 200


def test_a_request_that_got_no_answer_is_in_the_log_without_a_status(line_simulator: SimulatorProcess, misaki: str) -> None:
    before = line_simulator.get("/sim/requests")["last"]
    line_simulator.add_fault("push", "reset", times=1)
    with pytest.raises(ConnectionError):
        push(line_simulator, misaki)

    (entry,) = line_simulator.requests(since=before)
    assert (entry["fault"], entry["status"]) == ("reset", None)


@pytest.mark.parametrize("endpoint", ["profile", "/v2/bot/profile/*", "*"])
def test_a_fault_concerns_its_endpoint_by_name_or_path(line_simulator: SimulatorProcess, misaki: str, endpoint: str) -> None:
    line_simulator.add_fault(endpoint, "status", status=404)

    assert line_simulator.line("GET", f"/v2/bot/profile/{misaki}").status == 404
    assert line_simulator.line("GET", "/v2/bot/info").status == (404 if endpoint == "*" else 200)


def test_one_fault_can_be_taken_away(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.add_fault("info", "status", status=500)
    fault_id = line_simulator.add_fault("push", "status", status=500)["fault_id"]
    line_simulator.delete(f"/sim/faults/{fault_id}")

    assert [fault["endpoint"] for fault in line_simulator.get("/sim/faults")["faults"]] == ["info"]
    assert push(line_simulator, misaki).status == 200


@pytest.mark.parametrize(
    "fault",
    [
        {"endpoint": "shout", "kind": "status"},
        {"endpoint": "push", "kind": "explode"},
        {"endpoint": "push", "kind": "status", "times": 0},
        {"endpoint": "push", "kind": "status", "status": "500"},
        {"endpoint": "push", "kind": "status", "probability": 1.5},
        {"endpoint": "push", "kind": "status", "burst": 0},
        {"endpoint": "push", "kind": "status", "seed": "lucky"},
        {"kind": "status"},
    ],
)
def test_a_fault_that_could_do_nothing_is_refused_in_words(line_simulator: SimulatorProcess, fault: dict[str, Any]) -> None:
    answer = line_simulator.call("POST", "/sim/faults", fault)

    assert answer.status == 400
    assert "must be" in answer.json["error"]
    assert line_simulator.get("/sim/faults") == {"faults": []}
