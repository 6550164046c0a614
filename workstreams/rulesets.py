"""Publishing routing rules. A published version never changes; the highest version of a workstream counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from workstreams import ports
from workstreams.models import Condition, Queue, Rule, Ruleset, User, Workstream
from workstreams.routing.conditions import RuleCondition
from workstreams.routing.route import RouteRule
from workstreams.transactions import retried

# Dynamics' service quota for one route-to-queue ruleset.
MOST_RULES = 200


@dataclass(frozen=True)
class ConditionDraft:
    """One condition as a form knows it: names of a fact and of one of its operators."""

    fact: str
    operator: str
    value: Any


@dataclass(frozen=True)
class RuleDraft:
    """One rule as a form knows it; its place in the list is its position."""

    queue: Queue
    conditions: Sequence[ConditionDraft] = field(default_factory=tuple)
    name: str = ""


def current_ruleset(workstream: Workstream) -> Ruleset | None:
    """The version that counts, with its rules and conditions; None if nothing was ever published."""
    versions = Ruleset.objects.filter(workstream=workstream, kind=Ruleset.ROUTE_TO_QUEUE).order_by("-version")
    return versions.prefetch_related("rules__conditions", "rules__queue").first()


def current_rules(workstream: Workstream) -> list[Rule]:
    """The rules that count, by position, with conditions and queues."""
    ruleset = current_ruleset(workstream)
    return list(ruleset.rules.all()) if ruleset else []


def as_route_rules(rules: Sequence[Rule]) -> list[RouteRule]:
    """Rows as `workstreams.routing.route` takes them."""
    return [
        RouteRule(
            position=rule.position,
            queue_id=rule.queue_id,
            conditions=tuple(RuleCondition(row.fact, row.operator, row.value) for row in rule.conditions.all()),
            name=rule.name,
            rule_id=rule.pk,
        )
        for rule in rules
    ]


@retried
def publish_rules(*, workstream: Workstream, rules: Sequence[RuleDraft], actor: User | None) -> Ruleset:
    """Publish these rules as the workstream's next version; those waiting to be routed use it, decisions made stay.

    Locks the workstream, so two publishers make two versions. `ValidationError` for facts or operators that the
    catalogue doesn't hold, and for more than 200 rules.
    """
    _check(rules)
    Workstream.objects.select_for_update(no_key=True).get(pk=workstream.pk)
    newest = Ruleset.objects.filter(workstream=workstream, kind=Ruleset.ROUTE_TO_QUEUE).order_by("-version").first()
    ruleset = Ruleset.objects.create(workstream=workstream, version=newest.version + 1 if newest else 1, published_by=actor)
    for position, draft in enumerate(rules, start=1):
        rule = Rule.objects.create(ruleset=ruleset, position=position, name=draft.name, queue=draft.queue)
        Condition.objects.bulk_create(
            Condition(rule=rule, position=place, fact=each.fact, operator=each.operator, value=each.value)
            for place, each in enumerate(draft.conditions, start=1)
        )
    ports.work_waiting()
    return ruleset


def _check(rules: Sequence[RuleDraft]) -> None:
    if len(rules) > MOST_RULES:
        raise ValidationError(_("At most %(count)s rules are possible.") % {"count": MOST_RULES})
    catalogue = ports.fact_catalogue()
    for number, draft in enumerate(rules, start=1):
        for condition in draft.conditions:
            fact = catalogue.get(condition.fact)
            if fact is None or condition.operator not in fact.operators:
                raise ValidationError(_("Rule %(number)s tests something that can't be tested.") % {"number": number})
