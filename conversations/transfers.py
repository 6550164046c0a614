"""An agent hands a conversation over: to a queue at once, to a colleague once they accept.

A colleague is asked by an offer (`conversations.offers`): until they answer, the conversation stays with its agent, and the
colleague's capacity is reserved for it. Whatever else happens to the conversation meanwhile withdraws the offer.
"""

import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from conversations import journal, live, notes, system_lines
from conversations.colleagues import receivers
from conversations.lifecycle import (
    ACTIVE,
    OPEN,
    NotAllowedNow,
    announce,
    cost_of,
    freed,
    lock_conversation,
    move,
    require_own,
    settle_offer,
    where_it_is,
    write,
)
from conversations.models import Conversation, Offer, OfferKind, OfferState
from workstreams.clock import database_now
from workstreams.distribution import capacity
from workstreams.hours_words import closed_in_words
from workstreams.models import Agent, Queue, User
from workstreams.transactions import retried


def other_queues(conversation: Conversation, *, by: User) -> list[tuple[Queue, str, bool]]:
    """The queues that it may go to: the queue, until when it is closed, and whether it can be chosen."""
    found = Queue.objects.select_related("hours").prefetch_related("hours__periods", "hours__holidays")
    now = timezone.now()
    told = [(queue, closed_in_words(queue, now)) for queue in found if queue.pk != conversation.queue_id]
    return [(queue, closed, not closed or by.is_supervisor) for queue, closed in told]


@retried
def transfer_to_queue(*, conversation_id: int, queue_id: int, actor: User, note: str = "") -> Conversation:
    """Hand it to the agents of another queue, as newly queued there. Own active ones; supervisors also open ones.

    `NotAllowedNow` for a queue that is closed, unless a supervisor insists: nobody is there to take it.
    """
    conversation = lock_conversation(conversation_id)
    require_own(conversation, actor)
    queue = Queue.objects.filter(pk=queue_id).first()
    if queue is None:
        raise NotAllowedNow(_("This queue doesn't exist any more."))
    if (closed := closed_in_words(queue, database_now())) and not actor.is_supervisor:
        raise NotAllowedNow(closed)
    now, former, holder = database_now(), conversation.agent, conversation.holder
    live.conversation_changed(conversation)
    settle_offer(conversation, OfferState.WITHDRAWN, at=now)
    fields = {"agent": None, "affinity_agent": None, "queue": queue, "queued_at": now, "routed_at": now, "aside": False} | freed(
        conversation
    )
    move(conversation, "transferred", OPEN, at=now, let_go_by=former or conversation.let_go_by, **fields)
    journal.record(conversation, "transferred", actor=actor, queue=queue.name)
    notes.keep(conversation, actor=actor, text=note, at=now)
    announce(conversation, former, offered=holder)
    return conversation


@retried
def transfer_to_agent(*, conversation_id: int, agent_id: int, actor: User, note: str = "") -> Offer:
    """Ask a colleague to take an active conversation over. Own ones; supervisors all. Asking the same one again is asking once.

    `NotAllowedNow` if somebody else is being asked, and for a colleague who can't be asked (`receivers`) or has no room: what is
    handed over fits, as all that comes unasked. Locks the conversation, then the colleague.
    """
    conversation = lock_conversation(conversation_id)
    require_own(conversation, actor)
    if conversation.state != ACTIVE:
        raise NotAllowedNow(where_it_is(conversation))
    if conversation.receiver is not None:
        return _asked_already(conversation, conversation.receiver, agent_id)
    agent = receivers(conversation, actor=actor).select_related("user").filter(pk=agent_id).first()
    if agent is None:
        raise NotAllowedNow(_("This colleague can't be asked at the moment."))
    now, cost = database_now(), cost_of(conversation)
    if not capacity.reserve([capacity.Take(agent.pk, cost, now)])[0]:
        raise NotAllowedNow(_("%(name)s has no room for it.") % {"name": agent.user.shown_name})
    write(conversation, receiver=agent, units_reserved=cost.units, profiles_reserved=list(cost.profiles))
    offer = _offer(conversation, agent, actor, at=now)
    offer.note = notes.keep(conversation, actor=actor, text=note, at=now)
    offer.save()
    journal.record(conversation, "transfer_requested", actor=actor, agent=agent.user.shown_name)
    system_lines.add(conversation, "transfer_requested", agent=agent.user.shown_name, actor=actor.shown_name)
    live.conversation_changed(conversation)
    return offer


def _offer(conversation: Conversation, agent: Agent, sender: User, *, at: datetime.datetime) -> Offer:
    seconds = conversation.channel.workstream.offer_seconds
    return Offer(
        conversation=conversation,
        agent=agent,
        queue=conversation.queue,  # type: ignore[misc]
        kind=OfferKind.TRANSFER,
        sender=sender,
        offered_at=at,
        deadline=at + datetime.timedelta(seconds=seconds),
    )


def _asked_already(conversation: Conversation, receiver: Agent, agent_id: int) -> Offer:
    if receiver.pk != agent_id:
        raise NotAllowedNow(_("%(name)s is being asked to take it. Withdraw that first.") % {"name": receiver.user.shown_name})
    return Offer.objects.get(conversation=conversation, state=OfferState.PENDING)


@retried
def withdraw_transfer(*, conversation_id: int, actor: User) -> Conversation:
    """Its agent keeps the conversation after all; supervisors may say so too. `NotAllowedNow` if nobody is being asked any more."""
    conversation = lock_conversation(conversation_id)
    require_own(conversation, actor)
    if conversation.receiver is None:
        raise NotAllowedNow(_("Nobody is being asked to take this conversation."))
    settle_offer(conversation, OfferState.WITHDRAWN, at=database_now(), actor=actor)
    announce(conversation)
    return conversation
