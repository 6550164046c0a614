"""Warnings about accounts: looked for once a minute, each kept as a row from its beginning to its end, told once each way."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Case, Max, QuerySet, Sum, When
from django.db.models.functions import Now

from channels_app import tally, usage
from channels_app.adapter import Outcome
from channels_app.health import waiting_events, waiting_messages
from channels_app.hints import SEND_NOTICES, hint
from channels_app.models import (
    AccountState,
    AccountStatus,
    Alert,
    AlertChange,
    AlertKind,
    AlertNotice,
    HourlyCount,
    MessagingAccount,
    NoticeMeans,
)
from workstreams.clock import database_now
from workstreams.transactions import retried

LEVELS = (100, 90, 80)
# After an hour without another one, wrong signatures are over.
SIGNATURE_QUIET = datetime.timedelta(hours=1)
# A gate that opens by itself (`channels_app.gates`) may close at the very next try: so long after a refusal that is known.
GATE_QUIET = {
    AlertKind.HELD: (tally.SEND + Outcome.UNAUTHORIZED, datetime.timedelta(minutes=3)),
    AlertKind.PUSHES_HELD: (tally.SEND + Outcome.QUOTA_REACHED, datetime.timedelta(minutes=10)),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong now. As an `Alert`; two findings are the same alert if kind, level and subject are."""

    kind: AlertKind
    level: int = 0
    subject: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, int, str]:
        return (self.kind, self.level, self.subject)


@retried
def review(account: MessagingAccount) -> None:
    """Raise what is wrong now, end what isn't any more, and note whether the month's limit is reached.

    Locks the account's status row, so that reviews of one account come one after the other.
    """
    AccountStatus.objects.get_or_create(account=account)
    status = AccountStatus.objects.select_for_update(no_key=True).get(account=account)
    account = MessagingAccount.objects.get(pk=account.pk)
    now = database_now()
    used = usage.usage_of(account, status, now)
    findings = {finding.key: finding for finding in _findings(account, used, now)}
    still_open = {(alert.kind, alert.level, alert.subject): alert for alert in open_alerts().filter(account=account)}
    for key in findings.keys() - still_open.keys():
        _raise(account, findings[key])
    for key in still_open.keys() - findings.keys():
        if not _was_refused_lately(still_open[key], now):
            _end(still_open[key])
    reached = (used.percent or 0) >= 100 or bool(account.push_paused_reason)
    MessagingAccount.objects.filter(pk=account.pk).exclude(limit_reached=reached).update(limit_reached=reached)


def open_alerts() -> QuerySet[Alert]:
    """What is wrong now, of all accounts: trouble before mere warnings, newest first."""
    warning = Case(When(kind=AlertKind.LIMIT, level__lt=100, then=1), default=0)
    return Alert.objects.filter(ended_at=None).select_related("account").order_by(warning, "-raised_at", "-pk")


def end_alerts_of_resting_accounts() -> int:
    """An account that is switched off or removed is no longer watched: its warnings end without a word."""
    return Alert.objects.filter(ended_at=None).exclude(account__state=AccountState.ACTIVE).update(ended_at=Now())


def _findings(account: MessagingAccount, used: usage.Usage, now: datetime.datetime) -> Iterator[Finding]:
    if account.paused_reason:
        yield Finding(AlertKind.HELD, figures={"reason": account.paused_reason})
    if account.push_paused_reason:
        yield Finding(AlertKind.PUSHES_HELD, figures={"reason": account.push_paused_reason})
    level = next((level for level in LEVELS if (used.percent or 0) >= level), 0)
    if level:
        figures = {"used": used.used, "limit": used.limit, "budget": used.limit == used.budget}
        yield Finding(AlertKind.LIMIT, level, f"{used.month} {used.limit}", figures)
    wrong = HourlyCount.objects.filter(account=account, name=tally.WRONG_SIGNATURE, last_at__gt=now - SIGNATURE_QUIET)
    found = wrong.aggregate(count=Sum("count"), at=Max("last_at"))
    if found["count"]:
        yield Finding(AlertKind.WRONG_SIGNATURE, figures={"count": found["count"]})
    waiting = waiting_events(account, now)
    if waiting.too_long:
        yield Finding(AlertKind.EVENTS_WAIT, figures={"count": waiting.count, "seconds": waiting.seconds})
    if not (account.paused_reason or account.push_paused_reason):
        waiting = waiting_messages(account, now, lane__standby=False)
        if waiting.too_long:
            yield Finding(AlertKind.SENDS_WAIT, figures={"count": waiting.count, "seconds": waiting.seconds})


def _was_refused_lately(alert: Alert, now: datetime.datetime) -> bool:
    """Whether an open gate proves nothing yet."""
    if alert.kind not in GATE_QUIET:
        return False
    name, quiet = GATE_QUIET[AlertKind(alert.kind)]
    return HourlyCount.objects.filter(account=alert.account_id, name=name, last_at__gt=now - quiet).exists()


def _raise(account: MessagingAccount, finding: Finding) -> None:
    if finding.subject and Alert.objects.filter(account=account, kind=finding.kind, level=finding.level, subject=finding.subject).exists():
        # LINE's count is approximate: one that falls below a step and passes it again is no news.
        Alert.objects.filter(account=account, kind=finding.kind, level=finding.level, subject=finding.subject).update(ended_at=None)
        return
    alert = Alert.objects.create(account=account, kind=finding.kind, level=finding.level, subject=finding.subject, figures=finding.figures)
    _tell(alert, AlertChange.RAISED)


def _end(alert: Alert) -> None:
    """That a step gave way to the next, or to another month, needs no telling."""
    if Alert.objects.filter(pk=alert.pk, ended_at=None).update(ended_at=Now()) and alert.kind != AlertKind.LIMIT:
        _tell(alert, AlertChange.ENDED)


def _tell(alert: Alert, change: AlertChange) -> None:
    means = [NoticeMeans.MAIL] if settings.ALERT_MAIL_TO else []
    means += [NoticeMeans.WEBHOOK] if settings.ALERT_WEBHOOK_URL else []
    for each in means:
        AlertNotice.objects.create(alert=alert, change=change, means=each)
    if means:
        hint(SEND_NOTICES)
