"""An agent answers an offer."""

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from conversations import access, offers
from conversations.inbox.frame import PersonRequest, signed_in, wants_fragment


@require_POST
@signed_in
def accept_offer(request: PersonRequest, offer_id: str) -> HttpResponse:
    """Take the work on offer; whoever comes too late reads who was first."""
    offer = access.get_offer(request.user, offer_id)
    try:
        offers.accept_offer(offer_id=offer.pk, actor=request.user)
    except offers.OfferGone as gone:
        if wants_fragment(request):
            return JsonResponse({"problem": str(gone)}, status=409)
        messages.error(request, str(gone))
        return redirect("inbox:inbox")
    if wants_fragment(request):
        return JsonResponse({"conversation": offer.conversation.public_id})
    return redirect("inbox:conversation", public_id=offer.conversation.public_id)


@require_POST
@signed_in
def decline_offer(request: PersonRequest, offer_id: str) -> HttpResponse:
    """Leave the work to the next agent. Declining what is gone anyway is no error worth a sentence."""
    offer = access.get_offer(request.user, offer_id)
    try:
        offers.decline_offer(offer_id=offer.pk, actor=request.user)
    except offers.OfferGone as gone:
        if not wants_fragment(request):
            messages.info(request, str(gone))
    if wants_fragment(request):
        return JsonResponse({})
    return redirect("inbox:inbox")
