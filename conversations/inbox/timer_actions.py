"""Switching a time-out rule off in one conversation, and on again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from conversations import access, lifecycle, timers
from conversations.inbox.frame import PersonRequest, signed_in, wants_fragment
from conversations.inbox.timer_list import foot_context


@require_POST
@signed_in
def switch_timer(request: PersonRequest, public_id: str, rule_id: str) -> HttpResponse:
    """`on` is 1 or 0. Its agent may, and supervisors; others are told whose it is. Scripts get the list of timers again."""
    conversation = access.get_conversation(request.user, public_id)
    rule = get_object_or_404(conversation.channel.workstream.timeout_rules, public_id=rule_id)
    problem = ""
    try:
        timers.switch_timer(conversation_id=conversation.pk, rule_id=rule.pk, on=request.POST.get("on") == "1", actor=request.user)
    except lifecycle.NotAllowedNow as refusal:
        problem = str(refusal)
    if wants_fragment(request):
        shown = {"conversation": conversation, "timers_opened": True, "timers_problem": problem}
        return render(request, "inbox/timers.html", {**shown, **foot_context(request.user, conversation)})
    if problem:
        messages.error(request, problem)
    return redirect("inbox:conversation", public_id=public_id)
