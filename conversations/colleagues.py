"""Whom an agent may ask to take a conversation over, or for advice: who is there, wants to be asked, and by the settings may be."""

from django.db.models import Q, QuerySet

from conversations.models import Conversation, Participant
from conversations.models.participant import LIVE
from workstreams.clock import database_now
from workstreams.models import Agent, BasePresence, DistributionSettings, Membership, TransferTo, User
from workstreams.presence import present_since

# Do not disturb, inactive, away and offline aren't asked.
ASKED = (BasePresence.AVAILABLE, BasePresence.BUSY)


def receivers(conversation: Conversation, *, actor: User) -> QuerySet[Agent]:
    """The agents to whom `actor` may hand this conversation over, whatever room they have; supervisors may choose all who are there."""
    if actor.is_supervisor:
        return _who_can_be_asked(conversation)
    allowed = DistributionSettings.current().transfer_to
    if allowed == TransferTo.NOBODY:
        return Agent.objects.none()
    found = _who_can_be_asked(conversation)
    if allowed == TransferTo.QUEUE:
        found = found.filter(pk__in=Membership.objects.filter(queue=conversation.queue_id).values("agent"))
    return found


def consultants(conversation: Conversation) -> QuerySet[Agent]:
    """The agents whom the conversation's agent may consult and who aren't consulted yet; nobody where the installation says so."""
    if not DistributionSettings.current().consults:
        return Agent.objects.none()
    consulted = Participant.objects.filter(conversation=conversation, state__in=LIVE)
    return _who_can_be_asked(conversation).exclude(pk__in=consulted.values("agent"))


def _who_can_be_asked(conversation: Conversation) -> QuerySet[Agent]:
    """Everybody who is there and takes work, but for the agent who has it."""
    here = Q(user__is_active=True, left_at__isnull=True, presence__seen_at__gte=present_since(database_now()))
    there = Agent.objects.filter(here, presence__state__in=ASKED)
    return there.exclude(pk=conversation.agent_id) if conversation.agent_id else there
