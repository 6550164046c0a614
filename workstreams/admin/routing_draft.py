"""The rules as the page holds them between two requests: nothing here is stored, and nothing counts before *Publish*.

A command is what one button says: a verb and what it is about ("up k3x9", "add routes", "remove-ruleset 1").
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from workstreams.routing.document import MOST_ROUTES, MOST_RULES, MOST_RULESETS
from workstreams.rulesets import new_rule_id

from . import routing_parts

ROUTES, CLASSIFICATION, TRY = "routes", "classification", "try"
SECTIONS = (CLASSIFICATION, ROUTES, TRY)

Content = dict[str, Any]


@dataclass
class Draft:
    """Rules being edited. `open` is the id of the one rule whose fields are shown; `focus` and `said` follow a command."""

    content: Content
    show: str = ROUTES
    open: str = ""
    changed: bool = False
    trial: dict[str, Any] = field(default_factory=dict)
    focus: str = ""
    said: str = ""
    _verbs: dict[str, Callable[[str], None]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._verbs = {
            "show": self._show,
            "open": self._open,
            "close": self._close,
            "add": self._add,
            "copy": self._copy,
            "remove": self._remove,
            "toggle": self._toggle,
            "up": lambda rule_id: self._step(rule_id, -1),
            "down": lambda rule_id: self._step(rule_id, 1),
            "move": self._move,
            "add-ruleset": self._add_ruleset,
            "remove-ruleset": self._remove_ruleset,
            "up-ruleset": lambda at: self._step_ruleset(at, -1),
            "down-ruleset": lambda at: self._step_ruleset(at, 1),
        }

    def obey(self, command: str) -> None:
        """Do what a button says. What makes no sense changes nothing."""
        verb, _space, rest = command.partition(" ")
        if verb in self._verbs:
            self._verbs[verb](rest)
        elif (opened := self.opened) is not None:
            self.focus, self.said = routing_parts.obey(opened, verb, rest)
            self.changed = self.changed or bool(self.said)

    @property
    def opened(self) -> dict[str, Any] | None:
        """The rule whose fields are shown."""
        found = self.find(self.open)
        return found[0][found[1]] if found else None

    def lists(self) -> dict[str, list[dict[str, Any]]]:
        """The lists of rules by name: "routes", and the rulesets by their number."""
        rulesets = {str(at): ruleset["rules"] for at, ruleset in enumerate(self.content["classification"])}
        return {ROUTES: self.content["routes"], **rulesets}

    def find(self, rule_id: str) -> tuple[list[dict[str, Any]], int] | None:
        """The list that a rule is in, and its index there."""
        for rules in self.lists().values():
            for at, rule in enumerate(rules):
                if rule_id and rule["id"] == rule_id:
                    return rules, at
        return None

    def section_of(self, rule_id: str) -> str:
        """The part of the page that shows a rule."""
        found = self.find(rule_id)
        return ROUTES if found is None or found[0] is self.content["routes"] else CLASSIFICATION

    # --- One rule -------------------------------------------------------------------------------------

    def _show(self, section: str) -> None:
        if section in SECTIONS:
            self.show, self.open, self.focus = section, "", f"show-{section}"

    def _open(self, rule_id: str) -> None:
        if self.find(rule_id):
            self.open, self.show, self.focus = rule_id, self.section_of(rule_id), f"name-{rule_id}"

    def _close(self, rule_id: str) -> None:
        self.open, self.focus = "", f"open-{rule_id}"

    def _add(self, list_name: str) -> None:
        rules = self.lists().get(list_name)
        if rules is None or len(rules) >= (MOST_ROUTES if list_name == ROUTES else MOST_RULES):
            return
        outcome: dict[str, Any] = {"to": [{"queue": None, "percent": 100}], "overflow": None} if list_name == ROUTES else {"then": {}}
        rule: dict[str, Any] = {"id": new_rule_id(), "name": "", "enabled": True, "when": {"all": []}, **outcome}
        rules.append(rule)
        self.changed = True
        self._open(rule["id"])
        self.said = _("Rule %(number)s was added.") % {"number": len(rules)}

    def _copy(self, rule_id: str) -> None:
        found = self.find(rule_id)
        if found is None:
            return
        rules, at = found
        if len(rules) >= (MOST_ROUTES if rules is self.content["routes"] else MOST_RULES):
            return
        twin = copy.deepcopy(rules[at]) | {"id": new_rule_id()}
        rules.insert(at + 1, twin)
        self.changed = True
        self._open(twin["id"])
        self.said = _("A copy is rule %(number)s.") % {"number": at + 2}

    def _remove(self, rule_id: str) -> None:
        if (found := self.find(rule_id)) is None:
            return
        rules, at = found
        rules.pop(at)
        neighbour = rules[min(at, len(rules) - 1)]["id"] if rules else ""
        self.focus = f"open-{neighbour}" if neighbour else "add"
        self.changed, self.said = True, _("Rule %(number)s was removed.") % {"number": at + 1}

    def _toggle(self, rule_id: str) -> None:
        if (found := self.find(rule_id)) is None:
            return
        rule = found[0][found[1]]
        rule["enabled"] = not rule["enabled"]
        words = _("Rule %(number)s is on.") if rule["enabled"] else _("Rule %(number)s is off.")
        self.changed, self.focus, self.said = True, f"toggle-{rule_id}", words % {"number": found[1] + 1}

    def _step(self, rule_id: str, step: int) -> None:
        if (found := self.find(rule_id)) is not None:
            self._put(rule_id, found[1] + step)
            self.focus = f"{'up' if step < 0 else 'down'}-{rule_id}"

    def _move(self, rest: str) -> None:
        """ "move a b": rule a to the place of b, in the same list."""
        rule_id, _space, other = rest.partition(" ")
        here, there = self.find(rule_id), self.find(other)
        if here and there and here[0] is there[0]:
            self._put(rule_id, there[1])
            self.focus = f"open-{rule_id}"

    def _put(self, rule_id: str, to: int) -> None:
        found = self.find(rule_id)
        if found is None or not 0 <= to < len(found[0]) or to == found[1]:
            return
        rules, at = found
        rules.insert(to, rules.pop(at))
        self.changed, self.said = True, _("Now rule %(number)s of %(count)s.") % {"number": to + 1, "count": len(rules)}

    # --- Rulesets -------------------------------------------------------------------------------------

    def _add_ruleset(self, _rest: str) -> None:
        rulesets = self.content["classification"]
        if len(rulesets) < MOST_RULESETS:
            rulesets.append({"name": "", "rules": []})
            self.changed, self.focus = True, f"ruleset-{len(rulesets) - 1}"
            self.said = _("Ruleset %(number)s was added.") % {"number": len(rulesets)}

    def _remove_ruleset(self, rest: str) -> None:
        if (at := self._ruleset(rest)) is not None:
            self.content["classification"].pop(at)
            self.changed, self.focus = True, "add-ruleset"
            self.said = _("Ruleset %(number)s was removed.") % {"number": at + 1}

    def _step_ruleset(self, rest: str, step: int) -> None:
        at, rulesets = self._ruleset(rest), self.content["classification"]
        if at is None or not 0 <= at + step < len(rulesets):
            return
        rulesets.insert(at + step, rulesets.pop(at))
        self.changed, self.focus = True, f"{'up' if step < 0 else 'down'}-ruleset-{at + step}"
        self.said = _("Now ruleset %(number)s of %(count)s.") % {"number": at + step + 1, "count": len(rulesets)}

    def _ruleset(self, rest: str) -> int | None:
        numbers = {str(at): at for at in range(len(self.content["classification"]))}
        return numbers.get(rest)


def as_draft(content: Content) -> Content:
    """A published document as the page edits it: a copy in which every part is there."""
    made = copy.deepcopy(content)
    made["classification"] = [{"name": "", "rules": []} | ruleset for ruleset in made.get("classification", [])]
    for ruleset in made["classification"]:
        ruleset["rules"] = [_whole(rule, {"then": {}}) for rule in ruleset["rules"]]
    made["routes"] = [_whole(rule, {"overflow": None}) for rule in made.get("routes", [])]
    return made


def _whole(rule: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"name": "", "enabled": True, "when": {"all": []}} | more | rule
    routing_parts.complete(made["when"])
    return made
