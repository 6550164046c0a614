"""Where queues overflow into, and why that never goes round in a circle.

Only *waited too long* can be followed by the same in the next queue: the other conditions are looked at once, when a
conversation is routed. So only these rows make chains, and a chain that comes back to its beginning is refused.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from workstreams.models import Overflow, OverflowAction, OverflowCondition, Queue
from workstreams.transactions import retried


@dataclass(frozen=True)
class OverflowDraft:
    """One row as a form knows it."""

    condition: str
    action: str
    threshold: int | None = None
    target: Queue | None = None


@retried
def save_overflows(*, queue: Queue, drafts: Collection[OverflowDraft]) -> None:
    """Replace what a queue does when it overflows. Holds for conversations that wait already.

    Locks all queues, so that two who save at the same time can't close a circle together. `ValidationError` for a circle,
    and for what the table refuses.
    """
    list(Queue.objects.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    target = next((draft.target for draft in drafts if draft.condition == OverflowCondition.WAITING_TIME), None)
    if goes_round(slow_targets() | {queue.pk: target.pk if target else None}, queue.pk):
        raise ValidationError(_("Conversations that wait too long would go round in a circle and come back to this queue."))
    queue.overflows.all().delete()
    for draft in drafts:
        row = Overflow(queue=queue, condition=draft.condition, threshold=draft.threshold, action=draft.action, target=draft.target)
        row.full_clean(exclude=["queue"])
        row.save()


def slow_targets() -> dict[int, int | None]:
    """By queue: where it moves what has waited too long."""
    slow = Overflow.objects.filter(condition=OverflowCondition.WAITING_TIME, action=OverflowAction.TRANSFER)
    return dict(slow.values_list("queue_id", "target_id"))


def goes_round(targets: Mapping[int, int | None], queue_id: int) -> bool:
    """Whether what leaves this queue comes back to a queue it has been in."""
    seen: set[int] = set()
    at: int | None = queue_id
    while at is not None:
        if at in seen:
            return True
        seen.add(at)
        at = targets.get(at)
    return False
