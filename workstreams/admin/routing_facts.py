"""The facts that a condition of a document can be about: the catalogue's, and the context variables that its rules set."""

from dataclasses import replace
from typing import Any

from workstreams import ports
from workstreams.routing.facts import OPERATORS_OF, VARIABLE, Fact, ValueType

from .routing_parts import Node, children, is_group

Content = dict[str, Any]
# The catalogue's stand-in for every context variable.
ANY_VARIABLE = f"{VARIABLE}*"


def facts_for(content: Content) -> dict[str, Fact]:
    """By name, in the order in which they are offered, with the choices that there are now."""
    catalogue = known_facts()
    if ANY_VARIABLE in catalogue:
        catalogue |= {fact.name: fact for fact in _variables(content, catalogue[ANY_VARIABLE])}
    return catalogue


def known_facts() -> dict[str, Fact]:
    """The catalogue; choices that are looked up are looked up once."""
    return {name: replace(fact, choices=fact.choices_now()) for name, fact in ports.fact_catalogue().items()}


def _variables(content: Content, any_variable: Fact) -> list[Fact]:
    """Variables that rules set, and those that conditions name without."""
    rules = [rule for ruleset in content["classification"] for rule in ruleset["rules"]]
    values: dict[str, list[Any]] = {}
    for rule in rules:
        for name, value in rule["then"].get("variables", {}).items():
            values.setdefault(name, []).append(value)
    tested = [node["fact"] for rule in [*rules, *content["routes"]] for node in _conditions(rule["when"])]
    names = dict.fromkeys([*values, *(fact.removeprefix(VARIABLE) for fact in tested if fact.startswith(VARIABLE))])
    return [_variable(name, values.get(name, []), any_variable) for name in names if name]


def _variable(name: str, values: list[Any], any_variable: Fact) -> Fact:
    """A variable that is only ever a number is compared as one."""
    is_number = bool(values) and all(isinstance(value, int | float) for value in values)
    kind = ValueType.NUMBER if is_number else ValueType.TEXT
    operators = tuple(operator for operator in OPERATORS_OF[kind] if operator in any_variable.operators_now())
    return replace(any_variable, name=VARIABLE + name, label=name, value_type=kind, operators=operators)


def _conditions(node: Node) -> list[Node]:
    return [each for child in children(node) for each in _conditions(child)] if is_group(node) else [node]
