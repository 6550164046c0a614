"""What a supervisor sees of the floor: figures, live conversations, agents."""

import datetime
from dataclasses import dataclass

from django.db.models import Case, Count, IntegerField, Min, Q, QuerySet, Value, When
from django.utils import timezone

from conversations.access import WITH_EVERYTHING_SHOWN
from conversations.inbox.worklist import WAIT_TROUBLE_SECONDS, WAIT_WARN_SECONDS
from conversations.merged import first_keys
from conversations.models import Conversation
from workstreams.models import Agent, BasePresence, WorkState

SHOWN_AT_MOST = 100
AGENTS_AT_MOST = 200
LIVE = [state for state in WorkState.values if state != WorkState.CLOSED]


@dataclass(frozen=True, slots=True)
class Figures:
    """The tiles. `longest_wait_seconds` is empty when nobody waits; `people` counts agents by presence."""

    waiting: int
    longest_wait_seconds: int | None
    active: int
    asleep: int
    people: list[tuple[str, str, int]]

    @property
    def wait_level(self) -> str:
        return level_of(self.longest_wait_seconds)


@dataclass(frozen=True, slots=True)
class FloorRow:
    """One live conversation. `wait_seconds` counts while it is in a queue."""

    conversation: Conversation
    wait_seconds: int | None

    @property
    def wait_level(self) -> str:
        return level_of(self.wait_seconds)


def level_of(seconds: int | None) -> str:
    """Empty, `warn` or `trouble`."""
    if seconds is None or seconds < WAIT_WARN_SECONDS:
        return ""
    return "trouble" if seconds >= WAIT_TROUBLE_SECONDS else "warn"


def figures() -> Figures:
    """All tiles in two queries."""
    live = Conversation.objects.exclude(state=WorkState.CLOSED).aggregate(
        waiting=Count("pk", filter=Q(state=WorkState.OPEN, aside=False)),
        since=Min("queued_at", filter=Q(state=WorkState.OPEN, aside=False)),
        active=Count("pk", filter=Q(state__in=[WorkState.ACTIVE, WorkState.WRAP_UP])),
        asleep=Count("pk", filter=Q(state=WorkState.WAITING)),
    )
    # An agent who was never here has no presence row and counts as offline.
    rows = Agent.objects.filter(user__is_active=True).values("presence__state").annotate(count=Count("pk")).order_by()
    counts: dict[str, int] = dict.fromkeys(BasePresence.values, 0)
    for row in rows:
        counts[row["presence__state"] or BasePresence.OFFLINE] += row["count"]
    people = [(state, str(label), counts[state]) for state, label in BasePresence.choices]
    return Figures(live["waiting"], _seconds_since(live["since"]), live["active"], live["asleep"], people)


def live_conversations(state: str = "") -> tuple[list[FloorRow], bool]:
    """Waiting ones first, the longest wait on top; whether there are more than shown."""
    waiting_first = Case(When(state=WorkState.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField())
    states = [state] if state in (WorkState.OPEN, WorkState.ACTIVE, WorkState.WAITING) else LIVE
    live = {each: Conversation.objects.exclude(state=WorkState.CLOSED).filter(state=each) for each in states}
    waiting = [live.pop(WorkState.OPEN)] if WorkState.OPEN in live else []
    keys: list[int] = []
    for lists in filter(None, (waiting, list(live.values()))):
        keys += first_keys(lists, field="queued_at", newest_first=False, size=SHOWN_AT_MOST + 1 - len(keys))
    found = Conversation.objects.filter(pk__in=keys).select_related(*WITH_EVERYTHING_SHOWN).prefetch_related("receiver__user")
    page = list(found.order_by(waiting_first, "queued_at", "pk"))
    rows = [FloorRow(c, _seconds_since(c.queued_at) if c.state == WorkState.OPEN and not c.aside else None) for c in page[:SHOWN_AT_MOST]]
    return rows, len(page) > SHOWN_AT_MOST


def agents_on_the_floor() -> QuerySet[Agent]:
    """The agents with presence and what they hold, those who are there first."""
    order = {state: place for place, state in enumerate(BasePresence.values)}
    place = Case(*[When(presence__state=state, then=Value(number)) for state, number in order.items()], default=Value(len(order)))
    return (
        Agent.objects.filter(user__is_active=True)
        .select_related("user", "presence__custom")
        .prefetch_related("queues")
        .annotate(place=place)
        .order_by("place", "public_name", "pk")[:AGENTS_AT_MOST]
    )


def _seconds_since(at: datetime.datetime | None) -> int | None:
    return max(int((timezone.now() - at).total_seconds()), 0) if at else None
