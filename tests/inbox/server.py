"""A real server on the tests' database, for what needs one: streams and browsers."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from socket import socket

import pytest
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
APPLICATION_NAME = "trunkline-test-server"


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def database_url() -> str:
    """The tests' own database, as an address for another process."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    where = f"{found['HOST']}:{found['PORT'] or 5432}"
    return f"postgres://{found['USER']}:{found['PASSWORD']}@{where}/{found['NAME']}?application_name={APPLICATION_NAME}"


@pytest.fixture(scope="session")
def server(django_db_setup, django_db_blocker):
    """(address, process id) of a uvicorn that serves the whole site."""
    with django_db_blocker.unblock():
        address = database_url()
    port = free_port()
    environment = os.environ | {
        "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "SECRET_KEY": settings.SECRET_KEY,
        "ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS),
    }
    command = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(port), "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_it_answers(f"http://127.0.0.1:{port}/login/", process)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_it_answers(address: str, process: subprocess.Popen) -> None:
    for _attempt in range(900):
        if process.poll() is not None:
            raise RuntimeError("the server ended before it answered")
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("the server doesn't answer")
