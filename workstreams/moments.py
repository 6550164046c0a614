"""Moments and lengths of time as people read them: one way on every page (docs/decisions/118)."""

import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

NOW_SECONDS = 10


def duration(seconds: float) -> str:
    """A length of time as people say it: 41 s, 4 min, 2 h, 3 days."""
    whole = max(int(seconds), 0)
    for below, unit, words in ((60, 1, _("%(count)d s")), (3600, 60, _("%(count)d min")), (48 * 3600, 3600, _("%(count)d h"))):
        if whole < below:
            return words % {"count": whole // unit}
    days = whole // 86400
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def on_the_minute(at: datetime.datetime) -> str:
    """Day and time as the reader's language writes them."""
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")


def clock(at: datetime.datetime, form: str) -> str:
    """The time of day alone: `H:i` or `H:i:s`."""
    return date_format(timezone.localtime(at), form)


def to_the_second(at: datetime.datetime) -> str:
    """The same for what comes many times a minute."""
    return f"{date_format(timezone.localtime(at), 'DATE_FORMAT')} {clock(at, 'H:i:s')}"


def exactly(at: datetime.datetime) -> str:
    """For whoever points at it: with the second and the time zone."""
    return f"{to_the_second(at)} {timezone.localtime(at).tzname()}"


def how_long_ago(at: datetime.datetime, now: datetime.datetime) -> str:
    """ "just now", "4 min ago"."""
    seconds = (now - at).total_seconds()
    return _("just now") if seconds < NOW_SECONDS else _("%(time)s ago") % {"time": duration(seconds)}


def element(at: datetime.datetime, words: str) -> SafeString:
    """Words for a moment as a `<time>`, which tells machines, and whoever points at it, exactly when it was."""
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(timespec="seconds"), exactly(at), words)
