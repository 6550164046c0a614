"""What happens at each account, counted: in memory, written every few seconds, so that a webhook pays nothing for it.

A process that is killed forgets what it counted since it last wrote. Nothing is decided by these figures alone: they are
for people who ask how an account is doing.
"""

import datetime
import logging
import threading
from collections.abc import Iterable

from django.db import Error, IntegrityError, connection
from django.utils import timezone

from channels_app.models import HourlyCount

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 5
KEPT_DAYS = 62
ROWS_AT_ONCE = 100
WRONG_SIGNATURE = "wrong_signature"
TOO_LARGE = "too_large"
NOT_STORED = "not_stored"
PING = "ping"
MEDIA_FAILED = "media_failed"
ACCEPTED_REPLY = "accepted_reply"
ACCEPTED_PUSH = "accepted_push"
SEND = "send_"
ANSWERED = "answered_"
# The upper ends of the histogram's steps, in milliseconds. LINE gives a webhook 2,000.
STEPS = (1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000, 10000)
BEYOND = 60000

Key = tuple[int, str, datetime.datetime]
_counts: dict[Key, tuple[int, datetime.datetime]] = {}
_lock = threading.Lock()
_timer: threading.Timer | None = None


def count(account_id: int, name: str, number: int = 1) -> None:
    """Count something that happened at this account just now."""
    global _timer
    now = timezone.now()
    with _lock:
        _add((account_id, name, now.replace(minute=0, second=0, microsecond=0)), number, now)
        if _timer is None:
            _timer = threading.Timer(FLUSH_SECONDS, _flush_in_thread)
            _timer.daemon = True
            _timer.start()


def count_answer(account_id: int, seconds: float) -> None:
    """Count how long the platform waited for the answer to a webhook that was kept."""
    milliseconds = seconds * 1000
    count(account_id, f"{ANSWERED}{next((step for step in STEPS if milliseconds <= step), BEYOND)}")


def flush() -> None:
    """Write what has been counted; what can't be written now is kept for the next time. Raises `DatabaseError`."""
    global _timer, _counts
    with _lock:
        counted, _counts, _timer = _counts, {}, None
    # One order for all processes: they never wait for each other in a circle.
    rows = sorted((*key, *value) for key, value in counted.items())
    while rows:
        try:
            _write(rows[:ROWS_AT_ONCE])
        except IntegrityError:
            logger.warning("Counts of an account that is gone are forgotten.")
        except Exception:
            with _lock:
                for account_id, name, hour, number, at in rows:
                    _add((account_id, name, hour), number, at)
            raise
        rows = rows[ROWS_AT_ONCE:]


def forget_old(limit: int = 1000) -> int:
    """Delete what is older than two months; returns how many rows."""
    old = HourlyCount.objects.filter(hour__lt=timezone.now() - datetime.timedelta(days=KEPT_DAYS))
    return HourlyCount.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:limit])).delete()[0]


def _add(key: Key, number: int, at: datetime.datetime) -> None:
    before, latest = _counts.get(key, (0, at))
    _counts[key] = (before + number, max(latest, at))


def _write(rows: Iterable[tuple[int, str, datetime.datetime, int, datetime.datetime]]) -> None:
    """Add to the rows of these hours, or make them, in one statement: no lock is held longer than it runs."""
    table = HourlyCount._meta.db_table
    fields = [field for field in HourlyCount._meta.concrete_fields if not field.primary_key]
    values = [[field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True)] for row in rows]
    statement = (
        f"INSERT INTO {table} ({', '.join(str(field.column) for field in fields)}) "  # noqa: S608 - no input in it
        f"VALUES {', '.join(['(%s, %s, %s, %s, %s)'] * len(values))} ON CONFLICT (account_id, name, hour) DO UPDATE "
        f"SET count = {table}.count + excluded.count, "
        f"last_at = CASE WHEN excluded.last_at > {table}.last_at THEN excluded.last_at ELSE {table}.last_at END"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for row in values for value in row])


def _flush_in_thread() -> None:
    try:
        flush()
    except Error as error:
        logger.warning("Counts could not be written: %s.", type(error).__name__)
    finally:
        connection.close()
