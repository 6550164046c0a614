"""Quick replies: the menu behind the slash, and the pages where people keep their own and supervisors the shared ones."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conversations import access, quick_replies
from conversations.inbox.frame import PersonRequest, signed_in
from conversations.inbox.quick_reply_form import QuickReplyForm
from conversations.inbox.slash_commands import slash_commands
from conversations.models import QuickReply

QUERY_LENGTH = 60


@require_GET
@signed_in
def show_menu(request: PersonRequest, public_id: str) -> HttpResponse:
    """What fits behind the slash in this conversation, with the names already in the texts."""
    conversation = access.get_conversation(request.user, public_id)
    query = request.GET.get("q", "")[:QUERY_LENGTH]
    found = quick_replies.find(conversation=conversation, person=request.user, query=query)
    options = [(reply, quick_replies.filled(reply.text, conversation=conversation, person=request.user)) for reply in found]
    commands = slash_commands(query, access.standing(request.user, access.agent_of(request.user), conversation), conversation)
    return render(request, "quick_replies/menu.html", {"options": options, "commands": commands, "query": query})


@require_GET
@signed_in
def show_all(request: PersonRequest) -> HttpResponse:
    """One's own, then everybody's."""
    own = _listed(QuickReply.objects.filter(owner=request.user))
    shared = _listed(QuickReply.objects.filter(owner__isnull=True))
    return _page(request, "quick_replies/list.html", own=own, shared=shared)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def add(request: PersonRequest) -> HttpResponse:
    """A new one: one's own, or with `?shared=1` everybody's, which is for supervisors."""
    shared = request.GET.get("shared") == "1"
    if shared:
        access.require_supervisor(request.user)
    return _edit(request, QuickReply(owner=None if shared else request.user))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: PersonRequest, reply_id: str) -> HttpResponse:
    """One that the person may change."""
    return _edit(request, access.get_quick_reply_to_edit(request.user, reply_id))


@require_POST
@signed_in
def delete(request: PersonRequest, reply_id: str) -> HttpResponse:
    """Gone for good: what was sent with it stays, of course."""
    reply = access.get_quick_reply_to_edit(request.user, reply_id)
    reply.delete()
    messages.success(request, _("The quick reply “%(title)s” was deleted.") % {"title": reply.title})
    return redirect("inbox:quick_replies")


def _edit(request: PersonRequest, reply: QuickReply) -> HttpResponse:
    form = QuickReplyForm(request.POST if request.method == "POST" else None, reply=reply)
    if request.method == "POST" and form.is_valid():
        try:
            quick_replies.save_quick_reply(reply=reply, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("inbox:quick_replies")
    return _page(request, "quick_replies/edit.html", form=form, reply=reply)


def _listed(replies: QuerySet[QuickReply]) -> QuerySet[QuickReply]:
    return replies.prefetch_related("workstreams").order_by("title", "pk")


def _page(request: HttpRequest, template: str, **context: object) -> HttpResponse:
    return render(request, template, {"section": "quick_replies", **context})
