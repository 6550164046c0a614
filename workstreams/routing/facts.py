"""What rules may test. The catalogue of facts is made above (`FACT_CATALOGUE`); here is only what a fact is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from django.utils.functional import Promise

# None: not known. Dates are "2026-11-21", times of day "08:30".
FactValue: TypeAlias = str | bool | int | float | Sequence[str] | None
Facts: TypeAlias = Mapping[str, FactValue]
Label: TypeAlias = str | Promise
Choices: TypeAlias = tuple[tuple[str, Label], ...]

# Facts whose condition names a queue (`of`); `workstreams.routing.queue_states` knows their values.
OF_A_QUEUE = "queue."
# Context variables: `variable.<name>`.
VARIABLE = "variable."


class ValueType(StrEnum):
    """What kind of value a fact has; a form chooses its field by it."""

    TEXT = "text"
    LANGUAGE = "language"
    BOOLEAN = "boolean"
    NUMBER = "number"
    CHOICE = "choice"
    DATE = "date"
    TIME = "time"
    LIST = "list"


_DATA = ("has_data", "no_data")
# Which operators fit which kind of value, the usual one first.
OPERATORS_OF: dict[ValueType, tuple[str, ...]] = {
    ValueType.TEXT: (
        *("contains_any", "contains_all", "contains_none", "matches_words", "begins_with", "ends_with"),
        *("equals", "not_equals", "one_of", "none_of", *_DATA),
    ),
    ValueType.LANGUAGE: ("in", "not_in", *_DATA),
    ValueType.BOOLEAN: ("is", *_DATA),
    ValueType.NUMBER: ("equals", "not_equals", "more_than", "less_than", "between", *_DATA),
    ValueType.CHOICE: ("one_of", "none_of", *_DATA),
    ValueType.DATE: ("on", "before", "after", "between_dates", *_DATA),
    ValueType.TIME: ("before", "after", "between_times", *_DATA),
    ValueType.LIST: ("has_any", "has_all", "has_none", *_DATA),
}


@dataclass(frozen=True)
class Fact:
    """A fact that rules may test: `name` is stored in rules, `label` (lazy, translated) stands in sentences.

    `operators` are names of `workstreams.routing.operators.OPERATORS`, the usual one first; without them, those of its kind of value.
    `explanation` is one line for whoever chooses the fact, `group` the heading under which it is chosen. `choices` are (value, label)
    pairs of a choice, or of a list whose items are fixed, or a function that looks them up. `of_queue`: a condition on it names a
    queue. `negation`: how "no" is said of a yes-no fact.
    """

    name: str
    label: Label
    value_type: ValueType
    operators: tuple[str, ...] = ()
    group: Label = ""
    explanation: Label = ""
    choices: Choices | Callable[[], Choices] = ()
    of_queue: bool = False
    negation: Label = ""

    def choices_now(self) -> Choices:
        """The choices that there are now."""
        return self.choices() if callable(self.choices) else self.choices

    def operators_now(self) -> tuple[str, ...]:
        """The names of the operators with which it can be tested."""
        return self.operators or OPERATORS_OF[self.value_type]
