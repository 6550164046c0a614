"""Routing rules in the words of administrators: "If the first message contains any of 返品, 割れ", and where it goes."""

from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workstreams import ports
from workstreams.models import Rule, Ruleset
from workstreams.routing.conditions import RuleCondition
from workstreams.routing.explanation import condition_in_words
from workstreams.routing.facts import Fact, ValueType
from workstreams.rulesets import as_route_rules

# How both answers to a yes-no fact are said; a fact that isn't here is said with "not".
YES_NO = {
    "customer.known": (gettext_lazy("customer is known"), gettext_lazy("customer is new")),
    "customer.contact": (gettext_lazy("customer is in our records"), gettext_lazy("customer isn't in our records")),
}


@dataclass(frozen=True, slots=True)
class RuleInWords:
    """One rule as people read it."""

    position: int
    name: str
    condition: str
    queue: str


def rules_in_words(ruleset: Ruleset | None) -> list[RuleInWords]:
    """The rules of a version (with `rules__conditions` and `rules__queue` at hand), in their order."""
    if ruleset is None:
        return []
    rules: list[Rule] = list(ruleset.rules.all())
    return [
        RuleInWords(rule.position, rule.name, conditions_in_words(list(route_rule.conditions)), rule.queue.name)
        for rule, route_rule in zip(rules, as_route_rules(rules), strict=True)
    ]


def conditions_in_words(conditions: list[RuleCondition]) -> str:
    """All conditions of a rule as the beginning of a sentence."""
    if not conditions:
        return _("Always")
    catalogue = ports.fact_catalogue()
    words = _(" and ").join(_in_words(condition, catalogue) for condition in conditions)
    return _("If %(conditions)s") % {"conditions": words}


def yes_no_in_words(fact: Fact) -> tuple[str, str]:
    """How yes and no are said for a fact."""
    yes, no = YES_NO.get(fact.name, (fact.label, gettext_lazy("no")))
    return capfirst(str(yes)), capfirst(str(no))


def _in_words(condition: RuleCondition, catalogue: dict[str, Fact]) -> str:
    fact = catalogue.get(condition.fact)
    if fact and fact.value_type == ValueType.BOOLEAN and fact.name in YES_NO:
        yes, no = YES_NO[fact.name]
        return str(yes if condition.value in (True, [True]) else no)
    return condition_in_words(condition, catalogue)
