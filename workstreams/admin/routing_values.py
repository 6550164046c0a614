"""The input of a condition's value: chosen by what the operator takes and what kind of value the fact has."""

import re
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from workstreams.languages import languages_by_name
from workstreams.routing.facts import Fact, ValueType
from workstreams.routing.operators import OPERATORS, Takes

from . import routing_controls as controls
from .routing_controls import Control

# Commas as Latin, Chinese, Japanese and Arabic keyboards write them, and line ends.
SEPARATORS = re.compile(r"[,\n\r，、،]")
MOMENTS = {ValueType.DATE: "date", ValueType.TIME: "time"}


def value_controls(path: str, fact: Fact, operator: str, value: Any) -> list[Control]:
    """What is shown beside fact and operator, filled with a condition's value."""
    name, label = f"{path}-value", _("Value")
    match _takes(operator):
        case Takes.YES_NO:
            chosen = {True: "yes", False: "no"}.get(value, "") if isinstance(value, bool) else ""
            return [controls.choice(name, label, chosen, [("", "–"), ("yes", _("yes")), ("no", _("no"))])]
        case Takes.ONE:
            return [_single(name, label, fact, value)]
        case Takes.PAIR:
            low, high = value if isinstance(value, list) and len(value) == 2 else ("", "")
            return [_single(f"{path}-from", _("From"), fact, low), _single(f"{path}-to", _("To"), fact, high)]
        case Takes.LIST:
            values = value if isinstance(value, list) else []
            if choices := fixed_choices(fact):
                return [controls.several(name, label, values, choices)]
            return [controls.words(name, label, values, help_text=_("One word a line, or commas between them."))]
    return []


def read_value(path: str, sent: QueryDict, fact: Fact, operator: str) -> Any:
    """What stands in the inputs. What can't be read is kept as it is: the check says what is wrong with it."""
    name = f"{path}-value"
    match _takes(operator):
        case Takes.YES_NO:
            return {"yes": True, "no": False}.get(sent.get(name, ""))
        case Takes.ONE:
            return _typed(fact, sent.get(name, ""))
        case Takes.PAIR:
            return [_typed(fact, sent.get(f"{path}-from", "")), _typed(fact, sent.get(f"{path}-to", ""))]
        case Takes.LIST:
            return sent.getlist(name) if fixed_choices(fact) else listed(sent.get(name, ""))
    return None


def shape(fact: Fact | None, operator: str) -> str:
    """Which inputs a condition has: two of one shape can keep each other's value."""
    takes = _takes(operator)
    if fact is None or takes is None:
        return ""
    choices = fact.name if fact.choices else ""
    return f"{takes} {fact.value_type} {choices}" if takes in (Takes.ONE, Takes.PAIR, Takes.LIST) else str(takes)


def fixed_choices(fact: Fact) -> list[tuple[str, Any]]:
    """The values that a fact can have, if they are few and known."""
    return languages_by_name() if fact.value_type == ValueType.LANGUAGE else list(fact.choices_now())


def listed(text: str) -> list[str]:
    """Words, one a line or between commas, without repeats."""
    parts = [part.strip().replace("\x00", "") for part in SEPARATORS.split(text)]
    return list(dict.fromkeys(part for part in parts if part))


def number_or_text(text: str) -> Any:
    """A number where it is one; anything else stays as it was typed."""
    text = text.strip().replace("\x00", "")
    try:
        return int(text)
    except ValueError:
        pass
    try:
        found = float(text)
    except ValueError:
        return text
    return found if abs(found) < float("inf") else text


def _takes(operator: str) -> Takes | None:
    return OPERATORS[operator].takes if operator in OPERATORS else None


def _single(name: str, label: str, fact: Fact, value: Any) -> Control:
    shown = "" if value is None else value
    if fact.value_type == ValueType.NUMBER:
        return controls.number(name, label, shown, step="any")
    if fact.value_type in MOMENTS:
        return controls.moment(name, label, shown, kind=MOMENTS[fact.value_type])
    return controls.text(name, label, shown)


def _typed(fact: Fact, text: str) -> Any:
    return number_or_text(text) if fact.value_type == ValueType.NUMBER else text.strip().replace("\x00", "")
