"""The floor, and what a supervisor does there. Every view answers 404 to people who are no supervisors."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from channels_app.alerts import open_alerts
from channels_app.health import health_of
from conversations import access, assignment, lifecycle, live, transfers
from conversations.inbox.frame import PersonRequest, signed_in, wants_fragment
from conversations.models import Conversation
from conversations.supervisor import queries
from conversations.supervisor.queues import queue_cards
from workstreams import presence
from workstreams.models import Agent, WorkState

ALERTS_SHOWN = 5


@require_GET
@signed_in
def show_floor(request: PersonRequest) -> HttpResponse:
    """Tiles, live conversations, agents; for scripts only what changes."""
    access.require_supervisor(request.user)
    template = "supervisor/floor.html" if wants_fragment(request) else "supervisor/page.html"
    return render(request, template, _floor(request))


@require_GET
@signed_in
def account_health(request: PersonRequest, account_id: str) -> HttpResponse:
    """How a messaging account is doing, to look at only."""
    accounts = list(access.watched_accounts(request.user))
    account = next((account for account in accounts if account.public_id == account_id), None)
    if account is None:
        raise Http404
    context = {"section": "supervisor", "accounts": accounts, "account": account, "health": health_of(account)}
    context["alerts"] = open_alerts().filter(account=account)
    return render(request, "supervisor/account.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def assign(request: PersonRequest, public_id: str) -> HttpResponse:
    """Choose an agent, whatever their presence and load; then give the conversation to them, or `ask` them first."""
    conversation = access.get_conversation_to_supervise(request.user, public_id)
    if request.method == "GET":
        agents = queries.agents_on_the_floor()
        return _dialog(request, "supervisor/assign.html", {"conversation": conversation, "agents": agents})
    agent = get_object_or_404(Agent.objects.select_related("user"), public_id=request.POST.get("agent", ""))
    names = {"customer": conversation.profile.shown_name, "agent": agent.user.shown_name}
    if request.POST.get("ask"):
        done = _("%(agent)s is asked to take %(customer)s.") % names
        return _act(request, conversation, transfers.transfer_to_agent, done, agent_id=agent.pk)
    done = _("%(customer)s is now with %(agent)s.") % names
    return _act(request, conversation, assignment.assign_conversation, done, agent_id=agent.pk)


@require_http_methods(["GET", "POST"])
@signed_in
def force_close(request: PersonRequest, public_id: str) -> HttpResponse:
    """Ask first, naming what is lost; then close, wherever the conversation is."""
    conversation = access.get_conversation_to_supervise(request.user, public_id)
    if request.method == "GET":
        return _dialog(request, "supervisor/force_close.html", {"conversation": conversation})
    done = _("The conversation with %(customer)s is closed.") % {"customer": conversation.profile.shown_name}
    return _act(request, conversation, lifecycle.force_close, done)


@require_POST
@signed_in
def take_back(request: PersonRequest, agent_id: str) -> HttpResponse:
    """An agent who is Inactive, because an offer was missed, is offered work again."""
    access.require_supervisor(request.user)
    agent = get_object_or_404(Agent.objects.select_related("user"), public_id=agent_id)
    if presence.end_inactive(agent):
        live.agent_changed(agent)
        messages.success(request, _("%(agent)s is offered work again.") % {"agent": agent.user.shown_name})
    return redirect("supervisor:floor")


def _act(request: PersonRequest, conversation: Conversation, action: Callable[..., Any], done: str, **arguments: Any) -> HttpResponse:
    try:
        action(conversation_id=conversation.pk, actor=request.user, **arguments)
    except lifecycle.NotAllowedNow as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("supervisor:floor")


def _dialog(request: PersonRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The content of a dialog for scripts; a page of its own without."""
    return render(request, template if wants_fragment(request) else "supervisor/alone.html", {**context, "template": template})


def _floor(request: PersonRequest) -> dict[str, Any]:
    state = request.GET.get("state", "")
    rows, more = queries.live_conversations(state)
    queues, more_queues = queue_cards()
    filters = [
        ("", _("All")),
        (WorkState.OPEN, pgettext("conversations in queues", "Waiting")),
        (WorkState.ACTIVE, WorkState.ACTIVE.label),
        (WorkState.WAITING, _("Waiting for customer")),
    ]
    return {
        "section": "supervisor",
        "account": access.watched_accounts(request.user).first(),
        "alerts": open_alerts()[:ALERTS_SHOWN],
        "figures": queries.figures(),
        "queues": queues,
        "more_queues": more_queues,
        "rows": rows,
        "more": more,
        "state": state,
        "filters": filters,
        "agents": queries.agents_on_the_floor(),
    }
