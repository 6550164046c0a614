"""Routing is a pure function: the first rule of which every condition holds, else the fallback."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workstreams.routing.conditions import OPERATORS, RuleCondition, evaluate
from workstreams.routing.explanation import explain, explain_each
from workstreams.routing.facts import Fact, ValueType
from workstreams.routing.route import RouteRule, route

TEXT, LANGUAGE, KNOWN = "message.first_text", "customer.language", "customer.known"
CATALOGUE = {
    TEXT: Fact(TEXT, "first message", ValueType.TEXT, ("contains_any",)),
    LANGUAGE: Fact(LANGUAGE, "customer's language", ValueType.LANGUAGE, ("in",)),
    KNOWN: Fact(KNOWN, "the customer is known", ValueType.BOOLEAN, ("is",)),
}
RETURNS = RouteRule(1, 10, (RuleCondition(TEXT, "contains_any", ["返品", "割れ", "退貨", "คืน", "return"]),))
TAIWAN_AND_THAILAND = RouteRule(2, 20, (RuleCondition(LANGUAGE, "in", ["th", "zh"]),))


def holds(fact, operator, value, actual):
    return evaluate(RuleCondition(fact, operator, value), {fact: actual}).holds


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
    assert holds(TEXT, "contains_any", ["返品", "割れ", "退貨", "คืน", "return"], text) is found


def test_halfwidth_katakana_is_found_by_fullwidth_words_and_empty_words_find_nothing():
    assert holds(TEXT, "contains_any", ["キャンセル"], "ｷｬﾝｾﾙしたい")
    assert holds(TEXT, "contains_any", ["straße"], "STRASSE 5")
    assert not holds(TEXT, "contains_any", ["", "  "], "anything")


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

    decision = route([TAIWAN_AND_THAILAND, RETURNS], facts)

    assert decision.rule == RETURNS
    assert [(entry.processed, entry.matched) for entry in decision.trace] == [(True, True), (False, False)]
    assert explain(decision, CATALOGUE) == "rule 1: first message contains 割れ"
    assert explain_each(decision, CATALOGUE)[1] == "rule 2: not processed, an earlier rule matched"


def test_no_match_is_the_fallback_and_says_why():
    decision = route([RETURNS, TAIWAN_AND_THAILAND], {TEXT: "hello", LANGUAGE: "ja", KNOWN: True})

    assert decision.rule is None
    assert explain(decision, CATALOGUE) == "no rule matched: fallback queue"
    assert explain_each(decision, CATALOGUE)[1] == "rule 2: doesn't hold: customer's language is Thai, Chinese"


def test_a_rule_that_cannot_be_tested_never_matches_and_says_so():
    future = RouteRule(1, 10, (RuleCondition("customer.mood", "is", True),))

    decision = route([future], {TEXT: "hello"})

    assert decision.rule is None
    assert explain_each(decision, CATALOGUE) == ["rule 1: can't be tested: customer.mood"]


def test_all_conditions_of_a_rule_must_hold_and_none_is_always():
    both = RouteRule(1, 10, (*RETURNS.conditions, *TAIWAN_AND_THAILAND.conditions), name="Returns in Thai")
    always = RouteRule(2, 30)

    assert route([both, always], {TEXT: "return", LANGUAGE: "ja"}).rule == always
    decision = route([both, always], {TEXT: "return", LANGUAGE: "th"})
    assert explain(decision, CATALOGUE) == "rule 1 “Returns in Thai”: first message contains return and customer's language is Thai"


scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8)
json_values = scalars | st.lists(scalars, max_size=3) | st.dictionaries(st.sampled_from("ab"), scalars, max_size=2)
conditions = st.builds(
    RuleCondition,
    fact=st.sampled_from([TEXT, LANGUAGE, KNOWN, "customer.mood"]),
    operator=st.sampled_from([*OPERATORS, "sounds_like"]),
    value=json_values,
)
rule_lists = st.lists(st.tuples(st.integers(1, 9), st.lists(conditions, max_size=3)), max_size=6).map(
    lambda rows: [RouteRule(number, queue, tuple(tests)) for number, (queue, tests) in enumerate(rows, start=1)]
)
fact_maps = st.dictionaries(st.sampled_from([TEXT, LANGUAGE, KNOWN]), st.none() | st.booleans() | st.text(max_size=20))


@given(rules=rule_lists, facts=fact_maps)
def test_routing_is_total_and_deterministic(rules, facts):
    decision = route(rules, facts)

    assert route(reversed(rules), facts) == decision
    assert len(decision.trace) == len(rules)
    assert sum(entry.matched for entry in decision.trace) == (decision.rule is not None)
    assert explain(decision, CATALOGUE)
    assert len(explain_each(decision, CATALOGUE)) == len(rules)


@given(before=st.text(), word=st.text(alphabet="返品割れreturnคืน", min_size=1), after=st.text())
def test_a_word_is_found_wherever_it_stands(before, word, after):
    text = f"{before} {word} {after}"
    # A combining mark at the border would make another letter of the word's end.
    if unicodedata.normalize("NFKC", text) == text:
        assert holds(TEXT, "contains_any", [word], text)
