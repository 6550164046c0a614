"""Conditions of rules: which operators there are, and whether a condition holds for given facts. Pure and total."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .facts import Facts, FactValue

# Thai and Khmer text may carry zero-width spaces between words; copied text carries the others.
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
# Regions that imply a script (CLDR, likely subtags), so that "zh-Hant" is found in "zh-TW".
SCRIPT_OF_REGION = {"zh-tw": "zh-hant-tw", "zh-hk": "zh-hant-hk", "zh-mo": "zh-hant-mo", "zh-cn": "zh-hans-cn", "zh-sg": "zh-hans-sg"}


@dataclass(frozen=True)
class RuleCondition:
    """One test: a fact, an operator, and the value it is compared with."""

    fact: str
    operator: str
    value: Any


@dataclass(frozen=True)
class Outcome:
    """What came of one condition. `found` is what made it hold; `problem` why it couldn't be tested (a code)."""

    condition: RuleCondition
    holds: bool
    found: str = ""
    problem: str = ""


def folded(text: str) -> str:
    """Text as it is compared: NFKC (so ＲＥＴＵＲＮ is return), without case, without invisible characters."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).translate(INVISIBLE)


def contains_any(actual: FactValue, value: Any) -> str:
    """The first of the words that the text contains, anywhere: Japanese, Chinese and Thai put no spaces between words."""
    text = folded(actual) if isinstance(actual, str) else ""
    return next((word for word in _strings(value) if folded(word).strip() and folded(word).strip() in text), "")


def has_any(actual: FactValue, value: Any) -> str:
    """The first of the words that is a whole line of the text: one of several names."""
    lines = {folded(line).strip() for line in actual.split("\n")} - {""} if isinstance(actual, str) else set()
    return next((word for word in _strings(value) if folded(word).strip() in lines), "")


def is_in(actual: FactValue, value: Any) -> str:
    """The first language range that the tag falls into (RFC 4647, basic filtering): "zh" takes "zh-Hant" and "zh-TW"."""
    tag = _tag(actual) if isinstance(actual, str) else ""
    tags = {tag, SCRIPT_OF_REGION.get(tag, tag)} - {""}
    return next((item for item in _strings(value) if any(t == _tag(item) or t.startswith(_tag(item) + "-") for t in tags)), "")


def equals(actual: FactValue, value: Any) -> str:
    """Yes or no; a fact that isn't known is neither."""
    wanted = value[0] if isinstance(value, list | tuple) and len(value) == 1 else value
    return str(actual).lower() if isinstance(actual, bool) and actual is wanted else ""


# Each returns what it found, empty if the condition doesn't hold.
OPERATORS: dict[str, Callable[[FactValue, Any], str]] = {"contains_any": contains_any, "has_any": has_any, "in": is_in, "is": equals}


def evaluate(condition: RuleCondition, facts: Facts) -> Outcome:
    """Whether the condition holds. An operator or fact that isn't known never does, and says so."""
    operator = OPERATORS.get(condition.operator)
    if operator is None:
        return Outcome(condition, holds=False, problem="unknown_operator")
    if condition.fact not in facts:
        return Outcome(condition, holds=False, problem="unknown_fact")
    found = operator(facts[condition.fact], condition.value)
    return Outcome(condition, holds=bool(found), found=found)


def _strings(value: Any) -> Sequence[str]:
    items = value if isinstance(value, list | tuple) else [value]
    return [item for item in items if isinstance(item, str) and item.strip()]


def _tag(text: str) -> str:
    return text.strip().replace("_", "-").lower()
