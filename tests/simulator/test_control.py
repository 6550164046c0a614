"""The control API itself, and who may use it."""

import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from .server import CHANNEL, PROJECT, SimulatorProcess


@pytest.fixture
def misaki(line_simulator: SimulatorProcess) -> str:
    line_simulator.add_channel()
    return line_simulator.add_user("みさき🐰", language="ja")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://example.com"},
        {"Origin": "http://localhost.example.com"},
        {"Origin": "null"},
        {"Host": "example.com"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_from_elsewhere_cannot_use_the_control_api(line_simulator: SimulatorProcess, misaki: str, headers: dict[str, str]) -> None:
    answer = line_simulator.call("POST", "/sim/reset", {}, headers=headers)

    assert answer.status == 403
    assert line_simulator.get("/sim/health")["channels"] == 1


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000", "http://localhost", "http://alice.localhost:8000", "http://[::1]:8000"])
def test_a_page_of_this_machine_can_use_it(line_simulator: SimulatorProcess, origin: str) -> None:
    assert line_simulator.call("GET", "/sim/health", headers={"Origin": origin}).status == 200


@pytest.mark.parametrize(
    ("method", "path", "data"),
    [
        ("POST", "/sim/channels", {"channel_id": "1"}),
        ("POST", "/sim/channels", {"channel_id": 1, "channel_secret": "s", "access_token": "t"}),
        ("POST", "/sim/channels", {"channel_id": "2", "channel_secret": "s", "access_token": f"token-{CHANNEL}"}),
        ("POST", "/sim/channels", {"channel_id": "2", "channel_secret": "s", "access_token": "t", "redelivery": "yes"}),
        ("POST", "/sim/channels", {"channel_id": "2", "channel_secret": "s", "access_token": "t", "quota": True}),
        ("POST", "/sim/users", {"channel_id": CHANNEL}),
        ("POST", "/sim/users/{user}/send", {"channel_id": CHANNEL, "message": "hello"}),
        ("POST", "/sim/events", {"channel_id": CHANNEL}),
        ("POST", "/sim/clock", {"advance_seconds": -1}),
        ("POST", "/sim/clock", []),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_in_words(
    line_simulator: SimulatorProcess, misaki: str, method: str, path: str, data: Any
) -> None:
    answer = line_simulator.call(method, path.format(user=misaki), data)

    assert answer.status == 400
    assert answer.json["error"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/sim/nothing"),
        ("PATCH", "/sim/channels/unknown"),
        ("GET", "/sim/users/nobody/chat?channel_id=unknown"),
        ("DELETE", "/sim/faults/99"),
    ],
)
def test_what_is_not_there_is_404(line_simulator: SimulatorProcess, method: str, path: str) -> None:
    assert line_simulator.call(method, path, {}).status == 404


def test_customers_are_listed_per_account_with_their_last_words(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.add_channel(channel_id="1650000002")
    line_simulator.add_user("Elsewhere", channel_id="1650000002")
    line_simulator.send(misaki, "もしもし")

    (row,) = line_simulator.get("/sim/users", channel_id=CHANNEL)["users"]
    assert (row["user_id"], row["display_name"], row["last_text"]) == (misaki, "みさき🐰", "もしもし")
    assert len(line_simulator.get("/sim/users")["users"]) == 2


def test_one_customer_can_be_a_friend_of_two_accounts(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.add_channel(channel_id="1650000002")
    same = line_simulator.add_user(channel_id="1650000002", user_id=misaki)
    line_simulator.send(misaki, "to the first")
    line_simulator.send(misaki, "to the second", channel_id="1650000002")

    assert same == misaki
    assert [bubble["text"] for bubble in line_simulator.chat(misaki)] == ["to the first"]
    assert [bubble["text"] for bubble in line_simulator.chat(misaki, "1650000002")] == ["to the second"]


def test_a_waiting_phone_hears_of_a_new_message(line_simulator: SimulatorProcess, misaki: str) -> None:
    path = f"/sim/users/{misaki}/chat"
    revision = line_simulator.get(path, channel_id=CHANNEL)["revision"]
    heard: list[Any] = []
    phone = threading.Thread(target=lambda: heard.append(line_simulator.get(path, channel_id=CHANNEL, since=revision, wait=20)))
    phone.start()
    time.sleep(0.1)
    waited_so_far = list(heard)
    line_simulator.send(misaki, "hello")
    phone.join(30)

    assert waited_so_far == []
    assert [bubble["text"] for bubble in heard[0]["bubbles"]] == ["hello"]
    assert heard[0]["revision"] > revision


def test_a_phone_that_waits_in_vain_is_answered(line_simulator: SimulatorProcess, misaki: str) -> None:
    path = f"/sim/users/{misaki}/chat"
    revision = line_simulator.get(path, channel_id=CHANNEL)["revision"]

    assert line_simulator.get(path, channel_id=CHANNEL, since=revision, wait=0)["revision"] == revision


def test_a_reset_forgets_everything(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.add_fault("push", "status")
    line_simulator.advance_clock(3600)
    line_simulator.reset()

    assert line_simulator.get("/sim/health") == {"status": "ok", "channels": 0, "users": 0}
    assert line_simulator.get("/sim/faults") == {"faults": []}
    assert line_simulator.get("/sim/clock")["offset_ms"] == 0
    assert line_simulator.requests() == []


@pytest.mark.parametrize(
    "path", ["/static/simulator/../../../manage.py", "/static/simulator/%2e%2e/inbox.css", "/static/other.css", "/static/"]
)
def test_only_the_phones_own_files_are_served(line_simulator: SimulatorProcess, path: str) -> None:
    assert line_simulator.call("GET", path).status == 404


def test_the_simulator_knows_neither_django_nor_lines_sdk() -> None:
    program = "import sys, channels_app.simulator.server; print(sorted({'django', 'linebot', 'celery'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "[]"


def test_nothing_in_the_product_knows_the_simulator() -> None:
    folders = [PROJECT / name for name in ("channels_app", "conversations", "workstreams", "config")]
    own = {PROJECT / "channels_app" / "simulator", PROJECT / "channels_app" / "management" / "commands" / "line_simulator.py"}
    sources = [path for folder in folders for path in folder.rglob("*.py") if not own & {path, *path.parents}]

    assert len(sources) > 5
    assert [str(path) for path in sources if imports_simulator(path)] == []


THE_PACKAGE = re.compile(
    r"\s*(import|from)\s+(channels_app\.simulator\b|channels_app\s+import\s.*\bsimulator\b|\.+\s*(import\s.*\b)?simulator\b)"
)


def imports_simulator(path: Path) -> bool:
    """The package is what nobody may know; something else may well have its name."""
    return any(THE_PACKAGE.match(line) for line in path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize(
    ("line", "knows"),
    [
        ("from channels_app.simulator.state import State", True),
        ("    import channels_app.simulator", True),
        ("from channels_app import line, simulator", True),
        ("from .simulator import state", True),
        ("from . import simulator", True),
        ("from config.demo.stage import simulator", False),
    ],
)
def test_the_package_is_told_from_others_of_its_name(tmp_path: Path, line: str, knows: bool) -> None:
    (tmp_path / "a.py").write_text(line)

    assert imports_simulator(tmp_path / "a.py") == knows


def test_the_management_command_becomes_the_simulator(tmp_path: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "manage.py", "line_simulator", "--help"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout

    for option in ("--port", "--state", "--webhook-timeout", "--https-required", "--fetch-media"):
        assert option in shown
