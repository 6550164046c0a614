"""The servers of a test installation: its own database on somebody's Redis, and never a key of anybody else."""

import os
import subprocess

import pytest

from tests import installation

BROKER = os.environ.get("CELERY_BROKER_URL", "")

pytestmark = pytest.mark.skipif(not BROKER.startswith("redis"), reason="needs a Redis in CELERY_BROKER_URL")


def client(url):
    import redis

    return redis.Redis.from_url(url)


def test_the_keys_of_a_test_installation_are_its_own_and_go_with_it():
    with installation._own_redis() as (broker, _):
        client(broker).set("left behind", "1")
        assert not client(BROKER).exists("left behind")
        assert not client(BROKER).exists(installation.CLAIM)
        with installation._own_redis() as (other, _):
            assert other != broker
    assert client(broker).dbsize() == 0


def test_a_database_whose_holder_was_killed_is_taken_back_and_a_living_ones_is_not():
    with installation._own_redis() as (broker, _):
        held = client(broker)
        assert not installation._claimed(held)

        gone = subprocess.Popen(["true"])
        gone.wait()
        held.set(installation.CLAIM, gone.pid)
        held.set("left behind", "1")
        assert installation._claimed(held)
        assert held.keys() == [installation.CLAIM.encode()]
        assert int(held.get(installation.CLAIM)) == os.getpid()
