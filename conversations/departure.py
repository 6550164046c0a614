"""When somebody leaves: what they were working on goes back, each conversation by itself and in the order of all locks.

The person is switched off first, in a transaction of its own. From its commit on nothing can be given to their agent
(`Agent.left_at`, `workstreams.distribution.capacity`), so what is found afterwards is all there is. A process that dies
in between leaves the rest to the sweep.
"""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from conversations import journal, participants
from conversations.lifecycle import (
    ACTIVE,
    CLOSED,
    OPEN,
    WAITING,
    WRAP_UP,
    announce,
    close,
    freed,
    lock_conversation,
    move,
    settle_offer,
    stop_transfer,
    write,
)
from conversations.models import Conversation, OfferState, Participant
from conversations.models.participant import LIVE
from workstreams import staffing
from workstreams.clock import database_now
from workstreams.models import Agent, User
from workstreams.transactions import retried

REASON = "left"


def live_work(agents: Collection[Agent]) -> QuerySet[Conversation]:
    """The conversations that these agents have, are offered, are consulted about, or would be offered first."""
    theirs = Q(agent__in=agents) | Q(holder__in=agents) | Q(receiver__in=agents) | Q(affinity_agent__in=agents)
    consulted = Participant.objects.filter(agent__in=agents, state__in=LIVE)
    return Conversation.objects.filter(theirs | Q(pk__in=consulted.values("conversation"))).exclude(state=CLOSED)


def deactivate_person(*, actor: User, person: User) -> int:
    """Switch somebody off and return their work; how many conversations that were. Twice is once.

    `ValidationError` for oneself, and for an actor who is no administrator any more.
    """
    agent = staffing.deactivate(actor=actor, person=person)
    return return_work([agent], actor=actor) if agent else 0


def return_left_work() -> int:
    """For the sweep: what a dead process left with people who are gone."""
    left = list(Agent.objects.filter(left_at__isnull=False))
    return return_work(left) if left else 0


def return_work(agents: Collection[Agent], *, actor: User | None = None) -> int:
    """Return whatever agents who have left still have."""
    ids = {agent.pk for agent in agents}
    found = live_work(agents).order_by("pk").values_list("pk", flat=True)
    return sum(_return(conversation_id=each, agent_ids=ids, actor=actor) for each in list(found))


@retried
def _return(*, conversation_id: int, agent_ids: set[int], actor: User | None) -> bool:
    """Active goes to its queue, waiting stays waiting with nobody, wrap-up closes, an offer is withdrawn."""
    conversation = lock_conversation(conversation_id)
    left = list(Agent.objects.filter(pk__in=agent_ids, left_at__isnull=False).values_list("pk", flat=True))
    if conversation.state == CLOSED:
        return False
    agent, holder, had = conversation.agent, conversation.holder, conversation.agent_id in left
    participants.end_of(conversation, left, at=database_now())
    if conversation.receiver_id in left:
        stop_transfer(conversation, at=database_now())
    if conversation.affinity_agent_id in left:
        write(conversation, affinity_agent=None)
    if conversation.state == OPEN and conversation.holder_id in left:
        settle_offer(conversation, OfferState.WITHDRAWN, at=database_now(), actor=actor)
    elif had:
        _take_away(conversation, actor)
    if had or holder is not None:
        announce(conversation, agent, offered=holder)
    return had


def _take_away(conversation: Conversation, actor: User | None) -> None:
    now = database_now()
    name = conversation.agent.user.shown_name if conversation.agent else ""
    if conversation.state == ACTIVE:
        stop_transfer(conversation, at=now)
        move(conversation, "returned", OPEN, at=now, agent=None, affinity_agent=None, queued_at=now, **freed(conversation))
        journal.record(conversation, "returned", actor=actor, agent=name, reason=REASON)
    elif conversation.state == WAITING:
        write(conversation, agent=None, **freed(conversation))
        journal.record(conversation, "unassigned", actor=actor, agent=name, reason=REASON)
    elif conversation.state == WRAP_UP:
        close(conversation, "closed", at=now, actor=actor, reason=REASON)
