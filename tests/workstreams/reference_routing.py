"""Routing as the product describes it, slow and obvious: straight from the document, sharing nothing with the real one but folding.

Every condition is tested afresh, every rule of every ruleset is looked at, and nothing is remembered.
"""

from workstreams.routing.words import folded, has_word, in_language_range

TEXT_OPERATORS = {
    "contains_any": lambda text, words: any(word in text for word in words),
    "contains_all": lambda text, words: all(word in text for word in words),
    "contains_none": lambda text, words: not any(word in text for word in words),
    "matches_words": lambda text, words: any(has_word(text, word) for word in words),
    "begins_with": lambda text, words: any(text.lstrip().startswith(word) for word in words),
    "ends_with": lambda text, words: any(text.rstrip().endswith(word) for word in words),
    "one_of": lambda text, words: text.strip() in words,
    "none_of": lambda text, words: text.strip() not in words,
}
LIST_OPERATORS = {
    "has_any": lambda items, words: any(word in items for word in words),
    "has_all": lambda items, words: all(word in items for word in words),
    "has_none": lambda items, words: not any(word in items for word in words),
}
NUMBER_OPERATORS = {
    "equals": lambda number, wanted: number == wanted,
    "not_equals": lambda number, wanted: number != wanted,
    "more_than": lambda number, wanted: number > wanted,
    "less_than": lambda number, wanted: number < wanted,
}


def route(document, facts, queues, draw):
    """What becomes of a conversation: a dictionary of everything that the real decision tells, too.

    `queues`: by id, dictionaries of is_open, opens_at, waiting, agents and overflows; those that are gone are absent.
    """
    facts = dict(facts)
    outcome = {"skills": {}, "priority": None, "profiles": [], "variables": {}, "classified": []}
    for ruleset in document["classification"]:
        matching = [rule for rule in ruleset["rules"] if rule["enabled"] and group_holds(rule["when"], facts, queues)]
        outcome["classified"].append(matching[0]["id"] if matching else None)
        if matching:
            set_outputs(matching[0]["then"], outcome, facts)
    matching = [each for each in document["routes"] if each["enabled"] and group_holds(each["when"], facts, queues)]
    return outcome | choose(matching, queues, draw)


def set_outputs(then, outcome, facts):
    for skill, rating in then.get("skills", {}).items():
        outcome["skills"][int(skill)] = max(rating, outcome["skills"].get(int(skill), 0))
        if skill not in facts["conversation.skills"]:
            facts["conversation.skills"] = [*facts["conversation.skills"], skill]
    if "priority" in then:
        outcome["priority"] = facts["conversation.priority"] = then["priority"]
    if "capacity_profile" in then and then["capacity_profile"] not in outcome["profiles"]:
        outcome["profiles"].append(then["capacity_profile"])
    for name, value in then.get("variables", {}).items():
        outcome["variables"][name] = facts[f"variable.{name}"] = value


def choose(matching, queues, draw):
    """The first whose queue doesn't overflow; else the first that is open; else the one that opens soonest; else the first."""
    if not matching:
        return {"route": None, "queue": None, "ends": False, "gone": False}
    drawn = [(each, draw_queue(each, draw)) for each in matching]
    free = [pair for pair in drawn if overflow(*pair, queues) is None]
    is_open = [pair for pair in drawn if queues.get(pair[1], {}).get("is_open")]
    opening = sorted((queues[pair[1]]["opens_at"], number) for number, pair in enumerate(drawn) if queues.get(pair[1], {}).get("opens_at"))
    if free:
        chosen = free[0]
    elif is_open:
        chosen = is_open[0]
    elif opening:
        chosen = drawn[opening[0][1]]
    else:
        chosen = drawn[0]
    row, queue = overflow(*chosen, queues), chosen[1]
    if row and row["action"] == "transfer":
        queue = row["target"]
    if queue not in queues:
        return {"route": chosen[0]["id"], "queue": None, "ends": False, "gone": True}
    return {"route": chosen[0]["id"], "queue": queue, "ends": bool(row) and row["action"] == "end", "gone": False}


def draw_queue(each, draw):
    wheel = [share["queue"] for share in each["to"] for _percent in range(share["percent"])]
    return wheel[int(draw * 100)]


def overflow(each, queue, queues):
    """The row that applies, with the route's own action if it has one."""
    if queue not in queues:
        return None
    state = queues[queue]
    rows = [row for row in state["overflows"] if row["condition"] == "out_of_hours" and not state["is_open"]]
    if not state["is_open"] and not rows:
        rows = [{"condition": "out_of_hours", "action": "queue_anyway", "target": None}]
    if state["is_open"]:
        rows = [row for row in state["overflows"] if row["condition"] == "waiting_items" and state["waiting"] >= row["threshold"]]
    if not rows:
        return None
    return each["overflow"] or rows[0]


def group_holds(group, facts, queues):
    if "all" in group:
        return all(node_holds(node, facts, queues) for node in group["all"])
    return any(node_holds(node, facts, queues) for node in group["any"])


def node_holds(node, facts, queues):
    if "fact" not in node:
        return group_holds(node, facts, queues)
    if node["fact"].startswith("queue."):
        state = queues.get(node["of"])
        return state is not None and compare(node["operator"], state[node["fact"].removeprefix("queue.")], node["value"])
    return compare(node["operator"], facts.get(node["fact"]), node["value"])


def compare(operator, actual, value):
    if operator == "no_data":
        return actual is None or actual == "" or actual == []
    if actual is None:
        return False
    if operator == "has_data":
        return actual != "" and actual != []
    if operator == "is":
        return actual is value
    if operator == "in":
        return any(in_language_range(folded(actual), folded(each)) for each in value)
    if operator == "not_in":
        return not any(in_language_range(folded(actual), folded(each)) for each in value)
    if operator in LIST_OPERATORS:
        return LIST_OPERATORS[operator]([folded(item).strip() for item in actual], [folded(word).strip() for word in value])
    if operator in TEXT_OPERATORS and isinstance(actual, str):
        return TEXT_OPERATORS[operator](folded(actual), [folded(word).strip() for word in value])
    if operator == "between" and isinstance(actual, int | float):
        return value[0] <= actual <= value[1]
    if operator in NUMBER_OPERATORS and isinstance(actual, int | float):
        return NUMBER_OPERATORS[operator](actual, value)
    return False
