"""How one account is doing, for its health page: gathered from the rows and the hourly counts, nothing is asked of the platform."""

import datetime
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Max, Min, Q, Sum
from django.utils.translation import gettext_noop

from channels_app import quarantine, tally, usage
from channels_app.adapter import Outcome
from channels_app.models import (
    AccountState,
    AccountStatus,
    Bubble,
    Delivery,
    DeliveryState,
    EventState,
    HourlyCount,
    MediaFile,
    MediaState,
    MessagingAccount,
    WebhookEvent,
)
from workstreams.clock import database_now

# An event that waits longer than this means that nobody works, or that a lane is stuck.
LANE_ALERT_SECONDS = 300
DEAD_LETTER = "dead_letter"
SWITCHED_OFF = gettext_noop("The messaging account is switched off, so nothing can be sent.")
ERRORS = (
    tally.WRONG_SIGNATURE,
    tally.TOO_LARGE,
    tally.NOT_STORED,
    DEAD_LETTER,
    *(f"{tally.SEND}{outcome.value}" for outcome in Outcome if outcome is not Outcome.ACCEPTED),
    tally.MEDIA_FAILED,
)


@dataclass(frozen=True, slots=True)
class ErrorCount:
    """How often something went wrong; `name` is a name of `tally`."""

    name: str
    day: int
    week: int
    last_at: datetime.datetime | None


@dataclass(frozen=True, slots=True)
class Answers:
    """How long the platform waited for the answers to its webhooks in the last 24 hours: at most so many milliseconds."""

    count: int
    p50_ms: int | None
    p99_ms: int | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows that wait for a worker. `seconds` is the wait of the oldest, None when nothing waits."""

    count: int
    seconds: int | None

    @property
    def too_long(self) -> bool:
        return self.seconds is not None and self.seconds > LANE_ALERT_SECONDS


@dataclass(frozen=True, slots=True)
class Health:
    """Everything on the page. `held` are the answers that wait because a gate is closed; `quarantined` webhooks wait for a secret."""

    account: MessagingAccount
    now: datetime.datetime
    last_event_at: datetime.datetime | None
    last_accepted_at: datetime.datetime | None
    answers: Answers
    errors: list[ErrorCount]
    events: Waiting
    outgoing: Waiting
    held: int
    media: Waiting
    quarantined: int
    usage: usage.Usage

    @property
    def held_because(self) -> str:
        """Why a gate is closed, or what waits at an account that is switched off doesn't go; empty while it does."""
        if self.account.state == AccountState.DISABLED:
            return SWITCHED_OFF if self.held else ""
        return self.account.paused_reason or self.account.push_paused_reason


def health_of(account: MessagingAccount) -> Health:
    """The account's health as of now, in a fixed number of queries."""
    now = database_now()
    day, week = now - datetime.timedelta(days=1), now - datetime.timedelta(days=7)
    counted = {
        row["name"]: row
        for row in HourlyCount.objects.filter(account=account, hour__gt=week - datetime.timedelta(hours=1))
        .values("name")
        .annotate(
            week=Sum("count"), day=Sum("count", filter=Q(hour__gt=day - datetime.timedelta(hours=1)), default=0), last_at=Max("last_at")
        )
    }
    outgoing, held = _outgoing(account, now)
    return Health(
        account=account,
        now=now,
        last_event_at=WebhookEvent.objects.filter(account=account).order_by("-received_at").values_list("received_at", flat=True).first(),
        last_accepted_at=HourlyCount.objects.filter(account=account, name__in=(tally.ACCEPTED_REPLY, tally.ACCEPTED_PUSH)).aggregate(
            at=Max("last_at")
        )["at"],
        answers=answer_times({name: row["day"] for name, row in counted.items()}),
        errors=_errors(account, counted, day, week),
        events=waiting_events(account, now),
        outgoing=outgoing,
        held=held,
        media=_waiting(
            MediaFile.objects.filter(account=account, state=MediaState.PENDING).aggregate(n=Count("pk"), at=Min("created_at")), now
        ),
        quarantined=quarantine.kept_bodies(account).count(),
        usage=usage.usage_of(account, AccountStatus.objects.filter(account=account).first(), now),
    )


def answer_times(counts: Mapping[str, int]) -> Answers:
    """Median and 99th percentile from the histogram: the upper end of the step in which each lies."""
    steps = Counter({step: counts.get(f"{tally.ANSWERED}{step}", 0) for step in (*tally.STEPS, tally.BEYOND)})
    total = steps.total()
    return Answers(count=total, p50_ms=_percentile(steps, total * 0.5), p99_ms=_percentile(steps, total * 0.99))


def waiting_events(account: MessagingAccount, now: datetime.datetime) -> Waiting:
    """Events that no worker has handled yet."""
    pending = WebhookEvent.objects.filter(account=account, state=EventState.PENDING)
    return _waiting(pending.aggregate(n=Count("pk"), at=Min("received_at")), now)


def waiting_messages(account: MessagingAccount, now: datetime.datetime, **where: object) -> Waiting:
    """What agents and the product said and isn't out yet; `where` says of which lanes."""
    queued = Bubble.objects.filter(lane__account=account, delivery=None, **where)
    retried = Delivery.objects.filter(lane__account=account, state=DeliveryState.RETRY, **where)
    counted = [rows.aggregate(n=Count("pk"), at=Min("created_at")) for rows in (queued, retried)]
    oldest = [row["at"] for row in counted if row["at"]]
    return _waiting({"n": sum(row["n"] for row in counted), "at": min(oldest, default=None)}, now)


def _percentile(steps: Counter[int], wanted: float) -> int | None:
    passed = 0
    for step in sorted(steps):
        passed += steps[step]
        if passed and passed >= wanted:
            return step
    return None


def _errors(
    account: MessagingAccount, counted: Mapping[str, Mapping[str, object]], day: datetime.datetime, week: datetime.datetime
) -> list[ErrorCount]:
    """The kinds that occurred in the last week. Dead letters are counted from their rows: those that were replayed are none."""
    dead = WebhookEvent.objects.filter(account=account, state=EventState.DEAD, received_at__gt=week).aggregate(
        week=Count("pk"), day=Count("pk", filter=Q(received_at__gt=day)), last_at=Max("received_at")
    )
    rows = {**counted, DEAD_LETTER: dead}
    found = [(name, rows[name]) for name in ERRORS if name in rows and rows[name]["week"]]
    return [ErrorCount(name=name, day=row["day"], week=row["week"], last_at=row["last_at"]) for name, row in found]  # type: ignore[arg-type]


def _outgoing(account: MessagingAccount, now: datetime.datetime) -> tuple[Waiting, int]:
    """Messages that aren't out yet, and how many of them a closed gate holds."""
    waiting = waiting_messages(account, now)
    is_held = account.paused_reason or account.push_paused_reason or account.state == AccountState.DISABLED
    return waiting, waiting.count if is_held else 0


def _waiting(row: Mapping[str, object], now: datetime.datetime) -> Waiting:
    count, at = row["n"], row["at"]
    if not isinstance(count, int) or not isinstance(at, datetime.datetime):
        return Waiting(count=0, seconds=None)
    return Waiting(count=count, seconds=max(0, round((now - at).total_seconds())))
