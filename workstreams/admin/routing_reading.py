"""What stands in the fields of the opened rule becomes the rule, checked or not, so that no button loses anything."""

from collections.abc import Callable
from typing import Any

from django.http import QueryDict

from workstreams.routing.document import MOST_CONDITIONS
from workstreams.routing.facts import Fact

from .routing_parts import Node, Rule, children, is_group
from .routing_values import number_or_text, read_value, shape

FactOf = Callable[[str], Fact | None]
LONGEST = 100


def read_rule(rule: Rule, sent: QueryDict, fact_of: FactOf) -> None:
    """Put the sent fields into the rule. Its parts are those that were shown; buttons add and remove them."""
    rule["name"] = _text(sent.get(f"name-{rule['id']}", ""))[:LONGEST]
    rule["when"] = _read_node(rule["when"], "when", sent, fact_of)
    if "to" in rule:
        rule["to"] = [
            {"queue": _key(sent.get(f"to-{at}-queue", "")), "percent": _number(sent.get(f"to-{at}-percent", "100"))}
            for at in range(len(rule["to"]))
        ]
        action = sent.get("overflow-action", "")
        rule["overflow"] = {"action": action, "target": _key(sent.get("overflow-target", ""))} if action else None
        if action and action != "transfer":
            rule["overflow"]["target"] = None
    else:
        rule["then"] = _read_outputs(rule["then"], sent)


def _read_node(node: Node, path: str, sent: QueryDict, fact_of: FactOf) -> Node:
    if is_group(node):
        kind = "any" if sent.get(f"{path}-kind") == "any" else "all"
        return {kind: [_read_node(child, f"{path}.{at}", sent, fact_of) for at, child in enumerate(children(node))][:MOST_CONDITIONS]}
    return _read_condition(node, path, sent, fact_of)


def _read_condition(was: Node, path: str, sent: QueryDict, fact_of: FactOf) -> Node:
    """The inputs fit the fact and operator that were shown; the value stays if those that are chosen now take the same."""
    fact = fact_of(sent.get(f"{path}-fact", ""))
    if fact is None:
        return {"fact": "", "operator": "", "value": None}
    possible = fact.operators_now()
    operator = sent.get(f"{path}-operator", "")
    operator = operator if operator in possible else possible[0]
    shown, shown_operator = fact_of(was["fact"]), was["operator"]
    value = None
    if shown is not None and shape(shown, shown_operator) == shape(fact, operator):
        value = read_value(path, sent, shown, shown_operator)
    condition = {"fact": fact.name, "operator": operator, "value": value}
    if fact.of_queue:
        condition["of"] = _key(sent.get(f"{path}-of", ""))
    return condition


def _read_outputs(then: dict[str, Any], sent: QueryDict) -> dict[str, Any]:
    """Only what is there is kept; an empty line stays until it is filled or removed."""
    found: dict[str, Any] = {}
    if "skills" in then:
        found["skills"] = {sent.get(f"skills-{at}", ""): _number(sent.get(f"skills-{at}-rating", "")) for at in range(len(then["skills"]))}
    if (priority := _number(sent.get("priority", ""))) is not None:
        found["priority"] = priority
    if (profile := _key(sent.get("capacity_profile", ""))) is not None:
        found["capacity_profile"] = profile
    if "variables" in then:
        found["variables"] = {
            _text(sent.get(f"variables-{at}", "")): number_or_text(sent.get(f"variables-{at}-value", ""))
            for at in range(len(then["variables"]))
        }
    return {name: value for name, value in found.items() if value != {}}


def _text(value: str) -> str:
    return value.strip().replace("\x00", "")


def _key(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 18 else None


def _number(value: str) -> Any:
    """A number, None for nothing, and what was typed if it is neither."""
    return number_or_text(value) if value.strip() else None
