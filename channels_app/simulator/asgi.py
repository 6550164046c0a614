"""The little HTTP that the simulator needs: a request, a response and a router, over plain ASGI."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

PIECE_BYTES = 256 * 1024
BYTE_RANGE = re.compile(r"bytes=(\d*)-(\d*)")

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    receive: Receive
    transport: Any = None
    body: bytes = b""
    too_large: bool = False

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises Disconnected when the caller goes before its end."""
        more = True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            yield message.get("body", b"")
            more = message.get("more_body", False)

    async def read(self, limit: int) -> None:
        """Read the whole body; one beyond `limit` bytes is read to its end and thrown away."""
        chunks: list[bytes] = []
        size = 0
        async for chunk in self.chunks():
            size += len(chunk)
            if size <= limit:
                chunks.append(chunk)
        self.too_large = size > limit
        self.body = b"" if self.too_large else b"".join(chunks)

    def json(self) -> Any:
        """The body as JSON; raises ValueError (RecursionError for absurd nesting) when it isn't."""
        return json.loads(self.body)

    async def disconnected(self) -> None:
        """Returns when the caller has gone."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


@dataclass
class Response:
    """`file` instead of a body goes out piece by piece; `part` is its first and last byte when not all is wanted.

    Of a `cut` response only one half is sent.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    file: Path | None = None
    part: tuple[int, int] | None = None
    cut: bool = False


class Disconnected(Exception):
    """The caller has gone in the middle of a request."""


class NoResponse(Exception):
    """The caller gets no answer: its connection is dropped."""


def json_response(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    try:
        body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # a lone surrogate, which only the escaped form can carry
        body = json.dumps(data, separators=(",", ":")).encode()
    return Response(status, body, {"content-type": "application/json", **(headers or {})})


Handler = Callable[..., Awaitable[Response]]


@dataclass(frozen=True)
class Route:
    name: str
    method: str
    segments: tuple[str, ...]
    handler: Handler

    def match(self, segments: tuple[str, ...]) -> dict[str, str] | None:
        if len(segments) != len(self.segments):
            return None
        found: dict[str, str] = {}
        for pattern, value in zip(self.segments, segments, strict=True):
            if pattern.startswith("{"):
                found[pattern[1:-1]] = unquote(value)
            elif pattern != value:
                return None
        return found


class Router:
    def __init__(self) -> None:
        self.routes: list[Route] = []

    def add(self, method: str, pattern: str, handler: Handler, name: str = "") -> None:
        self.routes.append(Route(name, method, tuple(pattern.split("/")), handler))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        segments = tuple(path.split("/"))
        for route in self.routes:
            if route.method == method and (found := route.match(segments)) is not None:
                return route, found
        return None


def open_request(scope: Scope, receive: Receive) -> Request:
    """The request without its body, which is still to be read."""
    return Request(
        method=scope["method"],
        path=scope.get("raw_path", scope["path"].encode()).decode("latin-1"),
        query=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        receive=receive,
        transport=scope.get("simulator.transport"),
    )


async def send_response(response: Response, send: Send) -> None:
    if response.file is not None:
        await _send_file(response, response.file, send)
        return
    await send(_start(response, len(response.body)))
    if response.cut:
        await send({"type": "http.response.body", "body": response.body[: len(response.body) // 2], "more_body": True})
        return
    await send({"type": "http.response.body", "body": response.body})


async def _send_file(response: Response, path: Path, send: Send) -> None:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        first, last = response.part if response.part is not None else (0, size - 1)
        file.seek(first)
        left = last - first + 1
        await send(_start(response, left))
        left = left // 2 if response.cut else left
        while piece := file.read(min(PIECE_BYTES, left)):
            left -= len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    if response.cut:
        return
    await send({"type": "http.response.body", "body": b""})


def _start(response: Response, length: int) -> dict[str, Any]:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    headers.append((b"content-length", str(length).encode()))
    return {"type": "http.response.start", "status": response.status, "headers": headers}


def file_response(request: Request, path: Path, headers: dict[str, str]) -> Response:
    """A file, or the part of it that a player asks for."""
    size = path.stat().st_size
    headers = {**headers, "accept-ranges": "bytes"}
    found = BYTE_RANGE.fullmatch(request.headers.get("range", ""))
    if found is None or found.groups() == ("", ""):
        return Response(200, headers=headers, file=path)
    first, last = found.groups()
    begin = int(first) if first else max(size - int(last), 0)
    end = min(int(last), size - 1) if first and last else size - 1
    if begin > end:
        return Response(416, headers={**headers, "content-range": f"bytes */{size}"})
    return Response(206, headers={**headers, "content-range": f"bytes {begin}-{end}/{size}"}, file=path, part=(begin, end))
