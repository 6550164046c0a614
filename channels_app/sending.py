"""Sending: what is due goes, each lane in order. `freezing` fixes it, `trying` makes one try, `outcomes` decides what the answer means.

A delivery is fixed and committed before it goes; one is in flight per lane; nothing leaves the process inside a transaction.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import InterfaceError, OperationalError
from django.db.models import Case, Exists, Min, OuterRef, Q, When

from channels_app.freezing import claim, freeze
from channels_app.models import AccountState, Bubble, Delivery, DeliveryMethod, DeliveryState, EndpointPause, ReplyToken, ReplyTokenState
from channels_app.models.outbound import IN_FLIGHT
from channels_app.outcomes import UNCLEAR_PUSH_LIMIT
from channels_app.reasons import type_and_place
from channels_app.trying import try_all
from channels_app.turns import SLOW_SECONDS, Turns
from workstreams.clock import Now, database_now, seconds_from_now

logger = logging.getLogger(__name__)

# Twice the life of a reply token: no freeze can still be about to use it.
STALE_TOKEN_SECONDS = 120
PUSHES_AT_ONCE = 20
turns = Turns(limit=3)


@dataclass(slots=True)
class _Round:
    """One drain: until when, which accounts turned out slow, which are well, and which rows can't be served."""

    end: float
    slow: set[int] = field(default_factory=set)
    well: set[int] = field(default_factory=set)
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
            sent += _try_in_turn(account_id, _claim, [delivery_id], this)
        for account_id, lane_ids in _together(due_lanes(without=this.without()), this.well):
            sent += _try_in_turn(account_id, freeze, lane_ids, this)
        if sent == before:
            break
    return sent


def _together(due: Iterable[tuple[int, int, bool]], well: Collection[int]) -> Iterator[tuple[int, list[int]]]:
    """(account, lanes) of what goes out together: pushes by twenties where the account's last request was accepted, else each alone.

    A reply is always alone: after a worker's death a push is repeated with its key, but of a reply nobody would know.
    """
    pushes: dict[int, list[int]] = {}
    for account_id, lane_id, free in due:
        if free:
            yield account_id, [lane_id]
            continue
        waiting = pushes.setdefault(account_id, [])
        waiting.append(lane_id)
        while len(waiting) >= (number := _at_once(account_id, well)):
            yield account_id, _first(waiting, number)
    for account_id, waiting in pushes.items():
        while waiting:
            yield account_id, _first(waiting, _at_once(account_id, well))


def _at_once(account_id: int, well: Collection[int]) -> int:
    """Asked for each request: those that waited for company go alone too, once one of the account's fails."""
    return PUSHES_AT_ONCE if account_id in well else 1


def _first(waiting: list[int], number: int) -> list[int]:
    """Take the first so many out of the list."""
    taken, waiting[:] = waiting[:number], waiting[number:]
    return taken


def _claim(delivery_ids: Sequence[int]) -> list[Delivery]:
    """For another try, each alone."""
    return [delivery for delivery in map(claim, delivery_ids) if delivery is not None]


def _try_in_turn(account_id: int, take: Callable[[Sequence[int]], list[Delivery]], row_ids: Sequence[int], this: _Round) -> int:
    """How many requests were made: none for a slow account, after the end, or when another worker was first.

    Where several can't be taken together, each is tried alone, so that what can't be served holds up no other.
    """
    began = time.monotonic()
    rows = [row_id for row_id in row_ids if (take.__name__, row_id) not in this.broken]
    if not rows or account_id in this.slow or began >= this.end or not turns.take(account_id):
        return 0
    try:
        if deliveries := take(rows):
            (this.well.add if try_all(deliveries) else this.well.discard)(account_id)
        return len(deliveries)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.error("Sending from %s %s isn't possible: %s.", take.__name__, rows, type_and_place(error))
        if len(rows) == 1:
            this.broken.add((take.__name__, rows[0]))
            return 0
    finally:
        seconds = time.monotonic() - began
        turns.give_back(account_id, seconds=seconds)
        if seconds > SLOW_SECONDS:
            this.slow.add(account_id)
    return sum(_try_in_turn(account_id, take, [row_id], this) for row_id in rows)


def _open_accounts(prefix: str) -> Q:
    return Q(**{f"{prefix}account__paused_reason": "", f"{prefix}account__state": AccountState.ACTIVE})


def _paused(method: str, account: str) -> Exists:
    return Exists(EndpointPause.objects.filter(account=OuterRef(account), method=method, until__gt=Now()))


def _open() -> Q:
    """Deliveries whose account's gates are open, in chats that no other tool holds."""
    goes = [Q(~_paused(method, "lane__account"), method=method) for method in DeliveryMethod]
    return _not_held() & (goes[0] | goes[1])


def _not_held() -> Q:
    push_open = Q(method=DeliveryMethod.REPLY) | Q(lane__account__push_paused_reason="")
    return push_open & _open_accounts("lane__") & Q(lane__standby=False)


def _needs_no_gate() -> Q:
    """What clearly never left, a reply, a dead worker's, and what the platform's memory of its key has left behind."""
    too_old = Q(first_unclear_at__lte=seconds_from_now(-UNCLEAR_PUSH_LIMIT.total_seconds()))
    return Q(first_unclear_at=None) | Q(method=DeliveryMethod.REPLY) | Q(state=DeliveryState.SENDING) | too_old


def due_deliveries(*, without: Collection[int] = (), limit: int = 50) -> list[tuple[int, int]]:
    """(account, delivery) to be tried again, or whose worker died (its lease ran out); none of the accounts in `without`.

    After them those behind a closed gate that needn't or can't wait for it: `claim` lets go of them.
    """
    due = Q(state=DeliveryState.RETRY, due_at__lte=Now()) | Q(state=DeliveryState.SENDING, leased_until__lte=Now())
    rows = Delivery.objects.filter(due, _open() | (~_not_held() & _needs_no_gate())).exclude(lane__account__in=without)
    held_last = Case(When(_not_held(), then=0), default=1)
    return list(rows.order_by(held_last, "due_at").values_list("lane__account", "pk")[:limit])


def seconds_to_next_retry(within: float = 5) -> float | None:
    """How long until the next retry falls due, if that is within so many seconds and its account's gates are open."""
    rows = Delivery.objects.filter(_open(), state=DeliveryState.RETRY, due_at__lte=seconds_from_now(within))
    due_at = rows.order_by("due_at").values_list("due_at", flat=True).first()
    return max(0.0, (due_at - database_now()).total_seconds()) if due_at else None


def due_lanes(*, without: Collection[int] = (), limit: int = 200) -> list[tuple[int, int, bool]]:
    """(account, lane, whether it is free) where bubbles are queued, nothing is in flight and the account's gate is open.

    Longest waiting first. Free: a reply token can be used. Where one will be usable when a pause of replies is over, it is waited for.
    """
    in_flight = Delivery.objects.filter(lane=OuterRef("lane"), state__in=IN_FLIGHT)
    token = ReplyToken.objects.filter(lane=OuterRef("lane"), state=ReplyTokenState.FRESH, usable_until__gt=Now())
    free = Exists(token) & ~_paused(DeliveryMethod.REPLY, "lane__account")
    pause = EndpointPause.objects.filter(account=OuterRef("lane__account"), method=DeliveryMethod.REPLY, until__gt=Now())
    lasting = ReplyToken.objects.filter(lane=OuterRef(OuterRef("lane")), state=ReplyTokenState.FRESH, usable_until__gt=OuterRef("until"))
    free_soon = Exists(pause.filter(Exists(lasting)))
    push_open = Q(lane__account__push_paused_reason="") & ~_paused(DeliveryMethod.PUSH, "lane__account") & ~free_soon
    rows = Bubble.objects.filter(push_open | free, _open_accounts("lane__"), ~Exists(in_flight), delivery=None, lane__standby=False)
    rows = rows.exclude(lane__account__in=without)
    lanes = rows.values_list("lane__account", "lane").annotate(first=Min("created_at"), free=free).order_by("first")[:limit]
    return [(account_id, lane_id, is_free) for account_id, lane_id, _first, is_free in lanes]


def forget_stale_tokens() -> int:
    """Reply tokens that nobody used lose their values; returns how many."""
    stale = ReplyToken.objects.filter(state=ReplyTokenState.FRESH, usable_until__lt=seconds_from_now(-STALE_TOKEN_SECONDS))
    return stale.update(state=ReplyTokenState.EXPIRED, value=None)
