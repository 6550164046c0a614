"""What an alert says, and what mends it, in the reader's language."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels_app.models import Alert, AlertKind
from channels_app.usage import percent_of


def words(alert: Alert) -> str:
    """One sentence, without the account's name."""
    figures = alert.figures
    if alert.kind == AlertKind.LIMIT:
        used, limit = figures.get("used") or 0, figures.get("limit") or 0
        budget = _("%(used)s of the own budget of %(limit)s messages are used this month (%(percent)s %%).")
        plan = _("%(used)s of the plan's %(limit)s messages are used this month (%(percent)s %%).")
        return (budget if figures.get("budget") else plan) % {
            "used": number_format(used, force_grouping=True),
            "limit": number_format(limit, force_grouping=True),
            "percent": percent_of(used, limit),
        }
    if alert.kind == AlertKind.HELD:
        return _("Sending is held: %(reason)s") % {"reason": _(figures.get("reason") or "–")}
    if alert.kind == AlertKind.PUSHES_HELD:
        return _("Counted messages are held: %(reason)s") % {"reason": _(figures.get("reason") or "–")}
    if alert.kind == AlertKind.WRONG_SIGNATURE:
        count = figures.get("count") or 1
        return ngettext("%(count)s webhook came with a wrong signature.", "%(count)s webhooks came with a wrong signature.", count) % {
            "count": count
        }
    count = figures.get("count") or 1
    if alert.kind == AlertKind.SENDS_WAIT:
        return ngettext(
            "%(count)s message to a customer has waited for more than five minutes.",
            "%(count)s messages to customers wait, the oldest for more than five minutes.",
            count,
        ) % {"count": count}
    return ngettext(
        "%(count)s customer's event has waited for more than five minutes.",
        "%(count)s customers' events wait, the oldest for more than five minutes.",
        count,
    ) % {"count": count}


def how_to_mend(alert: Alert) -> str:
    """What somebody can do about it."""
    return {
        AlertKind.LIMIT: _("Raise the budget or the plan, or choose what happens at the limit, on the account's health page."),
        AlertKind.HELD: _("Nothing is lost. Save a token that works under Account details; what waits then goes out in order."),
        AlertKind.PUSHES_HELD: _("Free replies still go out. The rest follows when the plan has messages again."),
        AlertKind.WRONG_SIGNATURE: _(
            "If the channel secret was issued anew, save it under Account details: what came in the last 30 minutes is then processed."
        ),
        AlertKind.EVENTS_WAIT: _("See that a worker runs. If one does, the account's events that weren't processed say more."),
        AlertKind.SENDS_WAIT: _("See that a worker runs and reaches the platform. What waits then goes out by itself, in order."),
    }[AlertKind(alert.kind)]
