"""Conditions, rules and decisions in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workstreams.languages import language_name

from .checking import fact_of
from .conditions import Condition, Group, GroupOutcome, Outcome
from .decide import FAILED, UNREADABLE, Decision, Trouble
from .facts import VARIABLE, Fact, Label, ValueType
from .queue_states import END, OUT_OF_HOURS, QUEUE_ANYWAY, TRANSFER, OverflowRow
from .rules import Outputs, Route
from .trace import Became, RuleTrace, Stage

_EQUALS = gettext_lazy("%(fact)s is %(value)s")
_BETWEEN = gettext_lazy("%(fact)s is between %(value)s")
# What a condition asks, and (if it says more) what it found.
ASKS: dict[str, Label] = {
    "contains_any": gettext_lazy("%(fact)s contains any of %(value)s"),
    "contains_all": gettext_lazy("%(fact)s contains all of %(value)s"),
    "contains_none": gettext_lazy("%(fact)s contains none of %(value)s"),
    "matches_words": gettext_lazy("%(fact)s contains the whole word %(value)s"),
    "begins_with": gettext_lazy("%(fact)s begins with %(value)s"),
    "ends_with": gettext_lazy("%(fact)s ends with %(value)s"),
    "equals": _EQUALS,
    "not_equals": gettext_lazy("%(fact)s is not %(value)s"),
    "one_of": _EQUALS,
    "none_of": gettext_lazy("%(fact)s is none of %(value)s"),
    "in": _EQUALS,
    "not_in": gettext_lazy("%(fact)s is none of %(value)s"),
    "has_any": _EQUALS,
    "has_all": gettext_lazy("%(fact)s is each of %(value)s"),
    "has_none": gettext_lazy("%(fact)s is none of %(value)s"),
    "more_than": gettext_lazy("%(fact)s is more than %(value)s"),
    "less_than": gettext_lazy("%(fact)s is less than %(value)s"),
    "between": _BETWEEN,
    "on": _EQUALS,
    "before": gettext_lazy("%(fact)s is before %(value)s"),
    "after": gettext_lazy("%(fact)s is after %(value)s"),
    "between_dates": _BETWEEN,
    "between_times": _BETWEEN,
    "has_data": gettext_lazy("%(fact)s is known"),
    "no_data": gettext_lazy("%(fact)s is not known or empty"),
}
FOUND: dict[str, Label] = {
    "contains_any": gettext_lazy("%(fact)s contains %(value)s"),
    "matches_words": gettext_lazy("%(fact)s contains %(value)s"),
    "begins_with": ASKS["begins_with"],
    "ends_with": ASKS["ends_with"],
    "one_of": _EQUALS,
    "in": _EQUALS,
    "has_any": _EQUALS,
    "more_than": _EQUALS,
    "less_than": _EQUALS,
    "between": _EQUALS,
    "before": _EQUALS,
    "after": _EQUALS,
    "between_dates": _EQUALS,
    "between_times": _EQUALS,
    "not_equals": _EQUALS,
    "none_of": _EQUALS,
    "not_in": _EQUALS,
}


@dataclass(frozen=True)
class Names:
    """What words are made with: the catalogue of facts, and the names of queues, skills and capacity profiles by id."""

    catalogue: Mapping[str, Fact]
    queues: Mapping[int, str] = field(default_factory=dict)
    skills: Mapping[int, str] = field(default_factory=dict)
    profiles: Mapping[int, str] = field(default_factory=dict)

    def queue(self, queue_id: int | None) -> str:
        return self.queues.get(queue_id or 0) or _("a queue that no longer exists")

    def fact(self, condition: Condition) -> str:
        """ "first message", or "waiting conversations of Returns"."""
        fact = fact_of(condition.fact, self.catalogue)
        label = str(fact.label) if fact else condition.fact
        if condition.fact.startswith(VARIABLE):
            return _("variable %(name)s") % {"name": condition.fact.removeprefix(VARIABLE)}
        if condition.of is not None:
            return _("%(fact)s of %(queue)s") % {"fact": label, "queue": self.queue(condition.of)}
        return label


# --- Conditions


def condition_in_words(condition: Condition, names: Names) -> str:
    """What a condition asks: "first message contains any of 返品, 割れ"."""
    if condition.operator == "is":
        return _yes_or_no(condition, names)
    if condition.operator not in ASKS:
        return f"{names.fact(condition)} {condition.operator} {_listed(condition.value)}"
    value = _value_in_words(condition, condition.value, names)
    return str(ASKS[condition.operator]) % {"fact": names.fact(condition), "value": value}


def group_in_words(group: Group, names: Names, *, inside: bool = False) -> str:
    """A rule's conditions as a part of a sentence; empty if it has none. Groups within stand in brackets."""
    parts = [
        group_in_words(node, names, inside=True) if isinstance(node, Group) else condition_in_words(node, names) for node in group.nodes
    ]
    return _joined([part for part in parts if part], every=group.every, brackets=inside)


def if_in_words(group: Group, names: Names) -> str:
    """A rule's conditions as the beginning of a sentence: "If …", or "Always"."""
    words = group_in_words(group, names)
    return _("If %(conditions)s") % {"conditions": words} if words else _("Always")


def found_in_words(outcome: GroupOutcome, names: Names) -> str:
    """What made a group hold: "first message contains 割れ". Of any, only those that hold are said."""
    held = [node for node in outcome.nodes if node.holds]
    parts = [found_in_words(node, names) if isinstance(node, GroupOutcome) else outcome_in_words(node, names) for node in held]
    return _(" and ").join(part for part in parts if part)


def outcome_in_words(outcome: Outcome, names: Names) -> str:
    """What came of one condition: what it found, why it doesn't hold, or that it can't be tested."""
    condition = outcome.condition
    if outcome.problem == "queue_gone":
        return _("can't be tested, the queue no longer exists: %(condition)s") % {"condition": condition_in_words(condition, names)}
    if outcome.problem:
        return _("can't be tested: %(condition)s") % {"condition": condition_in_words(condition, names)}
    if not outcome.holds:
        return _("doesn't hold: %(condition)s") % {"condition": condition_in_words(condition, names)}
    if condition.operator in FOUND and outcome.found:
        value = _value_in_words(condition, outcome.found, names)
        return str(FOUND[condition.operator]) % {"fact": names.fact(condition), "value": value}
    return condition_in_words(condition, names)


def _yes_or_no(condition: Condition, names: Names) -> str:
    label, fact = names.fact(condition), fact_of(condition.fact, names.catalogue)
    if condition.value in (True, [True]):
        return label
    if fact and fact.negation and condition.of is None:
        return str(fact.negation)
    return _("not: %(fact)s") % {"fact": label}


def _joined(parts: list[str], *, every: bool, brackets: bool) -> str:
    words = (_(" and ") if every else _(" or ")).join(parts)
    return f"({words})" if brackets and len(parts) > 1 else words


def _value_in_words(condition: Condition, value: Any, names: Names) -> str:
    """Languages and choices by their names, anything else as it is."""
    if condition.operator in ("between", "between_dates", "between_times") and isinstance(value, list | tuple) and len(value) == 2:
        return _("%(from)s and %(to)s") % {"from": value[0], "to": value[1]}
    fact = fact_of(condition.fact, names.catalogue)
    items = value if isinstance(value, list | tuple) else [value]
    if fact and fact.value_type == ValueType.LANGUAGE:
        return _listed([language_name(str(item)) for item in items])
    if fact and fact.choices:
        labels = dict(fact.choices_now())
        return _listed([labels.get(str(item), item) for item in items])
    return _listed(items)


def _listed(value: Any) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)


# --- Rules


def rule_name(number: int, name: str) -> str:
    """How a rule is called: its place, and its name if it has one."""
    words = _("rule %(number)s") % {"number": number}
    return f"{words} “{name}”" if name else words


def outputs_in_words(outputs: Outputs, names: Names) -> str:
    """What a rule of work classification sets: "skill Thai from 5, priority 3"."""
    gone = _("one that no longer exists")
    parts = [
        _("skill %(skill)s from %(rating)s") % {"skill": names.skills.get(skill) or gone, "rating": rating}
        for skill, rating in outputs.skills.items()
    ]
    if outputs.priority is not None:
        parts.append(_("priority %(number)s") % {"number": outputs.priority})
    if outputs.capacity_profile is not None:
        parts.append(_("capacity profile %(profile)s") % {"profile": names.profiles.get(outputs.capacity_profile) or gone})
    parts += [_("%(name)s = %(value)s") % {"name": name, "value": value} for name, value in outputs.variables.items()]
    return ", ".join(parts)


def route_in_words(route: Route, names: Names) -> str:
    """Where a route leads: "Returns", or "Returns 30 %, Everyone 70 %"."""
    if len(route.to) == 1:
        return names.queue(route.to[0].queue_id)
    shares = ((names.queue(share.queue_id), share.percent) for share in route.to)
    return ", ".join(_("%(queue)s %(percent)s %%") % {"queue": queue, "percent": percent} for queue, percent in shares)


def overflow_in_words(overflow: OverflowRow, names: Names) -> str:
    """Why a queue overflowed and what follows: "out of operating hours: goes to Everyone"."""
    why = _("out of operating hours") if overflow.condition == OUT_OF_HOURS else _("too many conversations wait")
    then = {
        QUEUE_ANYWAY: _("waits there all the same"),
        TRANSFER: _("goes to %(queue)s") % {"queue": names.queue(overflow.target)},
        END: _("is ended"),
    }
    return f"{why}: {then.get(overflow.action, overflow.action)}"


# --- Decisions


def reason(decision: Decision, stages: tuple[Stage, ...], names: Names) -> str:
    """Why this queue, in one line: "rule 1: first message contains 割れ", or that no rule matched."""
    route = stages[-1].applied
    if decision.trouble:
        return trouble_in_words(decision.trouble)
    if route is None and decision.untested:
        return _("no rule matched, and some conditions can't be tested: fallback queue")
    if route is None:
        return _("no rule matched: fallback queue")
    return rule_trace_in_words(route, names)


def rule_trace_in_words(entry: RuleTrace, names: Names) -> str:
    """What became of a rule, in one line."""
    return _("%(rule)s: %(reason)s") % {"rule": rule_name(entry.number, entry.rule.name), "reason": _became(entry, names)}


def trouble_in_words(trouble: Trouble) -> str:
    """Why the fallback queue was used though that wasn't what the rules meant."""
    if trouble.code == UNREADABLE:
        return _("the rules can't be read (%(why)s): fallback queue") % {"why": trouble.detail}
    if trouble.code == FAILED:
        return _("routing failed (%(why)s): fallback queue") % {"why": trouble.detail}
    return _("the queue of the rule that matched no longer exists: fallback queue")


def _became(entry: RuleTrace, names: Names) -> str:
    if entry.became == Became.SWITCHED_OFF:
        return _("switched off")
    if entry.outcome is None:
        return _("not processed, an earlier rule matched")
    if not entry.outcome.holds:
        return _why_not(entry.outcome, names)
    words = found_in_words(entry.outcome, names) or _("always")
    overflow = entry.matched.overflow if entry.matched else None
    return f"{words} · {overflow_in_words(overflow, names)}" if overflow else words


def _why_not(outcome: GroupOutcome, names: Names) -> str:
    """The first condition of "all" that fails; of "any", that none holds."""
    if not outcome.group.every:
        return _("none holds: %(conditions)s") % {"conditions": group_in_words(outcome.group, names)}
    failed = next(node for node in outcome.nodes if not node.holds)
    return _why_not(failed, names) if isinstance(failed, GroupOutcome) else outcome_in_words(failed, names)
