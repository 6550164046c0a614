"""A workstream's own settings: name and fallback queue, and the distribution of its work."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from workstreams.access import require_administrator, workstream_to_configure
from workstreams.configuration import DISTRIBUTION, change_distribution, change_workstream
from workstreams.models import Workstream

from .distribution_form import DistributionForm, capacity_in_words
from .pages import Crumb, sent_data, show_page
from .workstream_forms import WorkstreamForm


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """Name and fallback queue; type, channel and mode are shown only."""
    workstream = workstream_to_configure(request.user, public_id)
    initial = {"name": workstream.name, "fallback_queue": workstream.fallback_queue}
    form = WorkstreamForm(sent_data(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_workstream(actor=require_administrator(request.user), workstream=workstream, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _saved(request, workstream)
    return _show(request, "admin/console/workstream_edit.html", workstream, _("Workstream"), form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def distribution(request: HttpRequest, public_id: str) -> HttpResponse:
    """*Work distribution*: everything about how conversations reach agents; the mode is shown only."""
    workstream = workstream_to_configure(request.user, public_id)
    initial = {name: getattr(workstream, name) for name in DISTRIBUTION}
    form = DistributionForm(sent_data(request), initial=initial, mode=workstream.mode)
    if request.method == "POST" and form.is_valid():
        change_distribution(actor=require_administrator(request.user), workstream=workstream, **form.cleaned_data)
        return _saved(request, workstream)
    capacity = capacity_in_words(workstream.units_per_conversation)
    return _show(request, "admin/console/workstream_distribution.html", workstream, _("Work distribution"), form=form, capacity=capacity)


def workstream_crumbs(workstream: Workstream, title: str) -> list[Crumb]:
    """The way back to the workstream and to the list."""
    page = reverse("admin:workstream_page", args=[workstream.public_id])
    return [Crumb(_("Workstreams"), reverse("admin:workstreams")), Crumb(workstream.name, page), Crumb(title)]


def _saved(request: HttpRequest, workstream: Workstream) -> HttpResponse:
    messages.success(request, _("Saved."))
    return redirect("admin:workstream_page", workstream.public_id)


def _show(request: HttpRequest, template: str, workstream: Workstream, title: str, **context: Any) -> HttpResponse:
    return show_page(request, template, title=title, crumbs=workstream_crumbs(workstream, title), workstream=workstream, **context)
