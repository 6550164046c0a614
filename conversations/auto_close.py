"""Conversations in which nothing happens any more close by themselves, each state after its own time.

The clock is the last activity: the newest message of either side, or the newest step of the conversation (a transfer, an
assignment, a reopening). What the product itself says is no activity.
"""

import datetime
import time
from collections import defaultdict

from django.db.models import Q, QuerySet

from channels_app.auto_close import FIELDS, minutes_until_closed
from channels_app.models import Channel
from conversations.lifecycle import close, lock_conversation
from conversations.models import Conversation
from workstreams.clock import database_now
from workstreams.models import WorkState, WrapUpBlock
from workstreams.transactions import retried

BATCH = 100


def close_silent(*, until: float = float("inf")) -> int:
    """Close what was silent for longer than its channel allows; returns how many. `until` is a time of `time.monotonic`."""
    closed = 0
    for state in FIELDS:
        for minutes, channel_ids in _limits(state).items():
            closed += _close_all(state, minutes, channel_ids, until)
    return closed


def _limits(state: WorkState) -> dict[int, list[int]]:
    """The channels by their limit. A wrap-up with a time of its own ends by that (`lifecycle.close_finished_wrap_ups`)."""
    channels = Channel.objects.select_related("workstream")
    if state == WorkState.WRAP_UP:
        channels = channels.filter(workstream__wrap_up_block=WrapUpBlock.ALWAYS)
    limits: dict[int, list[int]] = defaultdict(list)
    for channel in channels:
        limits[minutes_until_closed(channel, state)].append(channel.pk)
    return limits


def _close_all(state: WorkState, minutes: int, channel_ids: list[int], until: float) -> int:
    """In batches by key, so that one that can't be closed doesn't keep the others."""
    closed, last_id = 0, 0
    while time.monotonic() < until:
        due = _silent(state, minutes).filter(channel__in=channel_ids, pk__gt=last_id).order_by("pk")
        ids = list(due.values_list("pk", flat=True)[:BATCH])
        closed += sum(_close(conversation_id, state, minutes) for conversation_id in ids)
        if len(ids) < BATCH:
            break
        last_id = ids[-1]
    return closed


def _silent(state: WorkState, minutes: int) -> QuerySet[Conversation]:
    before = database_now() - datetime.timedelta(minutes=minutes)
    silent = Conversation.objects.exclude(state=WorkState.CLOSED).filter(state=state, state_changed_at__lt=before)
    return silent.filter(Q(last_customer_message_at=None) | Q(last_customer_message_at__lt=before), last_interaction_at__lt=before)


@retried
def _close(conversation_id: int, state: WorkState, minutes: int) -> bool:
    """Once more under the lock: a message or a step may have come since the batch was read."""
    conversation = lock_conversation(conversation_id)
    if not _silent(state, minutes).filter(pk=conversation_id).exists():
        return False
    close(conversation, "auto_closed", at=database_now(), actor=None, reason="auto_close")
    return True
