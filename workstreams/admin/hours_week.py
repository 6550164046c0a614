"""A week of periods and a list of holidays as rows of a form: read, rearranged, and turned into what is stored.

On the form a period that ends at or before its beginning goes on into the next day, and 00:00 as an end is midnight. Stored
it is cut at midnight; shown again, what was cut is one row.
"""

import datetime
from dataclasses import dataclass, field
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from workstreams.hours import MINUTES_OF_A_DAY, WorkingHours
from workstreams.models import OperatingHours

WEEKDAYS = range(7)
MONDAY, WORKDAYS_AFTER = 0, range(1, 5)
MOST_ROWS = 100
USUAL = ("08:00", "17:00")

Stored = tuple[int, int, int]
ClosedDays = tuple[datetime.date, datetime.date, str]


@dataclass
class PeriodRow:
    """From and to as typed."""

    start: str = ""
    end: str = ""


@dataclass
class HolidayRow:
    """Days and reason as typed."""

    first: str = ""
    last: str = ""
    reason: str = ""


@dataclass
class Rows:
    """Everything on the form that has several rows."""

    periods: dict[int, list[PeriodRow]] = field(default_factory=lambda: {day: [] for day in WEEKDAYS})
    holidays: list[HolidayRow] = field(default_factory=list)


def usual_rows() -> Rows:
    """Dynamics' default: workdays from 8 to 17."""
    rows = Rows()
    for day in range(5):
        rows.periods[day].append(PeriodRow(*USUAL))
    return rows


def sent_rows(sent: QueryDict) -> Rows:
    """What stands in the form, unchecked, so that rearranging loses nothing."""
    rows = Rows()
    for day in WEEKDAYS:
        pairs = zip(sent.getlist(f"from-{day}"), sent.getlist(f"to-{day}"), strict=False)
        rows.periods[day] = [PeriodRow(*pair) for pair in pairs][:MOST_ROWS]
    days = zip(sent.getlist("holiday-first"), sent.getlist("holiday-last"), sent.getlist("holiday-reason"), strict=False)
    rows.holidays = [HolidayRow(*day) for day in days][:MOST_ROWS]
    return rows


def stored_rows(hours: OperatingHours) -> Rows:
    """What is stored, with the periods that were cut at midnight as one."""
    rows, spans = Rows(), {(each.weekday, each.from_minute): each.to_minute for each in hours.periods.all()}
    for day, start in sorted(spans):
        end = spans[day, start]
        previous_day = (day - 1) % 7
        goes_on_from = [first for (other, first), last in spans.items() if other == previous_day and last == MINUTES_OF_A_DAY]
        if start == 0 and any(end <= first for first in goes_on_from):
            continue
        morning = spans.get(((day + 1) % 7, 0))
        if end == MINUTES_OF_A_DAY and morning is not None and morning <= start:
            end = morning
        rows.periods[day].append(PeriodRow(_clock(start), _clock(end)))
    for holiday in hours.holidays.all():
        last = holiday.last_day.isoformat() if holiday.last_day != holiday.first_day else ""
        rows.holidays.append(HolidayRow(holiday.first_day.isoformat(), last, holiday.reason))
    return rows


def rearranged(rows: Rows, sent: QueryDict) -> str:
    """Do what the pressed button says; returns the id of the input that gets the focus."""
    if (day := _number(sent.get("add_period"), 7)) is not None:
        rows.periods[day].append(PeriodRow() if rows.periods[day] else PeriodRow(*USUAL))
        return f"from-{day}-{len(rows.periods[day]) - 1}"
    day_text, _dash, place_text = sent.get("remove_period", "").partition("-")
    if (day := _number(day_text, 7)) is not None:
        if (place := _number(place_text, len(rows.periods[day]))) is not None:
            rows.periods[day].pop(place)
        return f"add-{day}"
    if "copy_monday" in sent:
        for day in WORKDAYS_AFTER:
            rows.periods[day] = [PeriodRow(row.start, row.end) for row in rows.periods[MONDAY]]
        return "copy-monday"
    if (place := _number(sent.get("remove_holiday"), len(rows.holidays))) is not None:
        rows.holidays.pop(place)
    elif "add_holiday" in sent:
        rows.holidays.append(HolidayRow())
        return f"holiday-{len(rows.holidays) - 1}"
    return "add-holiday" if "remove_holiday" in sent else ""


def periods_of(rows: Rows, day_names: list[str]) -> list[Stored]:
    """The periods as they are stored, in order. `ValidationError` for incomplete ones and for overlaps, naming the day."""
    stored: list[Stored] = []
    for day in WEEKDAYS:
        for row in rows.periods[day]:
            if row.start or row.end:
                stored += _cut(day, _minute(row.start, day_names[day]), _minute(row.end, day_names[day]))
    stored.sort()
    for (day, _start, end), (next_day, start, _end) in pairwise(stored):
        if day == next_day and start < end:
            raise ValidationError(_("%(day)s: two periods overlap.") % {"day": day_names[day]})
    return stored


def holidays_of(rows: Rows) -> list[ClosedDays]:
    """The holidays by hand. `ValidationError` for days that aren't days and for ends before beginnings."""
    found = []
    for row in rows.holidays:
        if not (row.first or row.last or row.reason):
            continue
        first = _day(row.first)
        last = _day(row.last) if row.last else first
        if last < first:
            raise ValidationError(_("A holiday ends before it begins: %(first)s to %(last)s.") % {"first": row.first, "last": row.last})
        found.append((first, last, row.reason.strip()[:100]))
    return sorted(found)


def as_working_hours(time_zone: str, country: str, stored: list[Stored], holidays: list[ClosedDays]) -> WorkingHours:
    """What the form would mean once saved."""
    by_day = tuple(tuple((start, end) for day, start, end in stored if day == each) for each in WEEKDAYS)
    return WorkingHours(time_zone, by_day, tuple(holidays), country)


def _cut(day: int, start: int, end: int) -> list[Stored]:
    if end == 0:
        return [(day, start, MINUTES_OF_A_DAY)]
    if end > start:
        return [(day, start, end)]
    return [(day, start, MINUTES_OF_A_DAY), ((day + 1) % 7, 0, end)]


def _minute(text: str, day_name: str) -> int:
    try:
        time = datetime.time.fromisoformat(text)
    except ValueError:
        raise ValidationError(_("%(day)s: a period needs a beginning and an end.") % {"day": day_name}) from None
    return time.hour * 60 + time.minute


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def _day(text: str) -> datetime.date:
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None:
        raise ValidationError(_("A holiday needs its day."))
    return found


def _number(text: str | None, end: int) -> int | None:
    return int(text) if text in {str(number) for number in range(end)} else None
