"""The opened rule as its template shows it: inputs filled from the rule, each with what is wrong with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from workstreams.models import CapacityProfile, OverflowAction, Queue, Skill
from workstreams.models.skills import HIGHEST_RATING, LOWEST_RATING
from workstreams.routing.document import MOST_CONDITIONS
from workstreams.routing.explanation import Names
from workstreams.routing.facts import VARIABLE, Fact
from workstreams.routing.operators import OPERATORS

from . import routing_controls as controls
from .routing_controls import Control
from .routing_facts import ANY_VARIABLE
from .routing_parts import Node, Rule, children, count_conditions, is_group, may_nest
from .routing_values import value_controls

# What is wrong, by the part of the rule it is about: "when.0.1", "to.0", "then.skills.7", …
Wrong = Mapping[str, list[str]]


@dataclass(frozen=True)
class Choosable:
    """What the fields of every rule choose from; read once a page."""

    facts: Mapping[str, Fact]
    queues: list[Queue]
    skills: list[Skill]
    profiles: list[CapacityProfile]

    @property
    def names(self) -> Names:
        """What rules are said in words with."""
        return Names(
            catalogue=self.facts,
            queues={queue.pk: queue.name for queue in self.queues},
            skills={skill.pk: skill.name for skill in self.skills},
            profiles={profile.pk: profile.name for profile in self.profiles},
        )

    @property
    def queue_choices(self) -> list[tuple[Any, str]]:
        return [("", "–"), *((queue.pk, queue.name) for queue in self.queues)]


@dataclass(frozen=True, slots=True)
class ConditionFields:
    path: str
    controls: list[Control]
    explanation: str
    problems: list[str]
    children: None = None


@dataclass(frozen=True, slots=True)
class GroupFields:
    path: str
    title: str
    kind: Control
    children: list["GroupFields | ConditionFields"]
    may_nest: bool
    may_go: bool
    problems: list[str]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list of inputs, and the command that removes it."""

    controls: list[Control]
    remove: str = ""
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Lines:
    title: str
    lines: list[Line]
    add: str
    add_title: str


@dataclass(frozen=True, slots=True)
class RuleFields:
    name: Control
    when: "GroupFields | ConditionFields"
    is_full: bool
    targets: list[Line] = field(default_factory=list)
    overflow: list[Control] = field(default_factory=list)
    overflow_problems: list[str] = field(default_factory=list)
    lines: list[Lines] = field(default_factory=list)
    outputs: list[Control] = field(default_factory=list)
    output_problems: list[str] = field(default_factory=list)


def rule_fields(rule: Rule, choosable: Choosable, wrong: Wrong) -> RuleFields:
    """All inputs of a rule."""
    name = controls.text(f"name-{rule['id']}", _("Name (may stay empty)"), rule["name"], quiet=False, maxlength=100)
    when, is_full = _node(rule["when"], "when", choosable, wrong), count_conditions(rule["when"]) >= MOST_CONDITIONS
    if "to" in rule:
        alone = len(rule["to"]) == 1
        targets = [_target(at, target, choosable, wrong, alone=alone) for at, target in enumerate(rule["to"])]
        overflow = _overflow(rule["overflow"], choosable)
        return RuleFields(name, when, is_full, targets=targets, overflow=overflow, overflow_problems=_under(wrong, "overflow"))
    then = rule["then"]
    lines = [_skills(then.get("skills", {}), choosable, wrong), _variables(then.get("variables", {}), wrong)]
    profiles = [("", _("leave as it is")), *((profile.pk, profile.name) for profile in choosable.profiles)]
    outputs = [
        controls.number("priority", _("Priority (smaller is more important)"), then.get("priority"), quiet=False),
        controls.choice("capacity_profile", _("Capacity profile"), then.get("capacity_profile"), profiles, quiet=False),
    ]
    problems = [*wrong.get("then", []), *_under(wrong, "then.priority"), *_under(wrong, "then.capacity_profile")]
    return RuleFields(name, when, is_full, lines=lines, outputs=outputs, output_problems=problems)


def _node(node: Node, path: str, choosable: Choosable, wrong: Wrong) -> GroupFields | ConditionFields:
    if not is_group(node):
        return _condition(node, path, choosable, wrong)
    choices = [("all", _("all of these hold")), ("any", _("any of these holds"))]
    kind = controls.choice(f"{path}-kind", _("How the conditions count together"), "any" if "any" in node else "all", choices)
    parts = [_node(child, f"{path}.{at}", choosable, wrong) for at, child in enumerate(children(node))]
    title = _("If") if path == "when" else _("Group")
    return GroupFields(path, title, kind, parts, may_nest(path), path != "when", wrong.get(path, []))


def _condition(node: Node, path: str, choosable: Choosable, wrong: Wrong) -> ConditionFields:
    fact = choosable.facts.get(node["fact"])
    shown = [controls.choice(f"{path}-fact", _("What is tested"), node["fact"], _grouped(choosable.facts.values()), asks=True)]
    words = ""
    if fact is not None:
        if fact.of_queue:
            shown.append(controls.choice(f"{path}-of", _("Of the queue"), node.get("of"), choosable.queue_choices))
        possible = [(name, OPERATORS[name].label) for name in fact.operators_now()]
        shown.append(controls.choice(f"{path}-operator", _("How it is compared"), node["operator"], possible, asks=True))
        shown += value_controls(path, fact, node["operator"], node["value"])
        operator = OPERATORS.get(node["operator"])
        words = " ".join(str(part) for part in (fact.explanation, operator.explanation if operator else "") if part)
    return ConditionFields(path, shown, words, _under(wrong, path))


def _grouped(facts: Iterable[Fact]) -> list[tuple[Any, Any]]:
    """The facts under the headings of their groups."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for fact in facts:
        if fact.name != ANY_VARIABLE:
            groups.setdefault(str(fact.group), []).append((fact.name, _label(fact)))
    return [("", _("Choose what is tested")), *groups.items()]


def _label(fact: Fact) -> str:
    """Variables are called exactly as they were set."""
    return str(fact.label) if fact.name.startswith(VARIABLE) else capfirst(str(fact.label))


def _target(at: int, target: dict[str, Any], choosable: Choosable, wrong: Wrong, *, alone: bool) -> Line:
    """One queue of a route; the share is asked only if there are several."""
    queue = controls.choice(f"to-{at}-queue", _("Queue"), target["queue"], choosable.queue_choices, quiet=False)
    percent = controls.number(f"to-{at}-percent", _("Share in percent"), target["percent"], quiet=False, min=1, max=100)
    return Line(
        [queue] if alone else [queue, percent],
        f"remove-target {at}",
        [*(wrong.get("to", []) if at == 0 else []), *_under(wrong, f"to.{at}")],
    )


def _overflow(overflow: dict[str, Any] | None, choosable: Choosable) -> list[Control]:
    given = overflow or {"action": "", "target": None}
    actions = [("", _("what the queue says")), *OverflowAction.choices]
    return [
        controls.choice("overflow-action", _("Then"), given["action"], actions, asks=True, quiet=False),
        *(
            [controls.choice("overflow-target", _("To the queue"), given["target"], choosable.queue_choices, quiet=False)]
            if given["action"] == OverflowAction.TRANSFER
            else []
        ),
    ]


def _skills(given: dict[str, Any], choosable: Choosable, wrong: Wrong) -> Lines:
    choices = [("", "–"), *((str(skill.pk), skill.name) for skill in choosable.skills)]
    lines = [
        Line(
            [
                controls.choice(f"skills-{at}", _("Skill"), key, choices),
                controls.number(f"skills-{at}-rating", _("Least rating"), rating, min=LOWEST_RATING, max=HIGHEST_RATING),
            ],
            f"remove-skill {key}",
            _under(wrong, f"then.skills.{key}"),
        )
        for at, (key, rating) in enumerate(given.items())
    ]
    return Lines(_("needs the skills (rating 1 to 10)"), lines, "add-skill", _("Add a skill"))


def _variables(given: dict[str, Any], wrong: Wrong) -> Lines:
    lines = [
        Line(
            [
                controls.text(f"variables-{at}", _("Name of the variable"), key, maxlength=100, placeholder=_("name")),
                controls.text(f"variables-{at}-value", _("Value"), value, maxlength=4000, placeholder=_("text or number")),
            ],
            f"remove-variable {key}",
            _under(wrong, f"then.variables.{key}"),
        )
        for at, (key, value) in enumerate(given.items())
    ]
    return Lines(_("gets the context variables"), lines, "add-variable", _("Add a variable"))


def _under(wrong: Wrong, path: str) -> list[str]:
    """What is wrong with a part and with what is in it."""
    return [words for place, found in wrong.items() if place == path or place.startswith(path + ".") for words in found]
