"""`make demo`: prepares the data, starts everything, prints one address, keeps it running, and stops all of it again."""

import argparse
import contextlib
import fcntl
import os
import shutil
import signal
import sys
import time
from base64 import urlsafe_b64encode
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from config.demo.processes import ROOT, Child, DidNotStart, Installation, free_port

WEB_PORT = 8000
MADE_HERE = ("db.sqlite3", "db.sqlite3-wal", "db.sqlite3-shm", "broker", "simulator.json", "keys", "log", "media")
DEATHS_IN_A_MINUTE = 5


class Interrupted:
    """What the person at the keyboard wants: the first signal asks to stop, the second to stop at once."""

    def __init__(self) -> None:
        self.times = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._count)

    def _count(self, number: int, frame: Any) -> None:
        self.times += 1

    def stopping(self) -> bool:
        return self.times > 0

    def hurrying(self) -> bool:
        return self.times > 1


def say(line: str) -> None:
    """A terminal that has gone away must not keep the processes from being stopped."""
    with contextlib.suppress(OSError):
        print(line, flush=True)


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Holds the data folder; a second demo on it is told so and leaves."""
    with (data / "demo.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            running = lock.read().strip() or "starting"
            sys.exit(f"A demo is already running on this folder ({running}). Stop it with Ctrl-C first.")
        lock.truncate(0)
        yield


def note_address(data: Path, address: str) -> None:
    (data / "demo.lock").write_text(f"process {os.getpid()}, {address}\n")


def secrets_of(data: Path) -> dict[str, str]:
    """SECRET_KEY and ENCRYPTION_KEYS of this demo, made once and readable by their owner only."""
    path = data / "keys"
    if not path.exists():
        key = urlsafe_b64encode(os.urandom(32)).decode()
        text = f"SECRET_KEY={urlsafe_b64encode(os.urandom(48)).decode()}\nENCRYPTION_KEYS={key}\n"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)


def forget(data: Path) -> None:
    """RESET=1. A database server's data isn't ours to drop."""
    if os.environ.get("DATABASE_URL"):
        sys.exit(
            "RESET=1 starts the files in the data folder afresh, but DATABASE_URL names a database server: empty that database yourself."
        )
    for name in MADE_HERE:
        path = data / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def start(installation: Installation, stopping: Callable[[], bool] = lambda: False) -> None:
    """In the order in which each can work: the simulator, the rows, then those who use both."""
    installation.simulator().start()
    installation.wait_for_simulator(stopping=stopping)
    installation.run("seed", "manage.py", "seed_demo", stopping=stopping)
    for child in (installation.web(), installation.worker(), installation.beat()):
        if stopping():
            return
        child.start()
    installation.wait_until_well(stopping=stopping)
    if not stopping():
        installation.run("visit", "manage.py", "seed_demo", "--customers-write", stopping=stopping)


def keep_running(installation: Installation, interrupted: Interrupted) -> None:
    """Starts again whatever ends, until asked to stop. `DidNotStart` for one that ends again and again."""
    deaths: dict[str, deque[float]] = {name: deque(maxlen=DEATHS_IN_A_MINUTE) for name in installation.children}
    while not interrupted.stopping():
        for child in installation.children.values():
            if child.exit_code is not None and not interrupted.stopping():
                _start_again(child, deaths[child.name])
        time.sleep(0.2)


def _start_again(child: Child, deaths: deque[float]) -> None:
    now = time.monotonic()
    deaths.append(now)
    if len(deaths) == DEATHS_IN_A_MINUTE and now - deaths[0] < 60:
        raise DidNotStart(f"{child.name} ends again and again (exit {child.exit_code}):\n{child.last_words()}")
    say(f"{child.name} ended (exit {child.exit_code}); starting it again. Its log: {child.log}")
    child.start()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--reset", action="store_true", help="start afresh")
    parser.add_argument("--port", type=int, default=WEB_PORT, help="where to begin looking for a free port")
    arguments = parser.parse_args()
    os.umask(0o077)
    data = Path(os.environ.get("DATA_DIR") or ROOT / "var").resolve()
    data.mkdir(parents=True, exist_ok=True)
    data.chmod(0o700)
    interrupted = Interrupted()
    with only_one(data):
        if arguments.reset:
            forget(data)
        web_port = free_port(arguments.port)
        installation = Installation(
            data=data,
            web_port=web_port,
            line_port=free_port(web_port + 20),
            secrets=secrets_of(data),
            demo=True,
            database_url=os.environ.get("DATABASE_URL", ""),
            broker_url=os.environ.get("CELERY_BROKER_URL", ""),
            redis_url=os.environ.get("REDIS_URL", ""),
        )
        return _run(installation, interrupted)


def _run(installation: Installation, interrupted: Interrupted) -> int:
    address = f"http://localhost:{installation.web_port}/"
    say("Starting Trunkline …")
    try:
        start(installation, interrupted.stopping)
        if not interrupted.stopping():
            note_address(installation.data, address)
            say(f"\n  Trunkline is running. Open  {address}\n\n  Ctrl-C stops it; `make demo` goes on where it stopped.\n")
            keep_running(installation, interrupted)
    except DidNotStart as trouble:
        say(f"Trunkline stops: {trouble}")
        return 1
    finally:
        say("Stopping …")
        installation.stop(hurry=interrupted.hurrying)
    say("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
