"""Queues as routing asks for them: each is read when it is first asked for, and remembered."""

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from conversations.models import Conversation
from workstreams import hours
from workstreams.models import BasePresence, Membership, OverflowCondition, Queue, WorkState
from workstreams.presence import present_since
from workstreams.routing.queue_states import OverflowRow, QueueState

BEFORE_QUEUEING = (OverflowCondition.OUT_OF_HOURS, OverflowCondition.WAITING_ITEMS)


class LiveQueueStates(Mapping[int, QueueState]):
    """The states of queues at one moment, two queries a queue (four if it has operating hours). Iterates over what was asked for.

    Counted without locks: conversations that are being routed at the same moment don't see each other, so a queue may take a few
    more than its limit.
    """

    def __init__(self, at: datetime.datetime) -> None:
        self._at = at
        self._asked: dict[int, QueueState] = {}

    def __getitem__(self, queue_id: int) -> QueueState:
        if queue_id not in self._asked:
            queue = self._queues().filter(pk=queue_id).first()
            self._asked[queue_id] = self._state(queue) if queue else QueueState(queue_id, exists=False)
        return self._asked[queue_id]

    def __iter__(self) -> Iterator[int]:
        return iter(self._asked)

    def __len__(self) -> int:
        return len(self._asked)

    def snapshot(self) -> dict[str, Any]:
        """What was asked for, as it is stored with a decision."""
        return {str(queue_id): state.as_json() for queue_id, state in self._asked.items()}

    def _queues(self) -> QuerySet[Queue, Any]:
        waiting = Conversation.objects.filter(queue=OuterRef("pk"), state=WorkState.OPEN, aside=False, routed_at__isnull=False)
        there = Membership.objects.filter(queue=OuterRef("pk"), agent__left_at=None, agent__presence__seen_at__gte=present_since(self._at))
        there = there.exclude(agent__presence__state=BasePresence.OFFLINE)
        return Queue.objects.select_related("hours").annotate(
            waiting=_count(waiting.order_by().values("queue")), agents_there=_count(there.order_by().values("queue"))
        )

    def _state(self, queue: Any) -> QueueState:
        rows = {row.condition: row for row in queue.overflows.all() if row.condition in BEFORE_QUEUEING}
        overflows = tuple(OverflowRow(row.condition, row.action, row.threshold, row.target_id) for row in rows.values())
        is_open, opens_at = True, None
        if queue.hours is not None:
            working = hours.working_hours(queue.hours)
            is_open = hours.is_open(working, self._at)
            opening = None if is_open else hours.opens_at(working, self._at)
            opens_at = opening.isoformat() if opening else None
        return QueueState(
            queue.pk, queue.name, is_open=is_open, opens_at=opens_at, waiting=queue.waiting, agents=queue.agents_there, overflows=overflows
        )


def _count(rows: QuerySet[Any, Any]) -> Any:
    return Coalesce(Subquery(rows.annotate(count=Count("pk")).values("count")), 0)
