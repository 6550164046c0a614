"""Freezing: the head bubbles of a lane become a delivery, fixed and claimed in one transaction. Claiming: for another try."""

import datetime
import uuid

from django.db.models import Q

from channels_app import gates, outcomes
from channels_app.adapter import Unsendable
from channels_app.lanes import lock_free_lane, usable_token
from channels_app.media import outgoing
from channels_app.models import Bubble, Delivery, DeliveryMethod, DeliveryState, Lane, MessagingAccount, ReplyToken, ReplyTokenState
from channels_app.models.outbound import IN_FLIGHT
from channels_app.registry import adapter_for
from workstreams.clock import Now, seconds_from_now
from workstreams.transactions import retried

LEASE_SECONDS = 30


@retried
def freeze(lane_id: int) -> Delivery | None:
    """Fix the lane's head bubbles into a delivery and claim it; None if another worker was first or nothing may go.

    A bubble that the platform would refuse fails by itself: in one request with others it would take them along.
    """
    lane = lock_free_lane(lane_id)
    if lane is None or lane.standby:
        return None
    lane.account = _account_of(lane)
    methods = gates.open_methods(lane.account)
    bubbles = _head_of(lane, limit=adapter_for(lane.account.channel_type).bubbles_per_delivery) if methods else []
    token = usable_token(lane_id) if DeliveryMethod.REPLY in methods else None
    if not bubbles or (token is None and DeliveryMethod.PUSH not in methods):
        return None
    body = _body_of(lane, bubbles, push=token is None)
    if not body:
        return None
    delivery = Delivery.objects.create(
        lane=lane,
        method=DeliveryMethod.REPLY if token else DeliveryMethod.PUSH,
        body=body,
        reply_token=token,
        retry_key=None if token else uuid.uuid4(),
        state=DeliveryState.SENDING,
        attempts=1,
        due_at=Now(),
        leased_until=seconds_from_now(LEASE_SECONDS),
    )
    for position, bubble in enumerate(bubbles):
        Bubble.objects.filter(pk=bubble.pk).update(delivery=delivery, position=position)
    if token:
        ReplyToken.objects.filter(pk=token.pk).update(state=ReplyTokenState.SPENT)
    return delivery


def _account_of(lane: Lane) -> MessagingAccount:
    """Read after the lane was locked. By hand, as is all that every answer costs: the ORM builds longer than the database works."""
    return MessagingAccount.objects.raw("SELECT * FROM channels_app_messagingaccount WHERE id = %s", [lane.account_id])[0]


def _head_of(lane: Lane, *, limit: int) -> list[Bubble]:
    """The first queued bubbles of the locked lane; none while a delivery of it is in flight."""
    statement = (
        "SELECT * FROM channels_app_bubble WHERE lane_id = %s AND delivery_id IS NULL AND NOT EXISTS "
        "(SELECT 1 FROM channels_app_delivery WHERE lane_id = %s AND state IN (%s, %s)) ORDER BY sequence LIMIT %s"
    )
    return list(Bubble.objects.raw(statement, [lane.pk, lane.pk, *(state.value for state in IN_FLIGHT), limit]))


def _body_of(lane: Lane, bubbles: list[Bubble], *, push: bool) -> str:
    """The exact body for as many of `bubbles` as can go together; the others leave the list. Empty if the first one fails."""
    adapter = adapter_for(lane.account.channel_type)
    while bubbles:
        try:
            return adapter.freeze(
                contents=outgoing.contents_of(bubbles),
                recipient=adapter.recipient_of(lane.key),
                push=push,
                to_group=adapter.is_group(lane.key),
            )
        except Unsendable as refusal:
            if refusal.position == 0:
                outcomes.fail_unsent(lane, bubbles[0], words=str(refusal))
            del bubbles[refusal.position :]
    return ""


@retried
def claim(delivery_id: int) -> Delivery | None:
    """Take a due delivery for another try. One whose worker died counts as unclear: nobody knows whether it went out.

    It may have gone out when it was claimed, however long ago that is: the platform's memory of its key began then. The
    gates are looked at once more: a neighbour's answer may have closed them since the delivery was found due.
    """
    lane_id = Delivery.objects.values_list("lane_id", flat=True).get(pk=delivery_id)
    lane = lock_free_lane(lane_id)
    due = Q(state=DeliveryState.RETRY, due_at__lte=Now()) | Q(state=DeliveryState.SENDING, leased_until__lte=Now())
    delivery = Delivery.objects.select_related("lane__account", "reply_token").filter(due, pk=delivery_id).first() if lane else None
    if delivery is None:
        return None
    if delivery.state == DeliveryState.SENDING and delivery.leased_until:
        delivery.unclear_attempts += 1
        delivery.first_unclear_at = delivery.first_unclear_at or delivery.leased_until - datetime.timedelta(seconds=LEASE_SECONDS)
    if outcomes.give_up_if_too_old(delivery):
        return None
    if delivery.method not in gates.open_methods(delivery.lane.account):
        return None
    delivery.state = DeliveryState.SENDING
    delivery.attempts += 1
    delivery.leased_until = seconds_from_now(LEASE_SECONDS)
    delivery.save(update_fields=["state", "attempts", "leased_until", "unclear_attempts", "first_unclear_at"])
    return delivery
