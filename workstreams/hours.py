"""Whether a queue is open at an instant, and when it opens or closes next. Pure: rows come in as `WorkingHours`.

One rule answers everything: **the clock on the wall decides.** Hours are open at an instant if the wall clock of their time
zone then stands within a period of that weekday, and the day is no holiday. What follows from it when clocks change:

- a period that begins in skipped time begins when the clock jumps over it, and one that ends there ends then; a period
  that lies wholly in skipped time doesn't happen;
- where an hour is repeated, whatever is open at a time of it is open both times.

Holidays last from midnight to midnight. Periods that meet, also at midnight, are one.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workstreams.holidays_by_country import holidays_of

if TYPE_CHECKING:
    from workstreams.models import OperatingHours

DAY = datetime.timedelta(days=1)
MINUTES_OF_A_DAY = 24 * 60
# A queue that doesn't open within this time has no next opening: 58 weeks hold a year, and a month's holidays.
MOST_WEEKS = 58
PREVIEW_DAYS = 14

Span = tuple[int, int]


@dataclass(frozen=True)
class WorkingHours:
    """Operating hours as they are computed with.

    `periods`: by weekday (Monday is 0) the spans of that day, in minutes since midnight, 1440 being its end.
    `closed`: first and last day and the reason of the holidays that were entered by hand; those of `country` come on top.
    """

    time_zone: str
    periods: tuple[tuple[Span, ...], ...]
    closed: tuple[tuple[datetime.date, datetime.date, str], ...] = ()
    country: str = ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True)
class Day:
    """One day of a preview. `holiday` names the holiday, if it has a name; `clock_change` is by how much the clock moves on it."""

    date: datetime.date
    spans: tuple[Span, ...]
    is_holiday: bool
    holiday: str
    clock_change: datetime.timedelta


def working_hours(row: "OperatingHours") -> WorkingHours:
    """What the rows say. A time zone that this machine doesn't know (any more) counts as UTC: a queue always has an answer."""
    periods: list[list[Span]] = [[] for _weekday in range(7)]
    for period in row.periods.all():
        periods[period.weekday].append((period.from_minute, period.to_minute))
    closed = tuple((each.first_day, each.last_day, each.reason) for each in row.holidays.all())
    zone = row.time_zone if is_time_zone(row.time_zone) else "UTC"
    return WorkingHours(zone, tuple(tuple(spans) for spans in periods), closed, row.holiday_country)


def is_time_zone(name: str) -> bool:
    """Whether this machine knows the IANA time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def is_open(hours: WorkingHours, at: datetime.datetime) -> bool:
    """Whether the wall clock stands within a period. `at` is any aware time."""
    wall = at.astimezone(hours.zone)
    minute = wall.hour * 60 + wall.minute
    spans = hours.periods[wall.weekday()]
    return any(start <= minute < end for start, end in spans) and not is_holiday(hours, wall.date())


def opens_at(hours: WorkingHours, at: datetime.datetime) -> datetime.datetime | None:
    """The first instant from `at` on at which it is open; None if that is more than a year away."""
    return at if is_open(hours, at) else next_change(hours, at)


def next_change(hours: WorkingHours, at: datetime.datetime) -> datetime.datetime | None:
    """The first instant after `at` at which open and closed change, in UTC; None if it doesn't within 58 weeks."""
    now = is_open(hours, at)
    for moment in _moments(hours, at.astimezone(datetime.UTC)):
        if is_open(hours, moment) != now:
            return moment
    return None


def is_holiday(hours: WorkingHours, day: datetime.date) -> bool:
    """Whether the periods of the day don't hold."""
    return any(first <= day <= last for first, last, _reason in hours.closed) or day in holidays_of(hours.country, day.year)


def holiday_name(hours: WorkingHours, day: datetime.date, language: str = "") -> str:
    """Why the day is a holiday, by hand before by country; empty if it has no reason or is none."""
    by_hand = next((reason for first, last, reason in hours.closed if first <= day <= last), "")
    return by_hand or holidays_of(hours.country, day.year, language).get(day, "")


def joined(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Spans of one day in order, those that meet or overlap as one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def preview(hours: WorkingHours, first: datetime.date, *, days: int = PREVIEW_DAYS, language: str = "") -> list[Day]:
    """What the next days look like, with the holidays' names and the days on which the clock changes."""
    found = []
    for number in range(days):
        date = first + number * DAY
        closed = is_holiday(hours, date)
        spans = () if closed else joined(hours.periods[date.weekday()])
        change = _offset(hours.zone, date + DAY) - _offset(hours.zone, date)
        found.append(Day(date, spans, is_holiday=closed, holiday=holiday_name(hours, date, language), clock_change=change))
    return found


def _moments(hours: WorkingHours, after: datetime.datetime) -> Iterator[datetime.datetime]:
    """In order, every instant after `after` at which open and closed could change, for 58 weeks.

    Those are the times at which the wall clock shows a midnight or a bound of a period, and those at which it is changed.
    """
    start = datetime.datetime.combine(after.date(), datetime.time(), datetime.UTC)
    for week in range(MOST_WEEKS):
        first, last = start + week * 7 * DAY, start + (week + 1) * 7 * DAY
        found = {moment for number in range(-1, 8) for moment in _moments_of(hours, first.date() + number * DAY)}
        yield from sorted(moment for moment in found if first <= moment < last and moment > after)


def _moments_of(hours: WorkingHours, date: datetime.date) -> set[datetime.datetime]:
    bounds = {0, MINUTES_OF_A_DAY} | {minute for span in hours.periods[date.weekday()] for minute in span}
    midnight = datetime.datetime.combine(date, datetime.time())
    walls = [midnight + datetime.timedelta(minutes=minute) for minute in bounds]
    shown = {wall.replace(tzinfo=hours.zone, fold=fold).astimezone(datetime.UTC) for wall in walls for fold in (0, 1)}
    return shown | _clock_change(hours.time_zone, date)


@lru_cache(maxsize=4096)
def _clock_change(time_zone: str, date: datetime.date) -> frozenset[datetime.datetime]:
    """The instant within this day of UTC at which the clock of the zone is changed, if it is: to the second, by halving."""
    zone = ZoneInfo(time_zone)
    before = datetime.datetime.combine(date, datetime.time(), datetime.UTC)
    after = before + DAY
    offset = before.astimezone(zone).utcoffset()
    if after.astimezone(zone).utcoffset() == offset:
        return frozenset()
    while after - before > datetime.timedelta(seconds=1):
        middle = before + datetime.timedelta(seconds=(after - before).total_seconds() // 2)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return frozenset({after})


def _offset(zone: ZoneInfo, date: datetime.date) -> datetime.timedelta:
    return datetime.datetime.combine(date, datetime.time(), zone).utcoffset() or datetime.timedelta()
