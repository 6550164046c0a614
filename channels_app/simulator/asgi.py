"""The little HTTP that the simulator needs: a request, a response and a router, over plain ASGI."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    too_large: bool
    receive: Receive
    transport: Any = None

    def json(self) -> Any:
        """The body as JSON; raises ValueError (RecursionError for absurd nesting) when it isn't."""
        return json.loads(self.body)

    async def disconnected(self) -> None:
        """Returns when the caller has gone."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


@dataclass
class Response:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


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


async def read_request(scope: Scope, receive: Receive, limit: int) -> Request:
    """The whole request; a body beyond `limit` bytes is read to its end and thrown away."""
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        size += len(message.get("body", b""))
        if size <= limit:
            chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return Request(
        method=scope["method"],
        path=scope.get("raw_path", scope["path"].encode()).decode("latin-1"),
        query=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        body=b"" if size > limit else b"".join(chunks),
        too_large=size > limit,
        receive=receive,
        transport=scope.get("simulator.transport"),
    )


async def send_response(response: Response, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
