"""Work classification, percentages and overflow: what is set, and which queue it is."""

import pytest

from workstreams.routing.decide import Trouble, decide, drawn
from workstreams.routing.document import parse
from workstreams.routing.explanation import Names, overflow_in_words, rule_trace_in_words
from workstreams.routing.queue_states import OverflowRow, QueueState, read_states
from workstreams.routing.trace import Became, trace

TEXT = "message.first_text"
FACTS = {TEXT: "返品", "conversation.priority": 0, "conversation.skills": []}
CLOSED = OverflowRow("out_of_hours", "transfer", target=90)


def when(*words):
    return {"all": [{"fact": TEXT, "operator": "contains_any", "value": list(words)}]} if words else {"all": []}


def rule(number, condition, **then):
    return {"id": f"c{number}", "when": condition, "then": then}


def route(number, *queues, condition=None, **extra):
    shares = [
        {"queue": queue, "percent": percent} for queue, percent in (each if isinstance(each, tuple) else (each, 100) for each in queues)
    ]
    return {"id": f"r{number}", "when": condition or {"all": []}, "to": shares} | extra


def decided(*routes, classification=(), queues=(), facts=FACTS, draw=0.0, **extra):
    rules = parse(
        {"classification": [{"name": str(at), "rules": list(each)} for at, each in enumerate(classification)], "routes": list(routes)}
    )
    states = {state.queue_id: state for state in queues} or {number: QueueState(number) for number in (10, 20, 30, 90)}
    return decide(rules, facts, states, draw, **extra)


def shut(queue_id, opens_at=None, row=None):
    return QueueState(queue_id, is_open=False, opens_at=opens_at, overflows=(row,) if row else ())


def full(queue_id, action="transfer", target=90):
    return QueueState(queue_id, waiting=5, overflows=(OverflowRow("waiting_items", action, 5, target),))


# --- Work classification


def test_the_first_match_of_each_ruleset_sets_and_the_next_ruleset_follows():
    decision = decided(
        classification=[
            [rule(1, when("nothing"), priority=1), rule(2, when("返品"), skills={"7": 3}), rule(3, when(), priority=9)],
            [rule(4, when(), skills={"7": 2, "8": 5}, priority=4, capacity_profile=6)],
        ]
    )

    assert (decision.outputs.skills, decision.outputs.priority, decision.profiles) == ({7: 3, 8: 5}, 4, (6,))
    assert decision.matches()["classification"] == ["c2", "c4"]


@pytest.mark.parametrize(
    "condition",
    [
        {"fact": "variable.kind", "operator": "equals", "value": "refund"},
        {"fact": "conversation.priority", "operator": "more_than", "value": 4},
        {"fact": "conversation.skills", "operator": "has_any", "value": ["7"]},
    ],
)
def test_what_a_ruleset_sets_is_seen_by_the_next_and_by_the_routes_but_not_by_itself(condition):
    sets = rule(1, when("返品"), variables={"kind": "refund"}, priority=5, skills={"7": 1})
    seen = rule(2, {"all": [condition]}, variables={"seen": 1})

    assert decided(classification=[[sets], [seen]]).outputs.variables == {"kind": "refund", "seen": 1}
    assert decided(classification=[[seen], [sets]]).outputs.variables == {"kind": "refund"}
    assert decided(route(1, 10, condition={"all": [condition]}), classification=[[sets]]).queue_id == 10
    assert decided(route(1, 10, condition={"all": [condition]})).queue_id is None


def test_a_text_for_a_variable_that_holds_a_number_is_not_set_and_the_rest_of_the_rule_is():
    sets = rule(1, when("返品"), variables={"amount": "much", "kind": "refund"}, priority=5)
    later = rule(2, {"all": [{"fact": "variable.amount", "operator": "has_data"}]}, priority=9)
    number = rule(3, when(), variables={"amount": 3})

    decision = decided(classification=[[sets], [later]], numbers={"amount"})
    again = decided(classification=[[sets], [later]], numbers=decision.matches()["unset"])
    both = decided(classification=[[sets], [number]], numbers={"amount"})

    assert (decision.outputs.variables, decision.outputs.priority, decision.unset) == ({"kind": "refund"}, 5, (("c1", "amount"),))
    assert again == decision, "what is stored of it is enough to make it again"
    assert (both.outputs.variables, both.unset) == ({"kind": "refund", "amount": 3}, (("c1", "amount"),))


def test_a_variable_that_nothing_has_set_is_not_known_and_that_is_no_error():
    condition = {"fact": "variable.kind", "operator": "no_data"}
    decision = decided(route(1, 10, condition={"all": [condition]}))

    assert (decision.queue_id, decision.untested) == (10, ())


# --- Percentages


@pytest.mark.parametrize(("draw", "queue"), [(0.0, 10), (0.299, 10), (0.3, 20), (0.89, 20), (0.9, 30), (0.9999, 30)])
def test_the_draw_chooses_among_the_queues_by_their_percentages(draw, queue):
    split = parse({"routes": [route(1, (10, 30), (20, 60), (30, 10))]}).routes[0]

    assert drawn(split, draw) == queue


def test_only_the_queue_that_was_drawn_is_looked_at():
    class Asked(dict):
        def __missing__(self, queue_id):
            raise AssertionError(queue_id)

    rules = parse({"routes": [route(1, (10, 50), (20, 50))]})

    assert decide(rules, FACTS, Asked({20: QueueState(20)}), 0.5).queue_id == 20


# --- Overflow


def test_the_first_matching_route_whose_queue_does_not_overflow_wins():
    decision = decided(route(1, 10), route(2, 20), route(3, 30), queues=[full(10), QueueState(20), QueueState(30), QueueState(90)])

    assert (decision.queue_id, decision.overflow, decision.position) == (20, None, 2)
    assert decision.matches()["routes"] == ["r1", "r2"]


def test_if_all_overflow_one_that_is_open_is_preferred_and_its_action_runs():
    decision = decided(route(1, 10), route(2, 20), queues=[shut(10, "2026-11-22T00:00:00+00:00"), full(20), QueueState(90)])

    assert (decision.route.id, decision.queue_id, decision.ends) == ("r2", 90, False)
    assert decision.overflow.condition == "waiting_items"


def test_if_all_are_closed_the_one_that_opens_soonest_is_taken():
    late, soon, never = shut(10, "2026-11-23T00:00:00+00:00"), shut(20, "2026-11-22T00:00:00+00:00"), shut(30)

    assert decided(route(1, 30), route(2, 10), route(3, 20), queues=[late, soon, never]).queue_id == 20
    assert decided(route(1, 30), queues=[never]).queue_id == 30


def test_a_closed_queue_without_a_rule_for_it_is_used_all_the_same():
    decision = decided(route(1, 10), queues=[shut(10)])

    assert (decision.queue_id, decision.overflow) == (10, OverflowRow("out_of_hours", "queue_anyway"))


def test_the_hours_come_before_the_limit():
    both = QueueState(10, is_open=False, waiting=9, overflows=(OverflowRow("waiting_items", "end", 5), CLOSED))

    assert decided(route(1, 10), queues=[both, QueueState(90)]).queue_id == 90


@pytest.mark.parametrize(("waiting", "overflows"), [(4, False), (5, True)])
def test_a_limit_of_five_lets_five_wait(waiting, overflows):
    """Four wait: this is the fifth. Five wait: this would be the sixth."""
    state = QueueState(10, waiting=waiting, overflows=(OverflowRow("waiting_items", "end", 5),))

    assert (decided(route(1, 10), queues=[state]).overflow is not None) is overflows


def test_an_overflow_that_ends_says_so_and_keeps_the_queue():
    decision = decided(route(1, 10), queues=[full(10, "end", None)])

    assert (decision.queue_id, decision.ends) == (10, True)


def test_a_routes_own_overflow_replaces_what_the_queue_would_do():
    own = route(1, 10, overflow={"action": "transfer", "target": 20})
    decision = decided(own, queues=[full(10, "end", None), QueueState(20)])

    assert (decision.queue_id, decision.ends) == (20, False)
    assert overflow_in_words(decision.overflow, Names({}, {20: "Night"})) == "too many conversations wait: goes to Night"


def test_the_target_of_an_overflow_is_not_asked_again():
    assert decided(route(1, 10), queues=[full(10), full(90, target=10)]).queue_id == 90


def test_overflow_is_looked_at_once():
    assert decided(route(1, 10), queues=[full(10)], may_overflow=False).queue_id == 10


def test_no_match_is_the_fallback_whatever_overflows():
    decision = decided(route(1, 10, condition=when("nothing")), queues=[full(10)])

    assert (decision.queue_id, decision.overflow, decision.trouble) == (None, None, None)


# --- What is gone


@pytest.mark.parametrize("queues", [[QueueState(20)], [QueueState(10, exists=False)]])
def test_a_queue_that_is_gone_leads_to_the_fallback_queue_with_the_reason(queues):
    decision = decided(route(1, 10), route(2, 20), queues=queues)

    assert (decision.queue_id, decision.trouble) == (None, Trouble("queue_gone", "r1", 10))


def test_an_overflow_into_a_queue_that_is_gone_leads_to_the_fallback_queue():
    decision = decided(route(1, 10), queues=[full(10, target=91)])

    assert (decision.queue_id, decision.trouble) == (None, Trouble("queue_gone", "r1", 91))


# --- What became of each rule


def test_every_rule_says_what_became_of_it_stage_by_stage():
    content = {
        "classification": [{"name": "Skills", "rules": [rule(1, when("no")), rule(2, when(), priority=1), rule(3, when())]}],
        "routes": [route(1, 10), route(2, 20, enabled=False), route(3, 30, condition=when("no")), route(4, 90), route(5, 10)],
    }
    rules, queues = parse(content), {10: full(10), 90: QueueState(90)}
    decision = decide(rules, FACTS, queues, 0.0)

    skills, routes = trace(rules, decision, queues)

    assert [each.became for each in skills.rules] == [Became.NO_MATCH, Became.APPLIED, Became.NOT_PROCESSED]
    assert [each.became for each in routes.rules] == [
        *(Became.MATCHED, Became.SWITCHED_OFF, Became.NO_MATCH, Became.APPLIED, Became.NOT_PROCESSED)
    ]
    assert rule_trace_in_words(routes.rules[0], Names({}, {90: "Night"})) == "rule 1: always · too many conversations wait: goes to Night"


def test_queues_are_stored_with_a_decision_and_read_back():
    states = {10: full(10), 20: shut(20, "2026-11-22T00:00:00+00:00", CLOSED)}
    stored = {str(queue_id): state.as_json() for queue_id, state in states.items()}

    assert read_states(stored) == states
    assert read_states({"10": {"queue_id": 10, "colour": "red"}}) == {10: QueueState(10)}
