"""An open inbox without a screen: it holds `/live/` and fetches its parts again after hints, as `static/js` does."""

import asyncio
import secrets
import time
from collections.abc import Callable
from urllib.parse import urlencode

from config.demo.processes import LOOPBACK

BUSY_LISTS_EVERY = 2.0
HEARTBEAT_EVERY = 20.0
EVERYTHING_EVERY = 30.0


async def ask(
    port: int, path: str, *, session: str = "", fields: dict[str, str] | None = None, body: bytes = b"", kind: str = ""
) -> tuple[int, str]:
    """One request over a connection of its own; status and text of the answer."""
    token = secrets.token_hex(16)
    lines = [f"Host: {LOOPBACK}", "Connection: close", "Accept-Encoding: identity", "X-Fragment: 1"]
    lines.append(f"Cookie: sessionid={session}; csrftoken={token}")
    if fields is not None:
        body, kind = urlencode(fields).encode(), "application/x-www-form-urlencoded"
    if kind:
        lines += [f"X-CSRFToken: {token}", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    head = f"{'POST' if kind else 'GET'} {path} HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n"
    writer.write(head.encode() + body)
    answer = await reader.read()
    writer.close()
    start, _, text = answer.partition(b"\r\n\r\n")
    return int(start.split(b" ", 2)[1]), text.decode("utf-8", "replace")


class Visitor:
    """One agent's page with a conversation open. `seen` is called with each part's address and text, `hinted` with topics."""

    def __init__(self, port: int, session: str, conversation: str) -> None:
        self.port, self.session, self.conversation = port, session, conversation
        base = f"/inbox/{conversation}/"
        self.parts = {
            "/inbox/list/": ("agent", "work", "queue"),
            "/inbox/offers/": ("agent",),
            "/inbox/status/": ("agent",),
            f"{base}thread/": ("conversation", "thread"),
            f"{base}head/": ("conversation",),
            f"{base}foot/": ("conversation", "thread"),
            f"{base}customer/": ("conversation",),
        }
        self.seen: Callable[[str, str], None] = lambda _path, _text: None
        self.hinted: Callable[[list[str]], None] = lambda _topics: None
        self.is_open = asyncio.Event()
        self.fetched = self.failed = 0
        self._running: set[str] = set()
        self._again: set[str] = set()
        self._last: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def stay(self) -> None:
        """Until cancelled."""
        await ask(self.port, f"/inbox/{self.conversation}/", session=self.session)
        beside = [asyncio.create_task(self._beat()), asyncio.create_task(self._everything())]
        try:
            while True:
                await self._listen()
        finally:
            for task in (*beside, *self._tasks):
                task.cancel()

    async def _listen(self) -> None:
        reader, writer = await asyncio.open_connection(LOOPBACK, self.port)
        head = f"GET /live/?c={self.conversation} HTTP/1.1\r\nHost: {LOOPBACK}\r\nCookie: sessionid={self.session}\r\n\r\n"
        writer.write(head.encode())
        try:
            while line := await reader.readline():
                words = line.decode().strip()
                if words == ": open":
                    self.is_open.set()
                if words.startswith("data: ") and words != "data: -":
                    self._take(words.removeprefix("data: ").split(" "))
        finally:
            writer.close()

    def _take(self, topics: list[str]) -> None:
        self.hinted(topics)
        kinds = {topic.split(":")[0] for topic in topics}
        for path, wanted in self.parts.items():
            if kinds.intersection(wanted):
                self._refresh(path)

    def _refresh(self, path: str) -> None:
        if path in self._running:
            self._again.add(path)
            return
        self._running.add(path)
        task = asyncio.create_task(self._fetch(path))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fetch(self, path: str) -> None:
        pause = BUSY_LISTS_EVERY if "queue" in self.parts[path] else 0.0
        await asyncio.sleep(max(0.0, self._last.get(path, 0.0) + pause - time.monotonic()))
        self._last[path] = time.monotonic()
        status, text = await ask(self.port, path, session=self.session)
        self.fetched += 1
        if status == 200:
            self.seen(path, text)
        else:
            self.failed += 1
        self._running.discard(path)
        if path in self._again:
            self._again.discard(path)
            self._refresh(path)

    async def _everything(self) -> None:
        """As the page does when its stream opens, and each half minute."""
        await self.is_open.wait()
        while True:
            for path in self.parts:
                self._refresh(path)
            await asyncio.sleep(EVERYTHING_EVERY)

    async def _beat(self) -> None:
        while True:
            await ask(self.port, "/inbox/presence/heartbeat/", session=self.session, fields={})
            await asyncio.sleep(HEARTBEAT_EVERY)
