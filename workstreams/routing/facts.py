"""What rules may test. The catalogue of facts is made above (`FACT_CATALOGUE`); here is only what a fact is."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from django.utils.functional import Promise

FactValue: TypeAlias = str | bool | None
Facts: TypeAlias = Mapping[str, FactValue]


class ValueType(StrEnum):
    """What kind of value a fact has; a form chooses its field by it."""

    TEXT = "text"
    LANGUAGE = "language"
    BOOLEAN = "boolean"


@dataclass(frozen=True)
class Fact:
    """A fact that rules may test: `name` is stored in rules, `label` (lazy, translated) stands in sentences.

    `operators` are names of `workstreams.routing.conditions.OPERATORS`, the usual one first.
    """

    name: str
    label: str | Promise
    value_type: ValueType
    operators: tuple[str, ...]
