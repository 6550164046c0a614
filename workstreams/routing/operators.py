"""The operators of conditions: what each takes, when it holds, and how it explains itself where it is chosen.

Every operator is total: a value of the wrong kind, or a fact that isn't known (None), doesn't hold, not even negated.
"""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

from django.utils.translation import gettext_lazy as _

from .facts import FactValue, Label
from .words import folded, has_word, in_language_range


class Takes(StrEnum):
    """What an operator compares with; a form chooses its field by it and by the fact's kind of value."""

    NOTHING = "nothing"
    YES_NO = "yes_no"
    ONE = "one"
    LIST = "list"
    PAIR = "pair"


@dataclass(frozen=True)
class Operator:
    """`find(actual, wanted)` returns what made the condition hold, or None; texts come to it folded if `folds`."""

    name: str
    label: Label
    explanation: Label
    takes: Takes
    find: Callable[[Any, Any], str | None]
    folds: bool = False

    def ready(self, value: Any) -> Any:
        """The value of a condition as `find` takes it. `ValueError` if it isn't of the right kind."""
        if self.takes == Takes.NOTHING:
            return None
        if self.takes == Takes.YES_NO:
            return _one(value, bool)
        if self.takes == Takes.ONE:
            return self._folded(_one(value, str, int, float))
        if self.takes == Takes.PAIR:
            return _pair(value)
        return tuple(self._folded(item) for item in _texts(value))

    def _folded(self, value: Any) -> Any:
        """Texts go along with their folded form: what was found is said in the rule's own words."""
        return (value, folded(value).strip()) if self.folds and isinstance(value, str) else value


def _one(value: Any, *kinds: type) -> Any:
    value = value[0] if isinstance(value, list | tuple) and len(value) == 1 else value
    if type(value) not in kinds or (isinstance(value, float) and not isfinite(value)) or value == "":
        raise ValueError(value)
    return value


def _pair(value: Any) -> tuple[Any, Any]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(value)
    low, high = (_one(item, str, int, float) for item in value)
    if isinstance(low, str) != isinstance(high, str):
        raise ValueError(value)
    return low, high


def _texts(value: Any) -> list[str]:
    items = value if isinstance(value, list | tuple) else [value]
    if not items or not all(isinstance(item, str) and folded(item).strip() for item in items):
        raise ValueError(value)
    return list(items)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _contains_any(text: FactValue, words: Sequence[tuple[str, str]]) -> str | None:
    if isinstance(text, str):
        # A loop, because this is what most rules ask, and a generator costs twice as much.
        for word, key in words:
            if key in text:
                return word
    return None


def _contains_all(text: FactValue, words: Sequence[tuple[str, str]]) -> str | None:
    holds = isinstance(text, str) and all(key in text for _word, key in words)
    return ", ".join(word for word, _key in words) if holds else None


def _contains_none(text: FactValue, words: Sequence[tuple[str, str]]) -> str | None:
    return "" if isinstance(text, str) and not any(key in text for _word, key in words) else None


def _matches_words(text: FactValue, words: Sequence[tuple[str, str]]) -> str | None:
    return next((word for word, key in words if has_word(text, key)), None) if isinstance(text, str) else None


def _begins_with(text: FactValue, words: Sequence[tuple[str, str]]) -> str | None:
    return next((word for word, key in words if text.lstrip().startswith(key)), None) if isinstance(text, str) else None


def _ends_with(text: FactValue, words: Sequence[tuple[str, str]]) -> str | None:
    return next((word for word, key in words if text.rstrip().endswith(key)), None) if isinstance(text, str) else None


def _equals(actual: FactValue, wanted: Any) -> str | None:
    if isinstance(actual, str) and isinstance(wanted, tuple):
        return wanted[0] if actual.strip() == wanted[1] else None
    return str(actual) if _is_number(actual) and _is_number(wanted) and actual == wanted else None


def _not_equals(actual: FactValue, wanted: Any) -> str | None:
    comparable = (isinstance(actual, str) and isinstance(wanted, tuple)) or (_is_number(actual) and _is_number(wanted))
    return str(actual) if comparable and _equals(actual, wanted) is None else None


def _one_of(text: FactValue, words: Sequence[tuple[str, str]]) -> str | None:
    return next((word for word, key in words if text.strip() == key), None) if isinstance(text, str) else None


def _none_of(text: FactValue, words: Sequence[tuple[str, str]]) -> str | None:
    return text if isinstance(text, str) and _one_of(text, words) is None else None


def _in(tag: FactValue, ranges: Sequence[tuple[str, str]]) -> str | None:
    return next((each for each, key in ranges if in_language_range(tag, key)), None) if isinstance(tag, str) else None


def _not_in(tag: FactValue, ranges: Sequence[tuple[str, str]]) -> str | None:
    return tag if isinstance(tag, str) and tag and _in(tag, ranges) is None else None


def _is(actual: FactValue, wanted: bool) -> str | None:
    return str(actual).lower() if isinstance(actual, bool) and actual is wanted else None


def _has_any(items: FactValue, words: Sequence[tuple[str, str]]) -> str | None:
    return next((word for word, key in words if key in items), None) if isinstance(items, tuple) else None


def _has_all(items: FactValue, words: Sequence[tuple[str, str]]) -> str | None:
    holds = isinstance(items, tuple) and all(key in items for _word, key in words)
    return ", ".join(word for word, _key in words) if holds else None


def _has_none(items: FactValue, words: Sequence[tuple[str, str]]) -> str | None:
    return "" if isinstance(items, tuple) and not any(key in items for _word, key in words) else None


def _less_than(actual: FactValue, limit: Any) -> str | None:
    return str(actual) if _is_number(actual) and _is_number(limit) and actual < limit else None


def _more_than(actual: FactValue, limit: Any) -> str | None:
    return str(actual) if _is_number(actual) and _is_number(limit) and actual > limit else None


def _between(actual: FactValue, pair: tuple[Any, Any]) -> str | None:
    return str(actual) if _is_number(actual) and all(map(_is_number, pair)) and pair[0] <= actual <= pair[1] else None


def _on(actual: FactValue, wanted: Any) -> str | None:
    return actual if isinstance(actual, str) and actual == wanted else None


def _before(actual: FactValue, limit: Any) -> str | None:
    return actual if isinstance(actual, str) and isinstance(limit, str) and "" < actual < limit else None


def _after(actual: FactValue, limit: Any) -> str | None:
    return actual if isinstance(actual, str) and isinstance(limit, str) and actual > limit else None


def _between_dates(actual: FactValue, pair: tuple[Any, Any]) -> str | None:
    return actual if isinstance(actual, str) and isinstance(pair[0], str) and pair[0] <= actual <= pair[1] else None


def _between_times(actual: FactValue, pair: tuple[Any, Any]) -> str | None:
    if not isinstance(actual, str) or not actual or not isinstance(pair[0], str):
        return None
    begins, ends = pair
    return actual if (begins <= actual < ends if begins <= ends else actual >= begins or actual < ends) else None


def _has_data(actual: FactValue, _nothing: None) -> str | None:
    return "" if actual not in (None, "", (), []) else None


def _no_data(actual: FactValue, _nothing: None) -> str | None:
    return "" if _has_data(actual, None) is None else None


OPERATORS: dict[str, Operator] = {
    operator.name: operator
    for operator in (
        Operator("contains_any", _("contains any of"), _("One of the words stands anywhere in it."), Takes.LIST, _contains_any, folds=True),
        Operator("contains_all", _("contains all of"), _("Every one of the words stands in it."), Takes.LIST, _contains_all, folds=True),
        Operator("contains_none", _("contains none of"), _("None of the words stands in it."), Takes.LIST, _contains_none, folds=True),
        Operator(
            "matches_words",
            _("contains the whole word"),
            _(
                "One of these stands in it as a word: “return” is found in “return it”, not in “returned”. Japanese, Chinese, Korean and "
                "Thai words are found wherever they stand."
            ),
            Takes.LIST,
            _matches_words,
            folds=True,
        ),
        Operator("begins_with", _("begins with"), _("It begins with one of these."), Takes.LIST, _begins_with, folds=True),
        Operator("ends_with", _("ends with"), _("It ends with one of these."), Takes.LIST, _ends_with, folds=True),
        Operator("equals", _("equals"), _("It is exactly this; upper and lower case are the same."), Takes.ONE, _equals, folds=True),
        Operator("not_equals", _("does not equal"), _("It is known, and is something else."), Takes.ONE, _not_equals, folds=True),
        Operator("one_of", _("is one of"), _("It is exactly one of these."), Takes.LIST, _one_of, folds=True),
        Operator("none_of", _("is none of"), _("It is known, and is none of these."), Takes.LIST, _none_of, folds=True),
        Operator("in", _("is"), _("It is one of these languages, in any of their regions and scripts."), Takes.LIST, _in, folds=True),
        Operator("not_in", _("is not"), _("It is known, and is none of these languages."), Takes.LIST, _not_in, folds=True),
        Operator("is", _("is"), _("Yes or no. What isn't known is neither."), Takes.YES_NO, _is),
        Operator("has_any", _("has any of"), _("One of these is among them."), Takes.LIST, _has_any, folds=True),
        Operator("has_all", _("has all of"), _("Every one of these is among them."), Takes.LIST, _has_all, folds=True),
        Operator("has_none", _("has none of"), _("None of these is among them."), Takes.LIST, _has_none, folds=True),
        Operator("more_than", _("is more than"), _("It is a greater number; the number itself doesn't count."), Takes.ONE, _more_than),
        Operator("less_than", _("is less than"), _("It is a smaller number; the number itself doesn't count."), Takes.ONE, _less_than),
        Operator("between", _("is between"), _("It lies between the two numbers, or is one of them."), Takes.PAIR, _between),
        Operator("on", _("is on"), _("It is this day."), Takes.ONE, _on),
        Operator("before", _("is before"), _("It is earlier; the moment itself doesn't count."), Takes.ONE, _before),
        Operator("after", _("is after"), _("It is later; the moment itself doesn't count."), Takes.ONE, _after),
        Operator(
            "between_dates", _("is between"), _("From the first of the two days to the end of the second."), Takes.PAIR, _between_dates
        ),
        Operator(
            "between_times",
            _("is between"),
            _("From the first time until just before the second; over midnight if the second is earlier."),
            Takes.PAIR,
            _between_times,
        ),
        Operator("has_data", _("has data"), _("Something is known about it."), Takes.NOTHING, _has_data),
        Operator("no_data", _("has no data"), _("Nothing is known about it, or it is empty."), Takes.NOTHING, _no_data),
    )
}


def is_date(text: Any) -> bool:
    """Whether this is a day as facts have it: "2026-11-21"."""
    return _reads(datetime.date.fromisoformat, text, 10)


def is_time(text: Any) -> bool:
    """Whether this is a time of day as facts have it: "08:30"."""
    return _reads(datetime.time.fromisoformat, text, 5)


def _reads(read: Callable[[str], object], text: Any, length: int) -> bool:
    try:
        return isinstance(text, str) and len(text) == length and bool(read(text) is not None)
    except ValueError:
        return False
