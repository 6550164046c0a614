"""The SQLite back end keeps closed connections for the next thread, and never one that would be wrong."""

import threading

import pytest
from django.conf import settings

from config.sqlite.base import KEPT, DatabaseWrapper


@pytest.fixture
def path(tmp_path, monkeypatch, django_db_blocker):
    monkeypatch.setattr(DatabaseWrapper, "_idle", type(DatabaseWrapper._idle)())
    with django_db_blocker.unblock():
        yield tmp_path / "shop.sqlite3"


def wrapper(path):
    options = {"timeout": 1, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON;"}
    known = settings.DATABASES["default"]
    return DatabaseWrapper({**known, "ENGINE": "config.sqlite", "NAME": str(path), "OPTIONS": options, "CONN_MAX_AGE": 0}, "shop")


def execute(path, statement):
    """Run one statement as a request does: opened, used, closed. Returns the connection that it used, and its rows."""
    database = wrapper(path)
    with database.cursor() as cursor:
        rows = cursor.execute(statement).fetchall()
    used = database.connection
    database.close()
    return used, rows


def test_a_closed_connection_serves_the_next_thread(path):
    first, _ = execute(path, "CREATE TABLE orders (number)")
    found = []
    thread = threading.Thread(target=lambda: found.append(execute(path, "SELECT * FROM orders")))
    thread.start()
    thread.join()
    assert found == [(first, [])]


def test_two_that_are_open_at_once_are_two(path):
    execute(path, "CREATE TABLE orders (number)")
    one, other = wrapper(path), wrapper(path)
    one.ensure_connection()
    other.ensure_connection()
    assert one.connection is not other.connection
    one.close()
    other.close()


def test_a_replaced_file_is_opened_anew(path):
    before, _ = execute(path, "CREATE TABLE orders (number)")
    path.rename(path.with_suffix(".old"))
    after, rows = execute(path, "SELECT name FROM sqlite_master")
    assert after is not before
    assert rows == []


def test_a_connection_closed_after_its_file_was_replaced_is_not_kept_for_the_new_file(path):
    execute(path, "CREATE TABLE orders (number)")
    database = wrapper(path)
    database.ensure_connection()
    stale = database.connection
    path.rename(path.with_suffix(".old"))
    path.touch()
    database.close()
    used, rows = execute(path, "SELECT name FROM sqlite_master")
    assert used is not stale
    assert rows == []


def test_a_connection_inside_a_transaction_is_closed(path):
    execute(path, "CREATE TABLE orders (number)")
    database = wrapper(path)
    database.set_autocommit(False)
    with database.cursor() as cursor:
        cursor.execute("INSERT INTO orders VALUES (1)")
    database.close()
    assert not DatabaseWrapper._idle
    assert execute(path, "SELECT count(*) FROM orders")[1] == [(0,)]


def test_no_more_than_a_few_are_kept(path):
    execute(path, "CREATE TABLE orders (number)")
    databases = [wrapper(path) for _ in range(KEPT + 3)]
    for database in databases:
        database.ensure_connection()
    for database in databases:
        database.close()
    assert len(DatabaseWrapper._idle) == KEPT


def test_foreign_keys_are_enforced_on_a_kept_connection(path):
    execute(path, "CREATE TABLE orders (number)")
    assert execute(path, "PRAGMA foreign_keys")[1] == [(1,)]
    assert execute(path, "PRAGMA foreign_keys")[1] == [(1,)]
