"""A simulator with a state file goes on where it stopped."""

import json
import subprocess
import sys
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path

import pytest

from .receiver import WebhookReceiver
from .server import PROJECT, SimulatorProcess, free_port, running_simulator, start_simulator

PUSH = "/v2/bot/message/push"
REPLY = "/v2/bot/message/reply"
HELLO = [{"type": "text", "text": "Hello"}]


def wait_until_written(state: Path, words: str) -> None:
    """The promise is 200 ms; a loaded machine gets a little longer before the test gives up."""
    deadline = time.monotonic() + 30
    while not (state.exists() and words in state.read_text()):
        assert time.monotonic() < deadline, "the change never reached the file"
        time.sleep(0.01)


def test_everything_survives_a_stop(tmp_path: Path, webhook_receiver: WebhookReceiver) -> None:
    state, key = tmp_path / "line.json", str(uuid.uuid4())
    with running_simulator(state) as first:
        first.add_channel(webhook_receiver.url)
        user = first.add_user("みさき🐰", language="ja")
        first.send(user, "もしもし")
        used, unused = webhook_receiver.last_event()["replyToken"], None
        first.line("POST", REPLY, {"replyToken": used, "messages": HELLO})
        first.send(user, "まだですか")
        unused = webhook_receiver.last_event()["replyToken"]
        accepted = first.line("POST", PUSH, {"to": user, "messages": HELLO}, headers={"X-Line-Retry-Key": key})
        chat = first.chat(user)

    with running_simulator(state) as second:
        assert second.chat(user) == chat
        assert second.line("GET", f"/v2/bot/profile/{user}").json["displayName"] == "みさき🐰"
        assert second.line("POST", REPLY, {"replyToken": used, "messages": HELLO}).status == 400
        assert second.line("POST", REPLY, {"replyToken": unused, "messages": HELLO}).status == 200
        again = second.line("POST", PUSH, {"to": user, "messages": HELLO}, headers={"X-Line-Retry-Key": key})
        assert (again.status, again.json["sentMessages"]) == (409, accepted.json["sentMessages"])
        assert second.line("GET", "/v2/bot/message/quota/consumption").json == {"totalUsage": 1}


def test_a_change_survives_sigkill(tmp_path: Path) -> None:
    state = tmp_path / "line.json"
    first = start_simulator(state)
    first.add_channel()
    user = first.add_user()
    first.send(user, "just before the end")
    wait_until_written(state, "just before the end")
    first.kill()

    with running_simulator(state) as second:
        assert [bubble["text"] for bubble in second.chat(user)] == ["just before the end"]


def test_changes_that_do_not_stop_are_written_nevertheless(tmp_path: Path) -> None:
    state = tmp_path / "line.json"
    simulator = start_simulator(state)
    try:
        simulator.add_channel()
        user = simulator.add_user()
        deadline = time.monotonic() + 30
        number = 0
        while "message 0" not in (state.read_text() if state.exists() else ""):
            assert time.monotonic() < deadline
            simulator.send(user, f"message {number}")
            number += 1
    finally:
        simulator.kill()

    assert json.loads(state.read_text())["chats"][0]["bubbles"][0]["text"] == "message 0"


def test_message_ids_go_on_growing_after_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "line.json"
    with running_simulator(state) as first:
        first.add_channel()
        user = first.add_user()
        before = first.send(user, "one")["message_id"]

    with running_simulator(state) as second:
        assert int(second.send(user, "two")["message_id"]) > int(before)


def test_a_redelivery_that_was_due_is_made_after_a_restart(tmp_path: Path, webhook_receiver: WebhookReceiver) -> None:
    state = tmp_path / "line.json"
    webhook_receiver.status = 500
    with running_simulator(state, redelivery_seconds="1") as first:
        first.add_channel(webhook_receiver.url, redelivery=True)
        user = first.add_user()
        first.send(user, "is anybody there?")

    webhook_receiver.status = 200
    with running_simulator(state, redelivery_seconds="1"):
        lost, again = [call.events[0] for call in webhook_receiver.wait_for(2)]

    assert again["webhookEventId"] == lost["webhookEventId"]
    assert again["deliveryContext"] == {"isRedelivery": True}


def test_a_redelivery_under_way_at_the_kill_is_made_again(tmp_path: Path, webhook_receiver: WebhookReceiver) -> None:
    state = tmp_path / "line.json"
    webhook_receiver.status = 500
    first = start_simulator(state, redelivery_seconds="2", webhook_timeout=30)
    first.add_channel(webhook_receiver.url, redelivery=True)
    first.send(first.add_user(), "is anybody there?")
    webhook_receiver.delay_seconds = 20
    wait_until_written(state, '"attempt":1')
    webhook_receiver.wait_for(2)
    first.kill()

    webhook_receiver.status, webhook_receiver.delay_seconds = 200, 0
    with running_simulator(state):
        assert webhook_receiver.wait_for(3)[2].events[0]["deliveryContext"] == {"isRedelivery": True}


def test_the_file_holds_secrets_and_is_ours_alone(tmp_path: Path) -> None:
    state = tmp_path / "folder" / "line.json"
    with running_simulator(state) as simulator:
        simulator.add_channel()

    assert state.stat().st_mode & 0o077 == 0
    assert [path.name for path in state.parent.iterdir()] == ["line.json"]


def test_a_file_that_is_no_state_stops_the_start_with_its_name(tmp_path: Path) -> None:
    state = tmp_path / "line.json"
    state.write_text("shopping list")
    with pytest.raises(AssertionError, match="is not a state file") as failure:
        start_simulator(state)

    assert str(state) in str(failure.value)
    assert state.read_text() == "shopping list"


def test_a_stop_does_not_wait_for_those_who_wait(tmp_path: Path) -> None:
    simulator = start_simulator(tmp_path / "line.json")
    simulator.add_channel()
    simulator.add_fault("info", "timeout")
    with_held = _call_in_background(simulator)

    assert simulator.stop() == 0
    with_held.join(10)
    assert not with_held.is_alive()


def _call_in_background(simulator: SimulatorProcess) -> threading.Thread:
    def call() -> None:
        with suppress(OSError):
            simulator.line("GET", "/v2/bot/info")

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not simulator.requests():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return thread


def test_two_simulators_cannot_share_a_port(tmp_path: Path) -> None:
    port = free_port()
    with running_simulator(port=port):
        command = [sys.executable, "-m", "channels_app.simulator", "--port", str(port), "--state", str(tmp_path / "line.json")]
        second = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60)

    assert second.returncode != 0
    assert "address already in use" in second.stderr
