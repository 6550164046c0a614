"""An agent answers an offer."""

from functools import partial

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from conversations import access, offers
from conversations.inbox import answers
from conversations.inbox.frame import PersonRequest, signed_in


@require_POST
@signed_in
def accept_offer(request: PersonRequest, offer_id: str) -> HttpResponse:
    """Take the work on offer."""
    offer = access.get_offer(request.user, offer_id)
    return answers.accept(request, offer, partial(offers.accept_offer, offer_id=offer.pk, actor=request.user))


@require_POST
@signed_in
def decline_offer(request: PersonRequest, offer_id: str) -> HttpResponse:
    """Leave the work to the next agent."""
    offer = access.get_offer(request.user, offer_id)
    return answers.decline(request, partial(offers.decline_offer, offer_id=offer.pk, actor=request.user))
