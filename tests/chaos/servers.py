"""A PostgreSQL and a Redis of one's own, in a temporary folder, to be killed as one likes. The machine's are never touched."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from config.demo.processes import LOOPBACK, Child, free_port

READY_SECONDS = 30


@contextlib.contextmanager
def own_postgres() -> Iterator[tuple[Child, str]]:
    """A server that runs, and its address."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trunkline-servers-", ignore_cleanup_errors=True)))
        folder.chmod(0o755)
        port = free_port()
        postgres = _postgres(folder, port)
        stack.callback(postgres.kill)
        postgres.start()
        url = f"postgres://postgres@{LOOPBACK}:{port}/postgres"
        wait_for_postgres(url)
        yield postgres, url


@contextlib.contextmanager
def own_servers() -> Iterator[dict[str, Child]]:
    """Both running; the environment names them for the installation that follows, as it would name the machine's."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trunkline-servers-", ignore_cleanup_errors=True)))
        postgres, database_url = stack.enter_context(own_postgres())
        redis_port = free_port()
        redis = _redis(folder, redis_port)
        stack.callback(redis.kill)
        redis.start()
        names = {
            "DATABASE_URL": database_url,
            "CELERY_BROKER_URL": f"redis://{LOOPBACK}:{redis_port}/0",
            "REDIS_URL": f"redis://{LOOPBACK}:{redis_port}/0",
        }
        before = {name: os.environ.get(name) for name in names}
        os.environ.update(names)
        try:
            yield {"postgres": postgres, "broker": redis}
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value


def restart_postgres(postgres: Child) -> None:
    """As after a crash: every session ends at once, and the server recovers what was committed from its log."""
    postgres.signal_group(signal.SIGQUIT)
    if postgres.process is not None:
        postgres.process.wait()
    postgres.start()


def wait_for_postgres(url: str) -> None:
    import psycopg

    give_up_at = time.monotonic() + READY_SECONDS
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.1)


def _postgres(folder: Path, port: int) -> Child:
    """initdb, and the server as a child. PostgreSQL refuses to run as root; setpriv clears the wish to die with the parent."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    found = str(programs[-1] / "initdb") if programs else shutil.which("initdb")
    if found is None:
        sys.exit("chaos: needs PostgreSQL's programs (Debian: apt-get install postgresql), or --short for SQLite")
    data = folder / "postgres"
    data.mkdir()
    as_postgres: list[str] = []
    if os.getuid() == 0:
        shutil.chown(data, "postgres")
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig", "SIGINT"]
    made = [*as_postgres, found, "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    subprocess.run(made, check=True, cwd="/", stdout=subprocess.DEVNULL)
    # No fsync: the processes die here, not the machine.
    settings = {"port": port, "listen_addresses": LOOPBACK, "unix_socket_directories": "", "fsync": "off"}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    server = [*as_postgres, str(Path(found).with_name("postgres")), "-D", str(data), *options]
    return Child("postgres", server, os.environ, folder / "postgres.log")


def _redis(folder: Path, port: int) -> Child:
    found = shutil.which("redis-server")
    if found is None:
        sys.exit("chaos: needs redis-server (Debian: apt-get install redis-server), or --short for SQLite")
    nothing_kept = ["--save", "", "--appendonly", "no", "--dir", str(folder)]
    return Child("redis", [found, "--port", str(port), "--bind", LOOPBACK, *nothing_kept], os.environ, folder / "redis.log")
