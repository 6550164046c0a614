"""How the rule editor is shown: the same page after each button, and after *Try it*."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from workstreams.models import CapacityProfile, Queue, Skill, Workstream
from workstreams.routing.document import MOST_QUEUES, MOST_ROUTES, MOST_RULES, MOST_RULESETS

from .pages import show_page
from .routing_draft import CLASSIFICATION, ROUTES, TRY, Draft
from .routing_facts import facts_for
from .routing_fields import Choosable
from .routing_problems import Problems
from .routing_rows import rows_of, rulesets_of
from .routing_sealed import seal
from .routing_time import time_controls, time_lists
from .routing_words import Wording
from .workstream_pages import workstream_crumbs

# More than these are told by the numbers at the tabs and at the rules themselves.
PROBLEMS_LISTED = 20


@dataclass(frozen=True, slots=True)
class Tab:
    """One part of the page; `trouble` counts its rules that can't be published."""

    name: str
    title: str
    address: str
    count: int | None = None
    trouble: int = 0


def show_rules(
    request: HttpRequest,
    workstream: Workstream,
    draft: Draft,
    *,
    version: int,
    error: str = "",
    problems: Problems | None = None,
    **context: Any,
) -> HttpResponse:
    """The page with this draft. `context` is what *Try it* found."""
    found = problems or Problems()
    addresses = _addresses(workstream)
    choosable = choosable_for(draft)
    wording = Wording(choosable.names)
    shown: dict[str, Any] = {
        "workstream": workstream,
        "address": addresses[draft.show],
        "rules_address": addresses[ROUTES],
        "version": version,
        "draft": draft,
        "sealed": seal(draft, workstream),
        "tabs": _tabs(draft, found, addresses),
        "error": error,
        "problems": found.listed[:PROBLEMS_LISTED],
        "most_routes": MOST_ROUTES,
        "most_rules": MOST_RULES,
        "most_rulesets": MOST_RULESETS,
        "most_queues": MOST_QUEUES,
    }
    if draft.show == ROUTES:
        shown["routes"] = rows_of(draft.content["routes"], draft, choosable, wording, found.of_rules)
    elif draft.show == CLASSIFICATION:
        shown["rulesets"] = rulesets_of(draft, choosable, wording, found.of_rules)
    shown |= {"time": time_controls(draft.content), "time_problems": found.of_time}
    if request.headers.get("X-Requested-With") != "fetch":
        shown["time_lists"] = time_lists()
    title = _("Routing rules")
    crumbs = workstream_crumbs(workstream, title)
    return show_page(request, "admin/console/routing_rules.html", title=title, crumbs=crumbs, **shown, **context)


def choosable_for(draft: Draft) -> Choosable:
    """What rules can name; three queries."""
    return Choosable(
        facts=facts_for(draft.content),
        queues=list(Queue.objects.all()),
        skills=list(Skill.objects.all()),
        profiles=list(CapacityProfile.objects.all()),
    )


def _addresses(workstream: Workstream) -> dict[str, str]:
    """Where each part of the page is sent; *Try it* knows conversations and lives a floor higher."""
    rules = reverse("admin:routing_rules", args=[workstream.public_id])
    return {CLASSIFICATION: rules, ROUTES: rules, TRY: reverse("admin:routing_try", args=[workstream.public_id])}


def _tabs(draft: Draft, problems: Problems, addresses: Mapping[str, str]) -> Sequence[Tab]:
    rules = [rule for ruleset in draft.content["classification"] for rule in ruleset["rules"]]
    routes = draft.content["routes"]
    return (
        Tab(CLASSIFICATION, _("Work classification"), addresses[CLASSIFICATION], len(rules), _wrong(rules, problems.of_rules)),
        Tab(ROUTES, _("Route to queue"), addresses[ROUTES], len(routes), _wrong(routes, problems.of_rules)),
        Tab(TRY, _("Try it"), addresses[TRY]),
    )


def _wrong(rules: Sequence[dict[str, Any]], wrong: Mapping[str, Any]) -> int:
    return sum(rule["id"] in wrong for rule in rules)
