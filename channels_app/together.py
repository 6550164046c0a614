"""What many threads ask of the database at the same moment is asked together, in one statement.

Whoever comes while nobody asks goes at once and alone; whoever comes meanwhile waits and is asked for, with all others who
wait, by the first of them. Nothing waits for company, so a quiet installation pays nothing, and under load one statement
and one commit serve several requests. Nobody waits long for another either: a connection that hangs has nobody but its owner.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from django.db import InterfaceError, OperationalError, connection

Item = TypeVar("Item")
Answer = TypeVar("Answer")

# The platform waits two seconds in all. Who was kept so long by others asks alone; trouble that took so long isn't met twice.
QUICK_SECONDS = 1.0


class _Call(Generic[Item, Answer]):
    """One caller's wish. The caller sleeps until it is answered, or until it is the first of those who wait."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.answers: tuple[Answer, ...] = ()
        self.error: Exception | None = None
        self.waited_long = False
        self.is_first = False
        self.is_over = False
        self._asleep = threading.Lock()
        self._asleep.acquire()

    def sleep(self, seconds: float = -1) -> bool:
        """Whether somebody woke it."""
        return self._asleep.acquire(timeout=seconds)

    def wake(self) -> None:
        self._asleep.release()


class Together(Generic[Item, Answer]):
    """`ask` takes items and gives each one's answer, in their order. It must be harmless to ask twice."""

    def __init__(self, ask: Callable[[Sequence[Item]], Sequence[Answer]], *, at_most: int = 50) -> None:
        self._ask = ask
        self._at_most = at_most
        self._lock = threading.Lock()
        self._waiting: list[_Call[Item, Answer]] = []
        self._is_asking = False

    def __call__(self, item: Item) -> Answer:
        """The answer to `item`. Raises what asking for it raised, never what is the matter with a neighbour."""
        if connection.in_atomic_block:  # the answer belongs to that transaction
            return self._ask([item])[0]
        call: _Call[Item, Answer] = _Call(item)
        with self._lock:
            self._waiting.append(call)
            must_sleep, self._is_asking = self._is_asking, True
        if must_sleep and not call.sleep(QUICK_SECONDS) and self._left(call):
            return self._ask([item])[0]
        asks = not call.is_over
        if asks:
            self._ask_for_those_who_wait()
        # Quick trouble may be that of one connection, which is its owner's alone.
        if isinstance(call.error, OperationalError | InterfaceError) and (asks or call.waited_long):
            raise type(call.error)(*call.error.args) from call.error
        return call.answers[0] if call.answers else self._ask([item])[0]

    def _left(self, call: _Call[Item, Answer]) -> bool:
        """Whether the call needn't be asked for any more; not if it has just become the first of those who wait."""
        with self._lock:
            if not call.is_first:
                self._waiting = [other for other in self._waiting if other is not call]
                return True
        return not call.sleep()

    def _ask_for_those_who_wait(self) -> None:
        with self._lock:
            calls, self._waiting = self._waiting[: self._at_most], self._waiting[self._at_most :]
        began = time.monotonic()
        try:
            for call, answer in zip(calls, self._ask([call.item for call in calls]), strict=True):
                call.answers = (answer,)
        except Exception as error:
            for call in calls:
                call.error, call.waited_long = error, time.monotonic() - began > QUICK_SECONDS
        finally:
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                self._is_asking = following is not None
                if following:
                    following.is_first = True
            if following:
                following.wake()
            for call in calls:
                call.is_over = True
                call.wake()
