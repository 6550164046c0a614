"""The tests' settings with one connection per process: processes are forked and killed, and a pool's threads aren't."""

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

DATABASES["default"]["OPTIONS"].pop("pool")
