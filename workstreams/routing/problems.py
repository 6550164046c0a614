"""What is wrong with a document of rules, and where."""

from dataclasses import dataclass
from typing import TypeAlias

from django.utils.functional import Promise
from django.utils.translation import gettext as _

# Where in the document: ("routes", 2, "when", 0, 1) is the second node of the first node of the third route's conditions.
Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """`message` is a sentence; str() puts the place before it: "Route-to-queue rule 3, condition 1.2: …"."""

    path: Path
    message: str | Promise

    def __str__(self) -> str:
        place = place_in_words(self.path)
        return f"{place}: {self.message}" if place else str(self.message)


class InvalidRules(Exception):
    """The document can't count as it is; `problems` name every place."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return " ".join(str(problem) for problem in self.problems)


def place_in_words(path: Path) -> str:
    """A place of the document for people; empty for the document as a whole."""
    words = []
    at = list(path)
    if at[:1] == ["classification"]:
        words.append(_("Work classification"))
        if len(at) > 1:
            words.append(_("ruleset %(number)s") % {"number": _number(at[1])})
        if at[2:3] == ["rules"] and len(at) > 3:
            words.append(_("rule %(number)s") % {"number": _number(at[3])})
        at = at[4:]
    elif at[:1] == ["routes"]:
        if len(at) > 1:
            words.append(_("Route-to-queue rule %(number)s") % {"number": _number(at[1])})
        else:
            words.append(_("Route to queue"))
        at = at[2:]
    if at[:1] == ["when"] and len(at) > 1:
        words.append(_("condition %(number)s") % {"number": ".".join(_number(each) for each in at[1:])})
    elif at[:1] == ["to"]:
        words.append(_("queue %(number)s") % {"number": _number(at[1])} if len(at) > 1 else _("queues"))
    elif at[:1] == ["overflow"]:
        words.append(_("overflow"))
    return ", ".join(words)


def _number(index: str | int) -> str:
    return str(index + 1) if isinstance(index, int) else str(index)
