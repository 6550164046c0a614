"""Fetches what accounts send, as LINE does (`--fetch-media`), and marks the bubble of what can't be had or breaks a limit."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .state import Chat, State

SECONDS = 10
AT_ONCE = 4
# No proxy: most of what is fetched lies on this machine.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
PIECE_BYTES = 256 * 1024
MEBIBYTE = 1024 * 1024


class Unusable(Exception):
    """LINE could not show it; the text says why."""


@dataclass(frozen=True)
class Wanted:
    """What LINE takes at one property of a message."""

    formats: str
    is_format: Callable[[bytes], bool]
    max_bytes: int


def _is_picture(head: bytes) -> bool:
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))


def _is_mp4(head: bytes) -> bool:
    return head[4:8] == b"ftyp"


def _is_sound(head: bytes) -> bool:
    return _is_mp4(head) or head.startswith(b"ID3") or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0)


PREVIEW = Wanted("JPEG or PNG", _is_picture, MEBIBYTE)
WANTED = {
    "image": {"originalContentUrl": Wanted("JPEG or PNG", _is_picture, 10 * MEBIBYTE), "previewImageUrl": PREVIEW},
    "video": {"originalContentUrl": Wanted("mp4", _is_mp4, 200 * MEBIBYTE), "previewImageUrl": PREVIEW},
    "audio": {"originalContentUrl": Wanted("mp3 or m4a", _is_sound, 200 * MEBIBYTE)},
}


class Fetching:
    def __init__(self, state: State) -> None:
        self.state = state
        self.tasks: set[asyncio.Task[None]] = set()
        self.places = asyncio.Semaphore(AT_ONCE)

    def start(self, chat: Chat, bubble: dict[str, Any]) -> None:
        if bubble["type"] in WANTED:
            task = asyncio.create_task(self._look(chat, bubble))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def _look(self, chat: Chat, bubble: dict[str, Any]) -> None:
        bubble["media_problem"] = await self._problem(bubble)
        self.state.touch(chat)

    async def _problem(self, bubble: dict[str, Any]) -> str | None:
        for name, wanted in WANTED[bubble["type"]].items():
            try:
                async with self.places:
                    await asyncio.to_thread(fetch, bubble["message"][name], wanted)
            except Unusable as error:
                return f"{name}: {error}"
        return None


def fetch(url: str, wanted: Wanted) -> None:
    """Read it to its end and keep nothing. Raises Unusable."""
    try:
        with OPENER.open(_request(url), timeout=SECONDS) as answer:
            head = answer.read(16)
            size = len(head)
            while size <= wanted.max_bytes and (piece := answer.read(PIECE_BYTES)):
                size += len(piece)
    except urllib.error.HTTPError as error:
        raise Unusable(f"status {error.code}") from None
    except (OSError, ValueError) as error:
        raise Unusable(str(error) or type(error).__name__) from None
    if size > wanted.max_bytes:
        raise Unusable(f"more than {wanted.max_bytes // MEBIBYTE} MB")
    if not wanted.is_format(head):
        raise Unusable(f"not {wanted.formats}")


def _request(url: str) -> urllib.request.Request:
    """Names below localhost need not resolve everywhere, but always mean this machine."""
    parts = urlsplit(url)
    if not (parts.hostname or "").endswith(".localhost"):
        return urllib.request.Request(url)  # noqa: S310 - the message's check let http and https through
    port = f":{parts.port}" if parts.port else ""
    return urllib.request.Request(parts._replace(netloc=f"127.0.0.1{port}").geturl(), headers={"Host": parts.netloc})  # noqa: S310
