"""Webhook events: stored before the answer, then handled lane by lane, in order, one transaction each."""

import datetime
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, F, Min, OuterRef, Q
from django.utils import timezone

from channels_app import ports, tally
from channels_app.adapter import ChannelAdapter
from channels_app.hints import hint
from channels_app.inbound import InboundEvent, RawEvent
from channels_app.models import (
    AccountSecret,
    AccountState,
    Channel,
    EventState,
    Lane,
    MessagingAccount,
    ReplyToken,
    SecretKind,
    WebhookEvent,
    Withdrawn,
)
from channels_app.reasons import type_and_place
from channels_app.registry import adapter_for
from channels_app.secrets import Undecryptable, decrypt
from workstreams.clock import Now, now_sql, seconds_from_now
from workstreams.transactions import may_pass

logger = logging.getLogger(__name__)

LEASE_SECONDS = 15
MAXIMUM_ATTEMPTS = 3
# A customer with thousands of events takes turns with the others.
EVENTS_PER_TURN = 25
MAXIMUM_BACKOFF_SECONDS = 60
REPLY_MARGIN_SECONDS = 10
# As long as this, an event that no key opens waits for a worker with the right keys; then it is a dead letter.
KEY_SECONDS = 3600
DISABLED = "disabled"
NO_CHANNEL = "no_channel"
NO_SENDER = "no_sender"
WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class CallbackAccount:
    """What a webhook needs of its account: one query's worth. Secrets are those that count, newest first."""

    pk: int
    state: str
    channel_type: str
    secret_proved: bool
    channel_secrets: tuple[str, ...] = field(repr=False)


def find_callback_account(callback_key: str) -> CallbackAccount | None:
    """The account of a callback URL with its valid channel secrets; None if there is none or it is removed.

    Written by hand: building the same query through the ORM took half of a webhook's time.
    """
    statement = (
        "SELECT a.id, a.state, a.channel_type, a.secret_proved_at IS NOT NULL, s.value "  # noqa: S608 - no input in it
        f"FROM {MessagingAccount._meta.db_table} a LEFT JOIN {AccountSecret._meta.db_table} s "
        f"ON s.account_id = a.id AND s.kind = %s AND (s.valid_until IS NULL OR s.valid_until > {now_sql()}) "
        "WHERE a.callback_key = %s AND a.state <> %s ORDER BY s.id DESC"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [SecretKind.CHANNEL_SECRET.value, callback_key, AccountState.REMOVED.value])
        rows = cursor.fetchall()
    if not rows:
        return None
    account_id, state, channel_type, proved, _value = rows[0]
    secrets = tuple(decrypt(bytes(row[4])).decode() for row in rows if row[4] is not None)
    return CallbackAccount(account_id, state, channel_type, bool(proved), secrets)


def signing_secret(account: CallbackAccount, *, body: bytes, headers: Mapping[str, str]) -> int | None:
    """Which of the account's valid secrets signed this body, 0 being the newest; None if none of them did."""
    adapter = adapter_for(account.channel_type)
    for position, secret in enumerate(account.channel_secrets):
        if adapter.verify_signature(secret=secret, body=body, headers=headers):
            return position
    return None


def store_webhook(
    account: CallbackAccount, body: bytes, *, by_newest_secret: bool = True, received_at: datetime.datetime | None = None
) -> int:
    """Keep every event of a verified body, each once; returns how many were new. Raises `DatabaseError` if it can't.

    `received_at` is given for a body that came earlier: its reply tokens count from then.
    """
    from channels_app.tasks import drain_inbound

    events = adapter_for(account.channel_type).split_body(body)
    if not events:
        tally.count(account.pk, tally.PING)
    stored = _insert(account, events, received_at)
    if by_newest_secret and not account.secret_proved:
        _prove_secret(account)
    if stored:
        hint(drain_inbound)
    return stored


def _prove_secret(account: CallbackAccount) -> None:
    """The platform signs with the newest secret: those before it count no longer."""
    if MessagingAccount.objects.filter(pk=account.pk, secret_proved_at=None).update(secret_proved_at=Now()):
        secrets = AccountSecret.objects.filter(account=account.pk, kind=SecretKind.CHANNEL_SECRET)
        secrets.filter(valid_until__gt=Now()).update(valid_until=Now())


COLUMNS = (
    "account_id",
    "event_id",
    "kind",
    "lane_key",
    "line_message_id",
    "payload",
    "occurred_at",
    "received_at",
    "state",
    "attempts",
    "error",
)


def _insert(account: CallbackAccount, events: Sequence[RawEvent], received_at: datetime.datetime | None = None) -> int:
    """Written by hand: Django's `ignore_conflicts` swallows NOT NULL and CHECK violations on SQLite."""
    stored = 0
    for start in range(0, len(events), 80):
        batch = events[start : start + 80]
        row = "(" + ", ".join(now_sql() if column == "received_at" and received_at is None else "%s" for column in COLUMNS) + ")"
        statement = (
            f"INSERT INTO {WebhookEvent._meta.db_table} ({', '.join(COLUMNS)}) VALUES {', '.join([row] * len(batch))} "  # noqa: S608
            "ON CONFLICT (account_id, event_id) DO NOTHING"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, [value for event in batch for value in _values(account, event, received_at)])
            stored += cursor.rowcount
    return stored


def _values(account: CallbackAccount, event: RawEvent, received_at: datetime.datetime | None) -> list[Any]:
    state, error = EventState.PENDING, ""
    if event.error:
        state, error = EventState.DEAD, event.error
    elif account.state == AccountState.DISABLED and not event.always:
        state, error = EventState.NOT_PROCESSED, DISABLED
    values = {
        "account_id": account.pk,
        "event_id": event.event_id,
        "kind": event.kind,
        "lane_key": event.lane_key,
        "line_message_id": event.line_message_id,
        "payload": event.payload,
        "occurred_at": event.occurred_at or timezone.now(),
        "received_at": received_at,
        "state": state.value,
        "attempts": 0,
        "error": error,
    }
    fields = {field.column: field for field in WebhookEvent._meta.concrete_fields}
    return [fields[name].get_db_prep_save(values[name], connection) for name in COLUMNS if name != "received_at" or received_at]


# --- Draining -------------------------------------------------------------------------------------


def drain(*, seconds: float = 20) -> int:
    """Handle pending events, oldest lanes first, until none is due or the time is up; returns how many were handled."""
    end = time.monotonic() + seconds
    handled = 0
    while time.monotonic() < end:
        before = handled
        due = due_lanes()
        known = _lane_ids(due)
        for account_id, key in due:
            if time.monotonic() >= end:
                break
            lane_id = known.get((account_id, key)) or Lane.objects.get_or_create(account_id=account_id, key=key)[0].pk
            handled += drain_lane(lane_id, end=end)
        if handled == before:
            break
    return handled


def due_lanes(limit: int = 50) -> list[tuple[int, str]]:
    """Lanes with pending events that nobody handles or holds back, longest waiting first."""
    held = Lane.objects.filter(account=OuterRef("account"), key=OuterRef("lane_key"), inbound_held_until__gt=Now())
    rows = (
        WebhookEvent.objects.filter(~Exists(held), state=EventState.PENDING)
        .values_list("account_id", "lane_key")
        .annotate(first=Min("received_at"))
        .order_by("first")[:limit]
    )
    return [(account_id, key) for account_id, key, _first in rows]


def _lane_ids(due: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """The lanes that are there already, by account and key; of all at once."""
    rows = Lane.objects.filter(account__in={account_id for account_id, _key in due}, key__in=[key for _account_id, key in due])
    return {(account_id, key): lane_id for account_id, key, lane_id in rows.values_list("account_id", "key", "pk")}


def drain_lane(lane_id: int, *, end: float) -> int:
    """Handle the lane's pending events in order, one turn's worth. Each is claimed (attempts + 1) in a commit before it is handled."""
    handled = 0
    with transaction.atomic():
        event_id = _claim_head(lane_id)
    while event_id is not None:
        current = event_id
        last = handled + 1 == EVENTS_PER_TURN or time.monotonic() >= end
        try:
            event_id = _handle_and_go_on(lane_id, current, last=last)
        except Exception as error:
            if _passes(error, current):
                logger.warning("Event %d waits: %s.", current, type_and_place(error))
                _hold_back(lane_id, current)
                return handled
            logger.error("Event %d is a dead letter: %s.", current, type_and_place(error))
            event_id = _bury_and_go_on(lane_id, current, error, last=last)
        handled += 1
    return handled


def _passes(error: Exception, event_id: int) -> bool:
    """Whether the same event may succeed later without anybody's doing: trouble of the database, or a worker without the newest key."""
    if isinstance(error, Undecryptable):
        return WebhookEvent.objects.filter(pk=event_id, received_at__gt=seconds_from_now(-KEY_SECONDS)).exists()
    return isinstance(error, InterfaceError) or (isinstance(error, OperationalError) and may_pass(error))


def _claim_head(lane_id: int) -> int | None:
    """Take the lane's oldest pending event, under the lane's lock; None if there is none or another worker has the lane."""
    free = Q(inbound_held_until=None) | Q(inbound_held_until__lte=Now())
    lane = Lane.objects.select_for_update(no_key=True, skip_locked=True).filter(free, pk=lane_id).first()
    return _claim_next(lane) if lane else None


def _claim_next(lane: Lane) -> int | None:
    """Claim the lane's head, which alone is looked at: a lane of thousands stays linear."""
    event_id = _claim_oldest(lane)
    _hold(lane, None if event_id is None else seconds_from_now(LEASE_SECONDS))
    return event_id


def _hold(lane: Lane, until: Any) -> None:
    """Lease the locked lane, or release it (None); with it is written what its last event told."""
    Lane.objects.filter(pk=lane.pk).update(inbound_held_until=until, standby=lane.standby, mode_at=lane.mode_at)


def _claim_oldest(lane: Lane) -> int | None:
    """Count a try of the oldest pending event; one whose tries are used up is a dead letter, and the next is the oldest.

    One statement, written by hand: with the ORM it is two, and building them takes longer than running them.
    """
    table = WebhookEvent._meta.db_table
    of_lane = f"SELECT id FROM {table} WHERE account_id = %s AND lane_key = %s AND state = %s ORDER BY occurred_at, event_id LIMIT 1"  # noqa: S608
    claim = f"UPDATE {table} SET attempts = attempts + 1 WHERE id = ({of_lane}) RETURNING id, attempts"  # noqa: S608
    died = f"The worker died {MAXIMUM_ATTEMPTS} times while handling it."
    while True:
        with connection.cursor() as cursor:
            cursor.execute(claim, [lane.account_id, lane.key, EventState.PENDING.value])
            head = cursor.fetchone()
        if head is None or head[1] <= MAXIMUM_ATTEMPTS:
            return head[0] if head else None
        WebhookEvent.objects.filter(pk=head[0]).update(state=EventState.DEAD, error=died, attempts=MAXIMUM_ATTEMPTS)


def _handle_and_go_on(lane_id: int, event_id: int, *, last: bool) -> int | None:
    """One event, one transaction; the claim of the next one rides along, or the lane's release after the last."""
    with transaction.atomic():
        lane = Lane.objects.select_for_update(no_key=True).get(pk=lane_id)
        event = WebhookEvent.objects.filter(pk=event_id, state=EventState.PENDING).first()
        if event is not None:
            event.state, event.error = _handle(event, lane)
            WebhookEvent.objects.filter(pk=event_id).update(state=event.state, error=event.error)
            if lane.inbound_backoff_seconds:
                Lane.objects.filter(pk=lane_id).update(inbound_backoff_seconds=0)
        return _go_on(lane, last=last)


def _go_on(lane: Lane, *, last: bool) -> int | None:
    if not last:
        return _claim_next(lane)
    _hold(lane, None)
    return None


def _handle(event: WebhookEvent, lane: Lane) -> tuple[EventState, str]:
    if event.payload is None:
        return EventState.PROCESSED, WITHDRAWN
    channel = _channel_of(event.account_id)
    account = channel.account if channel else event.account
    adapter = adapter_for(account.channel_type)
    inbound = adapter.parse_event(
        payload=bytes(event.payload),
        webhook_event_id=event.pk,
        lane_id=lane.pk,
        account_id=event.account_id,
        occurred_at=event.occurred_at,
        received_at=event.received_at,
    )
    if inbound.kind == "unsent" and inbound.target_message_id:
        _withdraw(event, inbound.target_message_id)
        channel = channel or _last_channel_of(event.account_id)
    if channel is None:
        return EventState.NOT_PROCESSED, NO_CHANNEL
    _note_mode(inbound, lane)
    _keep_reply_token(event, inbound, lane, adapter)
    ports.receive_inbound(replace(inbound, standby=lane.standby), channel)
    if inbound.message and Withdrawn.objects.filter(account=event.account_id, line_message_id=inbound.message.id).exists():
        WebhookEvent.objects.filter(pk=event.pk).update(payload=None)
    if inbound.message and inbound.source.kind == "unknown":
        return EventState.NOT_PROCESSED, NO_SENDER
    return EventState.PROCESSED, ""


def _note_mode(inbound: InboundEvent, lane: Lane) -> None:
    """Whether another tool holds the chat. Written with the claim of the next event; what comes late changes nothing."""
    if inbound.standby is not None and (lane.mode_at is None or lane.mode_at <= inbound.occurred_at):
        lane.standby, lane.mode_at = inbound.standby, inbound.occurred_at


def _channel_of(account_id: int) -> Channel | None:
    return Channel.objects.select_related("account", "workstream").filter(account=account_id, removed_at=None).first()


def _last_channel_of(account_id: int) -> Channel | None:
    """Where something is taken back, the channel that the account had last will do."""
    return Channel.objects.select_related("account", "workstream").filter(account=account_id).order_by("-removed_at").first()


def _keep_reply_token(event: WebhookEvent, inbound: InboundEvent, lane: Lane, adapter: ChannelAdapter) -> None:
    """A token counts from the receipt of the webhook, and no longer than the platform allows from the event itself."""
    if not inbound.reply_token or inbound.standby:
        return
    usable_until = min(
        event.received_at + datetime.timedelta(seconds=adapter.reply_seconds),
        event.occurred_at + datetime.timedelta(seconds=adapter.reply_seconds_from_event),
    ) - datetime.timedelta(seconds=REPLY_MARGIN_SECONDS)
    token = ReplyToken(event=event, lane=lane, value=inbound.reply_token, usable_until=usable_until)
    # A replayed event has its token already, which stays as it is. (`ignore_conflicts` would swallow other violations too.)
    ReplyToken.objects.bulk_create([token], update_conflicts=True, unique_fields=["event"], update_fields=["lane"])


def _withdraw(event: WebhookEvent, line_message_id: str) -> None:
    """Unsent stays unsent, even if the message itself comes later; its raw event loses its content at once."""
    Withdrawn.objects.get_or_create(account_id=event.account_id, line_message_id=line_message_id, defaults={"at": event.occurred_at})
    WebhookEvent.objects.filter(account_id=event.account_id, line_message_id=line_message_id).update(payload=None)


def _hold_back(lane_id: int, event_id: int) -> None:
    """Operational trouble: the event stays at the head of its lane and doesn't count as tried."""
    with transaction.atomic():
        lane = Lane.objects.select_for_update(no_key=True).get(pk=lane_id)
        lane.inbound_backoff_seconds = min(max(1, lane.inbound_backoff_seconds * 2), MAXIMUM_BACKOFF_SECONDS)
        Lane.objects.filter(pk=lane_id).update(
            inbound_held_until=seconds_from_now(lane.inbound_backoff_seconds), inbound_backoff_seconds=lane.inbound_backoff_seconds
        )
        WebhookEvent.objects.filter(pk=event_id, attempts__gt=0).update(attempts=F("attempts") - 1)


def _bury_and_go_on(lane_id: int, event_id: int, error: Exception, *, last: bool) -> int | None:
    """A dead letter with its reason."""
    with transaction.atomic():
        lane = Lane.objects.select_for_update(no_key=True).get(pk=lane_id)
        WebhookEvent.objects.filter(pk=event_id, state=EventState.PENDING).update(state=EventState.DEAD, error=type_and_place(error))
        return _go_on(lane, last=last)
