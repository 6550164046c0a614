"""A whole installation for smoke, browser tests and benchmarks: fresh data, free ports, real processes, nothing left behind."""

import contextlib
import os
import secrets
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from config.demo.processes import Installation, free_port

CLAIM = "trunkline-test-installation"


@contextlib.contextmanager
def running_installation(**options: Any) -> Iterator[Installation]:
    """An installation on the back ends that the environment names (else the embedded ones). Nothing runs in it yet."""
    with contextlib.ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trunkline ", ignore_cleanup_errors=True)))
        web_port, line_port = free_port(), free_port()
        keys = {"SECRET_KEY": secrets.token_urlsafe(50), "ENCRYPTION_KEYS": urlsafe_b64encode(os.urandom(32)).decode()}
        broker, redis_url = stack.enter_context(_own_redis())
        installation = Installation(
            data=data,
            web_port=web_port,
            line_port=line_port,
            secrets=keys,
            database_url=stack.enter_context(_own_database()),
            broker_url=broker,
            redis_url=redis_url,
            **options,
        )
        stack.callback(installation.stop)
        yield installation


@contextlib.contextmanager
def _own_database() -> Iterator[str]:
    """The URL of a new database on the server of DATABASE_URL, dropped at the end; empty for SQLite in the data folder."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        yield ""
        return
    import psycopg

    name = f"trunkline_test_{os.getpid()}_{secrets.token_hex(3)}"
    server = urlunsplit(urlsplit(url)._replace(scheme="postgresql"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    finally:
        # Another connection: the server may have been restarted meanwhile.
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextlib.contextmanager
def _own_redis() -> Iterator[tuple[str, str]]:
    """Broker and live URL in an unused database of the same Redis, emptied at the end."""
    broker, live = os.environ.get("CELERY_BROKER_URL", ""), os.environ.get("REDIS_URL", "")
    if not broker.startswith("redis"):
        yield broker, live
        return
    import redis

    def there(url: str, number: int) -> str:
        return urlunsplit(urlsplit(url)._replace(path=f"/{number}")) if url else ""

    for number in range(15, 0, -1):
        client = redis.Redis.from_url(there(broker, number))
        if _claimed(client):
            break
        client.close()
    else:
        raise RuntimeError(f"No unused database at {broker}: all fifteen hold keys. FLUSHDB those that nobody needs.")

    try:
        yield there(broker, number), there(live, number)
    finally:
        client.flushdb()
        client.close()


def _claimed(client: Any) -> bool:
    """Whether this process now holds the database: it was empty, or its holder was killed and left it behind."""
    import redis

    with client.pipeline() as together, contextlib.suppress(redis.WatchError):
        together.watch(CLAIM)
        holder = together.get(CLAIM)
        if _lives(int(holder)) if holder else together.dbsize():
            return False
        together.multi()
        together.flushdb()
        together.set(CLAIM, os.getpid())
        together.execute()
        return True
    return False


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
