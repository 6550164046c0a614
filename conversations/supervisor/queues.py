"""The queues as a supervisor sees them: how much waits, how long, who is there, and what is wrong with one."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, Q
from django.utils import timezone

from conversations.models import Conversation
from conversations.supervisor.queries import level_of
from workstreams.hours_words import closed_in_words
from workstreams.models import BasePresence, Queue, WorkState
from workstreams.presence import present_since

SHOWN_AT_MOST = 24
THERE = [state for state in BasePresence.values if state != BasePresence.OFFLINE]


@dataclass(frozen=True, slots=True)
class QueueCard:
    """One queue. `late` of the `waiting` wait longer than its service level; `closed` says until when, empty while it is open."""

    queue: Queue
    waiting: int
    late: int
    longest_wait_seconds: int | None
    members: int
    there: int
    closed: str

    @property
    def wait_level(self) -> str:
        return level_of(self.longest_wait_seconds)

    @property
    def late_percent(self) -> int:
        """How many of a hundred wait longer than the service level."""
        return round(100 * self.late / self.waiting) if self.waiting else 0

    @property
    def needs_agents(self) -> bool:
        """Nobody works here, and conversations wait here or had to leave because of it."""
        return not self.members and bool(self.waiting or self.queue.sent_away_at)


def queue_cards() -> tuple[list[QueueCard], bool]:
    """The queues with most that waits first; whether there are more than shown. Two queries, four if there are operating hours."""
    now = timezone.now()
    queues = list(_with_members(now))
    waiting = _waiting(queues, now)
    cards = [_card(queue, waiting.get(queue.pk, {}), now) for queue in queues]
    cards.sort(key=lambda card: (not card.needs_agents, -card.waiting))
    return cards[:SHOWN_AT_MOST], len(cards) > SHOWN_AT_MOST


def _with_members(now: datetime.datetime) -> Any:
    member = Q(memberships__agent__user__is_active=True, memberships__agent__left_at=None)
    there = member & Q(memberships__agent__presence__seen_at__gte=present_since(now), memberships__agent__presence__state__in=THERE)
    counted = Queue.objects.annotate(members=Count("memberships", filter=member), there=Count("memberships", filter=there))
    return counted.order_by("priority", "name").select_related("hours").prefetch_related("hours__periods", "hours__holidays")


def _waiting(queues: list[Any], now: datetime.datetime) -> dict[int, dict[str, Any]]:
    late = Q(pk=None)
    for queue in queues:
        if queue.service_level_seconds:
            late |= Q(queue=queue, queued_at__lt=now - datetime.timedelta(seconds=queue.service_level_seconds))
    rows = Conversation.objects.exclude(state=WorkState.CLOSED).filter(state=WorkState.OPEN, aside=False)
    counted = rows.values("queue").annotate(waiting=Count("pk"), late=Count("pk", filter=late), since=Min("queued_at")).order_by()
    return {row["queue"]: dict(row) for row in counted}


def _card(queue: Any, row: dict[str, Any], now: datetime.datetime) -> QueueCard:
    since = row.get("since")
    return QueueCard(
        queue=queue,
        waiting=row.get("waiting", 0),
        late=row.get("late", 0),
        longest_wait_seconds=max(int((now - since).total_seconds()), 0) if since else None,
        members=queue.members,
        there=queue.there,
        closed=closed_in_words(queue, now),
    )
