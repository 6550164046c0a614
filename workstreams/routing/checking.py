"""Whether what parsed rules name exists and fits: facts, operators, values, queues, skills, capacity profiles."""

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from workstreams.holidays_by_country import countries
from workstreams.hours import is_time_zone

from .conditions import Condition, Group
from .facts import VARIABLE, Fact, ValueType
from .operators import OPERATORS, Operator, Takes, is_date, is_time
from .problems import Path, Problem
from .rules import Route, Rule, Rules


def check_rules(
    rules: Rules,
    *,
    catalogue: Mapping[str, Fact],
    queues: Mapping[int, Collection[int]],
    skills: Collection[int],
    profiles: Collection[int],
    numbers: Collection[str],
) -> list[Problem]:
    """Every problem, by place. `queues`: those that exist, with those into which they overflow; `numbers`: variables that hold a number."""
    problems = list(_check_time_zone(rules))
    for at, ruleset in enumerate(rules.classification):
        for number, rule in enumerate(ruleset.rules):
            path: Path = ("classification", at, "rules", number)
            problems += _check_group((*path, "when"), rule.when, catalogue, queues)
            problems += _check_outputs(path, rule, skills, profiles)
            problems += _check_variables(path, rule, numbers)
    for number, route in enumerate(rules.routes):
        path = ("routes", number)
        problems += _check_group((*path, "when"), route.when, catalogue, queues)
        problems += _check_queues(path, route, queues)
    return problems


def fact_of(name: str, catalogue: Mapping[str, Fact]) -> Fact | None:
    """The fact of a condition; context variables are facts of their own, and may be text or a number."""
    if name.startswith(VARIABLE):
        return catalogue.get(VARIABLE + "*")
    return catalogue.get(name)


def value_fits(operator: Operator, fact: Fact, value: Any) -> bool:
    """Whether a condition on the fact can be compared with the value."""
    try:
        operator.ready(value)
    except ValueError:
        return False
    if operator.takes in (Takes.NOTHING, Takes.YES_NO):
        return True
    items = value if isinstance(value, list | tuple) else [value]
    if fact.name.startswith(VARIABLE):
        return operator.name not in ("more_than", "less_than", "between") or all(map(_is_number, items))
    if fact.value_type == ValueType.NUMBER:
        return all(map(_is_number, items))
    if fact.value_type == ValueType.DATE:
        return all(map(is_date, items))
    if fact.value_type == ValueType.TIME:
        return all(map(is_time, items))
    if fact.value_type in (ValueType.CHOICE, ValueType.LIST) and fact.choices:
        return set(items) <= {choice for choice, _label in fact.choices_now()}
    return all(isinstance(item, str) for item in items)


def variable_fits(name: str, value: str | int | float, numbers: Collection[str]) -> bool:
    """Whether a context variable may be set to the value. One that holds text takes numbers, too."""
    return name not in numbers or not isinstance(value, str)


def _check_group(path: Path, group: Group, catalogue: Mapping[str, Fact], queues: Mapping[int, Collection[int]]) -> Iterator[Problem]:
    for at, node in enumerate(group.nodes):
        if isinstance(node, Group):
            yield from _check_group((*path, at), node, catalogue, queues)
        elif message := _wrong_with(node, catalogue, queues):
            yield Problem((*path, at), message)


def _wrong_with(condition: Condition, catalogue: Mapping[str, Fact], queues: Collection[int]) -> str:
    fact, operator = fact_of(condition.fact, catalogue), OPERATORS.get(condition.operator)
    if fact is None:
        return _("“%(fact)s” is nothing that can be tested.") % {"fact": condition.fact}
    names = {"fact": fact.label, "operator": operator.label if operator else condition.operator}
    if operator is None or operator.name not in fact.operators_now():
        return _("“%(fact)s” can't be tested with “%(operator)s”.") % names
    if fact.of_queue != (condition.of is not None):
        return _("Choose the queue whose “%(fact)s” is tested.") % names if fact.of_queue else _("“%(fact)s” is not of a queue.") % names
    if condition.of is not None and condition.of not in queues:
        return _("The queue no longer exists.")
    if not value_fits(operator, fact, condition.value):
        return _("“%(fact)s” can't be compared with this value.") % names
    return ""


def _check_outputs(path: Path, rule: Rule, skills: Collection[int], profiles: Collection[int]) -> Iterator[Problem]:
    if set(rule.then.skills) - set(skills):
        yield Problem(path, _("A skill no longer exists."))
    if rule.then.capacity_profile is not None and rule.then.capacity_profile not in profiles:
        yield Problem(path, _("The capacity profile no longer exists."))
    if not rule.then.skills and not rule.then.variables and rule.then.priority is None and rule.then.capacity_profile is None:
        yield Problem(path, _("The rule sets nothing."))


def _check_variables(path: Path, rule: Rule, numbers: Collection[str]) -> Iterator[Problem]:
    for name, value in rule.then.variables.items():
        if not variable_fits(name, value, numbers):
            yield Problem(path, _("“%(name)s” is a number and can't be set to a text.") % {"name": name})
        elif isinstance(value, float) and not math.isfinite(value):
            yield Problem(path, _("A context variable is no number."))


def _check_queues(path: Path, route: Route, queues: Mapping[int, Collection[int]]) -> Iterator[Problem]:
    for at, share in enumerate(route.to):
        if share.queue_id not in queues:
            yield Problem((*path, "to", at), _("The queue no longer exists."))
    target = route.overflow.target if route.overflow else None
    if target is None:
        return
    if target not in queues:
        yield Problem((*path, "overflow"), _("The queue no longer exists."))
    elif leads_into(target, {share.queue_id for share in route.to}, queues):
        yield Problem((*path, "overflow"), _("The overflow leads back into the queue that it comes from."))


def leads_into(start: int, ends: Collection[int], overflows: Mapping[int, Collection[int]]) -> bool:
    """Whether overflow can carry a conversation from `start` into one of `ends`; `overflows` are the targets of each queue."""
    seen: set[int] = set()
    ahead = [start]
    while ahead:
        queue = ahead.pop()
        if queue in ends:
            return True
        if queue not in seen:
            seen.add(queue)
            ahead += overflows.get(queue, ())
    return False


def _check_time_zone(rules: Rules) -> Iterator[Problem]:
    """The time zone, and the country whose holidays count."""
    if rules.time_zone and not is_time_zone(rules.time_zone):
        yield Problem(("time_zone",), _("There is no time zone “%(name)s”.") % {"name": rules.time_zone})
    if rules.holidays and rules.holidays not in countries():
        yield Problem(("holidays",), _("The holidays of “%(name)s” aren't known.") % {"name": rules.holidays})


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
