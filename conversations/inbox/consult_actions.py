"""Consulting in the inbox: the agent invites and ends, the colleague accepts, declines and leaves."""

from functools import partial

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from conversations import access, consults
from conversations.inbox import answers
from conversations.inbox.actions import act_on_own
from conversations.inbox.frame import PersonRequest, signed_in


@require_POST
@signed_in
def invite(request: PersonRequest, public_id: str) -> HttpResponse:
    """Ask a colleague for advice."""
    colleague = access.get_colleague(request.POST.get("agent", ""))
    return act_on_own(request, public_id, consults.invite, agent_id=colleague.pk, note=request.POST.get("note", ""))


@require_POST
@signed_in
def end_consult(request: PersonRequest, public_id: str, participant_id: str) -> HttpResponse:
    """Thank you, that was all."""
    participant = access.get_participant(access.get_conversation(request.user, public_id), participant_id)

    def end(*, conversation_id: int, **arguments: object) -> None:
        consults.end_consult(participant_id=participant.pk, actor=request.user)

    return act_on_own(request, public_id, end)


@require_POST
@signed_in
def accept(request: PersonRequest, participant_id: str) -> HttpResponse:
    """Join and advise."""
    participant = access.get_invitation(request.user, participant_id)
    return answers.accept(request, participant, partial(consults.accept, participant_id=participant.pk, actor=request.user))


@require_POST
@signed_in
def decline(request: PersonRequest, participant_id: str) -> HttpResponse:
    """No advice from this colleague."""
    participant = access.get_invitation(request.user, participant_id)
    return answers.decline(request, partial(consults.decline, participant_id=participant.pk, actor=request.user))


@require_POST
@signed_in
def leave(request: PersonRequest, participant_id: str) -> HttpResponse:
    """The colleague has said what there was to say."""
    participant = access.get_invitation(request.user, participant_id)
    consults.leave(participant_id=participant.pk, actor=request.user)
    return redirect("inbox:inbox")
