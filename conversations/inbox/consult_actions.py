"""Consulting in the inbox: the agent invites and ends, the colleague accepts, declines and leaves."""

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from conversations import access, consults
from conversations.inbox.actions import act_on_own
from conversations.inbox.frame import PersonRequest, signed_in, wants_fragment


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
    """Join; whoever comes too late reads why not."""
    participant = access.get_invitation(request.user, participant_id)
    try:
        consults.accept(participant_id=participant.pk, actor=request.user)
    except consults.ConsultGone as gone:
        if wants_fragment(request):
            return JsonResponse({"problem": str(gone)}, status=409)
        messages.error(request, str(gone))
        return redirect("inbox:inbox")
    if wants_fragment(request):
        return JsonResponse({"conversation": participant.conversation.public_id})
    return redirect("inbox:conversation", public_id=participant.conversation.public_id)


@require_POST
@signed_in
def decline(request: PersonRequest, participant_id: str) -> HttpResponse:
    """No advice from this colleague. Declining what is gone anyway is no error worth a sentence."""
    participant = access.get_invitation(request.user, participant_id)
    try:
        consults.decline(participant_id=participant.pk, actor=request.user)
    except consults.ConsultGone as gone:
        if not wants_fragment(request):
            messages.info(request, str(gone))
    return JsonResponse({}) if wants_fragment(request) else redirect("inbox:inbox")


@require_POST
@signed_in
def leave(request: PersonRequest, participant_id: str) -> HttpResponse:
    """The colleague has said what there was to say."""
    participant = access.get_invitation(request.user, participant_id)
    consults.leave(participant_id=participant.pk, actor=request.user)
    return redirect("inbox:inbox")
