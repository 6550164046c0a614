"""Sending: freeze bubbles into a delivery, claim it, make one try. `outcomes` decides what the answer means.

A delivery is fixed and committed before it goes; one is in flight per lane; nothing leaves the process inside a transaction.
"""

import time
import uuid
from collections.abc import Callable, Collection
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from channels_app import outcomes
from channels_app.adapter import Credentials
from channels_app.hints import hint
from channels_app.models import (
    AccountState,
    Bubble,
    Delivery,
    DeliveryMethod,
    DeliveryState,
    EndpointPause,
    Lane,
    MessagingAccount,
    ReplyToken,
    ReplyTokenState,
    SecretKind,
)
from channels_app.models.outbound import IN_FLIGHT
from channels_app.registry import adapter_for
from workstreams.clock import Now, database_now, seconds_from_now

LEASE_SECONDS = 30
QUOTA_RETRY_SECONDS = 3600
# A try that took longer marks its account as slow for the rest of a drain, so that other accounts' answers don't wait behind it.
SLOW_SECONDS = 2


def queue_bubble(*, lane: Lane, content: dict[str, Any], client_id: str) -> Bubble:
    """Put a bubble at the end of its lane. The caller holds the lane's lock (`lock_lane`) and its transaction."""
    from channels_app.tasks import drain_outbound

    lane.last_sequence += 1
    lane.save(update_fields=["last_sequence"])
    bubble = Bubble.objects.create(lane=lane, sequence=lane.last_sequence, content=content, client_id=client_id)
    hint(drain_outbound)
    return bubble


def lock_lane(lane_id: int) -> Lane:
    """The lane, locked until the end of the transaction; the first lock of every action that writes or says something."""
    return Lane.objects.select_for_update(no_key=True).get(pk=lane_id)


def usable_token(lane_id: int) -> ReplyToken | None:
    """The freshest reply token of a lane that can still be used, by the database's clock."""
    return ReplyToken.objects.filter(lane=lane_id, state=ReplyTokenState.FRESH, usable_until__gt=Now()).order_by("-usable_until").first()


# --- The drain ----------------------------------------------------------------------------------------


def drain(*, seconds: float = 20) -> int:
    """Send what is due until nothing is, or the time is up; returns how many requests were made.

    An account at which a try took long is left to the next drain.
    """
    end = time.monotonic() + seconds
    slow: set[int] = set()
    sent = 0
    while time.monotonic() < end:
        before = sent
        for account_id, delivery_id in due_deliveries(without=slow):
            sent += _try_in_turn(account_id, claim, delivery_id, slow=slow, end=end)
        for account_id, lane_id in due_lanes(without=slow):
            sent += _try_in_turn(account_id, freeze, lane_id, slow=slow, end=end)
        if sent == before:
            break
    return sent


def _try_in_turn(account_id: int, take: Callable[[int], Delivery | None], row_id: int, *, slow: set[int], end: float) -> int:
    """How many requests were made: none for a slow account, after the end, or when another worker was first."""
    began = time.monotonic()
    if account_id in slow or began >= end:
        return 0
    delivery = take(row_id)
    if delivery is None:
        return 0
    _try(delivery)
    if time.monotonic() - began > SLOW_SECONDS:
        slow.add(account_id)
    return 1


def _open_accounts(prefix: str) -> Q:
    return Q(**{f"{prefix}account__paused_reason": "", f"{prefix}account__state": AccountState.ACTIVE})


def _paused(method: str, account: str) -> Exists:
    return Exists(EndpointPause.objects.filter(account=OuterRef(account), method=method, until__gt=Now()))


def due_deliveries(*, without: Collection[int] = (), limit: int = 50) -> list[tuple[int, int]]:
    """(account, delivery) to be tried again, or whose worker died (its lease ran out); none of the accounts in `without`."""
    due = Q(state=DeliveryState.RETRY, due_at__lte=Now()) | Q(state=DeliveryState.SENDING, leased_until__lte=Now())
    push_open = Q(method=DeliveryMethod.REPLY) | (Q(lane__account__push_paused_reason="") & ~_paused(DeliveryMethod.PUSH, "lane__account"))
    rows = Delivery.objects.filter(due & push_open & _open_accounts("lane__"), state__in=IN_FLIGHT).exclude(lane__account__in=without)
    return list(rows.order_by("due_at").values_list("lane__account", "pk")[:limit])


def seconds_to_next_retry(within: float = 5) -> float | None:
    """How long until the next retry falls due, if that is within so many seconds and its account's gate is open."""
    rows = Delivery.objects.filter(_open_accounts("lane__"), state=DeliveryState.RETRY, due_at__lte=seconds_from_now(within))
    due_at = rows.order_by("due_at").values_list("due_at", flat=True).first()
    return max(0.0, (due_at - database_now()).total_seconds()) if due_at else None


def due_lanes(*, without: Collection[int] = (), limit: int = 50) -> list[tuple[int, int]]:
    """(account, lane) with queued bubbles and nothing in flight, where the account's gate is open; longest waiting first."""
    in_flight = Delivery.objects.filter(lane=OuterRef("lane"), state__in=IN_FLIGHT)
    token = ReplyToken.objects.filter(lane=OuterRef("lane"), state=ReplyTokenState.FRESH, usable_until__gt=Now())
    push_open = Q(lane__account__push_paused_reason="") & ~_paused(DeliveryMethod.PUSH, "lane__account")
    sendable = push_open | (Q(Exists(token)) & ~_paused(DeliveryMethod.REPLY, "lane__account"))
    rows = Bubble.objects.filter(sendable & _open_accounts("lane__"), ~Exists(in_flight), delivery=None).exclude(lane__account__in=without)
    lanes = rows.values_list("lane__account", "lane").annotate(first=Min("created_at")).order_by("first")[:limit]
    return [(account_id, lane_id) for account_id, lane_id, _first in lanes]


# --- One delivery -------------------------------------------------------------------------------------


def freeze(lane_id: int) -> Delivery | None:
    """Fix the lane's head bubbles into a delivery and claim it; None if another worker was first or nothing may go."""
    with transaction.atomic():
        lane = (
            Lane.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).select_related("account").filter(pk=lane_id).first()
        )
        if lane is None or lane.deliveries.filter(state__in=IN_FLIGHT).exists():
            return None
        adapter = adapter_for(lane.account.channel_type)
        bubbles = list(lane.bubbles.filter(delivery=None).order_by("sequence")[: adapter.bubbles_per_delivery])
        token = usable_token(lane_id)
        if token and EndpointPause.objects.filter(account=lane.account, method=DeliveryMethod.REPLY, until__gt=Now()).exists():
            token = None
        if not bubbles or (token is None and not _push_allowed(lane.account)):
            return None
        body = adapter.freeze(contents=[bubble.content for bubble in bubbles], recipient=adapter.recipient_of(lane.key), push=token is None)
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
            bubble.delivery, bubble.position = delivery, position
        Bubble.objects.bulk_update(bubbles, ["delivery", "position"])
        if token:
            ReplyToken.objects.filter(pk=token.pk).update(state=ReplyTokenState.SPENT)
    return delivery


def _push_allowed(account: MessagingAccount) -> bool:
    paused = EndpointPause.objects.filter(account=account, method=DeliveryMethod.PUSH, until__gt=Now())
    return not account.push_paused_reason and not paused.exists()


def claim(delivery_id: int) -> Delivery | None:
    """Take a due delivery for another try. One whose worker died counts as unclear: nobody knows whether it went out."""
    lane_id = Delivery.objects.values_list("lane_id", flat=True).get(pk=delivery_id)
    with transaction.atomic():
        lane = Lane.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=lane_id).first()
        due = Q(state=DeliveryState.RETRY, due_at__lte=Now()) | Q(state=DeliveryState.SENDING, leased_until__lte=Now())
        delivery = Delivery.objects.select_related("lane__account", "reply_token").filter(due, pk=delivery_id).first() if lane else None
        if delivery is None or outcomes.give_up_if_too_old(delivery):
            return None
        if delivery.state == DeliveryState.SENDING:
            delivery.unclear_attempts += 1
            delivery.first_unclear_at = delivery.first_unclear_at or timezone.now()
        delivery.state = DeliveryState.SENDING
        delivery.attempts += 1
        delivery.leased_until = seconds_from_now(LEASE_SECONDS)
        delivery.save(update_fields=["state", "attempts", "leased_until", "unclear_attempts", "first_unclear_at"])
    return delivery


def _try(delivery: Delivery) -> None:
    """One request, outside any transaction, and its outcome."""
    account = delivery.lane.account
    token = delivery.reply_token
    # A slow platform must not hold a database connection through its time-out.
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    result = adapter_for(account.channel_type).send(
        credentials=credentials_of(account),
        body=delivery.body,
        reply_token=(token.value or "") if token else "",
        retry_key=str(delivery.retry_key or ""),
    )
    outcomes.record(delivery_id=delivery.pk, attempt=delivery.attempts, result=result)


def credentials_of(account: MessagingAccount) -> Credentials:
    """The account's live access token, for one call."""
    secret = (
        account.secrets.filter(Q(valid_until=None) | Q(valid_until__gt=Now()), kind=SecretKind.ACCESS_TOKEN).order_by("-valid_from").first()
    )
    return Credentials(account_id=account.pk, channel_id=account.channel_id, access_token=secret.value if secret else "")


# --- Gates --------------------------------------------------------------------------------------------


def resume_account(*, account: MessagingAccount) -> None:
    """Open the account's gate; what was held goes out in order."""
    from channels_app.tasks import drain_outbound

    MessagingAccount.objects.filter(pk=account.pk).update(
        paused_reason="", paused_since=None, push_paused_reason="", push_paused_since=None
    )
    hint(drain_outbound)


def check_paused_accounts() -> None:
    """Ask the platform about accounts whose token was refused; try pushes again an hour after the quota was reached."""
    for account in MessagingAccount.objects.exclude(paused_reason="").filter(state=AccountState.ACTIVE):
        if not adapter_for(account.channel_type).check_account(credentials_of(account)).problem:
            resume_account(account=account)
    over: QuerySet[MessagingAccount] = MessagingAccount.objects.exclude(push_paused_reason="")
    for account in over.filter(push_paused_since__lt=seconds_from_now(-QUOTA_RETRY_SECONDS)):
        resume_account(account=account)
