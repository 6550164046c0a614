"""The database's clock: the only clock that deadlines and leases are compared with."""

import datetime

from django.db import connection
from django.db.models import DateTimeField, ExpressionWrapper
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.dateparse import parse_datetime


def now_sql(*, plus_seconds: float = 0) -> str:
    """The SQL for "now", or so many seconds later, for statements with parameters; the same as Django's `Now()`."""
    if connection.vendor == "postgresql":
        return "statement_timestamp()" + (f" + interval '{plus_seconds} seconds'" if plus_seconds else "")
    return "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now'" + (f", '{plus_seconds:+} seconds')" if plus_seconds else ")")


def database_now() -> datetime.datetime:
    """The time by the database's clock, in UTC."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {now_sql()}", [])  # one of two constants
        (value,) = cursor.fetchone()
    if isinstance(value, str):
        value = parse_datetime(value)
    return value if timezone.is_aware(value) else value.replace(tzinfo=datetime.UTC)


def seconds_from_now(seconds: float) -> ExpressionWrapper:
    """An expression for `now + seconds` by the database's clock, for filters and updates."""
    return ExpressionWrapper(Now() + datetime.timedelta(seconds=seconds), output_field=DateTimeField())


def milliseconds(moment: datetime.datetime) -> int:
    """A moment as browsers count: milliseconds since 1970."""
    return int(moment.timestamp() * 1000)
