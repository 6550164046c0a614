"""Rules in the words of administrators, finished or not: "If first message contains any of 返品, 割れ", and what follows."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from workstreams.models import OverflowAction
from workstreams.routing.conditions import Condition, Group
from workstreams.routing.explanation import Names, if_in_words, outputs_in_words, route_in_words
from workstreams.routing.rules import Outputs, Route, Share

from .routing_draft import as_draft
from .routing_parts import Node, Rule, children, is_group

# Stands where something hasn't been chosen yet.
GAP = "…"


@dataclass(frozen=True, slots=True)
class RuleInWords:
    """One rule as people read it."""

    id: str
    name: str
    when: str
    outcome: str
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class ListInWords:
    """One ruleset, or the route-to-queue rules."""

    title: str
    rules: list[RuleInWords]


class Wording:
    """Says rules of a document; what they name is read once."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def when(self, group: Node) -> str:
        """The conditions as the beginning of a sentence; what isn't chosen yet is a gap."""
        return if_in_words(_group(group), self.names)

    def outcome(self, rule: Rule) -> str:
        """What follows if they hold."""
        return self._route(rule) if "to" in rule else self._outputs(rule["then"])

    def rule(self, rule: Rule) -> RuleInWords:
        return RuleInWords(rule["id"], rule["name"], self.when(rule["when"]), self.outcome(rule), rule["enabled"])

    def document(self, content: dict[str, Any]) -> list[ListInWords]:
        """Everything of a document, in its order; lists without rules are left out."""
        content, found = as_draft(content), []
        for number, ruleset in enumerate(content["classification"], start=1):
            title = _("Work classification, ruleset %(number)s") % {"number": number}
            title = f"{title}: {ruleset['name']}" if ruleset["name"] else title
            found.append(ListInWords(title, [self.rule(rule) for rule in ruleset["rules"]]))
        found.append(ListInWords(_("Route to queue"), [self.rule(rule) for rule in content["routes"]]))
        return [each for each in found if each.rules]

    def _route(self, rule: Rule) -> str:
        if any(target["queue"] is None for target in rule["to"]):
            return GAP
        words = route_in_words(Route("", tuple(Share(target["queue"], target["percent"] or 0) for target in rule["to"])), self.names)
        overflow = rule.get("overflow")
        if not overflow:
            return words
        action = dict(OverflowAction.choices).get(overflow["action"], GAP)
        target = f" ({self.names.queue(overflow['target'])})" if overflow["target"] else ""
        return _("%(queues)s; closed or full: %(action)s") % {"queues": words, "action": f"{action}{target}"}

    def _outputs(self, then: dict[str, Any]) -> str:
        outputs = Outputs(
            skills={int(skill): rating for skill, rating in then.get("skills", {}).items() if skill},
            priority=then.get("priority"),
            capacity_profile=then.get("capacity_profile"),
            variables={name: value for name, value in then.get("variables", {}).items() if name},
        )
        return outputs_in_words(outputs, self.names) or GAP


def _group(group: Node) -> Group:
    nodes = (child for child in children(group) if is_group(child) or child["fact"])
    return Group("all" in group, tuple(_group(node) if is_group(node) else _condition(node) for node in nodes))


def _condition(node: Node) -> Condition:
    """An unfinished condition says its fact and a gap."""
    value, operator = node["value"], node["operator"]
    if operator == "is" and value is None:
        return Condition(node["fact"], GAP, "", node.get("of"))
    return Condition(node["fact"], operator, GAP if value in (None, "", []) else value, node.get("of"))
