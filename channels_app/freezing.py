"""Freezing: the head bubbles of a lane become a delivery, fixed and claimed in one transaction. Claiming: for another try."""

import datetime
import uuid
from collections.abc import Collection

from django.db.models import Q

from channels_app import gates, outcomes
from channels_app.adapter import Unsendable
from channels_app.lanes import lock_free_lane, lock_free_lanes, usable_tokens
from channels_app.media import outgoing
from channels_app.models import Bubble, Delivery, DeliveryMethod, DeliveryState, Lane, MessagingAccount, ReplyToken, ReplyTokenState
from channels_app.models.outbound import IN_FLIGHT
from channels_app.registry import adapter_for
from workstreams.clock import Now, seconds_from_now
from workstreams.rows import placeholders, update_each
from workstreams.transactions import retried

LEASE_SECONDS = 30


@retried
def freeze(lane_ids: Collection[int]) -> list[Delivery]:
    """Fix the head bubbles of lanes of one account into deliveries, one a lane, and claim them.

    Lanes of which another worker was first, or nothing may go, have none. A reply goes alone, so that a worker that dies
    leaves one of which nobody knows: where several lanes are asked for, one with a usable token is passed over. So is one whose
    token outlasts a pause of replies: it goes free a moment later. A bubble that the platform would refuse fails by itself: in one
    request with others it would take them along.
    """
    lanes = {lane.pk: lane for lane in lock_free_lanes(lane_ids) if not lane.standby}
    if not lanes:
        return []
    account = _account_of(next(iter(lanes.values())))
    methods = gates.open_methods(account)
    heads = _heads_of(lanes, limit=adapter_for(account.channel_type).bubbles_per_delivery) if methods else {}
    tokens, outlasting = _tokens_of(heads, account, methods) if heads else ({}, set())
    frozen: dict[int, tuple[Delivery, list[Bubble]]] = {}
    for lane_id, bubbles in heads.items():
        lane, token = lanes[lane_id], tokens.get(lane_id)
        lane.account = account
        if lane_id in outlasting or (len(lanes) > 1 if token else DeliveryMethod.PUSH not in methods):
            continue
        if body := _body_of(lane, bubbles, push=token is None):
            frozen[lane_id] = _delivery_of(lane, body, token), bubbles
    _write(frozen.values())
    return [delivery for delivery, _bubbles in frozen.values()]


def _tokens_of(lane_ids: Collection[int], account: MessagingAccount, methods: set[str]) -> tuple[dict[int, ReplyToken], set[int]]:
    """The tokens that these lanes can use now, and the lanes that have one for when replies may go again."""
    tokens = usable_tokens(lane_ids)
    if not tokens or DeliveryMethod.REPLY in methods:
        return tokens, set()
    until = gates.replies_paused_until(account)
    return {}, {lane_id for lane_id, token in tokens.items() if until is None or token.usable_until > until}


def _account_of(lane: Lane) -> MessagingAccount:
    """Read after the lane was locked. By hand, as is all that every answer costs: the ORM builds longer than the database works."""
    return MessagingAccount.objects.raw("SELECT * FROM channels_app_messagingaccount WHERE id = %s", [lane.account_id])[0]


def _heads_of(lane_ids: Collection[int], *, limit: int) -> dict[int, list[Bubble]]:
    """The first queued bubbles of each of the locked lanes; none while a delivery of it is in flight."""
    statement = (
        "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY lane_id ORDER BY sequence) AS place FROM channels_app_bubble "  # noqa: S608
        f"WHERE lane_id IN ({placeholders(lane_ids)}) AND delivery_id IS NULL) AS queued WHERE place <= %s AND NOT EXISTS (SELECT 1 "
        "FROM channels_app_delivery WHERE channels_app_delivery.lane_id = queued.lane_id AND state IN (%s, %s)) ORDER BY sequence"
    )
    heads: dict[int, list[Bubble]] = {}
    for bubble in Bubble.objects.raw(statement, [*lane_ids, limit, *(state.value for state in IN_FLIGHT)]):
        heads.setdefault(bubble.lane_id, []).append(bubble)
    return heads


def _delivery_of(lane: Lane, body: str, token: ReplyToken | None) -> Delivery:
    return Delivery(
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


def _write(frozen: Collection[tuple[Delivery, list[Bubble]]]) -> None:
    Delivery.objects.bulk_create([delivery for delivery, _bubbles in frozen])
    held = {bubble.pk: (delivery.pk, position) for delivery, bubbles in frozen for position, bubble in enumerate(bubbles)}
    update_each(Bubble, held, sets=["delivery", "position"])
    if tokens := [delivery.reply_token_id for delivery, _bubbles in frozen if delivery.reply_token_id]:
        ReplyToken.objects.filter(pk__in=tokens).update(state=ReplyTokenState.SPENT)


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
    gates are looked at once more: a neighbour's answer may have closed them since the delivery was found due. Then, and in a chat
    that another tool holds, nothing is tried, and what can't go out any more as it is doesn't block its lane.
    """
    lane_id = Delivery.objects.values_list("lane_id", flat=True).get(pk=delivery_id)
    lane = lock_free_lane(lane_id)
    due = Q(state=DeliveryState.RETRY, due_at__lte=Now()) | Q(state=DeliveryState.SENDING, leased_until__lte=Now())
    delivery = Delivery.objects.select_related("lane__account", "reply_token").filter(due, pk=delivery_id).first() if lane else None
    if lane is None or delivery is None:
        return None
    if delivery.state == DeliveryState.SENDING and delivery.leased_until:
        delivery.unclear_attempts += 1
        delivery.first_unclear_at = delivery.first_unclear_at or delivery.leased_until - datetime.timedelta(seconds=LEASE_SECONDS)
    if outcomes.give_up_if_too_old(delivery):
        return None
    if lane.standby or gates.is_held(delivery.lane.account, delivery.method):
        outcomes.hold(delivery)
        return None
    if delivery.method not in gates.open_methods(delivery.lane.account):
        return None
    delivery.state = DeliveryState.SENDING
    delivery.attempts += 1
    delivery.leased_until = seconds_from_now(LEASE_SECONDS)
    delivery.save(update_fields=["state", "attempts", "leased_until", "unclear_attempts", "first_unclear_at"])
    return delivery
