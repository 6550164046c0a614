"""Read marks and the sign that somebody is writing: asked for by rows, done by a task, and never in anybody's way.

A read mark is tried for some minutes; it may be set twice. The sign is shown once or not at all: a late one would come
after the answer. What fails here is logged and changes nothing else.
"""

import datetime
import logging
import time
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from channels_app.adapter import ChannelAdapter, Credentials, Outcome
from channels_app.credentials import credentials_of
from channels_app.hints import PAY_COURTESIES, hint
from channels_app.models import AccountState, AccountStatus, Courtesy, Lane, MessagingAccount
from channels_app.reasons import type_and_place
from channels_app.registry import adapter_for
from channels_app.windows import may_call
from workstreams.clock import Now, seconds_from_now

logger = logging.getLogger(__name__)

LEASE_SECONDS = 30
MAXIMUM_ATTEMPTS = 6
# LINE shows the sign for so long, or until the next message; somebody who goes on writing asks again a little earlier.
TYPING_SECONDS = 20
QUIET_SECONDS = 15
# A sign that waited longer says something that may be true no more.
TYPING_FRESH_SECONDS = 10
# What the platform said of an account's chat mode is believed for a day: it can be changed there at any time.
MODE_SECONDS = 24 * 3600
# An account at which a call took longer is left to the next run.
SLOW_SECONDS = 2
FINAL = (Outcome.ACCEPTED, Outcome.REJECTED)


def owe_read_mark(*, lane_id: int, token: str, occurred_at: datetime.datetime) -> None:
    """The customer is to see that this message and all before it were read; an earlier one than the last changes nothing."""
    Courtesy.objects.get_or_create(lane_id=lane_id)
    newer = Q(read_up_to=None) | Q(read_up_to__lt=occurred_at)
    owed = {"read_up_to": occurred_at, "read_token": token, "read_due_at": Now(), "read_attempts": 0}
    if Courtesy.objects.filter(newer, lane_id=lane_id).update(**owed):
        _hint()


def somebody_writes(*, lane_id: int) -> bool:
    """Show the customer that somebody is writing, unless they have just been shown; whether it was asked for."""
    rows = Courtesy.objects.filter(Q(typing_quiet_until=None) | Q(typing_quiet_until__lte=Now()), lane_id=lane_id)
    newest = Subquery(Lane.objects.filter(pk=OuterRef("lane_id")).values("last_sequence")[:1])
    asked = {"typing_since": Now(), "typing_quiet_until": seconds_from_now(QUIET_SECONDS), "typing_sequence": newest}
    if not rows.update(**asked):
        _row, made = Courtesy.objects.get_or_create(lane_id=lane_id)
        if not made or not rows.update(**asked):
            return False
    _hint()
    return True


def _hint() -> None:
    hint(PAY_COURTESIES)


# --- The task -----------------------------------------------------------------------------------------


def pay(*, seconds: float = 20, limit: int = 200) -> int:
    """Do what is owed, the hasty first, until the time is up; returns how many calls were made.

    An account at which one call took long is left to the next run, so that no other waits for it.
    """
    end = time.monotonic() + seconds
    slow: set[int] = set()
    calls = 0
    for due, claim, act in (
        (Q(typing_since__isnull=False), _claim_typing, _show_typing),
        (Q(read_due_at__lte=Now()), _claim_read_mark, _mark_read),
    ):
        for courtesy in _reachable().filter(due).order_by("lane_id")[:limit]:
            began = time.monotonic()
            if began >= end:
                return calls
            account_id = courtesy.lane.account_id
            if account_id in slow or not claim(courtesy):
                continue
            _alone(courtesy, act)
            calls += 1
            if time.monotonic() - began > SLOW_SECONDS:
                slow.add(account_id)
    return calls


def _reachable() -> QuerySet[Courtesy]:
    """Of accounts that may be asked now, and of chats that no other tool holds. What waits for them waits here."""
    usable = {"lane__account__state": AccountState.ACTIVE, "lane__account__paused_reason": "", "lane__standby": False}
    return Courtesy.objects.select_related("lane__account").filter(**usable)


def _alone(courtesy: Courtesy, act: Callable[[Courtesy, ChannelAdapter, Credentials], None]) -> None:
    """What goes wrong with one is no reason to leave the others."""
    try:
        account = courtesy.lane.account
        act(courtesy, adapter_for(account.channel_type), credentials_of(account))
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.error("A courtesy of lane %d failed: %s.", courtesy.lane_id, type_and_place(error))


def _claim_typing(courtesy: Courtesy) -> bool:
    """For this worker alone, and only if it is still true: recent, and no bubble was queued since."""
    mine = Courtesy.objects.filter(pk=courtesy.pk, typing_since__isnull=False)
    is_true = mine.filter(typing_since__gt=seconds_from_now(-TYPING_FRESH_SECONDS), lane__last_sequence=F("typing_sequence")).exists()
    return bool(mine.update(typing_since=None)) and is_true


def _show_typing(courtesy: Courtesy, adapter: ChannelAdapter, credentials: Credentials) -> None:
    if not may_call(courtesy.lane.account, "typing"):
        return
    recipient = adapter.recipient_of(courtesy.lane.key)
    outcome = adapter.show_typing(credentials=credentials, recipient=recipient, seconds=TYPING_SECONDS)
    if outcome is not Outcome.ACCEPTED:
        logger.info("Lane %d wasn't shown that somebody writes: %s.", courtesy.lane_id, outcome)


def _claim_read_mark(courtesy: Courtesy) -> bool:
    mine = Courtesy.objects.filter(pk=courtesy.pk, read_due_at__lte=Now(), read_up_to=courtesy.read_up_to)
    return bool(mine.update(read_due_at=seconds_from_now(LEASE_SECONDS), read_attempts=F("read_attempts") + 1))


def _mark_read(courtesy: Courtesy, adapter: ChannelAdapter, credentials: Credentials) -> None:
    """A newer message that was read meanwhile keeps its own due time."""
    attempts = courtesy.read_attempts + 1
    mine = Courtesy.objects.filter(pk=courtesy.pk, read_up_to=courtesy.read_up_to)
    if not adapter.lets_mark_read(_chat_mode(courtesy.lane.account)):
        mine.update(read_due_at=None, read_token="")
        return
    outcome = adapter.mark_read(credentials=credentials, token=courtesy.read_token)
    if outcome in FINAL or attempts >= MAXIMUM_ATTEMPTS:
        mine.update(read_due_at=None, read_token="")
    else:
        mine.update(read_due_at=seconds_from_now(5 * 2 ** (attempts - 1)))
    if outcome is not Outcome.ACCEPTED:
        logger.info("Lane %d wasn't marked as read: %s.", courtesy.lane_id, outcome)


def _chat_mode(account: MessagingAccount) -> str:
    """As the platform said lately; empty if nobody knows."""
    status = AccountStatus.objects.filter(account=account, account__verified_at__gt=seconds_from_now(-MODE_SECONDS)).first()
    return status.chat_mode if status is not None else ""
