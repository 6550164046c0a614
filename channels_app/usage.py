"""What an account has used of its month: the platform's count, our own, the limit that comes first, and where the month leads."""

import calendar
import datetime
from dataclasses import dataclass

from django.db.models import Sum
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from channels_app import tally
from channels_app.lanes import usable_token
from channels_app.models import AccountStatus, Alert, AlertKind, HourlyCount, LimitPolicy, MessagingAccount
from channels_app.registry import adapter_for

# Before so much of a month is over, its pace says nothing.
FORECAST_AFTER = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Usage:
    """Messages that count against the plan, of the current month by the platform's calendar.

    `used` is the platform's count and what we pushed since; where it isn't known for this month, our own pushes alone.
    `counted` are those, `saved` our own replies, which were free. `limit` is the smaller of plan (`quota`) and own budget,
    None without either. `forecast` is what the month ends with at its present pace, None on its first day.
    """

    month: str
    quota: int | None
    budget: int | None
    used: int
    counted: int
    saved: int
    forecast: int | None
    asked_at: datetime.datetime | None

    @property
    def limit(self) -> int | None:
        return min((number for number in (self.quota, self.budget) if number is not None), default=None)

    @property
    def percent(self) -> int | None:
        """How much of the limit is used, rounded down; None without a limit."""
        return percent_of(self.used, self.limit)

    @property
    def over_forecast(self) -> bool:
        return self.limit is not None and self.forecast is not None and self.forecast > self.limit


def percent_of(used: int, limit: int | None) -> int | None:
    """`used` as a share of `limit`, rounded down; a limit of nothing is used up."""
    if limit is None:
        return None
    return used * 100 // limit if limit else 100


def usage_of(account: MessagingAccount, status: AccountStatus | None, now: datetime.datetime) -> Usage:
    """The current month of an account. A count that the platform gave for another month says nothing of this one."""
    start, end = month_around(account, now)
    month = start.strftime("%Y-%m")
    counted, saved = own_counts(account, start)
    told = status.quota_used if status is not None and status.quota_month == month else None
    used = counted if status is None or told is None else told + _pushed_since(status, counted)
    return Usage(
        month=month,
        quota=status.quota_limit if status is not None else None,
        budget=account.monthly_budget,
        used=used,
        counted=counted,
        saved=saved,
        forecast=_forecast(used, start, end, now),
        asked_at=status.quota_at if status is not None and told is not None else None,
    )


def own_counts(account: MessagingAccount, start: datetime.datetime) -> tuple[int, int]:
    """Our own pushes and replies since this hour; one query."""
    rows = HourlyCount.objects.filter(account=account, name__in=(tally.ACCEPTED_PUSH, tally.ACCEPTED_REPLY), hour__gte=start)
    own = dict(rows.order_by().values_list("name").annotate(total=Sum("count")))
    return own.get(tally.ACCEPTED_PUSH, 0), own.get(tally.ACCEPTED_REPLY, 0)


def _pushed_since(status: AccountStatus, counted: int) -> int:
    """What the platform's count may not hold yet. Before that its count is the right one: who has blocked the account costs nothing."""
    return max(0, counted - status.quota_counted) if status.quota_counted is not None else 0


def month_around(account: MessagingAccount, now: datetime.datetime) -> tuple[datetime.datetime, datetime.datetime]:
    """The beginning and the end of the month by the platform's calendar."""
    local = now.astimezone(adapter_for(account.channel_type).calendar)
    start = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return start, start + datetime.timedelta(days=calendar.monthrange(start.year, start.month)[1])


def _forecast(used: int, start: datetime.datetime, end: datetime.datetime, now: datetime.datetime) -> int | None:
    passed = now - start
    return round(used * ((end - start) / passed)) if passed >= FORECAST_AFTER else None


def refusal(account: MessagingAccount, lane_id: int | None) -> str:
    """Why nothing may be said in this lane now that the month's messages are used up, in the agent's words; empty if it may.

    Asked before a message is accepted. What was accepted before goes out: whoever said it was told that it would.
    """
    if not account.limit_reached or account.limit_policy == LimitPolicy.WARN:
        return ""
    if account.limit_policy == LimitPolicy.STOP:
        return _("This month's messages are used up, so nothing can be sent from this account.")
    if lane_id is not None and usable_token(lane_id) is not None:
        return ""
    return _("This month's messages are used up. Only free replies can be sent: within a minute after the customer has written.")


def outlook(account: MessagingAccount) -> str:
    """What becomes of an answer now or soon, for an agent who is about to write; empty while nothing is near. At most one query."""
    if account.paused_reason:
        return _("What you write waits and goes out in order, for sending is held: %(reason)s") % {"reason": _(account.paused_reason)}
    if account.limit_reached and account.limit_policy == LimitPolicy.STOP:
        return _("This month's messages are used up, so nothing can be sent from this account.")
    if account.limit_reached and account.limit_policy == LimitPolicy.REPLIES:
        return _("This month's messages are used up. Only free replies can be sent: within a minute after the customer has written.")
    if account.push_paused_reason:
        return _("This month's messages are used up. Replies within a minute after the customer has written still go out; the rest waits.")
    if account.limit_reached:
        return _("This month's messages are used up. What is no free reply still goes out, beyond the limit.")
    near = Alert.objects.filter(account=account, kind=AlertKind.LIMIT, ended_at=None).order_by("-level").first()
    return _near_words(account, near) if near is not None else ""


def _near_words(account: MessagingAccount, near: Alert) -> str:
    used = _("At least %(percent)s %% of this month's %(limit)s messages are used.") % {
        "percent": near.level,
        "limit": number_format(near.figures.get("limit") or 0, force_grouping=True),
    }
    at_the_limit = {
        LimitPolicy.WARN: _("Replies within a minute after the customer has written are free."),
        LimitPolicy.REPLIES: _("After the last one only free replies can be sent: within a minute after the customer has written."),
        LimitPolicy.STOP: _("After the last one nothing can be sent from this account."),
    }
    return f"{used} {at_the_limit[LimitPolicy(account.limit_policy)]}"
