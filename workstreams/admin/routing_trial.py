"""The fields of *Try it*: one for each fact of the catalogue, filled from a conversation or by hand."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from workstreams.routing.facts import OF_A_QUEUE, VARIABLE, Fact, FactValue, ValueType

from . import routing_controls as controls
from .routing_controls import Control
from .routing_facts import known_facts
from .routing_values import MOMENTS, fixed_choices, listed, number_or_text

Facts = dict[str, FactValue]
EMPTY: tuple[FactValue, ...] = (None, "", [], ())


@dataclass(frozen=True, slots=True)
class Group:
    """The facts under one heading; filled if one of them is known."""

    title: str
    controls: list[Control]
    is_filled: bool


def trial_facts() -> list[Fact]:
    """What can be typed: queues are as they are, and variables come from the rules."""
    return [fact for fact in known_facts().values() if not fact.name.startswith((OF_A_QUEUE, VARIABLE))]


def trial_groups(facts: Mapping[str, FactValue]) -> list[Group]:
    """The fields, filled with these facts."""
    grouped: dict[str, list[Fact]] = {}
    for fact in trial_facts():
        grouped.setdefault(str(fact.group), []).append(fact)
    return [
        Group(title, [_control(fact, facts.get(fact.name)) for fact in found], any(facts.get(fact.name) not in EMPTY for fact in found))
        for title, found in grouped.items()
    ]


def read_facts(sent: QueryDict) -> Facts:
    """What stands in the fields; what is left empty isn't known."""
    return {fact.name: _read(fact, sent) for fact in trial_facts()}


def _control(fact: Fact, value: FactValue) -> Control:
    name, label = _name(fact), capfirst(str(fact.label))
    if fact.value_type == ValueType.BOOLEAN:
        chosen = {True: "yes", False: "no"}[value] if isinstance(value, bool) else ""
        return controls.choice(name, label, chosen, [("", "–"), ("yes", _("yes")), ("no", _("no"))], quiet=False)
    if fact.value_type == ValueType.LIST:
        items = list(value) if isinstance(value, list | tuple) else []
        if fact.choices:
            return controls.several(name, label, items, fixed_choices(fact), quiet=False)
        return controls.words(name, label, items, quiet=False)
    shown = "" if value is None else value
    if choices := fixed_choices(fact):
        return controls.choice(name, label, shown, [("", "–"), *choices], quiet=False)
    if fact.value_type == ValueType.NUMBER:
        return controls.number(name, label, shown, quiet=False, step="any")
    if fact.value_type in MOMENTS:
        return controls.moment(name, label, shown, kind=MOMENTS[fact.value_type], quiet=False)
    return controls.text(name, label, shown, quiet=False)


def _read(fact: Fact, sent: QueryDict) -> FactValue:
    name = _name(fact)
    if fact.value_type == ValueType.BOOLEAN:
        return {"yes": True, "no": False}.get(sent.get(name, ""))
    if fact.value_type == ValueType.LIST:
        return sent.getlist(name) if fact.choices else listed(sent.get(name, ""))
    text = sent.get(name, "").replace("\x00", "")
    if fact.value_type == ValueType.NUMBER:
        found = number_or_text(text)
        return found if isinstance(found, int | float) else None
    return text.strip() or (None if fact.value_type != ValueType.TEXT else "")


def _name(fact: Fact) -> str:
    return f"trial-{fact.name}"
