"""What is wrong with a draft, by the rule and the part of it where the page says so."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from workstreams.routing.problems import Path, Problem, place_in_words

from . import routing_parts
from .routing_draft import Draft

# Stands in place of a rule's id for problems of a whole ruleset.
RULESET = "ruleset-"


@dataclass(frozen=True)
class Listed:
    """A problem with its place in words; `rule_id` if a rule can be opened to see it."""

    words: str
    rule_id: str = ""


@dataclass(frozen=True)
class Problems:
    """`of_rules`: by the rule's id (or "ruleset-0"), then by the part ("when.0.1", "to.0", "" for the whole rule).

    `of_time`: what is wrong with the time zone and the country.
    """

    of_rules: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    listed: list[Listed] = field(default_factory=list)
    of_time: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, problems: Sequence[Problem], draft: Draft) -> "Problems":
        """The check's problems at their places in the draft."""
        found = cls()
        for problem in problems:
            rule_id, part = _place(problem.path, draft)
            is_rule = bool(rule_id) and not rule_id.startswith(RULESET)
            words = _words(problem, rule_id, part, draft)
            place = place_in_words(problem.path)
            found.listed.append(Listed(f"{place}: {words}" if place else words, rule_id if is_rule else ""))
            if problem.path and problem.path[0] in ("time_zone", "holidays"):
                found.of_time.append(words)
            if rule_id:
                found.of_rules.setdefault(rule_id, {}).setdefault(part, []).append(words)
        return found

    @property
    def first(self) -> str:
        """The first rule with a problem."""
        return next((each.rule_id for each in self.listed if each.rule_id), "")


def _place(path: Path, draft: Draft) -> tuple[str, str]:
    match path:
        case ("routes", int(at), *rest) if at < len(draft.content["routes"]):
            return draft.content["routes"][at]["id"], ".".join(map(str, rest))
        case ("classification", int(at), "rules", int(number), *rest) if number < len(draft.content["classification"][at]["rules"]):
            return draft.content["classification"][at]["rules"][number]["id"], ".".join(map(str, rest))
        case ("classification", int(at), *_rest):
            return f"{RULESET}{at}", ""
    return "", ""


def _words(problem: Problem, rule_id: str, part: str, draft: Draft) -> str:
    """Nothing was chosen yet: that is said as such."""
    found = draft.find(rule_id)
    node = routing_parts.find(found[0][found[1]], part) if found and part.startswith("when") else None
    if node is not None and not routing_parts.is_group(node) and not node["fact"]:
        return _("Choose what is tested.")
    return str(problem.message)
