"""The list of rules as the page shows it: one line of words each, and the fields of the one that is open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from .pages import text_input
from .routing_draft import Draft
from .routing_fields import Choosable, RuleFields, Wrong, rule_fields
from .routing_parts import Rule
from .routing_words import Wording

# What is wrong with each rule, by its id; with rulesets, by their number.
WrongRules = Mapping[str, Wrong]


@dataclass(frozen=True, slots=True)
class Row:
    """One rule. `labels` say what its buttons do to whoever can't see where they stand."""

    id: str
    number: int
    name: str
    enabled: bool
    words: str
    outcome: str
    is_first: bool
    is_last: bool
    labels: dict[str, str]
    problems: list[str] = field(default_factory=list)
    fields: RuleFields | None = None

    @property
    def is_open(self) -> bool:
        return self.fields is not None


@dataclass(frozen=True, slots=True)
class RulesetRows:
    name_input: SafeString
    rows: list[Row]
    problems: list[str] = field(default_factory=list)


def rows_of(rules: list[Rule], draft: Draft, choosable: Choosable, wording: Wording, wrong: WrongRules) -> list[Row]:
    """A list of rules in its order."""
    return [_row(rule, at, len(rules), draft, choosable, wording, wrong.get(rule["id"], {})) for at, rule in enumerate(rules)]


def rulesets_of(draft: Draft, choosable: Choosable, wording: Wording, wrong: WrongRules) -> list[RulesetRows]:
    """Work classification, ruleset by ruleset."""
    found = []
    for at, ruleset in enumerate(draft.content["classification"]):
        attrs = {"id": f"ruleset-{at}", "maxlength": "100"}
        name = text_input().render(f"ruleset-{at}", ruleset["name"], attrs)
        problems = [words for each in wrong.get(f"ruleset-{at}", {}).values() for words in each]
        found.append(RulesetRows(name, rows_of(ruleset["rules"], draft, choosable, wording, wrong), problems))
    return found


def _row(rule: Rule, at: int, count: int, draft: Draft, choosable: Choosable, wording: Wording, wrong: Wrong) -> Row:
    is_open = rule["id"] == draft.open
    return Row(
        id=rule["id"],
        number=at + 1,
        name=rule["name"],
        enabled=rule["enabled"],
        words=wording.when(rule["when"]),
        outcome=wording.outcome(rule),
        is_first=at == 0,
        is_last=at == count - 1,
        labels=_labels(at + 1, enabled=rule["enabled"]),
        # An open rule says it where it is wrong; here stands only what has no place in it.
        problems=wrong.get("", []) if is_open else [words for each in wrong.values() for words in each],
        fields=rule_fields(rule, choosable, wrong) if is_open else None,
    )


def _labels(number: int, *, enabled: bool) -> dict[str, Any]:
    given = {"number": number}
    return {
        "up": _("Move rule %(number)s up") % given,
        "down": _("Move rule %(number)s down") % given,
        "toggle": (_("Switch rule %(number)s off") if enabled else _("Switch rule %(number)s on")) % given,
        "copy": _("Copy rule %(number)s") % given,
        "remove": _("Remove rule %(number)s") % given,
    }
