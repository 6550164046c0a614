"""*Time-out rules* of a workstream: the list, one rule, its end."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from workstreams.access import require_administrator, workstream_to_configure
from workstreams.models import TimeoutRule, Workstream
from workstreams.timeout_rules import delete_rule, save_rule

from .pages import Crumb, sent_data, show_page
from .timeout_form import TimeoutForm, initial_of, rule_in_words
from .workstream_pages import workstream_crumbs


@require_safe
def rules(request: HttpRequest, public_id: str) -> HttpResponse:
    """Every rule in words, in the order in which they run."""
    workstream = workstream_to_configure(request.user, public_id)
    rows = [(rule, rule_in_words(rule)) for rule in workstream.timeout_rules.all()]
    title = _("Time-out rules")
    crumbs = workstream_crumbs(workstream, title)
    return show_page(request, "admin/console/timeout_rules.html", title=title, crumbs=crumbs, workstream=workstream, rows=rows)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, public_id: str) -> HttpResponse:
    """*New time-out rule*."""
    workstream = workstream_to_configure(request.user, public_id)
    return _edit(request, TimeoutRule(workstream=workstream), _("New time-out rule"), {})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, public_id: str, rule_id: str) -> HttpResponse:
    """One rule."""
    rule = _rule(workstream_to_configure(request.user, public_id), rule_id)
    return _edit(request, rule, rule.name, initial_of(rule))


@require_POST
def delete(request: HttpRequest, public_id: str, rule_id: str) -> HttpResponse:
    """Delete it; the page has asked before."""
    workstream = workstream_to_configure(request.user, public_id)
    rule = _rule(workstream, rule_id)
    delete_rule(actor=require_administrator(request.user), rule=rule)
    messages.success(request, _("“%(name)s” is deleted.") % {"name": rule.name})
    return redirect("admin:timeout_rules", workstream.public_id)


def _edit(request: HttpRequest, rule: TimeoutRule, title: str, initial: dict[str, Any]) -> HttpResponse:
    workstream = rule.workstream
    form = TimeoutForm(sent_data(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        save_rule(actor=require_administrator(request.user), rule=rule, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("admin:timeout_rules", workstream.public_id)
    *before, last = workstream_crumbs(workstream, title)
    crumbs = [*before, Crumb(_("Time-out rules"), reverse("admin:timeout_rules", args=[workstream.public_id])), last]
    context = {"workstream": workstream, "rule": rule if rule.pk else None, "form": form}
    return show_page(request, "admin/console/timeout_rule.html", title=title, crumbs=crumbs, **context)


def _rule(workstream: Workstream, rule_id: str) -> TimeoutRule:
    return get_object_or_404(TimeoutRule.objects.select_related("workstream"), workstream=workstream, public_id=rule_id)
