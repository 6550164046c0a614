"""Hints to the workers: "rows of this kind wait". A hint carries no data and may be lost; the sweep finds the rows.

A hint is the name of the task that looks for the rows, so that who leaves rows needn't know who looks for them.

Nothing is ever sent on a request's thread: one thread per process sends at most one hint per kind per 50 ms, and after a
failure sends none for 5 s, so that a dead broker costs a webhook nothing.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)

DRAIN_INBOUND = "channels_app.drain_inbound"
DRAIN_OUTBOUND = "channels_app.drain_outbound"
PAY_COURTESIES = "channels_app.pay_courtesies"
SEND_NOTICES = "channels_app.send_notices"
CHECK_QUARANTINE = "channels_app.check_quarantine"

INTERVAL_SECONDS = 0.05
BREAKER_SECONDS = 5.0


class HintThread:
    """Collects the kinds that wait and sends them, one message each. Starts with the first hint of its process."""

    def __init__(self, *, send: Callable[[str], None], interval: float = INTERVAL_SECONDS, breaker: float = BREAKER_SECONDS) -> None:
        self._send = send
        self._interval = interval
        self._breaker = breaker
        self._waiting: dict[str, None] = {}  # in the order in which they came
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None
        self._broken_until = 0.0

    def add(self, name: str) -> None:
        """Ask for one run of the task of this name; never blocks on the broker."""
        with self._condition:
            self._waiting[name] = None
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
                names, self._waiting = list(self._waiting), {}
            if not self.broken:
                self._send_all(names)
            time.sleep(self._interval)

    def _send_all(self, names: Sequence[str]) -> None:
        for name in names:
            try:
                self._send(name)
            except Exception as error:
                self._broken_until = time.monotonic() + self._breaker
                logger.warning("The broker can't be reached (%s); rows wait for the sweep.", type(error).__name__)
                return


def _send_to_broker(name: str) -> None:
    current_app.send_task(name, retry=False, expires=60, ignore_result=True)


thread = HintThread(send=_send_to_broker)


def hint(name: str) -> None:
    """Say, after the current transaction commits, that rows of this kind wait. `name` is that of a task without arguments."""
    transaction.on_commit(lambda: thread.add(name), robust=True)


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
