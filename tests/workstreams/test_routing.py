"""Routing is a pure function: conditions, work classification, the queue, and what it says of itself."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstreams.routing.conditions import Condition, Group, Known, evaluate
from workstreams.routing.decide import decide
from workstreams.routing.explanation import Names, reason, rule_trace_in_words
from workstreams.routing.facts import Fact, ValueType
from workstreams.routing.operators import OPERATORS
from workstreams.routing.queue_states import QueueState
from workstreams.routing.rules import Route, Rules, Share
from workstreams.routing.trace import trace

TEXT, LANGUAGE, KNOWN, TAGS = "message.first_text", "customer.language", "customer.known", "customer.tags"
NAMES = Names(
    {
        TEXT: Fact(TEXT, "first message", ValueType.TEXT),
        LANGUAGE: Fact(LANGUAGE, "customer's language", ValueType.LANGUAGE),
        KNOWN: Fact(KNOWN, "the customer is known", ValueType.BOOLEAN),
        TAGS: Fact(TAGS, "tag", ValueType.LIST),
    }
)
WORDS = ["返品", "割れ", "退貨", "คืน", "return"]


def route(number, queue_id, *conditions, name="", **extra):
    return Route(f"r{number}", (Share(queue_id),), name=name, when=Group(True, conditions), **extra)


RETURNS = route(1, 10, Condition(TEXT, "contains_any", WORDS))
TAIWAN_AND_THAILAND = route(2, 20, Condition(LANGUAGE, "in", ["th", "zh"]))
QUEUES = {number: QueueState(number, f"Queue {number}") for number in (10, 20, 30)}


def holds(fact, operator, value, actual):
    return evaluate(Condition(fact, operator, value), Known({fact: actual})).holds


def decided(routes, facts, queues=QUEUES, draw=0.0):
    """The decision, and what it says of every route."""
    rules = Rules(routes=tuple(routes))
    decision = decide(rules, facts, queues, draw)
    stages = trace(rules, decision, queues)
    return decision, reason(decision, stages, NAMES), [rule_trace_in_words(each, NAMES) for each in stages[-1].rules]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("先週注文した急須が割れて届きました。", True),
        ("我想退貨", True),
        ("ขอคืนสินค้าค่ะ", True),
        ("I want to RETURN it", True),
        ("ＲＥＴＵＲＮ please", True),
        ("re\u200bturn", True),
        ("hello", False),
        ("", False),
        (None, False),
    ],
)
def test_a_message_contains_any_of_the_words_whatever_the_script_width_and_case(text, found):
    assert holds(TEXT, "contains_any", WORDS, text) is found


def test_halfwidth_katakana_is_found_by_fullwidth_words_and_empty_words_find_nothing():
    assert holds(TEXT, "contains_any", ["キャンセル"], "ｷｬﾝｾﾙしたい")
    assert holds(TEXT, "contains_any", ["straße"], "STRASSE 5")
    assert not holds(TEXT, "contains_any", ["", "  "], "anything")


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("I want to return it.", "return", True),
        ("return", "RETURN", True),
        ("It was returned", "return", False),
        ("no preturn", "return", False),
        ("LINEで返品したい", "line", True),
        ("返品したい", "返品", True),
        ("환불을 원해요", "환불", True),
        ("ขอคืนสินค้าค่ะ", "คืน", True),
        ("returned, then return", "return", True),
        ("order KH-204", "kh-20", False),
        ("naïveté", "naïvet", False),
        ("where is my order", "my order", True),
    ],
)
def test_whole_words_are_found_where_a_script_has_words_and_anywhere_where_it_has_none(text, word, found):
    assert holds(TEXT, "matches_words", [word], text) is found


@pytest.mark.parametrize(
    ("operator", "value", "actual", "expected"),
    [
        ("contains_all", ["割れ", "急須"], "急須が割れて", True),
        ("contains_all", ["割れ", "写真"], "急須が割れて", False),
        ("contains_none", ["割れ"], "hello", True),
        ("contains_none", ["割れ"], "", True),
        ("contains_none", ["割れ"], None, False),
        ("begins_with", ["/vip", "vip"], " VIP please", True),
        ("begins_with", ["please"], "VIP please", False),
        ("ends_with", ["please"], "VIP Please ", True),
        ("equals", "Koharu", "KOHARU ", True),
        ("not_equals", "Koharu", "Aoba", True),
        ("not_equals", "Koharu", None, False),
        ("one_of", ["a", "b"], "B", True),
        ("none_of", ["a", "b"], "c", True),
        ("none_of", ["a", "b"], None, False),
        ("in", ["zh"], "zh-TW", True),
        ("not_in", ["zh"], "ja", True),
        ("not_in", ["zh"], None, False),
        ("has_any", ["VIP", "wholesale"], ["ｖｉｐ"], True),
        ("has_all", ["VIP", "wholesale"], ["vip"], False),
        ("has_none", ["VIP"], [], True),
        ("has_none", ["VIP"], ["vip"], False),
        ("has_none", ["VIP"], None, False),
        ("equals", 3, 3.0, True),
        ("equals", 3, "3", False),
        ("equals", 1, True, False),
        ("more_than", 3, 3, False),
        ("more_than", 3, 4, True),
        ("less_than", 3, 2.5, True),
        ("between", [9, 17], 17, True),
        ("between", [9, 17], 18, False),
        ("on", "2026-11-21", "2026-11-21", True),
        ("before", "2026-11-21", "2026-11-20", True),
        ("before", "08:00", "", False),
        ("after", "08:00", "08:00", False),
        ("between_dates", ["2026-12-24", "2026-12-26"], "2026-12-26", True),
        ("between_times", ["09:00", "17:00"], "09:00", True),
        ("between_times", ["09:00", "17:00"], "17:00", False),
        ("between_times", ["22:00", "06:00"], "23:30", True),
        ("between_times", ["22:00", "06:00"], "05:59", True),
        ("between_times", ["22:00", "06:00"], "06:00", False),
        ("has_data", None, "", False),
        ("has_data", None, [], False),
        ("has_data", None, 0, True),
        ("has_data", None, False, True),
        ("no_data", None, None, True),
        ("no_data", None, "x", False),
    ],
)
def test_each_operator_holds_as_it_explains_itself(operator, value, actual, expected):
    assert holds("a.fact", operator, value, actual) is expected


@pytest.mark.parametrize(
    ("tag", "wanted", "expected"),
    [
        ("zh-Hant", "zh", True),
        ("zh-TW", "zh", True),
        ("zh_tw", "ZH", True),
        ("zh-TW", "zh-Hant", True),
        ("zh-CN", "zh-Hant", False),
        ("zh", "zh-Hant", False),
        ("th", "th", True),
        ("tha", "th", False),
        ("", "th", False),
        (None, "th", False),
    ],
)
def test_a_language_range_takes_its_more_precise_tags(tag, wanted, expected):
    assert holds(LANGUAGE, "in", [wanted], tag) is expected


@pytest.mark.parametrize(
    ("actual", "value", "expected"), [(True, True, True), (False, [False], True), (True, False, False), (None, False, False)]
)
def test_a_yes_or_no_fact_is_compared_and_unknown_is_neither(actual, value, expected):
    assert holds(KNOWN, "is", value, actual) is expected


def test_the_first_matching_rule_decides_and_every_rule_says_what_became_of_it():
    facts = {TEXT: "急須が割れて", LANGUAGE: "zh-Hant", KNOWN: False}

    decision, why, each = decided([RETURNS, TAIWAN_AND_THAILAND], facts)

    assert (decision.route, decision.queue_id) == (RETURNS, 10)
    assert why == "rule 1: first message contains 割れ"
    assert each[1] == "rule 2: not processed, an earlier rule matched"


def test_no_match_is_the_fallback_and_says_why():
    decision, why, each = decided([RETURNS, TAIWAN_AND_THAILAND], {TEXT: "hello", LANGUAGE: "ja", KNOWN: True})

    assert (decision.route, decision.queue_id, decision.trouble) == (None, None, None)
    assert why == "no rule matched: fallback queue"
    assert each[1] == "rule 2: doesn't hold: customer's language is Thai, Chinese"


@pytest.mark.parametrize(
    "condition",
    [
        Condition("customer.mood", "is", True),
        Condition(TEXT, "sounds_like", "x"),
        Condition(TEXT, "contains_any", 7),
        Condition("queue.waiting", "more_than", 1, of=99),
        Condition("queue.waiting", "more_than", 1),
        Condition("queue.mood", "is", True, of=10),
    ],
)
def test_a_rule_that_cannot_be_tested_never_matches_and_says_so(condition):
    decision, _why, each = decided([route(1, 10, condition)], {TEXT: "hello"})

    assert decision.queue_id is None
    assert [outcome.condition for outcome in decision.untested] == [condition]
    assert each[0].startswith("rule 1: can't be tested")


def test_all_conditions_of_a_rule_must_hold_and_none_is_always():
    both = route(1, 10, *RETURNS.when.nodes, *TAIWAN_AND_THAILAND.when.nodes, name="Returns in Thai")
    always = route(2, 30)

    assert decided([both, always], {TEXT: "return", LANGUAGE: "ja"})[0].route == always
    why = decided([both, always], {TEXT: "return", LANGUAGE: "th"})[1]
    assert why == "rule 1 “Returns in Thai”: first message contains return and customer's language is Thai"


def test_groups_of_any_and_all_nest():
    thai_or_known = Group(False, (Condition(LANGUAGE, "in", ["th"]), Group(True, (Condition(KNOWN, "is", True), *RETURNS.when.nodes))))
    rule = route(1, 10, thai_or_known)

    assert decided([rule], {TEXT: "return", LANGUAGE: "ja", KNOWN: True})[1] == (
        "rule 1: the customer is known and first message contains return"
    )
    assert decided([rule], {TEXT: "hello", LANGUAGE: "ja", KNOWN: True})[2] == [
        "rule 1: none holds: customer's language is Thai or "
        "(the customer is known and first message contains any of 返品, 割れ, 退貨, คืน, return)"
    ]


def test_a_rule_that_is_switched_off_is_passed_over():
    decision, _why, each = decided([route(1, 10, enabled=False), route(2, 20)], {})

    assert decision.queue_id == 20
    assert each[0] == "rule 1: switched off"


scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=8)
json_values = scalars | st.lists(scalars, max_size=3) | st.dictionaries(st.sampled_from("ab"), scalars, max_size=2)


@given(before=st.text(), word=st.text(alphabet="返品割れreturnคืน", min_size=1), after=st.text())
def test_a_word_is_found_wherever_it_stands(before, word, after):
    text = f"{before} {word} {after}"
    # A combining mark at the border would make another letter of the word's end.
    if unicodedata.normalize("NFKC", text) == text:
        assert holds(TEXT, "contains_any", [word], text)


@given(actual=json_values, value=json_values, operator=st.sampled_from(["sounds_like", *OPERATORS]))
def test_every_operator_takes_whatever_it_is_given(actual, value, operator):
    outcome = evaluate(Condition(TEXT, operator, value), Known({TEXT: actual}))

    assert outcome.holds in (True, False)
    assert not (outcome.holds and outcome.problem)
    if actual is None:
        assert not outcome.holds or operator == "no_data"
