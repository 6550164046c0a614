"""What a database connection is given by default: PostgreSQL's give up on a server that has vanished, SQLite's know nothing of it."""

from importlib import util

import pytest
from django.db import connection

GIVES_UP = {"tcp_user_timeout": 15000, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}


@pytest.fixture
def options_of(monkeypatch):
    """The options of the database with this address, as the settings make them."""

    def read(url):
        monkeypatch.setenv("DATABASE_URL", url)
        spec = util.find_spec("config.settings")
        module = util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.DATABASES["default"]["OPTIONS"]

    return read


def test_a_vanished_postgresql_is_given_up_soon(options_of):
    options = options_of("postgres://me@db.example.com:5432/trunkline")

    assert options == GIVES_UP | {"pool": options["pool"]}


def test_what_the_address_says_itself_holds(options_of):
    options = options_of("postgres://me@db.example.com/trunkline?keepalives_idle=60&tcp_user_timeout=0&sslmode=require")

    assert options == GIVES_UP | {"keepalives_idle": 60, "tcp_user_timeout": 0, "sslmode": "require", "pool": options["pool"]}


def test_a_socket_in_a_folder_stays_one(options_of):
    assert options_of("postgres:///trunkline?host=/var/run/postgresql")["host"] == "/var/run/postgresql"


@pytest.mark.parametrize("url", ["", "sqlite:////data/db.sqlite3"], ids=["by default", "by address"])
def test_sqlite_is_told_nothing_of_it(options_of, url):
    assert set(options_of(url)) == {"transaction_mode", "timeout", "init_command"}


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="needs a PostgreSQL in DATABASE_URL")
def test_the_server_s_connection_has_them():
    connection.ensure_connection()

    parameters = connection.connection.info.get_parameters()

    wanted = connection.settings_dict["OPTIONS"]
    assert {name: parameters.get(name) for name in GIVES_UP} == {name: str(wanted[name]) for name in GIVES_UP}
