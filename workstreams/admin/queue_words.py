"""What a queue does when it overflows, in words."""

from django.utils.translation import gettext as _

from workstreams.models import Overflow, OverflowAction, OverflowCondition

from .durations import MINUTE, in_words


def overflow_in_words(row: Overflow) -> str:
    """ "closed: moves to Everyone", "more than 5 waiting: ends"."""
    return _("%(when)s: %(what)s") % {"when": _when(row), "what": _what(row)}


def _when(row: Overflow) -> str:
    if row.condition == OverflowCondition.OUT_OF_HOURS:
        return _("closed")
    if row.condition == OverflowCondition.WAITING_ITEMS:
        return _("more than %(count)s waiting") % {"count": row.threshold}
    return _("longer than %(time)s") % {"time": in_words((row.threshold or 0) * MINUTE)}


def _what(row: Overflow) -> str:
    if row.action == OverflowAction.TRANSFER:
        return _("moves to %(queue)s") % {"queue": row.target}
    return _("ends") if row.action == OverflowAction.END else _("waits anyway")
