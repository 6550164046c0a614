"""The real routing against the slow and obvious one, over random documents, facts, queues and draws."""

from hypothesis import event, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.workstreams import reference_routing
from workstreams.routing.decide import decide
from workstreams.routing.document import parse
from workstreams.routing.queue_states import read_states
from workstreams.routing.trace import Became, trace

WORDS = ["返品", "割れ", "return", "ＲＥＴＵＲＮ", "VIP", "vip", "kh-20"]
LANGUAGES = ["ja", "zh", "zh-Hant", "zh-TW", "th"]
QUEUES = [1, 2, 3, 4]
words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)
small = st.integers(0, 5)


def condition(fact, operators, value, **extra):
    return st.fixed_dictionaries({"fact": fact, "operator": st.sampled_from(operators), "value": value} | extra)


TEXTS = st.sampled_from(["message.first_text", "variable.kind"])
NUMBERS = st.sampled_from(["time.hour", "conversation.priority", "variable.kind"])
LISTS = st.sampled_from(["customer.tags", "conversation.skills"])
conditions = st.one_of(
    condition(TEXTS, list(reference_routing.TEXT_OPERATORS), words),
    condition(LISTS, list(reference_routing.LIST_OPERATORS), st.lists(st.sampled_from([*WORDS, "7", "8"]), min_size=1, max_size=2)),
    condition(st.just("customer.language"), ["in", "not_in"], st.lists(st.sampled_from(LANGUAGES), min_size=1, max_size=2)),
    condition(st.just("customer.known"), ["is"], st.booleans()),
    condition(NUMBERS, list(reference_routing.NUMBER_OPERATORS), small),
    condition(NUMBERS, ["between"], st.lists(small, min_size=2, max_size=2)),
    condition(st.just("queue.waiting"), list(reference_routing.NUMBER_OPERATORS), small, of=st.sampled_from([*QUEUES, 9])),
    condition(st.just("queue.is_open"), ["is"], st.booleans(), of=st.sampled_from([*QUEUES, 9])),
    condition(st.one_of(TEXTS, LISTS, st.just("customer.language")), ["has_data", "no_data"], st.none()),
)
inner = st.one_of(conditions, st.fixed_dictionaries({"any": st.lists(conditions, min_size=1, max_size=2)}))
either = st.one_of(inner, st.fixed_dictionaries({"all": st.lists(inner, max_size=2)}))
groups = st.one_of(
    st.just({"all": []}),
    st.fixed_dictionaries({"all": st.lists(inner, max_size=2)}),
    st.fixed_dictionaries({"any": st.lists(either, min_size=1, max_size=2)}),
)
outputs = st.fixed_dictionaries(
    {},
    optional={
        "skills": st.dictionaries(st.sampled_from(["7", "8"]), st.integers(1, 10), max_size=2),
        "priority": small,
        "capacity_profile": st.integers(1, 2),
        "variables": st.fixed_dictionaries({"kind": st.one_of(st.sampled_from(WORDS), small)}),
    },
)
ENABLED = st.sampled_from([True, True, True, False])


def split(queues, percent):
    """Three queues of which the second gets one percent."""
    percents = (percent, 1, 99 - percent)
    return [{"queue": queue, "percent": each} for queue, each in zip(queues, percents, strict=False)]


shares = st.one_of(
    st.sampled_from([*QUEUES, 9]).map(lambda queue: [{"queue": queue, "percent": 100}]),
    st.builds(split, st.permutations(QUEUES), st.integers(1, 98)),
)
own_overflow = st.one_of(
    st.none(),
    st.sampled_from([{"action": "end", "target": None}, {"action": "queue_anyway", "target": None}]),
    st.sampled_from([*QUEUES, 9]).map(lambda queue: {"action": "transfer", "target": queue}),
)
rules = st.fixed_dictionaries({"enabled": ENABLED, "when": groups, "then": outputs})
routes = st.fixed_dictionaries({"enabled": ENABLED, "when": groups, "to": shares, "overflow": own_overflow})
documents = st.tuples(st.lists(st.lists(rules, max_size=3), max_size=3), st.lists(routes, max_size=4)).map(
    lambda pair: {
        "classification": [
            {"name": "", "rules": [rule | {"id": f"c{at}-{number}"} for number, rule in enumerate(each)]} for at, each in enumerate(pair[0])
        ],
        "routes": [each | {"id": f"r{number}"} for number, each in enumerate(pair[1])],
    }
)
facts = st.fixed_dictionaries(
    {
        "message.first_text": st.one_of(st.none(), st.just(""), st.lists(st.sampled_from([*WORDS, "hello"]), max_size=3).map(" ".join)),
        "customer.tags": st.one_of(st.none(), st.lists(st.sampled_from(WORDS), max_size=2)),
        "customer.language": st.one_of(st.none(), st.sampled_from(LANGUAGES)),
        "customer.known": st.one_of(st.none(), st.booleans()),
        "time.hour": small,
        "conversation.priority": small,
        "conversation.skills": st.lists(st.sampled_from(["7", "8"]), unique=True, max_size=2),
    }
)
overflows = st.lists(
    st.one_of(
        st.just({"condition": "out_of_hours", "action": "end", "threshold": None, "target": None}),
        st.sampled_from([*QUEUES, 9]).map(lambda to: {"condition": "out_of_hours", "action": "transfer", "threshold": None, "target": to}),
        st.integers(1, 5).map(lambda limit: {"condition": "waiting_items", "action": "end", "threshold": limit, "target": None}),
        st.sampled_from([*QUEUES, 9]).map(lambda to: {"condition": "waiting_items", "action": "transfer", "threshold": 2, "target": to}),
    ),
    max_size=2,
    unique_by=lambda row: row["condition"],
)
states = st.fixed_dictionaries(
    {
        "is_open": st.booleans(),
        "opens_at": st.one_of(st.none(), st.sampled_from(["2026-11-22T00:00:00+00:00", "2026-11-23T00:00:00+00:00"])),
        "waiting": small,
        "agents": small,
        "overflows": overflows,
    }
).map(lambda state: state | {"opens_at": None if state["is_open"] else state["opens_at"]})
queues = st.one_of(st.fixed_dictionaries(dict.fromkeys(QUEUES, states)), st.dictionaries(st.sampled_from(QUEUES), states, max_size=4))
draws = st.floats(0, 1, exclude_max=True)


@hypothesis_settings(max_examples=200)
@given(document=documents, facts=facts, queues=queues, draw=draws)
def test_the_real_routing_does_what_the_obvious_one_does(document, facts, queues, draw):
    expected = reference_routing.route(document, facts, queues, draw)
    live = read_states({str(queue): state | {"queue_id": queue} for queue, state in queues.items()})
    read = parse(document)

    decision = decide(read, facts, live, draw)

    assert {
        "skills": decision.outputs.skills,
        "priority": decision.outputs.priority,
        "profiles": list(decision.profiles),
        "variables": decision.outputs.variables,
        "classified": [each.rule.id if each.rule else None for each in decision.classified],
        "route": decision.route.id if decision.route else None,
        "queue": decision.queue_id,
        "ends": decision.ends,
        "gone": decision.trouble is not None,
    } == expected
    assert decide(read, facts, live, draw) == decision
    event(f"a route matched: {decision.route is not None}")
    event(f"overflowed: {decision.overflow is not None}")

    # The explanation tells the same.
    stages = trace(read, decision, live)
    applied = [stage.applied.rule.id if stage.applied else None for stage in stages]
    assert applied == [*expected["classified"], expected["route"]]
    for stage in stages:
        processed = [each for each in stage.rules if each.outcome is not None]
        assert all(each.outcome.holds == (each.became in (Became.APPLIED, Became.MATCHED)) for each in processed)


matching = st.lists(
    st.fixed_dictionaries({"enabled": st.just(True), "when": st.just({"all": []}), "to": shares, "overflow": own_overflow}), min_size=2
)
closed = states.map(lambda state: state | {"is_open": False, "opens_at": f"2026-11-2{state['waiting']}T00:00:00+00:00"})


@hypothesis_settings(max_examples=100)
@given(routes=matching, queues=st.fixed_dictionaries(dict.fromkeys(QUEUES, st.one_of(closed, closed, states))), draw=draws)
def test_among_routes_that_all_match_the_same_queue_is_preferred(routes, queues, draw):
    document = {"classification": [], "routes": [each | {"id": f"r{number}"} for number, each in enumerate(routes)]}
    expected = reference_routing.route(document, {}, queues, draw)
    live = read_states({str(queue): state | {"queue_id": queue} for queue, state in queues.items()})

    decision = decide(parse(document), {}, live, draw)

    assert (decision.route.id, decision.queue_id, decision.ends) == (expected["route"], expected["queue"], expected["ends"])
