"""Settings that can't be read are named, and never quietly another."""

import pytest
from django.core.checks import run_checks

from config.environment import Environment


@pytest.fixture
def env(monkeypatch):
    def read(**values):
        found = Environment()
        monkeypatch.setattr(Environment, "ENVIRON", values)
        return found

    return read


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("True", True), (" on ", True), ("0", False), ("no", False), ("", False)])
def test_a_switch(env, value, expected):
    found = env(DEMO_MODE=value)
    assert found.switch("DEMO_MODE") is expected
    assert found.unreadable == {}


def test_a_switch_that_says_something_else_is_off_and_named(env):
    found = env(DEMO_MODE="maybe")
    assert found.switch("DEMO_MODE") is False
    assert set(found.unreadable) == {"DEMO_MODE"}


@pytest.mark.parametrize("value", ["abc", "0", "-1", "1.5", "1e3", "٣", "9" * 30])
def test_a_number_that_is_none_takes_the_default_and_is_named(env, value):
    found = env(WEBHOOK_MAX_BYTES=value)
    assert found.whole_number("WEBHOOK_MAX_BYTES", 7) == 7
    assert set(found.unreadable) == {"WEBHOOK_MAX_BYTES"}


def test_a_number(env):
    found = env(WEBHOOK_MAX_BYTES="1024")
    assert found.whole_number("WEBHOOK_MAX_BYTES", 7) == 1024
    assert found.whole_number("DATABASE_POOL_SIZE", 10) == 10
    assert found.unreadable == {}


@pytest.mark.parametrize("value", ["mysql://root@127.0.0.1/test", "127.0.0.1:5432", "postgres://me@db:port/name"])
def test_a_database_that_cannot_be_is_named(env, value):
    found = env(DATABASE_URL=value)
    assert found.database("DATABASE_URL", {"ENGINE": "sqlite"}) == {"ENGINE": "sqlite"}
    assert set(found.unreadable) == {"DATABASE_URL"}


@pytest.mark.parametrize(
    ("value", "engine"),
    [
        ("postgres://postgres@127.0.0.1:5432/test", "django.db.backends.postgresql"),
        ("sqlite:////data/db.sqlite3", "django.db.backends.sqlite3"),
    ],
)
def test_a_database(env, value, engine):
    assert env(DATABASE_URL=value).database("DATABASE_URL", {})["ENGINE"] == engine


def test_what_could_not_be_read_stops_the_start(settings):
    settings.UNREADABLE_SETTINGS = {"WEBHOOK_MAX_BYTES": "it must be a whole number from 1"}
    found = [message for message in run_checks() if message.id == "trunkline.E011"]
    assert [message.msg for message in found] == ["WEBHOOK_MAX_BYTES can't be read: it must be a whole number from 1."]
