"""The one way by which an address that somebody else wrote is fetched: public hosts over https only, checked again after DNS.

A platform's event may name any URL. The host is resolved here, every address of it must be public, and the connection goes to
exactly that address, so that a name that resolves differently a moment later leads nowhere else. Where a redirect leads is
checked in the same way. All of it has an end: a host that sends a byte now and then would keep every single read in time.
"""

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings

CONNECT_SECONDS = 3
READ_SECONDS = 10
# Until a body begins, redirects included: shorter than a worker holds a file without a sign of life. It may come in five
# minutes: the largest film that is taken, 200 MB, needs 6 Mbit/s.
HEAD_SECONDS = 25
BODY_SECONDS = 300
CHUNK = 64 * 1024
LONGEST_ADDRESS = 2000
REDIRECTS_AT_MOST = 3
REDIRECTS = (301, 302, 303, 307, 308)
# All that the internet routes; the rest is reserved, or leads to IPv4 addresses in ways that a network makes up for itself.
PUBLIC_IPV6 = ipaddress.ip_network("2000::/3")


class Refused(Exception):
    """The address may not be fetched; `str()` says why, without the address."""


class NotFetched(Exception):
    """The host can't be reached, or doesn't answer 200. `status` is 0 without an answer."""

    def __init__(self, words: str, *, status: int = 0) -> None:
        super().__init__(words)
        self.status = status


@contextmanager
def open_address(url: str) -> Iterator[Iterator[bytes]]:
    """The bytes behind `url` in pieces. Raises `Refused` or `NotFetched`; the caller counts the bytes."""
    end = time.monotonic() + HEAD_SECONDS
    for _hop in range(REDIRECTS_AT_MOST + 1):
        with _answer("GET", url, headers={"Accept-Encoding": "identity"}, end=end) as (response, under_way):
            status, elsewhere = response.status, response.headers.get("Location")
            if status == 200:
                under_way.end = time.monotonic() + BODY_SECONDS
                yield _pieces(response, under_way)
                return
            if status not in REDIRECTS or not elsewhere:
                raise NotFetched(f"status {status}", status=status)
        url = _joined(url, elsewhere)
    raise NotFetched("too many redirects", status=status)


def post(url: str, *, body: bytes, headers: Mapping[str, str]) -> None:
    """Hand `body` to an address that an operator wrote. Raises `Refused`, or `NotFetched` if the answer isn't a 2xx."""
    with _answer("POST", url, headers=headers, body=body, end=time.monotonic() + HEAD_SECONDS) as (response, _under_way):
        if not 200 <= response.status < 300:
            raise NotFetched(f"status {response.status}", status=response.status)


@dataclass(slots=True)
class _UnderWay:
    """What is cut at `end`: the connections that were made and, once its head is there, the answer, which alone knows its own then."""

    end: float
    parts: list[Any] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.end

    def cut(self) -> None:
        for part in list(self.parts):
            with suppress(Exception):
                part.sock.shutdown(socket.SHUT_RDWR) if hasattr(part, "sock") else part.shutdown()


@contextmanager
def _answer(method: str, url: str, *, headers: Mapping[str, str], end: float, body: bytes | None = None) -> Iterator[tuple[Any, _UnderWay]]:
    """One request to exactly the address that was checked. Whoever reads the body may put the end off."""
    import urllib3

    parts = _checked(url)
    address = _public_address(parts)
    pool = _pool(urllib3, parts, address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    default_port = {"https": 443, "http": 80}[parts.scheme]
    host = _bracketed(parts.hostname or "") + (f":{parts.port}" if parts.port and parts.port != default_port else "")
    with _hanging_up(pool, end) as under_way:
        try:
            response = pool.request(
                method,
                path,
                body=body,
                headers={**headers, "Host": host, "User-Agent": "trunkline"},
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            )
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise NotFetched(type(error).__name__) from None
        under_way.parts.append(response)
        try:
            # A head that was cut looks like one that ended.
            if under_way.is_over:
                raise NotFetched("too slow")
            yield response, under_way
        finally:
            with suppress(Exception):
                response.close()
            pool.close()


@contextmanager
def _hanging_up(pool: Any, end: float) -> Iterator[_UnderWay]:
    """Cut the pool's connections when the time is up."""
    under_way = _UnderWay(end)
    over = threading.Event()
    make = pool.ConnectionCls

    def note(*given: Any, **more: Any) -> Any:
        under_way.parts.append(made := make(*given, **more))
        return made

    def watch() -> None:
        pause = 0.0
        while not over.wait(max(under_way.end - time.monotonic(), pause)):
            if under_way.is_over:
                under_way.cut()
                # Again and again: a connection that is just being secured can't be cut.
                pause = 1.0

    pool.ConnectionCls = note
    threading.Thread(target=watch, daemon=True).start()
    try:
        yield under_way
    finally:
        over.set()


def _pieces(response: Any, under_way: _UnderWay) -> Iterator[bytes]:
    """What there is, as it comes: a slow host's worker gives signs of life."""
    import urllib3

    try:
        while piece := response.read1(CHUNK, decode_content=False):
            yield piece
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise NotFetched(type(error).__name__) from None
    # A body of no declared length ends where its connection is cut.
    if under_way.is_over:
        raise NotFetched("too slow")


def _joined(url: str, elsewhere: str) -> str:
    try:
        return urljoin(url, elsewhere)
    except ValueError:
        raise Refused("the address is malformed") from None


def _checked(url: str) -> SplitResult:
    if len(url) > LONGEST_ADDRESS or any(ord(letter) <= 32 or ord(letter) == 127 for letter in url):
        raise Refused("the address is malformed")
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        raise Refused("the address is malformed") from None
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.password:
        raise Refused("only plain https addresses are fetched")
    if parts.scheme == "http" and not settings.ALLOW_INSECURE_LOOPBACK:
        raise Refused("only https addresses are fetched")
    return parts


def _public_address(parts: SplitResult) -> str:
    """The address to connect to. All addresses of the host must be public; http goes to this machine alone, if that is allowed."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotFetched("no such host") from None
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not addresses:
        raise NotFetched("no such host")
    own_machine = all(address.is_loopback for address in addresses) and settings.ALLOW_INSECURE_LOOPBACK
    if not own_machine and (parts.scheme != "https" or not all(_is_public(address) for address in addresses)):
        raise Refused("the host isn't a public one")
    return str(min(addresses, key=lambda address: address.version))


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return _is_public(inner)
        # The prefix by which IPv6-only networks reach IPv4 addresses, private ones too.
        if address in ipaddress.ip_network("64:ff9b::/96"):
            return _is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in PUBLIC_IPV6:
            return False
    return address.is_global and not address.is_multicast


def _pool(urllib3: Any, parts: SplitResult, address: str) -> Any:
    if parts.scheme == "http":
        return urllib3.HTTPConnectionPool(address, port=parts.port or 80, maxsize=1)
    return urllib3.HTTPSConnectionPool(
        address,
        port=parts.port or 443,
        maxsize=1,
        server_hostname=parts.hostname,
        assert_hostname=parts.hostname,
        cert_reqs="CERT_REQUIRED",
    )


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
