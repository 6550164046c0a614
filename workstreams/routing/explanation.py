"""A routing decision in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from workstreams.languages import language_name

from .conditions import Outcome, RuleCondition
from .facts import Fact, ValueType
from .route import Decision, RouteRule, RuleTrace


def explain(decision: Decision, catalogue: Mapping[str, Fact]) -> str:
    """Why this queue, in one line: "rule 1: first message contains 割れ", or that no rule matched."""
    if decision.rule is None:
        return _("no rule matched: fallback queue")
    matched = next(entry for entry in decision.trace if entry.matched)
    found = _(" and ").join(_found(outcome, catalogue) for outcome in matched.outcomes) or _("always")
    return _("%(rule)s: %(reason)s") % {"rule": rule_name(decision.rule), "reason": found}


def explain_each(decision: Decision, catalogue: Mapping[str, Fact]) -> list[str]:
    """What became of every rule, one line each, in their order."""
    return [_explain_rule(entry, catalogue) for entry in decision.trace]


def rule_name(rule: RouteRule) -> str:
    """How a rule is called: its place, and its name if it has one."""
    number = _("rule %(number)s") % {"number": rule.position}
    return f"{number} “{rule.name}”" if rule.name else number


def condition_in_words(condition: RuleCondition, catalogue: Mapping[str, Fact]) -> str:
    """What a condition asks: "first message contains any of 返品, 割れ"."""
    label = _label(condition, catalogue)
    if condition.operator == "contains_any":
        return _("%(fact)s contains any of %(words)s") % {"fact": label, "words": _listed(condition.value)}
    if condition.operator in ("in", "has_any"):
        return _("%(fact)s is %(words)s") % {"fact": label, "words": _named(condition, condition.value, catalogue)}
    if condition.operator == "is":
        return label if condition.value in (True, [True]) else _("not: %(fact)s") % {"fact": label}
    return f"{label} {condition.operator} {_listed(condition.value)}"


def _explain_rule(entry: RuleTrace, catalogue: Mapping[str, Fact]) -> str:
    if not entry.processed:
        reason = _("not processed, an earlier rule matched")
    elif entry.matched:
        reason = _(" and ").join(_found(outcome, catalogue) for outcome in entry.outcomes) or _("always")
    else:
        failed = next(outcome for outcome in entry.outcomes if not outcome.holds)
        reason = _failed(failed, catalogue)
    return _("%(rule)s: %(reason)s") % {"rule": rule_name(entry.rule), "reason": reason}


def _found(outcome: Outcome, catalogue: Mapping[str, Fact]) -> str:
    label = _label(outcome.condition, catalogue)
    if outcome.condition.operator == "contains_any":
        return _("%(fact)s contains %(word)s") % {"fact": label, "word": outcome.found}
    if outcome.condition.operator in ("in", "has_any"):
        return _("%(fact)s is %(words)s") % {"fact": label, "words": _named(outcome.condition, outcome.found, catalogue)}
    return condition_in_words(outcome.condition, catalogue)


def _failed(outcome: Outcome, catalogue: Mapping[str, Fact]) -> str:
    words = condition_in_words(outcome.condition, catalogue)
    if outcome.problem:
        return _("can't be tested: %(condition)s") % {"condition": words}
    return _("doesn't hold: %(condition)s") % {"condition": words}


def _label(condition: RuleCondition, catalogue: Mapping[str, Fact]) -> str:
    fact = catalogue.get(condition.fact)
    return str(fact.label) if fact else condition.fact


def _named(condition: RuleCondition, value: Any, catalogue: Mapping[str, Fact]) -> str:
    """Languages by their names, anything else as it is."""
    fact = catalogue.get(condition.fact)
    if fact is None or fact.value_type != ValueType.LANGUAGE:
        return _listed(value)
    return _listed([language_name(str(code)) for code in (value if isinstance(value, list | tuple) else [value])])


def _listed(value: Any) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)
