"""Actions that are tried again when the database asks for it."""

import functools
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

P = ParamSpec("P")
R = TypeVar("R")

ATTEMPTS = 3
# PostgreSQL: serialization_failure and deadlock_detected.
TRANSIENT_SQLSTATES = {"40001", "40P01"}
# PostgreSQL's classes of trouble that isn't the statement's: connection, rollback, resources, locks, intervention, system.
PASSING_CLASSES = {"08", "40", "53", "55", "57", "58"}


def is_transient(error: OperationalError) -> bool:
    """Whether the same action may succeed if it starts again: a deadlock, a serialization failure, a locked SQLite file."""
    if getattr(error.__cause__, "sqlstate", None) in TRANSIENT_SQLSTATES:
        return True
    words = str(error)
    return "database is locked" in words or "database table is locked" in words


def may_pass(error: OperationalError) -> bool:
    """Whether the same statement may succeed later: trouble of connection, locks or resources, not of the statement itself."""
    state = getattr(error.__cause__, "sqlstate", None)
    if state:
        return state[:2] in PASSING_CLASSES
    return getattr(error.__cause__, "sqlite_errorname", "") != "SQLITE_ERROR"


def retried(action: Callable[P, R]) -> Callable[P, R]:
    """Run `action` in one transaction, from its start, up to three times if the error is transient.

    Inside a caller's transaction it runs once: only the outermost one can start again.
    """

    @functools.wraps(action)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        attempts = 1 if connection.in_atomic_block else ATTEMPTS
        for attempt in range(1, attempts + 1):
            try:
                with transaction.atomic():
                    return action(*args, **kwargs)
            except OperationalError as error:
                if attempt == attempts or not is_transient(error):
                    raise
                time.sleep(random.uniform(0.005, 0.05) * attempt)
        raise AssertionError("unreachable")

    return run
