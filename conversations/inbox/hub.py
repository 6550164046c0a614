"""One reader of live hints per process, for all the streams that are open in it.

A thread reads either Redis or the table of hints and tells each subscriber which of its topics are stale. However many
pages are open, a process holds one connection for them, and none while no page is open.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator

import redis
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from conversations.live import CHANNEL
from conversations.models import LiveHint
from workstreams.clock import seconds_from_now

logger = logging.getLogger(__name__)
POLL_SECONDS = 0.5
# Rows are stamped before they are committed, so each poll looks back and tells new rows by their keys.
LOOK_BACK_SECONDS = 3
PAUSE_SECONDS = 1.0


class Subscription:
    """One stream's topics, and those of them that became stale since it last looked."""

    def __init__(self, topics: Iterable[str]) -> None:
        self.topics = frozenset(topics)
        self._loop = asyncio.get_running_loop()
        self._stale: set[str] = set()
        self._news = asyncio.Event()

    def tell(self, topics: frozenset[str]) -> None:
        """Called from the reader's thread. A page that has gone with its event loop is told nothing."""
        mine = self.topics & topics
        if not mine:
            return
        try:
            self._loop.call_soon_threadsafe(self._add, mine)
        except RuntimeError:
            return

    def _add(self, topics: frozenset[str]) -> None:
        self._stale |= topics
        self._news.set()

    async def stale_topics(self, timeout_seconds: float) -> list[str]:
        """The topics that became stale; empty after the time-out."""
        try:
            await asyncio.wait_for(self._news.wait(), timeout_seconds)
        except TimeoutError:
            return []
        self._news.clear()
        stale, self._stale = self._stale, set()
        return sorted(stale)


class Hub:
    """The subscribers of this process and the thread that reads for them; the thread ends with the last subscriber."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers: set[Subscription] = set()
        self._reader: threading.Thread | None = None
        self._listening = threading.Event()

    def join(self, subscription: Subscription) -> None:
        """Begin to tell this subscriber; starts the reader if it is the first."""
        with self._lock:
            self._subscribers.add(subscription)
            if self._reader is None:
                read = _read_redis if settings.REDIS_URL else _read_database
                self._reader = threading.Thread(target=self._run, args=(read,), name="live-hints", daemon=True)
                self._reader.start()

    def wait_until_listening(self, timeout_seconds: float) -> bool:
        """Whether the reader hears what is published from now on; a page that fetches everything after this misses nothing."""
        return self._listening.wait(timeout_seconds)

    def leave(self, subscription: Subscription) -> None:
        """Tell it no more."""
        with self._lock:
            self._subscribers.discard(subscription)

    def size(self) -> int:
        """How many streams are open in this process."""
        with self._lock:
            return len(self._subscribers)

    def wait_until_idle(self, timeout_seconds: float) -> bool:
        """Whether the reader has ended, for orderly shutdowns and tests."""
        reader = self._reader
        if reader is not None:
            reader.join(timeout_seconds)
        return self._reader is None

    def _run(self, read: Callable[[Callable[[], bool]], Iterator[frozenset[str]]]) -> None:
        while True:
            try:
                for topics in read(self._is_wanted):
                    self._listening.set()
                    with self._lock:
                        subscribers = list(self._subscribers)
                    for subscription in subscribers:
                        subscription.tell(topics)
                return
            except Exception:
                # Whatever it was, open pages must not stay deaf for the rest of the process's life.
                self._listening.clear()
                logger.exception("The reader of live hints failed; it starts again.")
                time.sleep(PAUSE_SECONDS)

    def _is_wanted(self) -> bool:
        """Asked by the reader between two looks; its last answer "no" ends the reader, under the same lock as joining."""
        with self._lock:
            if self._subscribers:
                return True
            self._reader = None
            self._listening.clear()
            return False


def _read_database(is_wanted: Callable[[], bool]) -> Iterator[frozenset[str]]:
    """The topics of the hints that were committed since the last look; none with the first look, which begins the listening."""
    seen: set[int] = set()
    try:
        while is_wanted():
            try:
                close_old_connections()
                hints = dict(LiveHint.objects.filter(at__gte=seconds_from_now(-LOOK_BACK_SECONDS)).values_list("pk", "topic"))
            except DatabaseError:
                connection.close()
                hints = {}
            new = frozenset(topic for key, topic in hints.items() if key not in seen)
            is_first, seen = not seen, set(hints)
            if new or is_first:
                yield new
            time.sleep(POLL_SECONDS)
    finally:
        connection.close()


def _read_redis(is_wanted: Callable[[], bool]) -> Iterator[frozenset[str]]:
    """The topics as they are published. While Redis is away nothing is told: pages fetch everything each 30 s anyway."""
    while is_wanted():
        try:
            client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=5)
            with client, client.pubsub() as subscription:
                subscription.subscribe(CHANNEL)
                while is_wanted():
                    message = subscription.get_message(timeout=PAUSE_SECONDS)
                    if message and message["type"] == "subscribe":
                        yield frozenset()
                    elif message and message["type"] == "message":
                        yield frozenset(message["data"].decode().split("\n"))
                return
        except redis.RedisError:
            time.sleep(PAUSE_SECONDS)


hub = Hub()
