"""Requests to LINE through its SDK, and what the answers mean.

Of the SDK only the REST client is used: its typed layer raises for a 200 whose body it doesn't know, although LINE has
accepted the message then. The SDK has no time-out of its own and retries GETs quietly, so both are set here. Importing it
costs half a second and 60 MiB: it is imported on first use, which in the web process is a wizard's check at the earliest.
"""

import json
import logging
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
        parts = [self.body.get("message") or self.body.get("error_description") or self.body.get("error") or self.text]
        for detail in details if isinstance(details, list) else []:
            if isinstance(detail, dict):
                parts.append(f"{detail.get('property', '')}: {detail.get('message', '')}")
        return storable("; ".join(str(part) for part in parts if part))[:500]


_lock = threading.Lock()
_rest_client: Any = None


def _client() -> Any:
    """One client, and so one pool of kept connections, for the life of the process."""
    global _rest_client
    with _lock:
        if _rest_client is None:
            from linebot.v3.messaging import Configuration
            from linebot.v3.messaging.rest import RESTClientObject

            # At DEBUG the SDK logs whole answers: names of customers, ids of messages.
            logging.getLogger("linebot").setLevel(logging.INFO)
            configuration = Configuration()
            configuration.retries = False
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
) -> Answer:
    """One request to LINE's API. Raises `Unreachable` or `Unclear`; every HTTP status is an `Answer`."""
    from linebot.v3.messaging.exceptions import ApiException

    sent = {"Content-Type": "application/json", "User-Agent": "trunkline"} | (headers or {})
    if token:
        sent["Authorization"] = f"Bearer {token}"
    content = body
    if form is not None:
        # Any other content type makes the SDK multipart; a query-encoded string passes as it is.
        sent["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
        content = urlencode(form)
    base = settings.LINE_DATA_API_BASE if data_host else settings.LINE_API_BASE
    try:
        response = _client().request(method, base + path, headers=sent, body=content, _request_timeout=(CONNECT_SECONDS, READ_SECONDS))
        return _answer(response.status, response.urllib3_response.headers, response.data)
    except ApiException as error:
        if not error.status:
            raise _tls_trouble(error) from None
        return _answer(error.status, error.headers, error.body)
    except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.LocationValueError) as error:
        raise Unreachable(type(error).__name__) from None
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Unclear(type(error).__name__) from None


@contextmanager
def open_stream(path: str, *, token: str) -> Iterator[tuple[int, Iterator[bytes]]]:
    """A file from LINE's data host: the status and the bytes in pieces. Raises `Unreachable` or `Unclear`, also half-way.

    Not through the SDK, which holds a whole file in memory; through its connections.
    """
    headers = {"Authorization": f"Bearer {token}", "User-Agent": "trunkline"}
    try:
        response = _client().pool_manager.request(
            "GET",
            settings.LINE_DATA_API_BASE + path,
            headers=headers,
            preload_content=False,
            redirect=False,
            retries=False,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
        )
    except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.LocationValueError) as error:
        raise Unreachable(type(error).__name__) from None
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Unclear(type(error).__name__) from None
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


def _tls_trouble(error: Exception) -> Unreachable | Unclear:
    """The SDK tells all TLS errors alike. Before the certificate is accepted nothing is sent; later nobody knows."""
    of_urllib3 = error.__context__
    cause = of_urllib3.args[0] if isinstance(of_urllib3, urllib3.exceptions.SSLError) and of_urllib3.args else None
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Unreachable(type(cause).__name__)
    return Unclear("SSLError")


def _answer(status: int, headers: Any, data: bytes | str | None) -> Answer:
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data or ""
    try:
        body = json.loads(text)
    except ValueError:
        body = {}
    return Answer(status=status, headers=headers or {}, text=text[:2000], body=body if isinstance(body, dict) else {})
