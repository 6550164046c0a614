"""Addresses that somebody else wrote: only public hosts, only https, never where a name leads a moment later, and not for ever."""

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from channels_app import guarded_fetch

MOVED = {
    "/moved": "/there",
    "/moved-with-a-question": "//127.0.0.1:{port}/there?a=b",
    "/inside": "https://10.0.0.8/a",
    "/disk": "file:///etc/passwd",
    "/malformed": "https://[::1",
    "/round": "/round",
    "/nowhere": "",
}


class Handler(BaseHTTPRequestHandler):
    """Answers as the path says; the slow ones send a letter every twentieth of a second."""

    def do_GET(self):
        if self.path == "/slow-head":
            self._slowly(b"HTTP/1.1 200 OK\r\nX: ")
        elif self.path.startswith("/slow-body"):
            length = b"Content-Length: 99999\r\n" if self.path.endswith("with-length") else b""
            self._slowly(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n")
        elif self.path == "/pieces":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbyt\r\n")
            time.sleep(0.7)
            self.wfile.write(b"2\r\nes\r\n0\r\n\r\n")
        elif self.path == "/cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbytes")
            self.close_connection = True
        elif self.path in MOVED:
            self.send_response(302)
            self.send_header("Location", MOVED[self.path].format(port=self.server.server_port))
            self.end_headers()
        else:
            self.send_response(404 if self.path == "/missing" else 200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"bytes")

    def _slowly(self, head):
        self.wfile.write(head)
        self.close_connection = True
        for _ in range(200):
            try:
                self.wfile.write(b"x")
            except OSError:
                return
            time.sleep(0.05)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def serve():
    """Starts a little server on this machine, secured with `certificate` if there is one; returns its port."""
    servers = []

    def start(certificate=None):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server.server_port

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def web_host(serve):
    return f"http://127.0.0.1:{serve()}"


@pytest.fixture
def secure_host(serve, settings, monkeypatch, tmp_path):
    """Like `web_host`, as https://pictures.example.com, whose certificate is trusted for the test."""
    settings.ALLOW_INSECURE_LOOPBACK = True
    certificate = tmp_path / "certificate.pem"
    certificate.write_bytes(_certificate_of("pictures.example.com"))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *given, **more: real("127.0.0.1", *given, **more))
    return f"https://pictures.example.com:{serve(certificate)}"


def _certificate_of(name):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("10.9.9.9"))])
    certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(serialization.Encoding.PEM, *plain)


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
        "64:ff9b:1::a00:8",
        "::ffff:0:10.0.0.8",
        "::10.0.0.8",
        "fec0::8",
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


@pytest.mark.parametrize("path", ["/moved", "/moved-with-a-question"])
def test_a_redirect_is_followed(web_host, settings, path):
    settings.ALLOW_INSECURE_LOOPBACK = True

    assert fetch(web_host + path) == b"bytes"


@pytest.mark.parametrize("path", ["/inside", "/disk", "/malformed"])
def test_where_a_redirect_leads_is_checked_too(web_host, settings, path):
    settings.ALLOW_INSECURE_LOOPBACK = True

    with pytest.raises(guarded_fetch.Refused):
        fetch(web_host + path)


@pytest.mark.parametrize("path", ["/round", "/nowhere"])
def test_redirects_that_lead_nowhere_are_given_up(web_host, settings, path):
    settings.ALLOW_INSECURE_LOOPBACK = True

    with pytest.raises(guarded_fetch.NotFetched) as refusal:
        fetch(web_host + path)
    assert refusal.value.status == 302


def test_what_is_posted_is_not_carried_elsewhere(web_host, settings, monkeypatch):
    settings.ALLOW_INSECURE_LOOPBACK = True
    monkeypatch.setattr(Handler, "do_POST", Handler.do_GET, raising=False)

    with pytest.raises(guarded_fetch.NotFetched) as refusal:
        guarded_fetch.post(f"{web_host}/moved", body=b"{}", headers={})
    assert refusal.value.status == 302


@pytest.mark.parametrize("path", ["/slow-head", "/slow-body", "/slow-body-with-length"])
@pytest.mark.parametrize("host", ["web_host", "secure_host"])
def test_a_host_that_sends_a_byte_now_and_then_is_left_in_time(request, settings, monkeypatch, host, path):
    settings.ALLOW_INSECURE_LOOPBACK = True
    monkeypatch.setattr(guarded_fetch, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(guarded_fetch, "BODY_SECONDS", 1)
    address = request.getfixturevalue(host) + path
    began = time.monotonic()

    with pytest.raises(guarded_fetch.NotFetched):
        fetch(address)
    assert time.monotonic() - began < 5


def test_who_is_told_something_slowly_is_left_in_time_too(web_host, settings, monkeypatch):
    settings.ALLOW_INSECURE_LOOPBACK = True
    monkeypatch.setattr(guarded_fetch, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(Handler, "do_POST", Handler.do_GET, raising=False)
    began = time.monotonic()

    with pytest.raises(guarded_fetch.NotFetched):
        guarded_fetch.post(f"{web_host}/slow-head", body=b"{}", headers={})
    assert time.monotonic() - began < 5


def test_the_certificate_must_be_the_names_although_the_connection_goes_to_an_address(secure_host):
    assert fetch(f"{secure_host}/a") == b"bytes"
    for name in ("other.example.com", "127.0.0.1"):
        with pytest.raises(guarded_fetch.NotFetched):
            fetch(secure_host.replace("pictures.example.com", name) + "/a")


def test_a_body_may_take_longer_than_its_head(web_host, settings, monkeypatch):
    settings.ALLOW_INSECURE_LOOPBACK = True
    monkeypatch.setattr(guarded_fetch, "HEAD_SECONDS", 0.5)

    with guarded_fetch.open_address(f"{web_host}/pieces") as pieces:
        assert list(pieces) == [b"byt", b"es"]


def test_a_body_that_breaks_off_is_none(web_host, settings):
    settings.ALLOW_INSECURE_LOOPBACK = True

    with pytest.raises(guarded_fetch.NotFetched):
        fetch(f"{web_host}/cut")


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
