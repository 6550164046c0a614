"""A customer writes: their conversation is opened, or brought back from waiting or wrap-up.

Runs in the transaction of whoever took the message in, with the lane locked; locks the conversation, then agents.
"""

import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from channels_app.models import Channel
from conversations import journal
from conversations.lifecycle import ACTIVE, CLOSED, OPEN, WAITING, WRAP_UP, announce, cost_of, freed, held_by, move, write
from conversations.models import Conversation, ProfileKind, SocialProfile
from workstreams.clock import database_now
from workstreams.distribution import capacity
from workstreams.models import Agent


def open_conversation(*, channel: Channel, profile: SocialProfile, event_at: datetime.datetime, aside: bool = False) -> Conversation:
    """The live conversation of this customer on this channel, locked; a new one in the fallback queue if there is none.

    Runs inside the caller's transaction, with the lane locked. A new one isn't routed yet; `aside`: nor will it be.
    """
    found = _lock_live(channel, profile)
    if found is not None:
        return found
    now = database_now()
    try:
        with transaction.atomic():
            made = Conversation.objects.create(
                channel=channel,
                profile=profile,
                state=OPEN,
                queue=channel.workstream.fallback_queue,
                aside=aside,
                language=profile.language,
                queued_at=now,
                state_changed_at=now,
                last_interaction_at=min(event_at, now),
            )
    except IntegrityError:
        # Somebody opened it without the lane: one live conversation per channel and profile, so use that one.
        there = _lock_live(channel, profile)
        if there is None:
            raise
        return there
    announce(made)
    return made


def _lock_live(channel: Channel, profile: SocialProfile) -> Conversation | None:
    """The customer's live conversation, locked, if there is one; as `lock_conversation`, with the channel and profile at hand.

    By hand, for every message asks: lock first, read second; agent and queue are fetched where they are looked at.
    """
    lock = connection.ops.for_update_sql(no_key=True) if connection.features.has_select_for_update else ""
    statement = f"SELECT id FROM conversations_conversation WHERE channel_id = %s AND profile_id = %s AND state <> %s {lock}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [channel.pk, profile.pk, CLOSED.value])
        found = cursor.fetchone()
    if found is None:
        return None
    conversation = Conversation.objects.raw("SELECT * FROM conversations_conversation WHERE id = %s", found)[0]
    conversation.channel, conversation.profile = channel, profile
    return conversation


def customer_wrote(*, channel: Channel, profile: SocialProfile, at: datetime.datetime, standby: bool = False) -> Conversation:
    """The customer's message opens a conversation, or brings a waiting or wrapped-up one back; returns it, locked.

    Runs inside the caller's transaction, with the lane locked. Waiting goes to the queue, first to the agent who had it.
    Wrap-up goes back to its agent if the units are still held or free, else to the queue. While it is open its place in
    the queue stays: writing again costs nobody their turn, and changes nothing about who may take it. A group on a channel
    that routes none stands aside; so does, in standby, what another tool answers: then nothing else moves. Where nothing
    moves, the caller tells the pages, once it has added the message.
    """
    kept_aside = standby or not (channel.routes_groups or profile.kind == ProfileKind.USER)
    locked = open_conversation(channel=channel, profile=profile, event_at=at, aside=kept_aside)
    if standby:
        if locked.state == OPEN and locked.holder_id is None and not locked.aside:
            write(locked, aside=True)
            announce(locked)
        return locked
    now, agent, former = database_now(), locked.agent, locked.state
    if locked.state == OPEN and locked.aside and not kept_aside:
        write(locked, aside=False, queued_at=now, last_interaction_at=now)
        announce(locked)
    if locked.state == WAITING:
        move(locked, "customer_wrote", OPEN, at=now, agent=None, affinity_agent=agent, queued_at=now, **freed(locked))
        journal.record(locked, "reopened", by_customer=True)
    elif locked.state == WRAP_UP:
        _leave_wrap_up(locked, agent, now)
    elif locked.state == OPEN:
        return locked
    if locked.state != former or agent != locked.agent:
        announce(locked, agent)
    write(locked, last_interaction_at=max(locked.last_interaction_at, min(at, now)))
    return locked


def _leave_wrap_up(conversation: Conversation, agent: Agent | None, now: datetime.datetime) -> None:
    held: dict[str, Any] | None = {} if conversation.holder_id is not None else None
    if agent and held is None:
        cost = cost_of(conversation)
        held = held_by(agent, cost) if capacity.reserve([capacity.Take(agent.pk, cost, now)])[0] else None
    if agent and held is not None:
        move(conversation, "customer_wrote", ACTIVE, at=now, **held)
        journal.record(conversation, "reopened", by_customer=True)
    else:
        move(conversation, "customer_wrote", OPEN, at=now, agent=None, affinity_agent=agent, queued_at=now)
        journal.record(conversation, "returned", by_customer=True, reason="no_room")
