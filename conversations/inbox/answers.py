"""An agent says yes or no to what is asked of them: an offer, or an invitation to advise a colleague."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect

from conversations import consults, offers
from conversations.inbox.frame import PersonRequest, wants_fragment
from conversations.models import Offer, Participant

GONE = (offers.OfferGone, consults.ConsultGone)


def accept(request: PersonRequest, asked: Offer | Participant, verb: Callable[[], object]) -> HttpResponse:
    """Yes, and on to the conversation; whoever comes too late reads why it is gone."""
    try:
        verb()
    except GONE as gone:
        if wants_fragment(request):
            return JsonResponse({"problem": str(gone)}, status=409)
        messages.error(request, str(gone))
        return redirect("inbox:inbox")
    if wants_fragment(request):
        return JsonResponse({"conversation": asked.conversation.public_id})
    return redirect("inbox:conversation", public_id=asked.conversation.public_id)


def decline(request: PersonRequest, verb: Callable[[], object]) -> HttpResponse:
    """No. Declining what is gone anyway is no error worth a sentence."""
    try:
        verb()
    except GONE as gone:
        if not wants_fragment(request):
            messages.info(request, str(gone))
    return JsonResponse({}) if wants_fragment(request) else redirect("inbox:inbox")
