"""*Queues*: the list, the one form of a queue, its copy, and its deletion, which says what still needs it."""

import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from workstreams.access import queue_to_configure, require_administrator
from workstreams.clock import database_now
from workstreams.hours import working_hours
from workstreams.hours_words import now_in_words
from workstreams.models import Queue
from workstreams.queue_setup import copy_queue, delete_queue, save_queue, uses_of

from .pages import Crumb, sent_data, show_page
from .queue_forms import QueueForm
from .queue_words import overflow_in_words


@require_safe
def queues(request: HttpRequest) -> HttpResponse:
    """All queues: members, method, whether open now, overflow."""
    require_administrator(request.user)
    found = Queue.objects.annotate(member_count=Count("memberships")).select_related("hours").order_by("priority", "name")
    found = found.prefetch_related("hours__periods", "hours__holidays", "overflows__target")
    now = database_now()
    rows = [(queue, _now(queue, now), [overflow_in_words(row) for row in queue.overflows.all()]) for queue in found]
    title = _("Queues")
    return show_page(request, "admin/console/queues.html", title=title, crumbs=[Crumb(title)], rows=rows)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """*New queue*."""
    require_administrator(request.user)
    return _edit(request, Queue(), _("New queue"))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """The same form, filled."""
    queue = queue_to_configure(request.user, public_id)
    return _edit(request, queue, queue.name)


@require_POST
def copy(request: HttpRequest, public_id: str) -> HttpResponse:
    """*Copy*: another queue with the same settings, opened at once so that it gets a name of its own."""
    made = copy_queue(actor=require_administrator(request.user), queue=queue_to_configure(request.user, public_id))
    messages.success(request, _("The copy has the same settings and members. No rule sends anything to it yet."))
    return redirect("admin:queue", made.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, public_id: str) -> HttpResponse:
    """Asks first; while something needs the queue, it lists what."""
    queue = queue_to_configure(request.user, public_id)
    name, error = queue.name, ""
    if request.method == "POST":
        try:
            delete_queue(queue=queue)
        except ValidationError as refusal:
            error = " ".join(refusal.messages)
        else:
            messages.success(request, _("%(name)s was deleted.") % {"name": name})
            return redirect("admin:queues")
    title = _("Delete %(name)s") % {"name": name}
    crumbs = _crumbs(title, Crumb(name, reverse("admin:queue", args=[public_id])))
    context: dict[str, Any] = {"queue": queue, "error": error, "uses": uses_of(queue)}
    return show_page(request, "admin/console/queue_delete.html", title=title, crumbs=crumbs, **context)


def _edit(request: HttpRequest, queue: Queue, title: str) -> HttpResponse:
    form = QueueForm(sent_data(request), queue=queue)
    if request.method == "POST" and form.is_valid():
        actor = require_administrator(request.user)
        try:
            save_queue(actor=actor, queue=form.filled_queue(), members=form.cleaned_data["members"], overflows=form.overflows())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("admin:queues")
    return show_page(request, "admin/console/queue.html", title=title, crumbs=_crumbs(title), form=form, queue=queue)


def _now(queue: Queue, now: datetime.datetime) -> str:
    return now_in_words(working_hours(queue.hours), now) if queue.hours else ""


def _crumbs(title: str, *between: Crumb) -> list[Crumb]:
    return [Crumb(_("Queues"), reverse("admin:queues")), *between, Crumb(title)]
