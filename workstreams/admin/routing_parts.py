"""What the buttons inside an opened rule do: conditions, groups, queues and outputs come and go.

A part of the conditions is named by its path: "when" is the outermost group, "when.0.1" the second part of its first.
"""

from typing import Any

from django.utils.translation import gettext as _

from workstreams.routing.document import DEEPEST, MOST_CONDITIONS, MOST_QUEUES

Rule = dict[str, Any]
Node = dict[str, Any]
# What one press changed: the id of the element that gets the focus, and what is said of it; both empty if nothing changed.
Done = tuple[str, str]

NOTHING: Done = ("", "")


def obey(rule: Rule, verb: str, rest: str) -> Done:
    """Do what a button inside a rule says."""
    match verb:
        case "add-condition":
            return _add_node(rule, rest, {"fact": "", "operator": "", "value": None}, _("A condition was added."))
        case "add-group":
            return _add_node(rule, rest, {"any": [{"fact": "", "operator": "", "value": None}]}, _("A group was added."))
        case "remove-node":
            return _remove_node(rule, rest)
        case "add-target" if "to" in rule and len(rule["to"]) < MOST_QUEUES:
            rule["to"].append({"queue": None, "percent": None})
            _share_evenly(rule)
            return f"to-{len(rule['to']) - 1}-queue", _("A queue was added.")
        case "remove-target" if len(rule.get("to", ())) > 1 and rest in {str(at) for at in range(len(rule.get("to", ())))}:
            rule["to"].pop(int(rest))
            _share_evenly(rule)
            return "add-target", _("The queue was removed.")
        case "add-skill" | "add-variable" if "then" in rule:
            name = "skills" if verb == "add-skill" else "variables"
            given = rule["then"].setdefault(name, {})
            given.setdefault("", 5 if name == "skills" else "")
            return f"{name}-{len(given) - 1}", _("A line was added.")
        case "remove-skill" | "remove-variable" if "then" in rule:
            name = "skills" if verb == "remove-skill" else "variables"
            removed = rule["then"].get(name, {}).pop(rest, None)
            return NOTHING if removed is None else (verb.replace("remove", "add"), _("The line was removed."))
    return NOTHING


def _share_evenly(rule: Rule) -> None:
    """What comes and goes shares anew; the first takes what is left over."""
    share = 100 // len(rule["to"])
    for target in rule["to"]:
        target["percent"] = share
    rule["to"][0]["percent"] += 100 - share * len(rule["to"])


def children(group: Node) -> list[Node]:
    """The parts of a group."""
    parts: list[Node] = group["any"] if "any" in group else group["all"]
    return parts


def is_group(node: Node) -> bool:
    return "fact" not in node


def count_conditions(node: Node) -> int:
    return sum(count_conditions(child) for child in children(node)) if is_group(node) else 1


def complete(node: Node) -> None:
    """Give every condition a value, if only None."""
    if not is_group(node):
        node.setdefault("value", None)
        return
    for child in children(node):
        complete(child)


def find(rule: Rule, path: str) -> Node | None:
    """The part at a path, or None."""
    first, *steps = path.split(".")
    node: Node | None = rule["when"] if first == "when" else None
    for step in steps:
        if node is None or not is_group(node) or step not in {str(at) for at in range(len(children(node)))}:
            return None
        node = children(node)[int(step)]
    return node


def _add_node(rule: Rule, path: str, node: Node, words: str) -> Done:
    group = find(rule, path)
    if group is None or not is_group(group) or count_conditions(rule["when"]) >= MOST_CONDITIONS:
        return NOTHING
    if is_group(node) and not may_nest(path):
        return NOTHING
    children(group).append(node)
    place = f"{path}.{len(children(group)) - 1}"
    return (f"{place}.0-fact" if is_group(node) else f"{place}-fact"), words


def may_nest(path: str) -> bool:
    """Whether the group at this path may hold another group: nesting is at most three deep."""
    return path.count(".") + 1 < DEEPEST


def _remove_node(rule: Rule, path: str) -> Done:
    above, _dot, last = path.rpartition(".")
    group = find(rule, above) if above else None
    if group is None or find(rule, path) is None:
        return NOTHING
    children(group).pop(int(last))
    return f"add-{above}", _("The condition was removed.")
