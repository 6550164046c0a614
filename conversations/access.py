"""Gates: request code gets conversations, offers and messages only from here, scoped to the person. "Not yours" is 404."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from conversations.models import Conversation, Direction, Message, Offer
from workstreams.models import Agent, Membership, Queue, User, WorkState

WITH_EVERYTHING_SHOWN = ("profile__contact", "queue", "channel__account", "channel__workstream", "agent__user", "holder__user", "closed_by")


def agent_of(user: User) -> Agent | None:
    """The working side of a person, with presence; empty for people who don't take work."""
    return Agent.objects.select_related("presence", "user").filter(user_id=user.pk).first()


def get_agent(user: User) -> Agent:
    """The person's agent; 404 for people who don't take work."""
    agent = agent_of(user)
    if agent is None:
        raise Http404
    return agent


def require_supervisor(user: User) -> None:
    """404 for everybody who may not see the floor."""
    if not user.is_supervisor:
        raise Http404


def visible_conversations(user: User) -> QuerySet[Conversation]:
    """Supervisors see all; agents those of their queues, their own, and previous ones of the customers they serve."""
    if user.is_supervisor:
        return Conversation.objects.all()
    own = Q(agent__user=user) | Q(holder__user=user)
    serves = Conversation.objects.filter(own).exclude(state=WorkState.CLOSED).values("profile_id")
    queues = Membership.objects.filter(agent__user=user).values("queue_id")
    return Conversation.objects.filter(own | Q(queue_id__in=queues) | Q(profile_id__in=serves))


def get_conversation(user: User, public_id: str) -> Conversation:
    """A conversation that the person may read, with all that its page shows; 404 otherwise."""
    readable = visible_conversations(user).select_related(*WITH_EVERYTHING_SHOWN)
    return get_object_or_404(readable, public_id=public_id)


def get_conversation_to_supervise(user: User, public_id: str) -> Conversation:
    """Any conversation, for supervisors only; 404 otherwise."""
    require_supervisor(user)
    return get_conversation(user, public_id)


def get_offer(user: User, public_id: str) -> Offer:
    """An offer made to this person, whatever became of it; 404 otherwise."""
    offers = Offer.objects.select_related("conversation__agent__user", "conversation__profile__contact")
    return get_object_or_404(offers, public_id=public_id, agent__user=user)


def get_outbound_message(conversation: Conversation, message_id: int) -> Message:
    """A message of ours in a conversation that came through a gate; 404 otherwise."""
    messages = Message.objects.select_related("bubble__delivery")
    return get_object_or_404(messages, pk=message_id, conversation=conversation, direction=Direction.OUT)


def get_queue(public_id: str) -> Queue:
    """A queue to transfer to: any; 404 if there is none by that id."""
    return get_object_or_404(Queue, public_id=public_id)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person may do in a conversation that they may read; `why_not` says in words why they can't write.

    To pass on is to transfer it, or to leave it waiting for the customer.
    """

    may_write: bool = False
    may_take: bool = False
    may_reopen: bool = False
    may_end: bool = False
    may_pass_on: bool = False
    why_not: str = ""


def standing(user: User, agent: Agent | None, conversation: Conversation) -> Standing:
    """Where the person stands. Only the agent who holds a conversation writes in it."""
    mine = agent is not None and conversation.agent_id == agent.pk
    state = conversation.state
    if mine and state == WorkState.ACTIVE:
        return Standing(may_write=True, may_end=True, may_pass_on=True)
    if mine and state == WorkState.WRAP_UP:
        return Standing(may_write=True, may_end=True)
    if mine and state == WorkState.WAITING:
        return Standing(may_reopen=True, may_end=True, why_not=_("It waits for the customer. Reopen it to write."))
    if state == WorkState.CLOSED:
        return Standing(why_not=_("This conversation has ended. When the customer writes again, a new one begins."))
    if state == WorkState.OPEN and agent is not None:
        return _standing_of_open_work(agent, conversation)
    if conversation.agent is not None:
        return Standing(
            why_not=_("%(name)s holds this conversation. You are reading along.") % {"name": conversation.agent.user.shown_name}
        )
    return Standing(why_not=_("You are reading along. Only agents answer customers."))


def _standing_of_open_work(agent: Agent, conversation: Conversation) -> Standing:
    holder = conversation.holder
    if holder is not None and holder.pk == agent.pk:
        return Standing(why_not=_("It is being offered to you."))
    if holder is not None:
        return Standing(why_not=_("It is being offered to %(name)s.") % {"name": holder.user.shown_name})
    if Membership.objects.filter(agent=agent, queue=conversation.queue).exists():
        return Standing(may_take=True, why_not=_("Nobody holds this conversation yet. Assign it to yourself to answer."))
    return Standing(why_not=_("It waits in the queue %(queue)s, which isn't one of yours.") % {"queue": conversation.queue})
