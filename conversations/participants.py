"""What becomes of those who are consulted when the conversation leaves its agent. `consults` has what people do."""

import datetime

from django.db.models import QuerySet

from conversations import journal, live
from conversations.models import Conversation, Participant, ParticipantState
from conversations.models.participant import LIVE
from workstreams.models import Agent, User


def end_all(conversation: Conversation, *, at: datetime.datetime) -> None:
    """Nobody is consulted any more: its session is over. Runs under the conversation's lock; one query where nobody is."""
    for participant in _live(conversation).order_by("place"):
        end(conversation, participant, ParticipantState.ENDED, at=at)


def end_of(conversation: Conversation, agents: list[int], *, at: datetime.datetime) -> None:
    """These agents, who left, are consulted no longer. Runs under the conversation's lock."""
    for participant in _live(conversation).filter(agent__in=agents):
        end(conversation, participant, ParticipantState.ENDED, at=at)


def _live(conversation: Conversation) -> QuerySet[Participant]:
    return Participant.objects.filter(conversation=conversation, state__in=LIVE).select_related("agent__user")


def end(
    conversation: Conversation, participant: Participant, state: ParticipantState, *, at: datetime.datetime, actor: User | None = None
) -> None:
    """Give a live participant of a locked conversation its end, with a line in the journal."""
    Participant.objects.filter(pk=participant.pk, state__in=LIVE).update(state=state, ended_at=at)
    participant.state, participant.ended_at = state, at
    agent: Agent = participant.agent
    journal.record(conversation, f"consult_{state}", actor=actor, agent=agent.user.shown_name)
    live.agent_changed(agent)
