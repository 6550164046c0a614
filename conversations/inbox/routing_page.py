"""*How it was routed*: agents see what decided; supervisors see every rule, the queues, and who was asked."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from conversations import access
from conversations.telling import MOST_TOLD, tell_decision, tell_offers

from .frame import PersonRequest, signed_in


@require_GET
@signed_in
def show_routing(request: PersonRequest, public_id: str) -> HttpResponse:
    """The decisions about a conversation, the newest first, and for supervisors its offers."""
    conversation = access.get_conversation(request.user, public_id)
    everything = request.user.is_supervisor
    rows = conversation.decisions.select_related("ruleset", "queue").order_by("-id")[: MOST_TOLD if everything else 1]
    context = {
        "conversation": conversation,
        "agent": access.agent_of(request.user),
        "decisions": [(row, tell_decision(row)) for row in rows],
        "offers": tell_offers(conversation) if everything else [],
        "everything": everything,
    }
    return render(request, "inbox/routing.html", context)
