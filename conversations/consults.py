"""An agent consults colleagues about a conversation: they read along and write notes, and don't answer the customer.

It takes no capacity and changes nobody's presence. It ends with the conversation's session: when it is ended, left waiting,
closed or given to another agent (`lifecycle.move`). Everything here happens under the conversation's lock.
"""

import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from conversations import journal, live, notes, system_lines
from conversations.colleagues import consultants
from conversations.lifecycle import ACTIVE, NotAllowedNow, lock_conversation, where_it_is
from conversations.models import Conversation, Participant, ParticipantState
from conversations.models.participant import LIVE, MOST_CONSULTANTS
from conversations.participants import end
from workstreams.clock import database_now
from workstreams.models import BasePresence, User
from workstreams.presence import present_since
from workstreams.transactions import retried


class ConsultGone(Exception):
    """The invitation was decided before. str() says how, in the user's words."""


@retried
def invite(*, conversation_id: int, agent_id: int, actor: User, note: str = "") -> Participant:
    """Ask a colleague for advice; only the conversation's agent may. Inviting one who is consulted already is inviting once.

    `NotAllowedNow` unless active and own, for the sixth, and for a colleague who can't be asked.
    """
    conversation = lock_conversation(conversation_id)
    if conversation.agent is None or conversation.agent.user_id != actor.pk or conversation.state != ACTIVE:
        raise NotAllowedNow(where_it_is(conversation))
    present = list(Participant.objects.filter(conversation=conversation, state__in=LIVE))
    known = next((each for each in present if each.agent_id == agent_id), None)
    if known is not None:
        return known
    free = sorted(set(range(1, MOST_CONSULTANTS + 1)) - {each.place for each in present})
    if not free:
        raise NotAllowedNow(_("Five colleagues are consulted already. End one first."))
    agent = consultants(conversation).select_related("user").filter(pk=agent_id).first()
    if agent is None:
        raise NotAllowedNow(_("This colleague can't be asked at the moment."))
    now = database_now()
    participant = Participant.objects.create(
        conversation=conversation,
        agent=agent,
        place=free[0],
        invited_by=actor,
        note=notes.keep(conversation, actor=actor, text=note, at=now),
        invited_at=now,
        deadline=now + datetime.timedelta(seconds=conversation.channel.workstream.offer_seconds),
    )
    _tell(participant, "consult_requested", actor=actor)
    return participant


@retried
def accept(*, participant_id: int, actor: User) -> Participant:
    """The invited colleague joins. Twice is once; `ConsultGone` if it isn't open any more."""
    participant, now = _locked(participant_id, actor), database_now()
    if participant.state == ParticipantState.INVITED and participant.deadline > now:
        joined = {"state": ParticipantState.JOINED, "joined_at": now}
        Participant.objects.filter(pk=participant.pk).update(**joined)
        participant.state, participant.joined_at = ParticipantState.JOINED, now
        _tell(participant, "consult_accepted", actor=actor)
    if participant.state != ParticipantState.JOINED:
        raise ConsultGone(what_happened(participant))
    return participant


@retried
def decline(*, participant_id: int, actor: User) -> Participant:
    """The invited colleague doesn't join. Twice is once; `ConsultGone` if it was decided otherwise."""
    participant = _locked(participant_id, actor)
    if participant.state == ParticipantState.INVITED:
        _end(participant, ParticipantState.DECLINED, actor=actor)
    if participant.state != ParticipantState.DECLINED:
        raise ConsultGone(what_happened(participant))
    return participant


@retried
def leave(*, participant_id: int, actor: User) -> Participant:
    """The consulted colleague goes. Harmless if it has ended already."""
    participant = _locked(participant_id, actor)
    if participant.state == ParticipantState.JOINED:
        _end(participant, ParticipantState.LEFT, actor=actor)
    return participant


@retried
def end_consult(*, participant_id: int, actor: User) -> Participant:
    """The conversation's agent, or a supervisor, ends it or takes the invitation back. Harmless if it has ended already."""
    participant = _locked(participant_id)
    agent = participant.conversation.agent
    if not actor.is_supervisor and (agent is None or agent.user_id != actor.pk):
        raise NotAllowedNow(where_it_is(participant.conversation))
    if participant.state in LIVE:
        _end(participant, ParticipantState.ENDED, actor=actor)
    return participant


def expire_consults() -> int:
    """End the invitations whose deadline has passed, and those of agents who are gone; returns how many. For the sweep."""
    due = list(_due().order_by("conversation_id", "pk").values_list("pk", flat=True))
    return sum(_expire(participant_id) for participant_id in due)


def _due() -> QuerySet[Participant]:
    now = database_now()
    gone = Q(agent__presence__isnull=True) | Q(agent__presence__state=BasePresence.OFFLINE)
    gone |= Q(agent__presence__seen_at__isnull=True) | Q(agent__presence__seen_at__lt=present_since(now))
    return Participant.objects.filter(Q(deadline__lte=now) | gone, state=ParticipantState.INVITED)


@retried
def _expire(participant_id: int) -> bool:
    participant = _locked(participant_id)
    # The agent may have answered, or come back, since the list was read.
    if not _due().filter(pk=participant_id).exists():
        return False
    _end(participant, ParticipantState.TIMED_OUT)
    return True


def _locked(participant_id: int, actor: User | None = None) -> Participant:
    """The participant as it is under its conversation's lock. `ConsultGone` if there is none, or the actor is somebody else."""
    found = Participant.objects.filter(pk=participant_id).values_list("conversation_id", flat=True).first()
    if found is None:
        raise ConsultGone(_("This invitation doesn't exist any more."))
    conversation = lock_conversation(found)
    participant = Participant.objects.select_related("agent__user", "invited_by").get(pk=participant_id)
    participant.conversation = conversation
    if actor is not None and participant.agent.user_id != actor.pk:
        raise ConsultGone(_("This invitation is somebody else's."))
    return participant


def _end(participant: Participant, state: ParticipantState, *, actor: User | None = None) -> None:
    end(participant.conversation, participant, state, at=database_now(), actor=actor)
    _line(participant, f"consult_{state}", actor)


def _tell(participant: Participant, verb: str, *, actor: User) -> None:
    journal.record(participant.conversation, verb, actor=actor, agent=participant.agent.user.shown_name)
    _line(participant, verb, actor)
    live.agent_changed(participant.agent)


def _line(participant: Participant, verb: str, actor: User | None) -> None:
    names = {"agent": participant.agent.user.shown_name, "actor": actor.shown_name if actor else ""}
    system_lines.add(participant.conversation, verb, **names)
    live.conversation_changed(participant.conversation)


def what_happened(participant: Participant) -> str:
    """Why somebody who is invited isn't any more."""
    if participant.state == ParticipantState.DECLINED:
        return _("You have declined.")
    if participant.state in (ParticipantState.TIMED_OUT, ParticipantState.INVITED):
        return _("The time to accept has run out.")
    name = {"name": participant.invited_by.shown_name if participant.invited_by else ""}
    return _("%(name)s doesn't need your advice any more.") % name


def live_participants(conversation: Conversation) -> list[Participant]:
    """Who is consulted about it, or invited to be."""
    found = Participant.objects.filter(conversation=conversation, state__in=LIVE)
    return list(found.select_related("agent__user").order_by("place"))
