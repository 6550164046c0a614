"""Versions of a workstream's rules: what was published when and by whom, what it changed, and the way back to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from workstreams.access import workstream_to_configure
from workstreams.models import Ruleset
from workstreams.rulesets import names

from .pages import Crumb, show_page
from .routing_words import ListInWords, RuleInWords, Wording
from .workstream_pages import workstream_crumbs

VERSIONS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Change:
    """One difference to the version before."""

    what: str
    words: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    ruleset: Ruleset
    lists: list[ListInWords]
    changes: list[Change]
    is_first: bool


@require_safe
def versions(request: HttpRequest, public_id: str) -> HttpResponse:
    """The newest fifty versions in words, each with its difference to the one before."""
    workstream = workstream_to_configure(request.user, public_id)
    found = list(Ruleset.objects.filter(workstream=workstream).order_by("-version").select_related("published_by")[: VERSIONS_SHOWN + 1])
    wording = Wording(names())
    documents = [wording.document(ruleset.content) for ruleset in found]
    rows = [
        Version(ruleset, lists, changes(before, lists), is_first=False)
        for (ruleset, lists), (_older, before) in pairwise(zip(found, documents, strict=True))
    ]
    if found and len(found) <= VERSIONS_SHOWN:
        rows.append(Version(found[-1], documents[-1], [], is_first=True))
    title = _("Versions")
    rules = Crumb(_("Routing rules"), reverse("admin:routing_rules", args=[workstream.public_id]))
    crumbs = [*workstream_crumbs(workstream, "")[:-1], rules, Crumb(title)]
    return show_page(request, "admin/console/routing_versions.html", title=title, crumbs=crumbs, workstream=workstream, rows=rows)


def changes(before: Sequence[ListInWords], after: Sequence[ListInWords]) -> list[Change]:
    """What was added, removed, changed and moved, in words. A rule is the same as long as it keeps its id."""
    old, new = _by_id(before), _by_id(after)
    found = [Change(_("Removed"), old[each]) for each in old if each not in new]
    found += [Change(_("Added"), new[each]) for each in new if each not in old]
    found += [Change(_("Changed"), new[each], before=old[each]) for each in new if each in old and new[each] != old[each]]
    if _order(before, new) != _order(after, old):
        found.append(Change(_("Order"), _("The rules stand in another order.")))
    return found


def _by_id(lists: Sequence[ListInWords]) -> dict[str, str]:
    return {rule.id: _line(each.title, rule) for each in lists for rule in each.rules}


def _line(title: str, rule: RuleInWords) -> str:
    name = f"{rule.name}: " if rule.name else ""
    off = f" ({_('off')})" if not rule.enabled else ""
    return f"{title}: {name}{rule.when} → {rule.outcome}{off}"


def _order(lists: Sequence[ListInWords], among: dict[str, Any]) -> list[str]:
    """The rules that both versions have."""
    return [rule.id for each in lists for rule in each.rules if rule.id in among]
