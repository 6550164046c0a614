"""What an agent does in the inbox: each view parses, goes through a gate, calls one action and shows the conversation again."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conversations import access, assignment, attachments, composer, courtesies, lifecycle, live, notes, transfers
from conversations.inbox import thread
from conversations.inbox.frame import PersonRequest, signed_in, wants_fragment
from conversations.inbox.views import conversation_context
from conversations.models import Conversation
from workstreams import presence
from workstreams.models import BasePresence

FILES_AT_ONCE = 20


def _shown_again(request: PersonRequest, conversation: Conversation) -> HttpResponse:
    """The conversation as it is now: its panes for a script, else its page."""
    if not wants_fragment(request):
        return redirect("inbox:conversation", public_id=conversation.public_id)
    again = access.visible_conversations(request.user).filter(pk=conversation.pk).select_related(*access.WITH_EVERYTHING_SHOWN).first()
    if again is None:
        return render(request, "inbox/nothing_open.html")
    return render(request, "inbox/conversation.html", conversation_context(request, again))


def _act(request: PersonRequest, public_id: str, action: Callable[..., Any], **arguments: Any) -> HttpResponse:
    conversation = access.get_conversation(request.user, public_id)
    try:
        action(conversation_id=conversation.pk, actor=request.user, **arguments)
    except lifecycle.NotAllowedNow as refusal:
        messages.error(request, str(refusal))
    return _shown_again(request, conversation)


def act_on_own(request: PersonRequest, public_id: str, action: Callable[..., Any], **arguments: Any) -> HttpResponse:
    """For the agent who holds the conversation; supervisors act on `/supervisor/`. Others are told whose it is."""
    conversation = access.get_conversation(request.user, public_id)
    agent = access.agent_of(request.user)
    if agent is None or conversation.agent_id != agent.pk:
        messages.error(request, access.standing(request.user, agent, conversation).why_not)
        return _shown_again(request, conversation)
    return _act(request, public_id, action, **arguments)


@require_POST
@signed_in
def send_message(request: PersonRequest, public_id: str) -> HttpResponse:
    """Say something. The same `client_id` twice is one message. Scripts get 422 with words when it can't be sent."""
    conversation = access.get_conversation(request.user, public_id)
    client_id = request.POST.get("client_id", "")[:64]
    try:
        composer.send(conversation_id=conversation.pk, actor=request.user, draft=_draft_of(request, conversation), client_id=client_id)
    except composer.CannotSend as refusal:
        if wants_fragment(request):
            gone = isinstance(refusal, composer.QuoteIsGone)
            return JsonResponse({"problem": str(refusal), "quote_is_gone": gone}, status=422)
        messages.error(request, str(refusal))
        return redirect("inbox:conversation", public_id=public_id)
    if wants_fragment(request):
        return HttpResponse(status=204)
    return redirect("inbox:conversation", public_id=public_id)


def _draft_of(request: PersonRequest, conversation: Conversation) -> composer.Draft:
    """What is to be said, each part of it through its gate."""
    quoted_id, sticker = request.POST.get("quote", ""), request.POST.get("sticker", "")
    is_key = quoted_id.isdecimal() and len(quoted_id) < 19
    package_id, _separator, sticker_id = sticker.partition("/")
    return composer.Draft(
        text=request.POST.get("text", "").replace("\r\n", "\n"),
        files=access.get_uploads(request.user, conversation, request.POST.getlist("files")[:FILES_AT_ONCE]),
        sticker=(package_id, sticker_id) if sticker else None,
        quoted=access.get_message(conversation, int(quoted_id)) if is_key else None,
    )


@require_POST
@signed_in
def add_note(request: PersonRequest, public_id: str) -> HttpResponse:
    """Write a note for colleagues; everybody who may read the conversation may. Scripts get 422 with words when it can't be kept."""
    conversation = access.get_conversation(request.user, public_id)
    client_id = request.POST.get("client_id", "")[:64]
    try:
        notes.add_note(conversation=conversation, actor=request.user, text=request.POST.get("text", ""), client_id=client_id)
    except notes.CannotNote as refusal:
        if wants_fragment(request) and not request.htmx:
            return JsonResponse({"problem": str(refusal)}, status=422)
        messages.error(request, str(refusal))
    if wants_fragment(request) and not request.htmx:
        return HttpResponse(status=204)
    return _shown_again(request, conversation)


@require_POST
@signed_in
def remove_note(request: PersonRequest, public_id: str, message_id: int) -> HttpResponse:
    """Take back one's own note."""
    conversation = access.get_conversation(request.user, public_id)
    notes.remove_note(note=access.get_own_note(request.user, conversation, message_id), actor=request.user)
    return _shown_again(request, conversation)


@require_POST
@signed_in
def fetch_again(request: PersonRequest, public_id: str, attachment_id: int) -> HttpResponse:
    """Try once more to get a customer's file."""
    conversation = access.get_conversation(request.user, public_id)
    attachment = access.get_attachment(conversation, attachment_id)
    if not attachments.fetch_again(attachment=attachment):
        messages.error(request, _("This file can't be fetched again."))
    return _shown_again(request, conversation)


@require_POST
@signed_in
def send_again(request: PersonRequest, public_id: str, message_id: int) -> HttpResponse:
    """Say once more what failed or may not have arrived, as a new bubble at the end."""
    conversation = access.get_conversation(request.user, public_id)
    message = access.get_outbound_message(conversation, message_id)
    try:
        composer.send_again(message_id=message.pk, actor=request.user)
    except composer.CannotSend as refusal:
        messages.error(request, str(refusal))
    return _shown_again(request, conversation)


@require_POST
@signed_in
def assign_to_me(request: PersonRequest, public_id: str) -> HttpResponse:
    return _act(request, public_id, assignment.pick_conversation)


@require_POST
@signed_in
def transfer(request: PersonRequest, public_id: str) -> HttpResponse:
    """Hand it over to whom `to` names: `queue:` or `agent:` and a public id."""
    kind, _separator, target_id = request.POST.get("to", "").partition(":")
    note = request.POST.get("note", "")
    if kind == "agent":
        colleague = access.get_colleague(target_id)
        return act_on_own(request, public_id, transfers.transfer_to_agent, agent_id=colleague.pk, note=note)
    queue = access.get_queue(target_id)
    return act_on_own(request, public_id, transfers.transfer_to_queue, queue_id=queue.pk, note=note)


@require_POST
@signed_in
def withdraw_transfer(request: PersonRequest, public_id: str) -> HttpResponse:
    return act_on_own(request, public_id, transfers.withdraw_transfer)


@require_POST
@signed_in
def wait_for_customer(request: PersonRequest, public_id: str) -> HttpResponse:
    return act_on_own(request, public_id, lifecycle.wait_for_customer)


@require_POST
@signed_in
def end_conversation(request: PersonRequest, public_id: str) -> HttpResponse:
    return act_on_own(request, public_id, lifecycle.end_conversation)


@require_POST
@signed_in
def reopen(request: PersonRequest, public_id: str) -> HttpResponse:
    return act_on_own(request, public_id, lifecycle.reopen_waiting)


@require_POST
@signed_in
def mark_read(request: PersonRequest, public_id: str) -> HttpResponse:
    """The page showed everything up to the message `up_to`; only the agent who holds the conversation reads it."""
    conversation = access.get_conversation(request.user, public_id)
    up_to = request.POST.get("up_to", "")
    own = conversation.agent is not None and conversation.agent.user_id == request.user.pk
    if own and up_to.isdecimal() and len(up_to) < 19:
        thread.mark_read(conversation=conversation, up_to_message_id=int(up_to))
    return HttpResponse(status=204)


@require_POST
@signed_in
def tell_writing(request: PersonRequest, public_id: str) -> HttpResponse:
    """The agent is typing an answer; the page says so every few seconds. Whether the customer sees it is the channel's affair."""
    courtesies.agent_writes(access.get_conversation(request.user, public_id), request.user)
    return HttpResponse(status=204)


@require_POST
@signed_in
def set_presence(request: PersonRequest) -> HttpResponse:
    """The agent chose a presence in the top bar."""
    agent = access.get_agent(request.user)
    try:
        agent.presence = presence.set_presence(agent, request.POST.get("state", ""))
    except ValueError:
        messages.error(request, _("There is no such presence."))
    else:
        live.agent_changed(agent)
    if wants_fragment(request):
        return render(request, "inbox/status.html", {"agent": agent})
    return redirect("inbox:inbox")


@require_POST
@signed_in
def heartbeat(request: PersonRequest) -> HttpResponse:
    """The leading tab is open. Answers 204 and nothing else; the presence comes back by a live hint if it changed."""
    agent = access.agent_of(request.user)
    if agent is None:
        return HttpResponse(status=204)
    was_offline = getattr(agent, "presence", None) is None or agent.presence.state == BasePresence.OFFLINE
    presence.heartbeat(agent)
    if was_offline:
        live.agent_changed(agent)
    return HttpResponse(status=204)
