"""Rules are tried before anybody publishes them: on a message, and on the last conversations. Nothing is written."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations import routing
from conversations.models import Conversation, JournalEntry, RoutingDecision
from conversations.what_if import run_last, try_facts
from tests import builders
from workstreams.models import ContextVariable, Ruleset
from workstreams.routing.problems import InvalidRules

TEXT = "message.first_text"


def document(*routes, **extra):
    return {"classification": [], "routes": list(routes)} | extra


def test_a_message_that_nobody_sent_is_decided_and_explained(channel, workstream, returns):
    content = document(builders.route(returns, (TEXT, "contains_any", ["割れ"]), ("customer.language", "in", ["ja"])))
    before = (Conversation.objects.count(), RoutingDecision.objects.count(), Ruleset.objects.count(), JournalEntry.objects.count())

    told = try_facts(workstream, content, {TEXT: "急須が割れて届きました"})

    assert (told.queue, told.reason) == ("Returns", "Rule 1: first message contains 割れ and customer language is Japanese")
    assert before == (Conversation.objects.count(), RoutingDecision.objects.count(), Ruleset.objects.count(), JournalEntry.objects.count())


def test_trying_only_reads(channel, workstream, returns):
    content = document(builders.route(returns))

    with CaptureQueriesContext(connection) as queries:
        try_facts(workstream, content, {TEXT: "hello"})

    assert {each["sql"].split()[0] for each in queries} == {"SELECT"}


def test_what_is_typed_counts_and_the_rest_is_a_new_customer_s(channel, workstream, returns):
    content = document(builders.route(returns, ("profile.returning", "is", True), ("customer.language", "in", ["th"])))
    thai = {TEXT: "hi", "profile.language": "th"}

    assert try_facts(workstream, content, {**thai, "profile.returning": True}).queue == "Returns"
    assert try_facts(workstream, content, {**thai, "profile.returning": None}).queue == ""


def test_it_can_be_tried_without_a_channel_and_with_a_picture(workstream, returns):
    content = document(builders.route(returns, ("message.kind", "one_of", ["image"])))

    assert try_facts(workstream, content, {"message.kind": "image"}).queue == "Returns"
    assert try_facts(workstream, content, {}).queue == ""


def test_the_clock_is_that_of_the_rules(workstream, returns):
    holiday = builders.route(returns, ("time.holiday", "has_data"))

    assert try_facts(workstream, document(holiday, time_zone="Asia/Tokyo", holidays="JP"), {}).queue == "Returns"
    assert try_facts(workstream, document(holiday, time_zone="Asia/Tokyo"), {}).queue == ""


def test_the_draw_is_told(workstream, returns, everyone):
    route = builders.route(returns, to=[{"queue": returns.pk, "percent": 30}, {"queue": everyone.pk, "percent": 70}])

    tried = [try_facts(workstream, document(route), {}, draw=draw) for draw in (0.2, 0.3)]

    assert [(told.queue, told.drawn) for told in tried] == [("Returns", "20.0 of 100 was drawn."), ("Everyone", "30.0 of 100 was drawn.")]


def test_a_text_for_a_variable_that_holds_a_number_is_not_set_and_that_is_told(workstream, returns):
    ContextVariable.objects.create(workstream=workstream, name="tier", kind="number")
    rule = {"id": "c1", "when": {"all": []}, "then": {"priority": 3, "variables": {"tier": "gold"}}}
    content = document(builders.route(returns, ("variable.tier", "has_data")), classification=[{"name": "All", "rules": [rule]}])

    told = try_facts(workstream, content, {})

    assert (told.queue, told.outputs) == ("", "priority 3")
    assert told.stages[0].rules[0].unset == ["“tier” is a number, so this text was not set."]


def test_a_document_that_can_not_be_read_says_where(workstream):
    with pytest.raises(InvalidRules, match="Route-to-queue rule 1: Choose the queue"):
        try_facts(workstream, {"routes": [{"id": "a", "to": []}]}, {})


def test_the_last_conversations_are_compared_with_what_the_new_rules_would_do(channel, workstream, returns, everyone):
    builders.publish(workstream, builders.route(returns, (TEXT, "contains_any", ["割れ"])))
    for text in ("割れ", "返品", "hello"):
        builders.conversation(channel, routed_at=None, first_text=text)
    assert routing.route_unrouted() == 3
    content = document(builders.route(returns, (TEXT, "contains_any", ["返品"])), builders.route(builders.queue("Hello")))

    compared = run_last(workstream, content, 10)

    hello = builders.queue("Hello")
    found = {each.conversation.first_text: (each.then_queue_id, each.now_queue_id, each.differs) for each in compared}
    assert found == {
        "割れ": (returns.pk, hello.pk, True),
        "返品": (everyone.pk, returns.pk, True),
        "hello": (everyone.pk, hello.pk, True),
    }
    assert [each.differs for each in run_last(workstream, Ruleset.objects.get().content, 10)] == [False] * 3


def test_it_runs_the_newest_decision_of_each_and_no_more_than_asked_for(channel, workstream, returns):
    builders.publish(workstream, builders.route(returns))
    conversations = [builders.conversation(channel, routed_at=None, first_text=str(number)) for number in range(3)]
    routing.route_unrouted()
    Conversation.objects.filter(pk=conversations[0].pk).update(routed_at=None)
    routing.route_unrouted()

    compared = run_last(workstream, document(), 2)

    assert [each.conversation for each in compared] == [conversations[0], conversations[2]]


def test_what_a_queue_was_like_then_counts(channel, workstream, returns):
    builders.publish(workstream, builders.route(returns, ("queue.waiting", "equals", 0, returns.pk)))
    builders.conversation(channel, routed_at=None)
    routing.route_unrouted()

    (compared,) = run_last(workstream, Ruleset.objects.get().content, 5)

    assert (compared.now_queue_id, compared.differs) == (returns.pk, False)
