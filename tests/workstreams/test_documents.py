"""Documents of rules: what is refused, and the place that is named; what can't be read is never lost work."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstreams.routing.document import check, parse
from workstreams.routing.facts import Fact, ValueType

TEXT = "message.first_text"
CATALOGUE = {
    fact.name: fact
    for fact in (
        Fact(TEXT, "first message", ValueType.TEXT),
        Fact("time.hour", "hour", ValueType.NUMBER),
        Fact("time.date", "date", ValueType.DATE),
        Fact("time.of_day", "time of day", ValueType.TIME),
        Fact("customer.known", "customer is known", ValueType.BOOLEAN),
        Fact("message.kind", "kind", ValueType.CHOICE, choices=(("text", "Text"), ("image", "Picture"))),
        Fact("queue.waiting", "waiting conversations", ValueType.NUMBER, of_queue=True),
        Fact("variable.*", "context variable", ValueType.TEXT, operators=("equals", "more_than")),
    )
}
# Queue 30 overflows into 40, and 40 into 10.
QUEUES = {10: [], 20: [], 30: [40], 40: [10]}
CONDITION = {"fact": TEXT, "operator": "contains_any", "value": ["返品"]}
RULE = {"id": "c1", "name": "Thai", "enabled": True, "when": {"all": [CONDITION]}, "then": {"skills": {"1": 5}, "priority": 2}}
ROUTE = {"id": "r1", "name": "", "enabled": True, "when": {"any": [CONDITION]}, "to": [{"queue": 10, "percent": 100}], "overflow": None}
GOOD = {"classification": [{"name": "Skills", "rules": [RULE]}], "routes": [ROUTE]}


def problems(content):
    return [str(each) for each in check(content, catalogue=CATALOGUE, queues=QUEUES, skills={1, 2}, profiles={7}, numbers={"amount"})]


def with_route(**changes):
    return {"routes": [ROUTE, ROUTE | {"id": "r2"} | changes]}


def with_condition(**changes):
    return with_route(when={"all": [CONDITION, CONDITION | changes]})


def with_rule(**changes):
    return {"classification": [{"name": "A", "rules": []}, {"name": "B", "rules": [RULE | changes]}]}


def nested(depth):
    group = {"all": [CONDITION]}
    for _level in range(depth - 1):
        group = {"any": [group]}
    return group


def test_a_good_document_has_no_problems_and_says_what_it_uses():
    assert problems(GOOD) == []
    assert problems({"classification": [], "routes": []}) == []
    rules = parse(GOOD)
    assert (rules.queues_used(), rules.facts_used()) == ({10}, {TEXT})


ROUTE_2 = "Route-to-queue rule 2"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (with_condition(fact="customer.mood"), f"{ROUTE_2}, condition 2: “customer.mood” is nothing that can be tested."),
        (with_condition(operator="sounds_like"), f"{ROUTE_2}, condition 2: “first message” can't be tested with “sounds_like”."),
        (with_condition(operator="more_than"), f"{ROUTE_2}, condition 2: “first message” can't be tested with “is more than”."),
        (with_condition(value=7), f"{ROUTE_2}, condition 2: “first message” can't be compared with this value."),
        (with_condition(value=[]), f"{ROUTE_2}, condition 2: “first message” can't be compared with this value."),
        (with_condition(value=["  "]), f"{ROUTE_2}, condition 2: “first message” can't be compared with this value."),
        (
            with_condition(fact="time.hour", operator="more_than", value="nine"),
            f"{ROUTE_2}, condition 2: “hour” can't be compared with this value.",
        ),
        (
            with_condition(fact="time.date", operator="on", value="2026-02-30"),
            f"{ROUTE_2}, condition 2: “date” can't be compared with this value.",
        ),
        (
            with_condition(fact="time.of_day", operator="between_times", value=["9:00", "17:00"]),
            f"{ROUTE_2}, condition 2: “time of day” can't be compared with this value.",
        ),
        (
            with_condition(fact="message.kind", operator="one_of", value=["smell"]),
            f"{ROUTE_2}, condition 2: “kind” can't be compared with this value.",
        ),
        (
            with_condition(fact="variable.tier", operator="more_than", value="gold"),
            f"{ROUTE_2}, condition 2: “context variable” can't be compared with this value.",
        ),
        (
            with_condition(fact="queue.waiting", operator="more_than", value=3),
            f"{ROUTE_2}, condition 2: Choose the queue whose “waiting conversations” is tested.",
        ),
        (
            with_condition(fact="queue.waiting", operator="more_than", value=3, of=99),
            f"{ROUTE_2}, condition 2: The queue no longer exists.",
        ),
        (with_condition(of=10), f"{ROUTE_2}, condition 2: “first message” is not of a queue."),
        (
            with_route(when={"all": [CONDITION, {"any": [CONDITION, CONDITION | {"value": 1}]}]}),
            f"{ROUTE_2}, condition 2.2: “first message” can't be compared with this value.",
        ),
        (with_route(when=nested(4)), f"{ROUTE_2}, condition 1.1.1: Groups can be nested at most 3 deep."),
        (with_route(when={"any": []}), f"{ROUTE_2}: A group of which any condition must hold needs one."),
        (with_route(when={"all": [CONDITION] * 51}), f"{ROUTE_2}: At most 50 conditions are possible."),
        (with_route(when=[]), f"{ROUTE_2}: This is not a group of conditions."),
        (with_route(to=[]), f"{ROUTE_2}: Choose the queue."),
        (
            with_route(to=[{"queue": 10, "percent": 60}, {"queue": 20, "percent": 30}]),
            f"{ROUTE_2}: The percentages must total 100; they total 90.",
        ),
        (with_route(to=[{"queue": 10, "percent": 50}] * 2), f"{ROUTE_2}: A queue is named twice."),
        (
            with_route(to=[{"queue": 10, "percent": 100}, {"queue": 20, "percent": 0}]),
            f"{ROUTE_2}, queue 2: A percentage is a whole number from 1 to 100.",
        ),
        (with_route(to=[{"queue": 99, "percent": 100}]), f"{ROUTE_2}, queue 1: The queue no longer exists."),
        (with_route(to=[{"queue": each, "percent": 20} for each in range(6)]), f"{ROUTE_2}, queues: At most 5 queues are possible."),
        (with_route(id="r1"), f"{ROUTE_2}: A rule needs an id of its own."),
        (with_route(colour="red"), f"{ROUTE_2}: “colour” is not a part of rules."),
        (with_route(name="x" * 101), f"{ROUTE_2}: A name has at most 100 characters."),
        (
            with_route(overflow={"action": "transfer", "target": None}),
            f"{ROUTE_2}, overflow: Choose the queue for those that are moved, and for those only.",
        ),
        (with_route(overflow={"action": "sing"}), f"{ROUTE_2}, overflow: Choose what happens."),
        (with_route(overflow={"action": "transfer", "target": 99}), f"{ROUTE_2}, overflow: The queue no longer exists."),
        (
            with_route(overflow={"action": "transfer", "target": 10}),
            f"{ROUTE_2}, overflow: The overflow leads back into the queue that it comes from.",
        ),
        (
            with_route(overflow={"action": "transfer", "target": 30}),
            f"{ROUTE_2}, overflow: The overflow leads back into the queue that it comes from.",
        ),
        (with_rule(then={"skills": {"3": 5}}), "Work classification, ruleset 2, rule 1: A skill no longer exists."),
        (with_rule(then={"capacity_profile": 8}), "Work classification, ruleset 2, rule 1: The capacity profile no longer exists."),
        (with_rule(then={"skills": {"1": 11}}), "Work classification, ruleset 2, rule 1: A rating is a whole number from 1 to 10."),
        (with_rule(then={"priority": 5000}), "Work classification, ruleset 2, rule 1: A priority is a whole number from -1000 to 1000."),
        (with_rule(then={}), "Work classification, ruleset 2, rule 1: The rule sets nothing."),
        (
            with_rule(then={"variables": {f"v{each}": 1 for each in range(6)}}),
            "Work classification, ruleset 2, rule 1: A rule sets at most 5 things.",
        ),
        (
            with_rule(then={"variables": {"amount": "gold", "tier": "gold"}}),
            "Work classification, ruleset 2, rule 1: “amount” is a number and can't be set to a text.",
        ),
        (
            with_rule(then={"variables": {"order no": 1}}),
            "Work classification, ruleset 2, rule 1: The name of a context variable has letters, digits and underscores, at most 100.",
        ),
        (
            with_rule(then={"variables": {"order": "x" * 4001}}),
            "Work classification, ruleset 2, rule 1: The value of a context variable is a number, or a text of at most 4000 characters.",
        ),
        (with_rule(enabled="yes"), "Work classification, ruleset 2, rule 1: A value is of the wrong kind."),
        ({"classification": [{"name": "A", "rules": [RULE] * 101}]}, "Work classification, ruleset 1: At most 100 rules are possible."),
        ({"classification": [{}] * 11}, "Work classification: At most 10 rulesets are possible."),
        ({"routes": [ROUTE] * 201}, "Route to queue: At most 200 rules are possible."),
        ({"routes": [], "time_zone": "Mars/Olympus"}, "There is no time zone “Mars/Olympus”."),
        ([], "The rules are not in the form of a document."),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(content, expected):
    assert problems(content)[0] == expected


def test_all_problems_are_named_at_once():
    assert len(problems(with_route(to=[], name=7, when=[]))) == 3


def test_overflow_into_a_queue_that_leads_elsewhere_is_no_circle():
    content = {"routes": [ROUTE | {"to": [{"queue": 20, "percent": 100}], "overflow": {"action": "transfer", "target": 30}}]}

    assert problems(content) == []


def _places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield from _places(each, (*path, key))


PLACES = [path for path in _places(GOOD) if path]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["all", "any", "fact", "queue", "x"]), inner, max_size=3),
    max_leaves=8,
)


@given(path=st.sampled_from(PLACES), value=anything)
def test_whatever_stands_in_a_document_it_is_read_or_refused(path, value):
    content = copy.deepcopy(GOOD)
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value

    found = problems(content)

    assert all(found)
    if not found:
        assert parse(content).queues_used() <= set(QUEUES)
