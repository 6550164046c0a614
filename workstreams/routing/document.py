"""The document of a workstream's rules, which never changes once it is published.

    {"classification": [{"name": "Skills", "rules": [RULE, …]}, …], "routes": [ROUTE, …], "time_zone": "Asia/Tokyo", "holidays": "JP"}
    RULE  = {"id", "name", "enabled", "when": GROUP,
             "then": {"skills": {"<skill>": least rating}, "priority": number, "capacity_profile": id, "variables": {name: text or number}}}
    ROUTE = {"id", "name", "enabled", "when": GROUP, "to": [{"queue": id, "percent": 100}, …],
             "overflow": null or {"action": "transfer" | "end" | "queue_anyway", "target": queue or null}}
    GROUP = {"all": [NODE, …]} | {"any": [NODE, …]}, an empty "all" is always
    NODE  = GROUP | {"fact", "operator", "value", "of": queue, only for facts of a queue}

`time_zone` and `holidays` (a country, ISO 3166) say what the facts of time mean; without them the installation's time zone, and no
holidays. `parse` needs nothing but the document. What it names elsewhere is looked at by `check`, before it is published, and by
`decide`, each time.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from .checking import check_rules
from .conditions import Condition, Group, Node
from .facts import Fact
from .problems import InvalidRules, Path, Problem
from .queue_states import END, QUEUE_ANYWAY, TRANSFER
from .rules import Classification, Outputs, Route, RouteOverflow, Rule, Rules, Share

# Dynamics' limits (work classification, route-to-queue, service quotas, context variables), and our own for conditions.
MOST_RULESETS, MOST_RULES, MOST_OUTPUTS = 10, 100, 5
MOST_ROUTES, MOST_QUEUES = 200, 5
LONGEST_NAME, LONGEST_VALUE = 100, 4000
DEEPEST, MOST_CONDITIONS, MOST_WORDS = 3, 50, 200
LEAST_RATING, GREATEST_RATING = 1, 10
PRIORITIES = range(-1000, 1001)
VARIABLE_NAME = re.compile(r"[A-Za-z0-9_]{1,100}", re.ASCII)
EMPTY: dict[str, Any] = {"classification": [], "routes": []}

T = TypeVar("T")


def parse(content: Any) -> Rules:
    """The rules of a document. `InvalidRules` names everything that isn't as a document must be, or exceeds a limit."""
    reader = _Reader()
    rules = reader.rules(content)
    if reader.problems:
        raise InvalidRules(reader.problems)
    return rules


def check(
    content: Any,
    *,
    catalogue: Mapping[str, Fact],
    queues: Mapping[int, Collection[int]],
    skills: Collection[int],
    profiles: Collection[int],
    numbers: Collection[str] = (),
) -> list[Problem]:
    """Everything against publishing the document; as `check_rules`."""
    try:
        rules = parse(content)
    except InvalidRules as error:
        return error.problems
    return check_rules(rules, catalogue=catalogue, queues=queues, skills=skills, profiles=profiles, numbers=numbers)


class _Reader:
    """Reads a document of whatever JSON; goes on after a problem, so that all of them are named at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._ids: set[str] = set()

    def rules(self, content: Any) -> Rules:
        if not isinstance(content, dict):
            self._wrong((), _("The rules are not in the form of a document."))
            return Rules()
        self._no_other_keys((), content, {"classification", "routes", "time_zone", "holidays"})
        rulesets = self._list(
            ("classification",), content.get("classification", []), MOST_RULESETS, _("At most %(count)s rulesets are possible.")
        )
        routes = self._list(("routes",), content.get("routes", []), MOST_ROUTES, _("At most %(count)s rules are possible."))
        return Rules(
            classification=tuple(self._ruleset(("classification", at), each) for at, each in enumerate(rulesets)),
            routes=tuple(self._route(("routes", at), each) for at, each in enumerate(routes)),
            time_zone=self._text((), content.get("time_zone") or ""),
            holidays=self._text((), content.get("holidays") or ""),
        )

    def _ruleset(self, path: Path, content: Any) -> Classification:
        content = self._object(path, content, {"name", "rules"})
        rules = self._list((*path, "rules"), content.get("rules", []), MOST_RULES, _("At most %(count)s rules are possible."))
        made = tuple(self._rule((*path, "rules", at), each) for at, each in enumerate(rules))
        return Classification(self._text(path, content.get("name", "")), made)

    def _rule(self, path: Path, content: Any) -> Rule:
        content = self._object(path, content, {"id", "name", "enabled", "when", "then"})
        return Rule(**self._common(path, content), then=self._outputs(path, content.get("then", {})))

    def _route(self, path: Path, content: Any) -> Route:
        content = self._object(path, content, {"id", "name", "enabled", "when", "to", "overflow"})
        shares = self._list((*path, "to"), content.get("to", []), MOST_QUEUES, _("At most %(count)s queues are possible."))
        to = tuple(self._share((*path, "to", at), each) for at, each in enumerate(shares))
        if not to:
            self._wrong(path, _("Choose the queue."))
        elif sum(share.percent for share in to) != 100:
            total = sum(share.percent for share in to)
            self._wrong(path, _("The percentages must total 100; they total %(total)s.") % {"total": total})
        if len({share.queue_id for share in to}) < len(to):
            self._wrong(path, _("A queue is named twice."))
        return Route(**self._common(path, content), to=to, overflow=self._overflow((*path, "overflow"), content.get("overflow")))

    def _common(self, path: Path, content: dict[str, Any]) -> dict[str, Any]:
        """What rules of both kinds have."""
        rule_id = self._text(path, content.get("id", ""))
        if not rule_id or rule_id in self._ids:
            self._wrong(path, _("A rule needs an id of its own."))
        self._ids.add(rule_id)
        when = self._group((*path, "when"), content.get("when", {"all": []}), DEEPEST)
        if len(when.conditions()) > MOST_CONDITIONS:
            self._wrong(path, _("At most %(count)s conditions are possible.") % {"count": MOST_CONDITIONS})
        enabled = self._of_kind(path, content.get("enabled", True), bool, True)
        return {"id": rule_id, "name": self._text(path, content.get("name", "")), "enabled": enabled, "when": when}

    def _group(self, path: Path, content: Any, levels: int) -> Group:
        if not isinstance(content, dict) or len(content) != 1 or not {"all", "any"} & set(content):
            self._wrong(path, _("This is not a group of conditions."))
            return Group(every=True)
        if levels == 0:
            self._wrong(path, _("Groups can be nested at most %(count)s deep.") % {"count": DEEPEST})
            return Group(every=True)
        ((kind, nodes),) = content.items()
        nodes = self._list(path, nodes, None, "")
        if kind == "any" and not nodes:
            self._wrong(path, _("A group of which any condition must hold needs one."))
        return Group(kind == "all", tuple(self._node((*path, at), each, levels - 1) for at, each in enumerate(nodes)))

    def _node(self, path: Path, content: Any, levels: int) -> Node:
        if not isinstance(content, dict) or "fact" not in content:
            return self._group(path, content, levels)
        self._no_other_keys(path, content, {"fact", "operator", "value", "of"})
        fact, operator = (self._text(path, content.get(name)) for name in ("fact", "operator"))
        value, of = content.get("value"), content.get("of")
        if isinstance(value, list) and len(value) > MOST_WORDS:
            self._wrong(path, _("At most %(count)s words are possible.") % {"count": MOST_WORDS})
            value = None
        return Condition(fact, operator, value, None if of is None else self._id(path, of))

    def _outputs(self, path: Path, content: Any) -> Outputs:
        content = self._object(path, content, {"skills", "priority", "capacity_profile", "variables"})
        skills = self._of_kind(path, content.get("skills") or {}, dict, {})
        variables = self._of_kind(path, content.get("variables") or {}, dict, {})
        priority, profile = content.get("priority"), content.get("capacity_profile")
        count = len(skills) + len(variables) + (priority is not None) + (profile is not None)
        if count > MOST_OUTPUTS:
            self._wrong(path, _("A rule sets at most %(count)s things.") % {"count": MOST_OUTPUTS})
        return Outputs(
            skills={self._id(path, skill): self._rating(path, rating) for skill, rating in skills.items()},
            priority=None if priority is None else self._priority(path, priority),
            capacity_profile=None if profile is None else self._id(path, profile),
            variables={self._variable(path, name): self._value(path, value) for name, value in variables.items()},
        )

    def _share(self, path: Path, content: Any) -> Share:
        content = self._object(path, content, {"queue", "percent"})
        percent = self._of_kind(path, content.get("percent", 100), int, 0)
        if not 1 <= percent <= 100:
            self._wrong(path, _("A percentage is a whole number from 1 to 100."))
        return Share(self._id(path, content.get("queue")), percent)

    def _overflow(self, path: Path, content: Any) -> RouteOverflow | None:
        if content is None:
            return None
        content = self._object(path, content, {"action", "target"})
        action, target = content.get("action"), content.get("target")
        if action not in (TRANSFER, END, QUEUE_ANYWAY):
            self._wrong(path, _("Choose what happens."))
        if (action == TRANSFER) != (target is not None):
            self._wrong(path, _("Choose the queue for those that are moved, and for those only."))
        return RouteOverflow(str(action), None if target is None else self._id(path, target))

    # --- Single values

    def _rating(self, path: Path, value: Any) -> int:
        rating = self._of_kind(path, value, int, LEAST_RATING)
        if not LEAST_RATING <= rating <= GREATEST_RATING:
            self._wrong(
                path, _("A rating is a whole number from %(least)s to %(most)s.") % {"least": LEAST_RATING, "most": GREATEST_RATING}
            )
        return rating

    def _priority(self, path: Path, value: Any) -> int:
        priority = self._of_kind(path, value, int, 0)
        if priority not in PRIORITIES:
            self._wrong(
                path, _("A priority is a whole number from %(least)s to %(most)s.") % {"least": PRIORITIES[0], "most": PRIORITIES[-1]}
            )
        return priority

    def _variable(self, path: Path, name: str) -> str:
        if not VARIABLE_NAME.fullmatch(name):
            self._wrong(path, _("The name of a context variable has letters, digits and underscores, at most 100."))
        return name

    def _value(self, path: Path, value: Any) -> str | int | float:
        if isinstance(value, bool) or not isinstance(value, str | int | float) or (isinstance(value, str) and len(value) > LONGEST_VALUE):
            self._wrong(
                path,
                _("The value of a context variable is a number, or a text of at most %(count)s characters.") % {"count": LONGEST_VALUE},
            )
            return ""
        return value

    def _id(self, path: Path, value: Any) -> int:
        """A key of the database; JSON's objects have it as text."""
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
            self._wrong(path, _("Nothing is chosen here."))
            return 0
        return value

    def _text(self, path: Path, value: Any) -> str:
        text = self._of_kind(path, value, str, "")
        if len(text) > LONGEST_NAME or "\x00" in text:
            self._wrong(path, _("A name has at most %(count)s characters.") % {"count": LONGEST_NAME})
        return text

    def _of_kind(self, path: Path, value: Any, kind: type[T], otherwise: T) -> T:
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return value
        self._wrong(path, _("A value is of the wrong kind."))
        return otherwise

    def _object(self, path: Path, content: Any, keys: set[str]) -> dict[str, Any]:
        content = self._of_kind(path, content, dict, {})
        self._no_other_keys(path, content, keys)
        return content

    def _no_other_keys(self, path: Path, content: dict[str, Any], keys: set[str]) -> None:
        """A misspelt key would otherwise quietly not count."""
        for key in set(content) - keys:
            self._wrong(path, _("“%(key)s” is not a part of rules.") % {"key": str(key)[:LONGEST_NAME]})

    def _list(self, path: Path, value: Any, most: int | None, words: str) -> list[Any]:
        items: list[Any] = self._of_kind(path, value, list, [])
        if most is not None and len(items) > most:
            self._wrong(path, words % {"count": most})
            return []
        return items

    def _wrong(self, path: Path, message: str) -> None:
        self.problems.append(Problem(path, message))
