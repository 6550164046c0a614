"""Requests to LINE over the connections of its SDK, and what the answers mean.

Of the SDK only the pool of connections is used. Its REST client writes the JSON anew at each try, although a retry key stands for
one exact body, and reads a body that breaks off after a 200 as no answer; its typed layer raises for a 200 whose body it
doesn't know, although LINE has accepted the message then. Importing it costs half a second and 60 MiB: it is imported on
first use, which in the web process is a wizard's check at the earliest.
"""

import json
import logging
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import urllib3
import urllib3.exceptions
from django.conf import settings

from .text import storable

CONNECT_SECONDS = 3
READ_SECONDS = 10
STREAM_BYTES = 64 * 1024
TAGS = re.compile(r"<(style|script)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


class Unreachable(Exception):
    """No connection: the request was clearly not sent."""


class Unclear(Exception):
    """A time-out or a broken connection: nobody knows whether LINE took the request."""


@dataclass(frozen=True, slots=True)
class Answer:
    """LINE's answer. `body` is the parsed JSON object, empty where there is none; `text` is the raw body."""

    status: int
    headers: Any
    text: str
    body: dict[str, Any]

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def request_id(self) -> str:
        return str(self.headers.get("x-line-request-id") or "")[:100]

    @property
    def words(self) -> str:
        """What LINE says is wrong: its message and the details, or the raw text."""
        details = self.body.get("details")
        said = self.body.get("message") or self.body.get("error_description") or self.body.get("error")
        parts = [said or self._bare_text or f"HTTP {self.status}"]
        for detail in details if isinstance(details, list) else []:
            if isinstance(detail, dict):
                parts.append(f"{detail.get('property', '')}: {detail.get('message', '')}")
        return storable("; ".join(str(part) for part in parts))[:500]

    @property
    def _bare_text(self) -> str:
        """A body that isn't JSON comes from something between us and LINE; of its page only the words are kept."""
        return " ".join(TAGS.sub(" ", self.text).split())


# It would log addresses, which hold customers' ids and, where LINE wants it so, a token.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
_lock = threading.Lock()
_rest_client: Any = None


def _client() -> Any:
    """One client, and so one pool of kept connections, for the life of the process."""
    global _rest_client
    with _lock:
        if _rest_client is None:
            from linebot.v3.messaging import Configuration
            from linebot.v3.messaging.rest import RESTClientObject

            configuration = Configuration()
            configuration.connection_pool_maxsize = 32
            _rest_client = RESTClientObject(configuration, pools_size=8)
        return _rest_client


def get_ready() -> None:
    """Import the SDK now: half a second that would otherwise delay the first answer."""
    _client()


def call(
    method: str,
    path: str,
    *,
    token: str = "",
    body: Any = None,
    form: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    data_host: bool = False,
    status_suffices: bool = False,
) -> Answer:
    """One request to LINE's API. Raises `Unreachable` or `Unclear`; every HTTP status is an `Answer`.

    A `body` that is a string goes out as it is, anything else as JSON. An answer whose body breaks off is `Unclear`, unless
    `status_suffices`: then it has no words.
    """
    sent = {"Content-Type": "application/json"} | (headers or {})
    content = body if isinstance(body, str | None) else json.dumps(body)
    if form is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
        content = urlencode(form)
    base = settings.LINE_DATA_API_BASE if data_host else settings.LINE_API_BASE
    response = _request(method, base + path, token=token, headers=sent, body=content)
    try:
        data = response.read()
    except (urllib3.exceptions.HTTPError, OSError) as error:
        response.close()
        if not status_suffices:
            raise Unclear(type(error).__name__) from None
        data = b""
    return _answer(response.status, response.headers, data)


def _request(method: str, url: str, *, token: str, headers: dict[str, str], body: str | None = None) -> Any:
    """The answer's status and headers; its body is still to be read. Nothing is tried twice and no redirect is followed."""
    sent = {"User-Agent": "trunkline"} | headers
    if token:
        sent["Authorization"] = f"Bearer {token}"
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    try:
        return _client().pool_manager.request(
            method,
            url,
            headers=sent,
            body=body.encode() if body else None,
            preload_content=False,
            redirect=False,
            retries=False,
            timeout=timeout,
        )
    except urllib3.exceptions.SSLError as error:
        raise _tls_trouble(error) from None
    except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.LocationValueError) as error:
        raise Unreachable(type(error).__name__) from None
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Unclear(type(error).__name__) from None


@contextmanager
def open_stream(path: str, *, token: str) -> Iterator[tuple[int, Iterator[bytes]]]:
    """A file from LINE's data host: the status and the bytes in pieces. Raises `Unreachable` or `Unclear`, also half-way."""
    response = _request("GET", settings.LINE_DATA_API_BASE + path, token=token, headers={})
    try:
        yield response.status, _pieces(response)
    finally:
        # A body that wasn't read to its end can't be followed by another answer on the same connection.
        response.close()
        response.release_conn()


def _pieces(response: Any) -> Iterator[bytes]:
    try:
        yield from response.stream(STREAM_BYTES)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Unclear(type(error).__name__) from None


def _tls_trouble(error: urllib3.exceptions.SSLError) -> Unreachable | Unclear:
    """Before the certificate is accepted nothing is sent; later nobody knows."""
    cause = error.args[0] if error.args else None
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Unreachable(type(cause).__name__)
    return Unclear("SSLError")


def _answer(status: int, headers: Any, data: bytes) -> Answer:
    text = data.decode("utf-8", "replace")
    try:
        body = json.loads(text)
    except ValueError:
        body = {}
    return Answer(status=status, headers=headers, text=text[:2000], body=body if isinstance(body, dict) else {})
