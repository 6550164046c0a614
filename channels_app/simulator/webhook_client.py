"""A small HTTP client for webhook calls: kept-alive connections and one time limit for the whole call."""

import asyncio
import ssl
from collections import defaultdict
from urllib.parse import SplitResult, urlsplit

import httptools

IDLE_PER_HOST = 64


class CallFailed(Exception):
    """No answer: `reason` is LINE's word for why (error statistics)."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class StaleConnection(Exception):
    """A kept-alive connection was closed by the other side before it took this call."""


class Connection(asyncio.Protocol):
    """One connection, one call at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.answer: asyncio.Future[int] | None = None
        self.calls = 0
        self.reusable = True
        self.status = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._finish(CallFailed("UNCLASSIFIED", f"not an HTTP answer: {error}"))
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.reusable = False
        if self.status:
            self._finish(self.status)
        elif self.calls > 1:
            self._finish(StaleConnection())
        else:
            self._finish(CallFailed("COULD_NOT_CONNECT", "the connection was closed without an answer"))

    def on_headers_complete(self) -> None:
        self.status = self.parser.get_status_code()

    def on_message_complete(self) -> None:
        if self.status < 200:  # an interim answer; the real one follows
            self.status = 0
            return
        self.reusable = self.reusable and self.parser.should_keep_alive()
        self._finish(self.status)

    async def call(self, data: bytes) -> int:
        self.answer = asyncio.get_running_loop().create_future()
        self.parser = httptools.HttpResponseParser(self)
        self.calls += 1
        self.status = 0
        if self.transport is not None:
            self.transport.write(data)
        return await self.answer

    def close(self) -> None:
        self.reusable = False
        if self.transport is not None:
            self.transport.abort()

    def _finish(self, result: int | Exception) -> None:
        if self.answer is None or self.answer.done():
            return
        if isinstance(result, Exception):
            self.answer.set_exception(result)
        else:
            self.answer.set_result(result)


class WebhookClient:
    """Posts bodies; redirects are not followed, as at LINE."""

    def __init__(self, timeout_seconds: float) -> None:
        self.timeout_seconds = timeout_seconds
        self.idle: dict[tuple[str, str, int], list[Connection]] = defaultdict(list)

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """The answer's status code; raises CallFailed when there is none within the time limit."""
        parts = urlsplit(url)
        data = _request_bytes(parts, body, headers)
        try:
            async with asyncio.timeout(self.timeout_seconds):
                return await self._call(parts, data)
        except TimeoutError:
            raise CallFailed("REQUEST_TIMEOUT", f"no answer within {self.timeout_seconds:g} s") from None
        except (OSError, ssl.SSLError) as error:
            raise CallFailed("COULD_NOT_CONNECT", str(error) or type(error).__name__) from None

    async def _call(self, parts: SplitResult, data: bytes) -> int:
        secure = parts.scheme == "https"
        key = (parts.scheme, parts.hostname or "", parts.port or (443 if secure else 80))
        idle = self.idle[key]
        while True:
            connection = idle.pop() if idle else None
            if connection is not None and not connection.reusable:
                continue
            if connection is None:
                connection = await self._connect(key, secure)
            try:
                status = await connection.call(data)
            except StaleConnection:
                continue
            except BaseException:
                connection.close()
                raise
            if connection.reusable and len(idle) < IDLE_PER_HOST:
                idle.append(connection)
            else:
                connection.close()
            return status

    async def _connect(self, key: tuple[str, str, int], secure: bool) -> Connection:
        # Names below localhost need not resolve everywhere, but always mean this machine.
        host = "127.0.0.1" if key[1].endswith(".localhost") else key[1]
        context = ssl.create_default_context() if secure else None
        _, connection = await asyncio.get_running_loop().create_connection(
            Connection, host, key[2], ssl=context, server_hostname=key[1] if secure else None
        )
        return connection

    def close(self) -> None:
        for connections in self.idle.values():
            for connection in connections:
                connection.close()
        self.idle.clear()


def _request_bytes(parts: SplitResult, body: bytes, headers: dict[str, str]) -> bytes:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"POST {target} HTTP/1.1", f"Host: {parts.netloc.rpartition('@')[2]}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
