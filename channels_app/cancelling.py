"""Answers that are not to be sent after all: taken out of their lane, as long as it is certain that they never left."""

import uuid
from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from channels_app import outcomes, ports
from channels_app.lanes import lock_free_lane
from channels_app.models import AccountState, Bubble, Delivery, DeliveryMethod, DeliveryState
from workstreams.clock import Now, database_now
from workstreams.transactions import retried

REMOVED = gettext_noop("The channel of this conversation was removed, so nothing can be sent.")


def cancel_bubbles(*, lane_id: int, bubble_ids: Collection[int], reason: str) -> int:
    """Make failures of these bubbles, with `reason` (a message id of ours); returns how many.

    What is on its way, or may have arrived, stays as it is. Neighbours in the same delivery are queued again, in their
    places. The caller holds the lane's lock and its transaction.
    """
    if not bubble_ids:
        return 0
    never_left = Delivery.objects.select_related("reply_token").filter(lane=lane_id, state=DeliveryState.RETRY, first_unclear_at=None)
    for delivery in never_left.filter(pk__in=Bubble.objects.filter(pk__in=bubble_ids).values("delivery")):
        outcomes.set_free(delivery, database_now())
    waiting = list(Bubble.objects.filter(pk__in=bubble_ids, lane=lane_id, delivery=None).order_by("sequence"))
    for bubble in waiting:
        _fail(bubble, reason)
    return len(waiting)


def end_what_is_left_of_removed_accounts(limit: int = 200) -> int:
    """What waits at an account that was removed goes nowhere any more, and whoever said it is told; returns how many lanes.

    What may have arrived is unknown. What a worker has in hand is left until it is recorded, or the worker is known to be dead.
    """
    queued = Bubble.objects.filter(lane__account__state=AccountState.REMOVED, delivery=None)
    tried = _left_alone().filter(lane__account__state=AccountState.REMOVED)
    lanes = {*queued.values_list("lane", flat=True).distinct()[:limit], *tried.values_list("lane", flat=True)[:limit]}
    for lane_id in sorted(lanes):
        _end_lane(lane_id)
    return len(lanes)


@retried
def _end_lane(lane_id: int) -> None:
    if lock_free_lane(lane_id) is None:
        return
    for delivery in _left_alone().filter(lane=lane_id).exclude(state=DeliveryState.RETRY, first_unclear_at=None):
        outcomes.give_up(delivery)
    never_left = Q(delivery=None) | Q(delivery__state=DeliveryState.RETRY)
    bubbles = Bubble.objects.filter(never_left, lane=lane_id).values_list("pk", flat=True)
    cancel_bubbles(lane_id=lane_id, bubble_ids=list(bubbles), reason=REMOVED)


def _left_alone() -> QuerySet[Delivery]:
    """In flight, and no worker has it in hand."""
    return Delivery.objects.filter(Q(state=DeliveryState.RETRY) | Q(state=DeliveryState.SENDING, leased_until__lte=Now()))


def _fail(bubble: Bubble, reason: str) -> None:
    """A delivery that was never tried holds the failed bubble, so that a person may say it again."""
    bubble.delivery = Delivery.objects.create(
        lane_id=bubble.lane_id,
        method=DeliveryMethod.PUSH,
        retry_key=uuid.uuid4(),
        state=DeliveryState.FAILED,
        due_at=Now(),
        finished_at=Now(),
        error=reason,
    )
    bubble.position = 0
    bubble.save(update_fields=["delivery", "position"])
    ports.deliveries_changed([(bubble.delivery, [bubble])])
