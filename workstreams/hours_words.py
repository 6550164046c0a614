"""Operating hours in words: a preview of days, and whether something is open now."""

import datetime
from dataclasses import dataclass

from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workstreams.hours import Day, Span, WorkingHours, is_open, next_change, preview, working_hours
from workstreams.models import Queue


@dataclass(frozen=True)
class DayInWords:
    """One day of a preview. `notes` are its holiday and the clock's changes."""

    date: datetime.date
    name: str
    times: str
    notes: list[str]
    is_open: bool


def preview_in_words(hours: WorkingHours, now: datetime.datetime) -> list[DayInWords]:
    """The next two weeks, today first, as it is today in the hours' zone."""
    today = now.astimezone(hours.zone).date()
    return [_in_words(day) for day in preview(hours, today, language=translation.get_language() or "")]


def now_in_words(hours: WorkingHours, now: datetime.datetime) -> str:
    """Open until when, or closed until when, by the hours' own clock."""
    change = next_change(hours, now)
    if change is None:
        return _("Open without end.") if is_open(hours, now) else _("Closed; it doesn't open within a year.")
    at = formats.date_format(change.astimezone(hours.zone), _("D j M, H:i"))
    return (_("Open until %(time)s.") if is_open(hours, now) else _("Closed until %(time)s.")) % {"time": at}


def closed_in_words(queue: Queue, now: datetime.datetime) -> str:
    """Until when this queue is closed; empty if it is open."""
    hours = working_hours(queue.hours) if queue.hours else None
    return now_in_words(hours, now) if hours and not is_open(hours, now) else ""


def spans_in_words(spans: tuple[Span, ...]) -> str:
    """ "09:00–12:00, 13:00–17:00"."""
    if spans == ((0, 1440),):
        return _("all day")
    return ", ".join(f"{_clock(start)}–{_clock(end)}" for start, end in spans) or _("closed")


def _in_words(day: Day) -> DayInWords:
    notes = []
    if day.is_holiday:
        notes.append(_("holiday: %(name)s") % {"name": day.holiday} if day.holiday else _("holiday"))
    minutes = int(day.clock_change.total_seconds()) // 60
    if minutes:
        how_far = ngettext("%(count)s minute", "%(count)s minutes", abs(minutes)) % {"count": abs(minutes)}
        notes.append((_("the clock goes forward %(time)s") if minutes > 0 else _("the clock goes back %(time)s")) % {"time": how_far})
    return DayInWords(day.date, formats.date_format(day.date, _("D j M")), spans_in_words(day.spans), notes, bool(day.spans))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
