"""Addresses that somebody else wrote: only public hosts, only https, and never where a name leads a moment later."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from channels_app import guarded_fetch


@pytest.fixture
def web_host(settings):
    """A little server on this machine that answers as its path says."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/moved":
                self.send_response(302)
                self.send_header("Location", "/there")
                self.end_headers()
                return
            self.send_response(404 if self.path == "/missing" else 200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"bytes")

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def fetch(address):
    with guarded_fetch.open_address(address) as pieces:
        return b"".join(pieces)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://example.com/a.png",
        "file:///etc/passwd",
        "https://user:password@example.com/",
        "https://exa mple.com/",
        "https://example.com/\r\nHost: x",
        "https://example.com:99999/",
        "https:///a",
        "https://[::1",
        "about:blank",
        "https://example.com/" + "x" * 2000,
    ],
)
def test_other_than_plain_https_addresses_are_refused_without_a_look_up(address, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **more: pytest.fail("looked up"))
    with pytest.raises(guarded_fetch.Refused):
        fetch(address)


def test_plain_http_is_refused_without_a_look_up(monkeypatch, settings):
    settings.ALLOW_INSECURE_LOOPBACK = False
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **more: pytest.fail("looked up"))
    with pytest.raises(guarded_fetch.Refused):
        fetch("http://example.com/a.png")


@pytest.mark.parametrize(
    "found",
    [
        "127.0.0.1",
        "10.0.0.8",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1",
        "fc00::1",
        "::ffff:10.0.0.8",
        "2002:0a00:0008::1",
        "64:ff9b::a00:8",
    ],
)
def test_hosts_inside_are_refused_whatever_their_name(found, monkeypatch, settings):
    settings.ALLOW_INSECURE_LOOPBACK = False
    family = socket.AF_INET6 if ":" in found else socket.AF_INET
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **more: [(family, socket.SOCK_STREAM, 6, "", (found, 443))])

    with pytest.raises(guarded_fetch.Refused):
        fetch("https://pictures.example.com/a.png")


def test_one_private_address_among_public_ones_is_enough(monkeypatch, settings):
    settings.ALLOW_INSECURE_LOOPBACK = True
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.8")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **more: answers)

    with pytest.raises(guarded_fetch.Refused):
        fetch("https://pictures.example.com/a.png")


def test_the_connection_goes_to_the_address_that_was_checked(web_host, monkeypatch, settings):
    """A name that resolves to this machine once and elsewhere the next time is asked for once."""
    settings.ALLOW_INSECURE_LOOPBACK = True
    real, asked = socket.getaddrinfo, []

    def once(host, *given, **more):
        if host == "rebinding.example.com":
            asked.append(host)
            return real("127.0.0.1", *given, **more)
        return real(host, *given, **more)

    monkeypatch.setattr(socket, "getaddrinfo", once)

    assert fetch(web_host.replace("127.0.0.1", "rebinding.example.com") + "/a") == b"bytes"
    assert asked == ["rebinding.example.com"]


def test_a_redirect_is_not_followed(web_host, settings):
    settings.ALLOW_INSECURE_LOOPBACK = True

    with pytest.raises(guarded_fetch.NotFetched) as refusal:
        fetch(f"{web_host}/moved")
    assert refusal.value.status == 302


def test_what_is_missing_says_so(web_host, settings):
    settings.ALLOW_INSECURE_LOOPBACK = True

    with pytest.raises(guarded_fetch.NotFetched) as refusal:
        fetch(f"{web_host}/missing")
    assert refusal.value.status == 404


def test_this_machine_is_refused_unless_it_is_allowed(web_host, settings):
    settings.ALLOW_INSECURE_LOOPBACK = False

    with pytest.raises(guarded_fetch.Refused):
        fetch(f"{web_host}/a")


def test_a_host_that_nobody_knows_is_not_fetched(monkeypatch):
    def unknown(*given, **more):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(guarded_fetch.NotFetched):
        fetch("https://nobody.example/a.png")
