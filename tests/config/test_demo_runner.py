"""Ports, processes, keys and the lock of `make demo`."""

import os
import signal
import socket
import stat
import sys
import time

import pytest

from config.demo import runner
from config.demo.processes import Child, DidNotStart, Installation, free_port, stop_all


def program(tmp_path, code: str) -> Child:
    return Child("program", [sys.executable, "-c", code], dict(os.environ), tmp_path / "program.log")


def eventually(condition) -> bool:
    give_up_at = time.monotonic() + 30
    while not condition() and time.monotonic() < give_up_at:
        time.sleep(0.02)
    return condition()


def test_a_port_that_is_listened_on_is_passed_over():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert free_port(port) > port


def test_a_process_that_ends_is_started_again(tmp_path, capsys):
    child = program(tmp_path, "raise SystemExit(3)")
    child.start()
    eventually(lambda: child.exit_code is not None)
    first = child.pid

    runner._start_again(child, runner.deque(maxlen=5))

    assert child.pid != first
    assert "program ended (exit 3); starting it again" in capsys.readouterr().out
    child.kill()


def test_a_process_that_ends_again_and_again_stops_the_demo(tmp_path):
    child = program(tmp_path, "print('no such table'); raise SystemExit(3)")
    child.start()
    deaths = runner.deque(maxlen=runner.DEATHS_IN_A_MINUTE)

    for _ in range(runner.DEATHS_IN_A_MINUTE - 1):
        eventually(lambda: child.exit_code is not None)
        runner._start_again(child, deaths)
    eventually(lambda: child.exit_code is not None)
    with pytest.raises(DidNotStart, match="no such table"):
        runner._start_again(child, deaths)


def test_stopping_takes_the_children_of_a_process_too(tmp_path):
    code = (
        "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(p.pid, flush=True); time.sleep(60)"
    )
    child = program(tmp_path, code)
    child.start()
    eventually(lambda: child.last_words() != "")
    grandchild = int(child.last_words())

    stop_all([child])

    assert not child.is_running
    assert eventually(lambda: not alive(grandchild))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as status:
        return status.read().rsplit(")", 1)[1].split()[0] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's word for it")
def test_nothing_is_left_when_the_starter_is_killed_outright(tmp_path):
    code = (
        "import os, sys, time; from pathlib import Path; from config.demo.processes import Child\n"
        f"c = Child('c', [sys.executable, '-c', 'import time; time.sleep(60)'], dict(os.environ), Path({str(tmp_path)!r}) / 'c.log')\n"
        "c.start(); print(c.pid, flush=True); time.sleep(60)"
    )
    starter = program(tmp_path, code)
    starter.start()
    eventually(lambda: starter.last_words() != "")
    child = int(starter.last_words())

    os.kill(starter.pid, signal.SIGKILL)

    assert eventually(lambda: not alive(child))


def test_a_process_that_ignores_the_request_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr("config.demo.processes.STOP_SECONDS", 0.3)
    child = program(tmp_path, "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)")
    child.start()
    eventually(lambda: child.last_words() != "")

    stop_all([child])

    assert child.exit_code == -signal.SIGKILL


def test_keys_are_made_once_and_are_private(tmp_path):
    keys = runner.secrets_of(tmp_path)

    assert runner.secrets_of(tmp_path) == keys
    assert set(keys) == {"SECRET_KEY", "ENCRYPTION_KEYS"}
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o600


def test_a_second_demo_on_the_same_folder_is_refused(tmp_path):
    with runner.only_one(tmp_path):
        runner.note_address(tmp_path, "http://localhost:8000/")

        with pytest.raises(SystemExit, match=r"already running.*http://localhost:8000/"), runner.only_one(tmp_path):
            pass


def test_starting_afresh_forgets_what_the_demo_made_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "db.sqlite3").touch()
    (tmp_path / "simulator.json").touch()
    (tmp_path / "broker" / "queue").mkdir(parents=True)
    (tmp_path / "mine.txt").touch()

    runner.forget(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_starting_afresh_never_empties_a_database_server(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://127.0.0.1/precious")

    with pytest.raises(SystemExit, match="DATABASE_URL"):
        runner.forget(tmp_path)


def test_neither_the_shell_nor_a_file_changes_what_a_demo_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://support.example.com")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")

    environment = Installation(tmp_path, 9000, 9020, secrets={"SECRET_KEY": "s"}, demo=True).environment

    assert environment["PUBLIC_BASE_URL"] == "http://127.0.0.1:9000"
    assert environment["REDIS_URL"] == ""
    assert environment["DEMO_MODE"] == "1"
