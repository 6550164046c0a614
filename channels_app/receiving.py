"""Stored events are handled lane by lane, in order, one transaction each."""

import logging
import time
from collections.abc import Sequence

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, F, Min, OuterRef

from channels_app.handling import handle
from channels_app.lanes import lock_free_lane, lock_lane
from channels_app.models import EventState, Lane, WebhookEvent
from channels_app.reasons import type_and_place
from channels_app.secrets import Undecryptable
from workstreams.clock import Now, database_now, now_sql, seconds_from_now
from workstreams.transactions import may_pass

logger = logging.getLogger(__name__)

LEASE_SECONDS = 15
MAXIMUM_ATTEMPTS = 3
# A customer with thousands of events takes turns with the others.
EVENTS_PER_TURN = 25
MAXIMUM_BACKOFF_SECONDS = 60
# As long as this, an event that no key opens waits for a worker with the right keys; then it is a dead letter.
KEY_SECONDS = 3600


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
    lane = lock_free_lane(lane_id)
    if lane is None or (lane.inbound_held_until is not None and lane.inbound_held_until > database_now()):
        return None
    return _claim_next(lane)


def _claim_next(lane: Lane) -> int | None:
    """Claim the lane's head, which alone is looked at: a lane of thousands stays linear."""
    event_id = _claim_oldest(lane)
    _hold(lane, seconds=None if event_id is None else LEASE_SECONDS)
    return event_id


def _hold(lane: Lane, *, seconds: float | None) -> None:
    """Lease the locked lane, or release it (None); with it is written what its last event told. By hand, as `_claim_oldest`."""
    until = "NULL" if seconds is None else now_sql(plus_seconds=seconds)
    statement = f"UPDATE channels_app_lane SET inbound_held_until = {until}, standby = %s, mode_at = %s WHERE id = %s"  # noqa: S608
    mode_at = Lane._meta.get_field("mode_at").get_db_prep_save(lane.mode_at, connection)
    with connection.cursor() as cursor:
        cursor.execute(statement, [lane.standby, mode_at, lane.pk])


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
        lane = lock_lane(lane_id)
        event = _take(event_id)
        if event is not None:
            state, error = handle(event, lane)
            if state != EventState.PROCESSED or error:
                WebhookEvent.objects.filter(pk=event_id).update(state=state, error=error)
            if lane.inbound_backoff_seconds:
                Lane.objects.filter(pk=lane_id).update(inbound_backoff_seconds=0)
        return _go_on(lane, last=last)


def _take(event_id: int) -> WebhookEvent | None:
    """The claimed event, marked as processed, which it is once this transaction commits; None if another worker was first."""
    statement = "UPDATE channels_app_webhookevent SET state = %s, error = '' WHERE id = %s AND state = %s RETURNING *"
    taken = WebhookEvent.objects.raw(statement, [EventState.PROCESSED.value, event_id, EventState.PENDING.value])
    return next(iter(taken), None)


def _go_on(lane: Lane, *, last: bool) -> int | None:
    if not last:
        return _claim_next(lane)
    _hold(lane, seconds=None)
    return None


def _hold_back(lane_id: int, event_id: int) -> None:
    """Operational trouble: the event stays at the head of its lane and doesn't count as tried."""
    with transaction.atomic():
        lane = lock_lane(lane_id)
        lane.inbound_backoff_seconds = min(max(1, lane.inbound_backoff_seconds * 2), MAXIMUM_BACKOFF_SECONDS)
        Lane.objects.filter(pk=lane_id).update(
            inbound_held_until=seconds_from_now(lane.inbound_backoff_seconds), inbound_backoff_seconds=lane.inbound_backoff_seconds
        )
        WebhookEvent.objects.filter(pk=event_id, attempts__gt=0).update(attempts=F("attempts") - 1)


def _bury_and_go_on(lane_id: int, event_id: int, error: Exception, *, last: bool) -> int | None:
    """A dead letter with its reason."""
    with transaction.atomic():
        lane = lock_lane(lane_id)
        WebhookEvent.objects.filter(pk=event_id, state=EventState.PENDING).update(state=EventState.DEAD, error=type_and_place(error))
        return _go_on(lane, last=last)
