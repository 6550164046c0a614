"""Hints to the workers: "rows of this kind wait". A hint carries no data and may be lost; the sweep finds the rows.

Nothing is ever sent on a request's thread: one thread per process sends at most one hint per kind per 50 ms, and after a
failure sends none for 5 s, so that a dead broker costs a webhook nothing.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import transaction

logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 0.05
BREAKER_SECONDS = 5.0


class HintThread:
    """Collects the kinds that wait and sends them, one message each. Starts with the first hint of its process."""

    def __init__(self, *, send: Callable[[Any], None], interval: float = INTERVAL_SECONDS, breaker: float = BREAKER_SECONDS) -> None:
        self._send = send
        self._interval = interval
        self._breaker = breaker
        self._waiting: dict[str, Any] = {}
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None
        self._broken_until = 0.0

    def add(self, task: Any) -> None:
        """Ask for one run of `task`; never blocks on the broker."""
        with self._condition:
            self._waiting[task.name] = task
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="hints", daemon=True)
                self._thread.start()
            self._condition.notify()

    @property
    def broken(self) -> bool:
        """Whether the last send failed less than five seconds ago."""
        return time.monotonic() < self._broken_until

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._waiting:
                    self._condition.wait()
                tasks, self._waiting = list(self._waiting.values()), {}
            if not self.broken:
                self._send_all(tasks)
            time.sleep(self._interval)

    def _send_all(self, tasks: list[Any]) -> None:
        for task in tasks:
            try:
                self._send(task)
            except Exception as error:
                self._broken_until = time.monotonic() + self._breaker
                logger.warning("The broker can't be reached (%s); rows wait for the sweep.", type(error).__name__)
                return


def _send_to_broker(task: Any) -> None:
    task.apply_async(retry=False, expires=60)


thread = HintThread(send=_send_to_broker)


def hint(task: Any) -> None:
    """Say, after the current transaction commits, that rows of this kind wait. `task` is a Celery task without arguments."""
    transaction.on_commit(lambda: thread.add(task), robust=True)


class SingleRun:
    """Keeps a kind of drain from running more than `slots` times at once in this process.

    A start that is refused asks the running drain to look once more, so that the rows behind it aren't left to the sweep.
    """

    def __init__(self, slots: int = 1) -> None:
        self._lock = threading.Lock()
        self._free = slots
        self._again = False

    def run(self, drain: Callable[[], object]) -> bool:
        """Run `drain`, and again if asked meanwhile; False if all slots were taken."""
        with self._lock:
            if not self._free:
                self._again = True
                return False
            self._free -= 1
        try:
            while True:
                drain()
                with self._lock:
                    if not self._again:
                        return True
                    self._again = False
        finally:
            with self._lock:
                self._free += 1
