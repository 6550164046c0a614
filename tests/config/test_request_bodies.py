"""A body without end is refused while it comes, whatever its length is said to be."""

import contextlib
import socket

import pytest

from config.demo.processes import fetch_json
from tests.chaos import rows
from tests.chaos.__main__ import ask_rows
from tests.installation import running_installation


@pytest.fixture(scope="module")
def address():
    """Host, port and path of the callback of an account, on a web process that takes 100,000 bytes."""
    with running_installation(settings={"WEBHOOK_MAX_BYTES": "100000"}) as installation:
        installation.run("migrate", "manage.py", "migrate", "--verbosity", "0")
        path = "/" + ask_rows(installation, "prepare")[0].split("/", 3)[3]
        installation.web().start()
        installation.wait_for(f"{installation.web_url}/healthz", well=bool)
        yield "127.0.0.1", installation.web_port, path
        assert fetch_json(f"{installation.web_url}/healthz")["database"] == "ok"


def answer_to(address, header, send):
    host, port, path = address
    with socket.create_connection((host, port), timeout=20) as connection:
        connection.sendall(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{header}\r\n\r\n".encode())
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused before everything was sent
            send(connection)
        return connection.recv(200).split(b"\r\n")[0].decode()


def test_a_body_in_pieces_without_end_is_413(address):
    def send(connection):
        for _ in range(30):
            connection.sendall(b"2710\r\n" + b"x" * 10_000 + b"\r\n")  # and never the last one

    assert " 413 " in answer_to(address, "Transfer-Encoding: chunked", send)


def test_a_length_far_over_the_limit_is_413_before_it_came(address):
    def send(connection):
        for _ in range(30):
            connection.sendall(b"x" * 10_000)

    assert " 413 " in answer_to(address, "Content-Length: 99999999999", send)


def test_more_than_was_announced_is_no_part_of_the_body(address):
    from channels_app.line.signature import sign

    body = b'{"events":[]}'
    header = f"Content-Length: {len(body)}\r\nConnection: close\r\nX-Line-Signature: {sign(rows.CHANNEL_SECRET, body)}"

    assert " 200 " in answer_to(address, header, lambda connection: connection.sendall(body + b"x" * 200))


def test_a_signed_body_in_pieces_is_taken(address):
    from channels_app.line.signature import sign

    body = b'{"events":[]}'
    header = f"Transfer-Encoding: chunked\r\nConnection: close\r\nX-Line-Signature: {sign(rows.CHANNEL_SECRET, body)}"

    assert " 200 " in answer_to(
        address, header, lambda connection: connection.sendall(b"3\r\n" + body[:3] + b"\r\na\r\n" + body[3:] + b"\r\n0\r\n\r\n")
    )
