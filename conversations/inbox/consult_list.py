"""Consulting as pages show it: invitations, what became of them, who is consulted, and what one is consulted about."""

import datetime
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from conversations.consults import what_happened
from conversations.models import Participant, ParticipantState
from workstreams.models import Agent, User

SHOWN_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation with its time: `seconds_left` of `seconds_total`, by the server's deadline."""

    participant: Participant
    seconds_left: int
    seconds_total: int


@dataclass(frozen=True, slots=True)
class GoneInvitation:
    """One that the page showed, or sent, and that is decided."""

    participant: Participant
    words: str


def open_invitations(agent: Agent) -> tuple[list[Invitation], list[Participant]]:
    """What the agent is invited to, the most urgent first, and whom the agent has invited; neither is answered yet. One query for none."""
    now = timezone.now()
    found = Participant.objects.filter(Q(agent=agent, deadline__gt=now) | Q(invited_by=agent.user_id), state=ParticipantState.INVITED)
    shown = found.select_related("invited_by", "note", "conversation__profile__contact", "conversation__channel__account")
    rows = list(shown.prefetch_related("conversation__profile__picture").order_by("deadline")[: 2 * SHOWN_AT_MOST])
    got = [_invitation(participant, now) for participant in rows if participant.agent_id == agent.pk]
    return got, [participant for participant in rows if participant.agent_id != agent.pk]


def _invitation(participant: Participant, now: datetime.datetime) -> Invitation:
    left = int((participant.deadline - now).total_seconds())
    return Invitation(participant, left, max(int((participant.deadline - participant.invited_at).total_seconds()), 1))


def gone_invitations(agent: Agent, shown: list[str]) -> list[GoneInvitation]:
    """What became of those in `shown` (public ids of the page) that the agent got and didn't answer, or sent and wasn't told about."""
    mine = Q(agent=agent, state__in=[ParticipantState.TIMED_OUT, ParticipantState.ENDED], joined_at=None)
    answered = Q(state__in=[ParticipantState.JOINED, ParticipantState.DECLINED, ParticipantState.TIMED_OUT])
    gone = Participant.objects.filter(mine | Q(invited_by=agent.user_id) & answered, public_id__in=shown[: 2 * SHOWN_AT_MOST])
    rows = gone.select_related("agent__user", "invited_by", "conversation__profile__contact")
    return [GoneInvitation(participant, _words(participant, agent.user)) for participant in rows]


def _words(participant: Participant, person: User) -> str:
    if participant.agent.user_id == person.pk:
        return what_happened(participant)
    name = {"name": participant.agent.user.shown_name}
    if participant.state == ParticipantState.JOINED:
        return _("%(name)s advises you.") % name
    if participant.state == ParticipantState.DECLINED:
        return _("%(name)s declined to advise you.") % name
    return _("%(name)s did not answer in time.") % name


def consulted_about(agent: Agent) -> list[Participant]:
    """What the agent is consulted about, the newest first."""
    joined = Participant.objects.filter(agent=agent, state=ParticipantState.JOINED)
    return list(joined.select_related("conversation__profile__contact", "conversation__agent__user").order_by("-joined_at")[:SHOWN_AT_MOST])
