"""Conversations that wait where they can't stay: too long for their queue, or in a queue where nobody works.

Each is locked and moved by itself; what was found is looked at again under the lock, so twice is once. What an agent is
just being offered stays: declined or timed out, it is found again.
"""

import datetime
import logging
import time
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError
from django.db.models import Exists, F, OuterRef, QuerySet

from conversations import automatic_texts, composer, journal, live
from conversations.lifecycle import OPEN, announce, close, lock_conversation, move
from conversations.models import Conversation, Offer, OfferState
from workstreams.clock import database_now
from workstreams.models import Membership, Overflow, OverflowCondition, Queue
from workstreams.overflows import goes_round, slow_targets
from workstreams.transactions import retried

logger = logging.getLogger(__name__)

# Of one queue in one go; the sweep comes back in 5 s, so that no queue keeps the others waiting.
AT_A_TIME = 100


def waiting_in_queues() -> QuerySet[Conversation]:
    """Routed open conversations that nobody is being offered, whatever the mode of their workstream."""
    pending = Offer.objects.filter(conversation=OuterRef("pk"), state=OfferState.PENDING)
    return Conversation.objects.filter(~Exists(pending), state=OPEN, aside=False, routed_at__isnull=False)


# --- Waited too long ----------------------------------------------------------------------------------


def overflow_slow_queues(*, until: float = float("inf")) -> int:
    """Move or end what has waited longer than its queue allows, the most impatient queues first; returns how many.

    `until` is a time of `time.monotonic`. A conversation that is moved waits anew in its next queue, in its old turn. Nothing
    is moved in a circle, nor to where nobody works: from there it would come back.
    """
    slow = Overflow.objects.filter(condition=OverflowCondition.WAITING_TIME).exclude(target__in=queues_without_agents())
    rows, targets = list(slow.select_related("target").order_by("threshold", "queue_id")), slow_targets()
    overflowed = 0
    for row in rows:
        if row.target is not None and goes_round(targets, row.queue_id):
            logger.error("queue %s overflows in a circle, so nothing is moved from it", row.queue_id)
            continue
        for conversation_id in list(_due(row).order_by("queued_at", "pk").values_list("pk", flat=True)[:AT_A_TIME]):
            if time.monotonic() > until:
                return overflowed
            overflowed += _guarded(_overflow, conversation_id, row)
    return overflowed


def _due(row: Overflow) -> QuerySet[Conversation]:
    since = database_now() - datetime.timedelta(minutes=row.threshold or 0)
    return waiting_in_queues().filter(queue=row.queue_id, queued_at__lte=since)


@retried
def _overflow(conversation_id: int, row: Overflow) -> bool:
    """The lane is locked where the conversation would end, for then its customer is told."""
    conversation = lock_conversation(conversation_id) if row.target else composer.lock_with_lane(conversation_id)
    if not _due(row).filter(pk=conversation_id).exists():
        return False
    if row.target is None:
        end_waiting(conversation, reason=row.condition)
    else:
        move_on(conversation, row.target, reason=row.condition)
    return True


# --- Nobody works there -------------------------------------------------------------------------------


def queues_without_agents() -> QuerySet[Queue]:
    """Queues of which nobody is a member who could sign in."""
    members = Membership.objects.filter(queue=OuterRef("pk"), agent__user__is_active=True, agent__left_at__isnull=True)
    return Queue.objects.filter(~Exists(members))


def leave_queues_without_agents() -> int:
    """Move what waits in queues without agents to its fallback queue, where it stays whoever is there; returns how many.

    `Queue.sent_away_at` remembers it for the supervisor.
    """
    found = list(_forsaken().values_list("pk", "queue_id").order_by("pk")[:AT_A_TIME])
    left = [queue_id for conversation_id, queue_id in found if _guarded(_leave, conversation_id)]
    if left:
        Queue.objects.filter(pk__in=set(left)).update(sent_away_at=database_now())
    return len(left)


def _forsaken() -> QuerySet[Conversation]:
    found = waiting_in_queues().filter(queue__in=queues_without_agents())
    return found.exclude(queue=F("channel__workstream__fallback_queue"))


@retried
def _leave(conversation_id: int) -> bool:
    conversation = lock_conversation(conversation_id)
    if not _forsaken().filter(pk=conversation_id).exists():
        return False
    move_on(conversation, conversation.channel.workstream.fallback_queue, reason="no_agents")
    return True


# --- What becomes of it -------------------------------------------------------------------------------


def move_on(conversation: Conversation, queue: Queue, *, reason: str) -> None:
    """Move a locked waiting conversation to another queue, as newly queued there. It still goes first to the agent who had it."""
    live.conversation_moved(conversation)
    now = database_now()
    move(conversation, "overflowed", OPEN, at=now, queue=queue, queued_at=now)
    journal.record(conversation, "overflowed", queue=queue.name, reason=reason)
    announce(conversation)


def end_waiting(conversation: Conversation, *, reason: str) -> None:
    """Tell the customer and close a waiting conversation because its queue is closed, full or slow. Lane and conversation are locked."""
    languages = (conversation.language, conversation.profile.language, conversation.channel.language)
    own = conversation.queue.ended_texts if conversation.queue else {}
    text = automatic_texts.in_language({**automatic_texts.ENDED_BY_OVERFLOW, **own}, *languages)
    if not composer.tell_customer(conversation=conversation, text=text, client_id=f"overflow:{conversation.public_id}"):
        journal.record(conversation, "overflow_unsaid")
    close(conversation, "overflow_ended", at=database_now(), actor=None, reason=reason)


def _guarded(action: Callable[..., bool], *arguments: Any) -> bool:
    try:
        return action(*arguments)
    except DatabaseError:
        # One conversation's trouble is not the others'; the sweep comes back to it.
        logger.exception("%s %s failed", action.__name__, arguments)
        return False
