"""Bounded load against 127.0.0.1: kept-alive connections that send prepared requests and time each answer."""

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from config.demo.processes import LOOPBACK

_numbers = itertools.count(int(time.time() * 1000))


@dataclass(frozen=True, slots=True)
class Measured:
    """What one round showed. Times in milliseconds; `refused` counts answers other than 2xx and 3xx.

    `own_cpu` is the load generator's share of one core meanwhile.
    """

    requests: int
    seconds: float
    p50: float
    p99: float
    slowest: float
    refused: int
    own_cpu: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def webhook(*, path: str, secret: str, bot: str, customers: int = 50) -> bytes:
    """One text message as LINE sends it: signed, with ids of its own, from one of some customers."""
    number = next(_numbers)
    event = {
        "type": "message",
        "message": {"type": "text", "id": str(number), "quoteToken": f"q{number}", "text": "こんにちは、注文の件で質問があります 🐰"},
        "webhookEventId": f"01BENCH{number:019d}",
        "deliveryContext": {"isRedelivery": False},
        "timestamp": int(time.time() * 1000),
        "source": {"type": "user", "userId": f"U{number % customers:032x}"},
        "replyToken": f"{number:032x}",
        "mode": "active",
    }
    body = json.dumps({"destination": bot, "events": [event]}, ensure_ascii=False, separators=(",", ":")).encode()
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    head = f"POST {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nContent-Type: application/json; charset=utf-8\r\n"
    return f"{head}x-line-signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def page(path: str, *, session: str = "") -> bytes:
    """A GET as a signed-in browser sends it."""
    cookie = f"Cookie: sessionid={session}\r\n" if session else ""
    return f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nAccept-Encoding: identity\r\n{cookie}\r\n".encode()


def send_all(requests: Sequence[bytes], *, port: int, connections: int = 16, per_second: float = 0, per_connection: int = 0) -> Measured:
    """Send every request once, `connections` at a time; with `per_second` each at its moment, from which its time counts.

    (Counted from the moment it really left, a server that stands still would be asked less often and look quick.)
    `per_connection`: a connection is closed after so many requests, so that chance doesn't leave all of them with one process.
    """
    return asyncio.run(_send_all(requests, port, connections, per_second, per_connection))


async def _send_all(requests: Sequence[bytes], port: int, connections: int, per_second: float, per_connection: int) -> Measured:
    times: list[float] = []
    statuses: list[int] = []
    began, own = time.perf_counter(), time.process_time()
    moments = (began + number / per_second if per_second else 0.0 for number in itertools.count())
    waiting = zip(requests, moments, strict=False)
    await asyncio.gather(*(_one_connection(waiting, port, times, statuses, per_connection) for _ in range(connections)))
    seconds, own = time.perf_counter() - began, time.process_time() - own
    times.sort()
    refused = sum(1 for status in statuses if not 200 <= status < 400)
    return Measured(len(times), seconds, _at(times, 0.5), _at(times, 0.99), times[-1] * 1000, refused, own / seconds)


def _at(times: list[float], share: float) -> float:
    return times[min(len(times) - 1, int(len(times) * share))] * 1000


async def _one_connection(
    waiting: Iterator[tuple[bytes, float]], port: int, times: list[float], statuses: list[int], per_connection: int
) -> None:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    for number, (request, moment) in enumerate(waiting, start=1):
        if moment:
            await asyncio.sleep(max(0.0, moment - time.perf_counter()))
        began = moment or time.perf_counter()
        writer.write(request)
        status, open_still = await _read_answer(reader)
        times.append(time.perf_counter() - began)
        statuses.append(status)
        if not open_still or (per_connection and number % per_connection == 0):
            writer.close()
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
    writer.close()


async def _read_answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(head.split(" ", 2)[1])
    if "transfer-encoding: chunked" in head:
        while (size := int((await reader.readline()).strip() or b"0", 16)) > 0:
            await reader.readexactly(size + 2)
        await reader.readline()
    elif "content-length:" in head:
        await reader.readexactly(int(head.split("content-length:")[1].split("\r\n")[0]))
    return status, "connection: close" not in head
