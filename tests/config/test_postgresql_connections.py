"""A pooled connection whose server went away is replaced before anybody uses it."""

import pytest
from django.db import connection

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="needs a PostgreSQL in DATABASE_URL"),
]


def server_process():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_connections_are_used_again():
    most = connection.settings_dict["OPTIONS"]["pool"]["max_size"]
    seen = []
    for _ in range(3 * most):
        seen.append(server_process())
        connection.close()
    assert len(set(seen)) <= most


def test_connections_that_the_server_ended_are_replaced():
    import psycopg

    before = server_process()
    connection.close()
    parameters = connection.get_connection_params()
    parameters = {name: parameters[name] for name in ("dbname", "user", "password", "host", "port") if parameters.get(name)}
    with psycopg.connect(**parameters, autocommit=True) as other:
        everybody = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
        other.execute(everybody + " AND pid <> pg_backend_pid()")

    assert server_process() != before
