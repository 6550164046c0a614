"""*Routing rules* of a workstream: the ordered list is edited as a whole and published as the next version.

Adding, removing and moving send the whole page and change only what is shown; nothing counts before *Publish*.
"""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from workstreams import ports
from workstreams.access import require_administrator, workstream_to_configure
from workstreams.models import Queue, Ruleset, Workstream
from workstreams.routing.facts import ValueType
from workstreams.rulesets import MOST_RULES, RuleDraft, current_ruleset, publish_rules

from .pages import show_page
from .routing_forms import RuleForm, field_name, initial_of
from .routing_words import conditions_in_words, rules_in_words
from .workstream_pages import workstream_crumbs

VERSIONS_SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the current version, rearrange what was sent, or publish it."""
    workstream = workstream_to_configure(request.user, public_id)
    current = current_ruleset(workstream)
    queues = list(Queue.objects.all())
    if request.method != "POST":
        rows = [initial_of(rule) for rule in current.rules.all()] if current else []
        return _show(request, workstream, current, _unbound(rows, queues))
    if "publish" in request.POST:
        return _publish(request, workstream, current, queues)
    rows, focus = _rearranged(_sent_rows(request.POST), request.POST)
    return _show(request, workstream, current, _unbound(rows, queues), focus=focus, changed=True)


@require_safe
def versions(request: HttpRequest, public_id: str) -> HttpResponse:
    """What was published when, by whom: the newest fifty versions."""
    workstream = workstream_to_configure(request.user, public_id)
    newest = Ruleset.objects.filter(workstream=workstream, kind=Ruleset.ROUTE_TO_QUEUE).order_by("-version")
    found = newest.select_related("published_by").prefetch_related("rules__conditions", "rules__queue")[:VERSIONS_SHOWN]
    rows = [(ruleset, rules_in_words(ruleset)) for ruleset in found]
    title = _("Versions")
    crumbs = workstream_crumbs(workstream, title)
    return show_page(request, "admin/console/routing_versions.html", title=title, crumbs=crumbs, workstream=workstream, rows=rows)


def _publish(request: HttpRequest, workstream: Workstream, current: Ruleset | None, queues: list[Queue]) -> HttpResponse:
    forms = [RuleForm(request.POST, prefix=f"rule-{number}", queues=queues) for number in range(_count(request.POST))]
    checked = [form.is_valid() for form in forms]
    if not all(checked):
        return _show(request, workstream, current, forms, changed=True, error=_("Some rules aren't complete."))
    version = current.version if current else 0
    if request.POST.get("version") != str(version):
        error = _("Version %(number)s was published meanwhile. Publish again to replace it by what you see here.") % {"number": version}
        return _show(request, workstream, current, forms, changed=True, error=error)
    drafts = [form.draft() for form in forms]
    if current is not None and _as_published(current) == [_comparable(draft) for draft in drafts]:
        messages.info(request, _("Nothing has changed: version %(number)s stays.") % {"number": version})
        return redirect("admin:routing_rules", workstream.public_id)
    try:
        ruleset = publish_rules(workstream=workstream, rules=drafts, actor=require_administrator(request.user))
    except ValidationError as error:
        return _show(request, workstream, current, forms, changed=True, error=" ".join(error.messages))
    messages.success(request, _("Version %(number)s is published and counts from now on.") % {"number": ruleset.version})
    return redirect("admin:workstream_page", workstream.public_id)


def _comparable(draft: RuleDraft) -> tuple[Any, ...]:
    return draft.name, draft.queue.pk, [(each.fact, each.operator, each.value) for each in draft.conditions]


def _as_published(ruleset: Ruleset) -> list[tuple[Any, ...]]:
    order = list(ports.fact_catalogue())
    found = []
    for rule in ruleset.rules.all():
        conditions = sorted(rule.conditions.all(), key=lambda row: order.index(row.fact) if row.fact in order else len(order))
        found.append((rule.name, rule.queue_id, [(row.fact, row.operator, row.value) for row in conditions]))
    return found


def _count(sent: QueryDict) -> int:
    try:
        return max(0, min(int(sent.get("count", "0")), MOST_RULES))
    except ValueError:
        return 0


def _sent_rows(sent: QueryDict) -> list[dict[str, Any]]:
    """What stands in the form, unchecked, so that rearranging loses nothing."""
    facts = ports.fact_catalogue().values()
    lists = {field_name(fact) for fact in facts if fact.value_type == ValueType.LANGUAGE}
    names = ["name", "queue", *(field_name(fact) for fact in facts)]
    return [
        {name: sent.getlist(f"rule-{at}-{name}") if name in lists else sent.get(f"rule-{at}-{name}", "") for name in names}
        for at in range(_count(sent))
    ]


def _rearranged(rows: list[dict[str, Any]], sent: QueryDict) -> tuple[list[dict[str, Any]], str]:
    """The rows after the button that was pressed, and the id of the element that gets the focus."""
    for verb, step in (("up", -1), ("down", 1)):
        if (at := _pressed(sent, verb, rows)) is not None:
            to = min(max(at + step, 0), len(rows) - 1)
            rows.insert(to, rows.pop(at))
            return rows, f"{verb}-{to}"
    if (at := _pressed(sent, "remove", rows)) is not None:
        rows.pop(at)
        return rows, "add"
    if "add" in sent and len(rows) < MOST_RULES:
        rows.append({})
        return rows, f"id_rule-{len(rows) - 1}-name"
    return rows, "add"


def _pressed(sent: QueryDict, verb: str, rows: list[dict[str, Any]]) -> int | None:
    value = sent.get(verb, "")
    return int(value) if value in {str(at) for at in range(len(rows))} else None


def _unbound(rows: list[dict[str, Any]], queues: list[Queue]) -> list[RuleForm]:
    return [RuleForm(initial=row, prefix=f"rule-{number}", queues=queues) for number, row in enumerate(rows)]


def _show(
    request: HttpRequest,
    workstream: Workstream,
    current: Ruleset | None,
    forms: list[RuleForm],
    *,
    focus: str = "",
    changed: bool = False,
    error: str = "",
) -> HttpResponse:
    title = _("Routing rules")
    context: dict[str, Any] = {
        "workstream": workstream,
        "version": current.version if current else 0,
        "ruleset": current,
        "rows": [(form, conditions_in_words(form.conditions())) for form in forms],
        "focus": focus,
        "changed": changed,
        "error": error,
    }
    crumbs = workstream_crumbs(workstream, title)
    return show_page(request, "admin/console/routing_rules.html", title=title, crumbs=crumbs, **context)
