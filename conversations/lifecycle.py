"""The life of a conversation: the one table of transitions, and the verbs that use it.

No other code writes `Conversation.state`. Locks: the conversation, then its pending offer, then agents by id.
Nothing here reopens a closed conversation: the next message of its customer opens a new one.
"""

import datetime
from collections.abc import Collection
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from conversations import journal, live, participants, system_lines
from conversations.models import Conversation, Offer, OfferKind, OfferState
from workstreams import ports, presence
from workstreams.clock import database_now
from workstreams.distribution import capacity
from workstreams.models import Agent, User, WorkState
from workstreams.transactions import retried

OPEN, ACTIVE, WAITING, WRAP_UP, CLOSED = WorkState.OPEN, WorkState.ACTIVE, WorkState.WAITING, WorkState.WRAP_UP, WorkState.CLOSED

# What may happen, and from where to where. What isn't here is refused.
TRANSITIONS: dict[str, set[tuple[str, str]]] = {
    "accepted": {(OPEN, ACTIVE)},
    "picked": {(OPEN, ACTIVE)},
    "assigned": {(OPEN, ACTIVE), (ACTIVE, ACTIVE), (WAITING, ACTIVE)},
    "reopened": {(WAITING, ACTIVE)},
    "customer_wrote": {(WAITING, OPEN), (WRAP_UP, ACTIVE), (WRAP_UP, OPEN)},
    "waiting": {(ACTIVE, WAITING)},
    "handed_over": {(ACTIVE, ACTIVE)},
    "transferred": {(ACTIVE, OPEN), (OPEN, OPEN)},
    "returned": {(ACTIVE, OPEN)},
    "overflowed": {(OPEN, OPEN)},
    "overflow_ended": {(OPEN, CLOSED)},
    "ended": {(ACTIVE, WRAP_UP)},
    "closed": {(WRAP_UP, CLOSED)},
    "force_closed": {(OPEN, CLOSED), (ACTIVE, CLOSED), (WAITING, CLOSED), (WRAP_UP, CLOSED)},
    "auto_closed": {(OPEN, CLOSED), (ACTIVE, CLOSED), (WAITING, CLOSED), (WRAP_UP, CLOSED)},
    "closed_by_rule": {(ACTIVE, CLOSED), (WAITING, CLOSED)},
}

OFFER_VERBS = {
    OfferState.ACCEPTED: "accepted",
    OfferState.DECLINED: "declined",
    OfferState.TIMED_OUT: "offer_timed_out",
    OfferState.WITHDRAWN: "offer_withdrawn",
}
TRANSFER_VERBS = {
    OfferState.ACCEPTED: "transfer_accepted",
    OfferState.DECLINED: "transfer_declined",
    OfferState.TIMED_OUT: "transfer_timed_out",
    OfferState.WITHDRAWN: "transfer_withdrawn",
}


class NotAllowedNow(Exception):
    """The conversation isn't (any more) where this verb starts. str() says so in the user's words."""


# --- What the verbs are made of -----------------------------------------------------------------------


def lock_conversation(conversation_id: int) -> Conversation:
    """The conversation, locked, with what the verbs read of it.

    Two statements: PostgreSQL, after waiting for a lock, reads the locked row again but not the rows joined to it, so
    an agent who came in the meantime would be missing.
    """
    Conversation.objects.select_for_update(no_key=True).only("pk").get(pk=conversation_id)
    related = ("queue", "agent__user", "holder__user", "affinity_agent", "profile__lane", "channel__workstream__fallback_queue")
    return Conversation.objects.select_related(*related).get(pk=conversation_id)


def move(conversation: Conversation, step: str, to: str, *, at: datetime.datetime, **fields: Any) -> None:
    """Take one step of the table with a locked conversation; a session that ends with it has no consultants any more.

    `NotAllowedNow` if the table doesn't hold the step.
    """
    if (conversation.state, to) not in TRANSITIONS[step]:
        raise NotAllowedNow(where_it_is(conversation))
    was_active, active = conversation.state == ACTIVE, {"let_go_by": None} if to == ACTIVE else {}
    write(conversation, state=to, state_changed_at=at, **active, **fields)
    if was_active:
        participants.end_all(conversation, at=at)


def write(conversation: Conversation, **fields: Any) -> None:
    """Compare and set: the fields change only if the state is still the one that was read."""
    if not Conversation.objects.filter(pk=conversation.pk, state=conversation.state).update(**fields):
        raise NotAllowedNow(_("This conversation has just been changed. Try again."))
    for name, value in fields.items():
        setattr(conversation, name, value)


def freed(conversation: Conversation) -> dict[str, Any]:
    """Give the reserved capacity back; returns the fields that say so, for `move` or `write` in the same transaction."""
    if conversation.holder_id is not None:
        held = capacity.Cost(conversation.units_held, tuple(conversation.profiles_held))
        capacity.give_back(agent_id=conversation.holder_id, cost=held)
    return {"holder": None, "units_held": 0, "profiles_held": []}


def charged(conversation: Conversation, agent: Agent, *, at: datetime.datetime) -> dict[str, Any]:
    """Take the agent's capacity, over its limits if need be; returns the fields that say so. `NotAllowedNow` for one who has left."""
    taken = capacity.charge(agent_id=agent.pk, cost=cost_of(conversation), at=at)
    if taken is None:
        raise NotAllowedNow(_("This agent doesn't work here any more."))
    return held_by(agent, taken)


def cost_of(conversation: Conversation) -> capacity.Cost:
    """What the conversation takes of whoever gets it; of the profiles that rules attached, those that still exist."""
    attached = capacity.existing_profiles(conversation.capacity_profiles)
    return capacity.cost_of(conversation.channel.workstream, attached)


def held_by(agent: Agent, cost: capacity.Cost) -> dict[str, Any]:
    """The fields of a conversation that takes this of an agent."""
    return {"holder": agent, "units_held": cost.units, "profiles_held": list(cost.profiles)}


def settle_offer(conversation: Conversation, outcome: OfferState, *, at: datetime.datetime, actor: User | None = None) -> Offer | None:
    """End the pending offer of a locked conversation, once: None if there is none.

    Accepting keeps the units. Any other end gives them back, and nobody's offer is made to the same agent first again.
    A transfer that isn't accepted leaves the conversation with its agent.
    """
    offer = (
        Offer.objects.select_for_update(no_key=True, of=("self",))
        .select_related("agent__user")
        .filter(conversation=conversation, state=OfferState.PENDING)
        .first()
    )
    if offer is None:
        return None
    offer.state, offer.decided_at = outcome, at
    offer.save(update_fields=["state", "decided_at"])
    if offer.kind == OfferKind.TRANSFER:
        _settle_transfer(conversation, offer, at=at, actor=actor)
        return offer
    step = "accepted_automatically" if outcome == OfferState.ACCEPTED and actor is None else OFFER_VERBS[outcome]
    if outcome == OfferState.ACCEPTED:
        move(conversation, "accepted", ACTIVE, at=at, agent=offer.agent, assigned_at=at, affinity_agent=None)
    else:
        affinity = None if conversation.affinity_agent_id == offer.agent_id else conversation.affinity_agent
        write(conversation, affinity_agent=affinity, **freed(conversation))
    journal.record(conversation, step, actor=actor, agent=offer.agent.user.shown_name)
    return offer


def _settle_transfer(conversation: Conversation, offer: Offer, *, at: datetime.datetime, actor: User | None) -> None:
    """Accepting makes the conversation the receiver's and frees its former agent; any other end frees the receiver."""
    both = Agent.objects.filter(pk__in=[conversation.holder_id, conversation.receiver_id]).order_by("pk")
    list(both.select_for_update(no_key=True).values_list("pk"))
    reserved = capacity.Cost(conversation.units_reserved, tuple(conversation.profiles_reserved))
    nobody: dict[str, Any] = {"receiver": None, "units_reserved": 0, "profiles_reserved": []}
    if offer.state == OfferState.ACCEPTED:
        freed(conversation)
        taken = {"agent": offer.agent, "assigned_at": at, "affinity_agent": None} | held_by(offer.agent, reserved)
        move(conversation, "handed_over", ACTIVE, at=at, **taken, **nobody)
    else:
        capacity.give_back(agent_id=offer.agent_id, cost=reserved)
        write(conversation, **nobody)
    verb = TRANSFER_VERBS[OfferState(offer.state)]
    journal.record(conversation, verb, actor=actor, agent=offer.agent.user.shown_name)
    system_lines.add(conversation, verb, agent=offer.agent.user.shown_name)
    live.agent_changed(offer.agent)


def stop_transfer(conversation: Conversation, *, at: datetime.datetime) -> None:
    """Whatever takes a locked active conversation from its agent first withdraws it from a colleague who is asked to take it."""
    if conversation.receiver_id is not None:
        settle_offer(conversation, OfferState.WITHDRAWN, at=at)


def accept_at_once(conversations: Collection[Conversation], *, at: datetime.datetime) -> None:
    """The step "accepted" of many locked conversations, each for its holder, by one statement. The caller keeps the journal."""
    open_ones = Conversation.objects.filter(pk__in=[each.pk for each in conversations], state=OPEN, holder__isnull=False)
    changed = {"state": ACTIVE, "state_changed_at": at, "assigned_at": at, "affinity_agent": None, "let_go_by": None}
    if conversations and open_ones.update(agent=F("holder"), **changed) != len(conversations):
        raise NotAllowedNow(_("This conversation has just been changed. Try again."))
    for conversation in conversations:
        conversation.agent = conversation.holder
        for name, value in changed.items():
            setattr(conversation, name, value)


def announce(conversation: Conversation, *agents: Agent | None, offered: Agent | None = None) -> None:
    """Live hints: the conversation moved, and these agents' lists changed. Distribution hears of it too.

    `agents` had the conversation until now, and their presence follows what they have left, as its agent's does;
    `offered` may only have been offered it.
    """
    changed = presence.follow_capacity(conversation.agent, *agents)
    live.conversation_moved(conversation)
    for agent in {agent.pk: agent for agent in (*agents, *changed, offered) if agent is not None}.values():
        live.agent_changed(agent)
    ports.work_waiting(conversation.queue_id)


def where_it_is(conversation: Conversation) -> str:
    """One sentence about where the conversation is now, for whoever came too late."""
    if conversation.state == CLOSED:
        return _("This conversation is closed.")
    if conversation.state == OPEN:
        return _("This conversation is in the queue “%(queue)s”.") % {"queue": conversation.queue}
    name = {"name": conversation.agent.user.shown_name if conversation.agent else ""}
    if conversation.state == WAITING and not conversation.agent:
        return _("This conversation waits for the customer; nobody has it.")
    if conversation.state == WAITING:
        return _("This conversation waits for the customer; it is with %(name)s.") % name
    if conversation.state == WRAP_UP:
        return _("%(name)s has ended this conversation.") % name
    return _("%(name)s has this conversation.") % name


def require_own(conversation: Conversation, actor: User) -> None:
    """Its agent may, and supervisors may; everybody else is told whose it is."""
    own = conversation.agent is not None and conversation.agent.user_id == actor.pk
    if not own and not actor.is_supervisor:
        raise NotAllowedNow(where_it_is(conversation))


# --- The agent and the supervisor ---------------------------------------------------------------------


@retried
def wait_for_customer(*, conversation_id: int, actor: User) -> Conversation:
    """Leave the conversation for the customer to continue: the units are free at once. `NotAllowedNow` unless active and own."""
    conversation = lock_conversation(conversation_id)
    require_own(conversation, actor)
    leave_for_customer(conversation, at=database_now(), actor=actor)
    return conversation


def leave_for_customer(conversation: Conversation, *, at: datetime.datetime, actor: User | None, **why: Any) -> None:
    """A locked active conversation waits from now on. `why` goes into the journal."""
    stop_transfer(conversation, at=at)
    move(conversation, "waiting", WAITING, at=at, **freed(conversation))
    journal.record(conversation, "waiting", actor=actor, **why)
    announce(conversation, conversation.agent)


def put_back(conversation: Conversation, *, at: datetime.datetime, actor: User | None, **why: Any) -> None:
    """A locked active conversation goes back into its queue, as newly queued there. `why` goes into the journal."""
    agent = conversation.agent
    former = {"agent": None, "affinity_agent": None, "let_go_by": agent}
    stop_transfer(conversation, at=at)
    move(conversation, "returned", OPEN, at=at, queued_at=at, **former, **freed(conversation))
    journal.record(conversation, "returned", actor=actor, agent=agent.user.shown_name if agent else "", **why)
    announce(conversation, agent)


@retried
def reopen_waiting(*, conversation_id: int, actor: User) -> Conversation:
    """Its agent takes a waiting conversation up again, over capacity if need be. `NotAllowedNow` for anybody else."""
    conversation = lock_conversation(conversation_id)
    agent, now = conversation.agent, database_now()
    if agent is None or agent.user_id != actor.pk:
        raise NotAllowedNow(where_it_is(conversation))
    move(conversation, "reopened", ACTIVE, at=now, assigned_at=now, **charged(conversation, agent, at=now))
    journal.record(conversation, "reopened", actor=actor)
    announce(conversation, agent)
    return conversation


@retried
def end_conversation(*, conversation_id: int, actor: User) -> Conversation:
    """End it: wrap-up for `workstream.wrap_up_time`, during which the units stay held; no time closes at once.

    In wrap-up, ending again closes. `NotAllowedNow` unless active or in wrap-up, and own.
    """
    conversation = lock_conversation(conversation_id)
    require_own(conversation, actor)
    now = database_now()
    if conversation.state != WRAP_UP:
        stop_transfer(conversation, at=now)
        move(conversation, "ended", WRAP_UP, at=now)
        journal.record(conversation, "ended", actor=actor)
        if conversation.channel.workstream.wrap_up_time != datetime.timedelta(0):
            announce(conversation)
            return conversation
    close(conversation, "closed", at=now, actor=actor, reason="ended")
    return conversation


@retried
def force_close(*, conversation_id: int, actor: User) -> Conversation:
    """A supervisor closes it wherever it is. `NotAllowedNow` if it is closed, or the actor is no supervisor."""
    conversation = lock_conversation(conversation_id)
    if not actor.is_supervisor:
        raise NotAllowedNow(_("Only supervisors can close a conversation by force."))
    close(conversation, "force_closed", at=database_now(), actor=actor, reason="forced")
    return conversation


# --- Time ---------------------------------------------------------------------------------------------


def close_finished_wrap_ups() -> int:
    """Close the conversations whose wrap-up time has passed, by the database's clock; returns how many."""
    wrapped = Conversation.objects.exclude(state=CLOSED).filter(state=WRAP_UP).select_related("channel__workstream").order_by("pk")
    now = database_now()
    return sum(_close_wrap_up(conversation.pk) for conversation in wrapped if _wrap_up_is_over(conversation, now))


def _wrap_up_is_over(conversation: Conversation, now: datetime.datetime) -> bool:
    time = conversation.channel.workstream.wrap_up_time
    return time is not None and conversation.state_changed_at + time <= now


@retried
def _close_wrap_up(conversation_id: int) -> bool:
    conversation = lock_conversation(conversation_id)
    now = database_now()
    if conversation.state != WRAP_UP or not _wrap_up_is_over(conversation, now):
        return False
    close(conversation, "closed", at=now, actor=None, reason="ended")
    return True


def close(conversation: Conversation, step: str, *, at: datetime.datetime, actor: User | None, reason: str) -> None:
    """Close a locked conversation and tell everybody; the last step of whatever ends one."""
    holder = conversation.holder
    settle_offer(conversation, OfferState.WITHDRAWN, at=at)
    fields = {"closed_at": at, "closed_by": actor, "close_reason": reason} | freed(conversation)
    move(conversation, step, CLOSED, at=at, **fields)
    journal.record(conversation, step, actor=actor, reason=reason)
    announce(conversation, conversation.agent, offered=holder)
