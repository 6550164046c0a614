"""Answers that are not to be sent after all: taken out of their lane, as long as it is certain that they never left."""

import uuid
from collections.abc import Collection

from channels_app import outcomes, ports
from channels_app.models import Bubble, Delivery, DeliveryMethod, DeliveryState
from workstreams.clock import Now, database_now


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
