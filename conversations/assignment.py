"""People give work: an agent picks it from a list, a supervisor assigns it. Both may exceed an agent's capacity."""

import datetime

from django.utils.translation import gettext as _

from conversations import journal
from conversations.lifecycle import (
    ACTIVE,
    OPEN,
    TRANSITIONS,
    NotAllowedNow,
    announce,
    charged,
    freed,
    lock_conversation,
    move,
    settle_offer,
    where_it_is,
)
from conversations.models import Conversation, Offer, OfferState
from workstreams.clock import database_now
from workstreams.models import Agent, Membership, User
from workstreams.transactions import retried


@retried
def pick_conversation(*, conversation_id: int, actor: User) -> Conversation:
    """The agent takes an open conversation of one of its queues; somebody else's pending offer is withdrawn.

    One's own offer is accepted by it. `NotAllowedNow` if it is no longer open, or not in the agent's queues.
    """
    conversation = lock_conversation(conversation_id)
    agent = Agent.objects.select_related("user").filter(user=actor).first()
    if agent is None:
        raise NotAllowedNow(_("Only agents can take a conversation."))
    if conversation.state == ACTIVE and conversation.agent_id == agent.pk:
        return conversation
    if conversation.state != OPEN:
        raise NotAllowedNow(where_it_is(conversation))
    member = Membership.objects.filter(agent=agent, queue=conversation.queue).exists()
    own_offer = Offer.objects.filter(conversation=conversation, agent=agent, state=OfferState.PENDING).exists()
    if not (member or own_offer or actor.is_supervisor):
        raise NotAllowedNow(_("You are not a member of the queue “%(queue)s”.") % {"queue": conversation.queue})
    now, holder = database_now(), conversation.holder
    if own_offer and conversation.holder_id in (None, agent.pk):
        settle_offer(conversation, OfferState.ACCEPTED, at=now, actor=actor)
        announce(conversation)
    else:
        _give_to(conversation, agent, step="picked", actor=actor, at=now)
        announce(conversation, offered=holder)
    return conversation


@retried
def assign_conversation(*, conversation_id: int, agent_id: int, actor: User) -> Conversation:
    """A supervisor gives an open, active or waiting conversation to an agent, whose presence doesn't matter.

    The agent who had it is released. `NotAllowedNow` for other states, for actors who are no supervisors, and for
    agents who can't log in.
    """
    conversation = lock_conversation(conversation_id)
    if not actor.is_supervisor:
        raise NotAllowedNow(_("Only supervisors can assign a conversation."))
    agent = Agent.objects.select_related("user").filter(pk=agent_id, user__is_active=True).first()
    if agent is None:
        raise NotAllowedNow(_("This agent doesn't work here any more."))
    if conversation.state == ACTIVE and conversation.agent_id == agent.pk:
        return conversation
    former, holder = conversation.agent, conversation.holder
    _give_to(conversation, agent, step="assigned", actor=actor, at=database_now())
    announce(conversation, former, offered=holder)
    return conversation


def _give_to(conversation: Conversation, agent: Agent, *, step: str, actor: User, at: datetime.datetime) -> None:
    """Release whoever holds the conversation and make it the agent's own. Locks the offer, then the agents by id."""
    if (conversation.state, ACTIVE) not in TRANSITIONS[step]:
        raise NotAllowedNow(where_it_is(conversation))
    list(Offer.objects.select_for_update(no_key=True).filter(conversation=conversation, state=OfferState.PENDING))
    ids = {each for each in (agent.pk, conversation.holder_id, conversation.receiver_id) if each}
    list(Agent.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
    settle_offer(conversation, OfferState.WITHDRAWN, at=at)
    freed(conversation)
    held = charged(conversation, agent, at=at)
    taken = {"agent": agent, "affinity_agent": None, "assigned_at": at, "routed_at": conversation.routed_at or at, "aside": False}
    move(conversation, step, ACTIVE, at=at, **taken, **held)
    journal.record(conversation, step, actor=actor, agent=agent.user.shown_name)
