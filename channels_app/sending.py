"""Sending: freeze bubbles into a delivery, claim it, make one try. `outcomes` decides what the answer means.

A delivery is fixed and committed before it goes; one is in flight per lane; nothing leaves the process inside a transaction.
"""

import contextlib
import datetime
import logging
import time
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.utils.translation import gettext_noop

from channels_app import outcomes
from channels_app.adapter import Credentials, Outcome, SendResult, Unsendable
from channels_app.hints import hint
from channels_app.media import outgoing
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
from channels_app.reasons import type_and_place
from channels_app.registry import adapter_for
from channels_app.secrets import Undecryptable
from channels_app.turns import SLOW_SECONDS, Turns
from workstreams.clock import Now, database_now, seconds_from_now
from workstreams.transactions import may_pass, retried

logger = logging.getLogger(__name__)

LEASE_SECONDS = 30
RECORD_AGAIN_SECONDS = 0.5
# LINE: a narrowcast reserves quota, so a push may be refused although some is left. It is tried again no sooner than this.
QUOTA_ASK_SECONDS = 300
QUOTA_RETRY_SECONDS = 3600
CHECK_SECONDS = 20
# Twice the life of a reply token: no freeze can still be about to use it.
STALE_TOKEN_SECONDS = 120
UNREADABLE_TOKEN = gettext_noop(
    "The saved access token can't be read: ENCRYPTION_KEYS lacks its key. Save the token again, or put the key back."
)
TOKEN_REFUSED = ("token_invalid", "token_of_another_channel", "refused")
turns = Turns(limit=3)


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


@dataclass(slots=True)
class _Round:
    """One drain: until when, which accounts turned out slow, and which rows can't be served."""

    end: float
    slow: set[int] = field(default_factory=set)
    broken: set[tuple[str, int]] = field(default_factory=set)

    def without(self) -> set[int]:
        return self.slow | turns.full()


def drain(*, seconds: float = 20) -> int:
    """Send what is due until nothing is, or the time is up; returns how many requests were made.

    An account at which a try took long is left to the next drain; so is what can't be served.
    """
    this = _Round(end=time.monotonic() + seconds)
    sent = 0
    while time.monotonic() < this.end:
        before = sent
        for account_id, delivery_id in due_deliveries(without=this.without()):
            sent += _try_in_turn(account_id, claim, delivery_id, this)
        for account_id, lane_id in due_lanes(without=this.without()):
            sent += _try_in_turn(account_id, freeze, lane_id, this)
        if sent == before:
            break
    return sent


def _try_in_turn(account_id: int, take: Callable[[int], Delivery | None], row_id: int, this: _Round) -> int:
    """How many requests were made: none for a slow account, after the end, or when another worker was first."""
    began = time.monotonic()
    row = (take.__name__, row_id)
    if account_id in this.slow or row in this.broken or began >= this.end or not turns.take(account_id):
        return 0
    try:
        delivery = take(row_id)
        if delivery is None:
            return 0
        _try(delivery)
        return 1
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.error("Sending from %s %d isn't possible: %s.", *row, type_and_place(error))
        this.broken.add(row)
        return 0
    finally:
        seconds = time.monotonic() - began
        turns.give_back(account_id, seconds=seconds)
        if seconds > SLOW_SECONDS:
            this.slow.add(account_id)


def _open_accounts(prefix: str) -> Q:
    return Q(**{f"{prefix}account__paused_reason": "", f"{prefix}account__state": AccountState.ACTIVE})


def _paused(method: str, account: str) -> Exists:
    return Exists(EndpointPause.objects.filter(account=OuterRef(account), method=method, until__gt=Now()))


def _triable() -> QuerySet[Delivery]:
    """Deliveries in flight whose account's gates are open."""
    push_open = Q(method=DeliveryMethod.REPLY) | (Q(lane__account__push_paused_reason="") & ~_paused(DeliveryMethod.PUSH, "lane__account"))
    return Delivery.objects.filter(push_open & _open_accounts("lane__"), state__in=IN_FLIGHT)


def due_deliveries(*, without: Collection[int] = (), limit: int = 50) -> list[tuple[int, int]]:
    """(account, delivery) to be tried again, or whose worker died (its lease ran out); none of the accounts in `without`."""
    due = Q(state=DeliveryState.RETRY, due_at__lte=Now()) | Q(state=DeliveryState.SENDING, leased_until__lte=Now())
    rows = _triable().filter(due).exclude(lane__account__in=without)
    return list(rows.order_by("due_at").values_list("lane__account", "pk")[:limit])


def seconds_to_next_retry(within: float = 5) -> float | None:
    """How long until the next retry falls due, if that is within so many seconds and its account's gates are open."""
    rows = _triable().filter(state=DeliveryState.RETRY, due_at__lte=seconds_from_now(within))
    due_at = rows.order_by("due_at").values_list("due_at", flat=True).first()
    return max(0.0, (due_at - database_now()).total_seconds()) if due_at else None


def due_lanes(*, without: Collection[int] = (), limit: int = 50) -> list[tuple[int, int]]:
    """(account, lane) with queued bubbles and nothing in flight, where the account's gate is open; longest waiting first."""
    in_flight = Delivery.objects.filter(lane=OuterRef("lane"), state__in=IN_FLIGHT)
    token = ReplyToken.objects.filter(lane=OuterRef("lane"), state=ReplyTokenState.FRESH, usable_until__gt=Now())
    push_open = Q(lane__account__push_paused_reason="") & ~_paused(DeliveryMethod.PUSH, "lane__account")
    sendable = push_open | (Q(Exists(token)) & ~_paused(DeliveryMethod.REPLY, "lane__account"))
    rows = Bubble.objects.filter(sendable & _open_accounts("lane__"), ~Exists(in_flight), delivery=None, lane__standby=False)
    rows = rows.exclude(lane__account__in=without)
    lanes = rows.values_list("lane__account", "lane").annotate(first=Min("created_at")).order_by("first")[:limit]
    return [(account_id, lane_id) for account_id, lane_id, _first in lanes]


# --- One delivery -------------------------------------------------------------------------------------


@retried
def freeze(lane_id: int) -> Delivery | None:
    """Fix the lane's head bubbles into a delivery and claim it; None if another worker was first or nothing may go.

    A bubble that the platform would refuse fails by itself: in one request with others it would take them along.
    """
    lane = Lane.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).select_related("account").filter(pk=lane_id).first()
    if lane is None or lane.standby or not _may_send(lane.account) or lane.deliveries.filter(state__in=IN_FLIGHT).exists():
        return None
    adapter = adapter_for(lane.account.channel_type)
    bubbles = list(lane.bubbles.filter(delivery=None).order_by("sequence")[: adapter.bubbles_per_delivery])
    token = usable_token(lane_id)
    if token and _is_paused(lane.account, DeliveryMethod.REPLY):
        token = None
    if not bubbles or (token is None and not _may_push(lane.account)):
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


def _may_send(account: MessagingAccount) -> bool:
    return account.state == AccountState.ACTIVE and not account.paused_reason


def _may_push(account: MessagingAccount) -> bool:
    return not account.push_paused_reason and not _is_paused(account, DeliveryMethod.PUSH)


def _is_paused(account: MessagingAccount, method: DeliveryMethod) -> bool:
    return EndpointPause.objects.filter(account=account, method=method, until__gt=Now()).exists()


@retried
def claim(delivery_id: int) -> Delivery | None:
    """Take a due delivery for another try. One whose worker died counts as unclear: nobody knows whether it went out.

    It may have gone out when it was claimed, however long ago that is: the platform's memory of its key began then. The
    gates are looked at once more: a neighbour's answer may have closed them since the delivery was found due.
    """
    lane_id = Delivery.objects.values_list("lane_id", flat=True).get(pk=delivery_id)
    lane = Lane.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=lane_id).first()
    due = Q(state=DeliveryState.RETRY, due_at__lte=Now()) | Q(state=DeliveryState.SENDING, leased_until__lte=Now())
    delivery = Delivery.objects.select_related("lane__account", "reply_token").filter(due, pk=delivery_id).first() if lane else None
    if delivery is None:
        return None
    if delivery.state == DeliveryState.SENDING and delivery.leased_until:
        delivery.unclear_attempts += 1
        delivery.first_unclear_at = delivery.first_unclear_at or delivery.leased_until - datetime.timedelta(seconds=LEASE_SECONDS)
    if outcomes.give_up_if_too_old(delivery):
        return None
    account = delivery.lane.account
    if not _may_send(account) or (delivery.method == DeliveryMethod.PUSH and not _may_push(account)):
        return None
    delivery.state = DeliveryState.SENDING
    delivery.attempts += 1
    delivery.leased_until = seconds_from_now(LEASE_SECONDS)
    delivery.save(update_fields=["state", "attempts", "leased_until", "unclear_attempts", "first_unclear_at"])
    return delivery


def _try(delivery: Delivery) -> None:
    """One request, outside any transaction, and its outcome.

    What the platform said is kept in hand while the lease lasts: a database that is away for a moment must not turn a
    clear answer into one that nobody knows.
    """
    give_up_at = time.monotonic() + LEASE_SECONDS
    result = _result_of(delivery)
    while True:
        try:
            outcomes.record(delivery_id=delivery.pk, attempt=delivery.attempts, result=result)
            return
        except (OperationalError, InterfaceError) as error:
            passes = isinstance(error, InterfaceError) or may_pass(error)
            if not passes or connection.in_atomic_block or time.monotonic() > give_up_at:
                raise
            logger.warning("The answer to delivery %d waits for the database: %s.", delivery.pk, type_and_place(error))
            connection.close()
            time.sleep(RECORD_AGAIN_SECONDS)


def _result_of(delivery: Delivery) -> SendResult:
    """One request; with a token that was just replaced, and is refused, one more with the former: a refusal sends nothing."""
    account = delivery.lane.account
    try:
        credentials = live_credentials_of(account)
    except Undecryptable:
        return SendResult(outcome=Outcome.UNAUTHORIZED, error=UNREADABLE_TOKEN)
    # A slow platform must not hold a database connection through its time-out.
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    result = _answer_to(delivery, credentials[0])
    # Two tries of thirteen seconds at most: the lease outlasts them.
    if result.outcome is Outcome.UNAUTHORIZED and len(credentials) > 1:
        result = _answer_to(delivery, credentials[1])
    return result


def _answer_to(delivery: Delivery, credentials: Credentials) -> SendResult:
    token = delivery.reply_token
    try:
        return adapter_for(delivery.lane.account.channel_type).send(
            credentials=credentials,
            body=delivery.body,
            reply_token=(token.value or "") if token else "",
            retry_key=str(delivery.retry_key or ""),
        )
    except Exception as error:
        logger.error("Delivery %d: its answer couldn't be read: %s.", delivery.pk, type_and_place(error))
        return SendResult(outcome=Outcome.UNCLEAR, error=type_and_place(error))


def credentials_of(account: MessagingAccount) -> Credentials:
    """The account's live access token, for one call."""
    return live_credentials_of(account)[0]


def live_credentials_of(account: MessagingAccount) -> list[Credentials]:
    """The account's access tokens that still count, newest first; a newest one that the platform refused comes last."""
    live = Q(valid_until=None) | Q(valid_until__gt=Now())
    tokens = [secret.value for secret in account.secrets.filter(live, kind=SecretKind.ACCESS_TOKEN).order_by("-valid_from", "-pk")]
    if account.verification_error in TOKEN_REFUSED:
        tokens = tokens[1:] + tokens[:1]
    return [Credentials(account_id=account.pk, channel_id=account.channel_id, access_token=token) for token in tokens or [""]]


# --- Gates --------------------------------------------------------------------------------------------


def resume_account(*, account: MessagingAccount) -> None:
    """Open the account's gate; what was held goes out in order. What the quota holds back stays held."""
    from channels_app.tasks import drain_outbound

    MessagingAccount.objects.filter(pk=account.pk).update(paused_reason="", paused_since=None)
    hint(drain_outbound)


def resume_pushes(*, account: MessagingAccount) -> None:
    """Open the gate that a used-up quota closed; what was held goes out in order."""
    from channels_app.tasks import drain_outbound

    MessagingAccount.objects.filter(pk=account.pk).update(push_paused_reason="", push_paused_since=None)
    hint(drain_outbound)


def check_paused_accounts() -> None:
    """Ask the platform about accounts whose token was refused, and about those whose quota was used up."""
    end = time.monotonic() + CHECK_SECONDS
    # In no order, so that accounts whose platform hangs don't keep the others from their turn for ever.
    for account in MessagingAccount.objects.exclude(paused_reason="").filter(state=AccountState.ACTIVE).order_by("?"):
        if time.monotonic() >= end:
            return
        if _is_well(account):
            resume_account(account=account)
    refused_long_ago = MessagingAccount.objects.filter(push_paused_since__lt=seconds_from_now(-QUOTA_ASK_SECONDS))
    for account in refused_long_ago.order_by("?"):
        if time.monotonic() >= end:
            return
        if _may_have_quota(account):
            resume_pushes(account=account)


def _is_well(account: MessagingAccount) -> bool:
    try:
        credentials = credentials_of(account)
    except Undecryptable:
        return False
    return not adapter_for(account.channel_type).check_account(credentials).problem


def _may_have_quota(account: MessagingAccount) -> bool:
    """By the platform's figures; where it can't be asked, an hour after the refusal."""
    quota = None
    if _may_send(account):
        with contextlib.suppress(Undecryptable):
            quota = adapter_for(account.channel_type).fetch_quota(credentials_of(account))
    if quota is None:
        return MessagingAccount.objects.filter(pk=account.pk, push_paused_since__lt=seconds_from_now(-QUOTA_RETRY_SECONDS)).exists()
    return quota.limit is None or quota.used < quota.limit


def forget_stale_tokens() -> int:
    """Reply tokens that nobody used lose their values; returns how many."""
    stale = ReplyToken.objects.filter(state=ReplyTokenState.FRESH, usable_until__lt=seconds_from_now(-STALE_TOKEN_SECONDS))
    return stale.update(state=ReplyTokenState.EXPIRED, value=None)
