"""What routing writes: the queue, what rules set, and a decision that can be told again. Never a lost conversation."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations import routing, telling
from conversations.decisions import explained
from conversations.fact_catalogue import catalogue
from conversations.inbox.why import why
from conversations.models import RoutingDecision
from tests import builders
from workstreams.models import CapacityProfile, ContextVariable, Membership, OperatingHours, Overflow, Ruleset, Skill
from workstreams.routing.explanation import reason

TEXT = "message.first_text"


def unrouted(channel, text="返品", **extra):
    return builders.conversation(channel, routed_at=None, first_text=text, **extra)


def routed(conversation):
    """The conversation after it was routed, and the newest decision."""
    assert routing.route_unrouted() == 1
    conversation.refresh_from_db()
    return conversation, RoutingDecision.objects.filter(conversation=conversation).latest("pk")


def sets(number, *conditions, **then):
    nodes = [{"fact": fact, "operator": operator, "value": value} for fact, operator, value in conditions]
    return {"name": "", "rules": [{"id": f"c{number}", "name": "", "enabled": True, "when": {"all": nodes}, "then": then}]}


def told(decision):
    again = explained(decision)
    return reason(again.decision, again.stages, again.names)


# --- What rules set


def test_what_rules_set_is_written_to_the_conversation(channel, workstream):
    thai, profile = Skill.objects.create(name="Thai"), CapacityProfile.objects.create(name="Chats")
    then = {"skills": {str(thai.pk): 4}, "priority": 7, "capacity_profile": profile.pk, "variables": {"kind": "refund"}}
    builders.publish(workstream, classification=[sets(1, (TEXT, "contains_any", ["返品"]), **then)])

    conversation, decision = routed(unrouted(channel))

    assert (conversation.skills, conversation.priority) == ({str(thai.pk): 4}, 7)
    assert (conversation.capacity_profiles, conversation.variables) == ([profile.pk], {"kind": "refund"})
    assert decision.matched["classification"] == ["c1"]


def test_routing_again_adds_skills_and_a_higher_least_rating_wins(channel, workstream):
    thai, returns, known = (Skill.objects.create(name=name) for name in ("Thai", "Returns", "Known"))
    builders.publish(workstream, classification=[sets(1, skills={str(thai.pk): 4, str(returns.pk): 9})])

    there = {str(thai.pk): 8, str(returns.pk): 2, str(known.pk): 3}
    conversation, _decision = routed(unrouted(channel, skills=there, capacity_profiles=[5], variables={"tier": "gold"}))

    assert conversation.skills == {str(thai.pk): 8, str(returns.pk): 9, str(known.pk): 3}
    assert (conversation.capacity_profiles, conversation.variables, conversation.priority) == ([5], {"tier": "gold"}, 0)


def test_a_text_for_a_variable_that_holds_a_number_by_now_is_not_set_and_the_explanation_says_so(channel, workstream, returns):
    classification = [sets(1, priority=7, variables={"amount": "much", "kind": "refund"})]
    builders.publish(workstream, builders.route(returns), classification=classification)
    ContextVariable.objects.filter(name="amount").update(kind="number")

    conversation, decision = routed(unrouted(channel))
    ContextVariable.objects.filter(name="amount").update(kind="text")

    assert (conversation.queue, conversation.priority, conversation.variables) == (returns, 7, {"kind": "refund"})
    assert telling.tell_decision(decision).stages[0].rules[0].unset == ["“amount” is a number, so this text was not set."]


# --- Queues as they are


def test_a_full_queue_overflows_and_the_decision_remembers_how_full_it_was(channel, workstream, returns):
    night = builders.queue("Night")
    Overflow.objects.create(queue=returns, condition="waiting_items", threshold=2, action="transfer", target=night)
    builders.publish(workstream, builders.route(returns, name="Broken"))
    waiting = [builders.conversation(channel, queue=returns) for _each in range(2)]

    conversation, decision = routed(unrouted(channel))
    for each in waiting:
        each.delete()

    assert conversation.queue == night
    assert decision.queues[str(returns.pk)]["waiting"] == 2
    assert told(decision) == "rule 1 “Broken”: always · too many conversations wait: goes to Night"
    assert why(decision) == "Night · rule 1 “Broken”: always · too many conversations wait: goes to Night"


def test_what_is_not_routed_yet_or_stands_aside_does_not_wait(channel, workstream, returns):
    Overflow.objects.create(queue=returns, condition="waiting_items", threshold=1, action="end")
    builders.publish(workstream, builders.route(returns))
    builders.conversation(channel, customer=builders.profile(channel.account, kind="group"), queue=returns, aside=True)
    builders.conversation(channel, queue=returns, state="waiting")

    _conversation, decision = routed(unrouted(channel, queue=returns))

    assert decision.queues[str(returns.pk)]["waiting"] == 0


def test_overflow_is_looked_at_by_the_first_decision_only(channel, workstream, returns):
    night = builders.queue("Night")
    Overflow.objects.create(queue=returns, condition="waiting_items", threshold=1, action="transfer", target=night)
    builders.publish(workstream, builders.route(returns))
    builders.conversation(channel, queue=returns)
    conversation, first = routed(unrouted(channel))
    conversation.routed_at = None
    conversation.save()

    conversation, second = routed(conversation)

    assert (first.queue, second.queue) == (night, returns)
    assert told(second) == "rule 1: always"


def test_a_closed_queue_is_told_with_its_opening(channel, workstream, returns):
    returns.hours = OperatingHours.objects.create(name="Never")
    returns.save()
    builders.publish(workstream, builders.route(returns, ("queue.is_open", "is", False, returns.pk)))

    conversation, decision = routed(unrouted(channel))

    assert conversation.queue == returns
    assert (decision.queues[str(returns.pk)]["is_open"], decision.queues[str(returns.pk)]["opens_at"]) == (False, None)
    assert told(decision) == "rule 1: not: operating hours of Returns · out of operating hours: waits there all the same"


def test_the_agents_of_a_queue_are_those_who_are_there(channel, workstream, returns, alice, bob):
    builders.agent("dana", queues=[returns], present="offline")
    builders.publish(workstream, builders.route(returns, ("queue.agents", "equals", 2, returns.pk)))

    assert routed(unrouted(channel))[0].queue == returns

    Membership.objects.filter(agent=bob).delete()
    assert routed(unrouted(channel))[0].queue == workstream.fallback_queue


# --- Trouble


def broken(workstream, content):
    """A version that no check has seen: published by an older release, or what it names has gone since."""
    return Ruleset.objects.create(workstream=workstream, version=9, content=content)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (7, "not in the form of a document"),
        ({"routes": [{"id": "a", "to": [{"queue": 1, "percent": 50}]}]}, "must total 100"),
        ({"routes": [{"id": "a", "to": [{"queue": 999, "percent": 100}]}]}, "queue_gone"),
        (
            {"routes": [{"id": "a", "when": {"all": [{"fact": "moon", "operator": "has_data"}]}, "to": [{"queue": 1}]}]},
            "unknown_fact: moon",
        ),
        ({"routes": [{"id": "a", "when": {"all": [{"fact": TEXT, "operator": "smells"}]}, "to": [{"queue": 1}]}]}, "unknown_operator"),
        (
            {"routes": [{"id": "a", "when": {"all": [{"fact": TEXT, "operator": "contains_any", "value": 1}]}, "to": [{"queue": 1}]}]},
            "wrong_value",
        ),
    ],
)
def test_bad_rules_lead_to_the_fallback_queue_and_the_decision_keeps_the_error(content, error, channel, workstream, everyone):
    broken(workstream, content)

    conversation, decision = routed(unrouted(channel))

    assert (conversation.queue, decision.queue) == (everyone, everyone)
    assert conversation.routed_at is not None
    assert error in decision.error
    assert why(decision) in (f"Everyone · {told(decision)}", "Everyone · no rule matched, and some conditions can't be tested")
    assert told(decision).endswith(": fallback queue")
    assert told(decision) != "no rule matched: fallback queue"


def test_a_queue_that_was_deleted_after_publishing_leads_to_the_fallback_queue_and_says_so(channel, workstream, everyone):
    gone = builders.queue("Gone")
    builders.publish(workstream, builders.route(gone))
    gone.delete()

    conversation, decision = routed(unrouted(channel))

    assert conversation.queue == everyone
    assert told(decision) == "the queue of the rule that matched no longer exists: fallback queue"
    assert why(decision) == "Everyone · the queue of the rule that matched no longer exists: fallback queue"


def test_an_error_of_ours_leads_to_the_fallback_queue_too(channel, workstream, returns, everyone, monkeypatch):
    builders.publish(workstream, builders.route(returns))

    def breaks(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr("conversations.routing.decide", breaks)
    conversation, decision = routed(unrouted(channel))

    assert (conversation.queue, decision.error, decision.matched["route"]) == (everyone, "ZeroDivisionError", None)
    assert why(decision) == "Everyone · routing failed (ZeroDivisionError): fallback queue"


# --- What it costs


def test_routing_one_conversation_costs_the_same_whatever_there_is(channel, workstream, returns, everyone):
    def measured(rules, waiting):
        routes = [builders.route(everyone, (TEXT, "contains_any", [f"word {number}"])) for number in range(rules)]
        builders.publish(workstream, *routes, builders.route(returns))
        for _each in range(waiting):
            builders.conversation(channel, queue=returns)
        conversation = unrouted(channel)
        known = {workstream.pk: routing.current_rules(workstream)}
        with CaptureQueriesContext(connection) as queries:
            assert routing.route_conversation(conversation.pk, known)
        return len(queries)

    few, many = measured(1, 0), measured(100, 30)

    # The conversation, the clock; first message, tags, fields of contacts; the queue and its overflows; decision, journal and
    # conversation written; savepoints; and two hints, which are rows where there is no Redis.
    assert few == many <= 16


def test_a_decision_is_told_without_a_query_that_grows(channel, workstream, returns, django_assert_num_queries):
    builders.publish(workstream, *(builders.route(returns, (TEXT, "contains_any", [f"word {number:02}"])) for number in range(100)))
    _conversation, _decision = routed(unrouted(channel, text="word 99"))
    decision = RoutingDecision.objects.select_related("ruleset", "queue").defer("ruleset__content").get()

    with django_assert_num_queries(0):
        assert why(decision) == "Returns · rule 100: first message contains word 99"


def test_facts_are_json_and_name_the_whole_catalogue(channel, workstream):
    _conversation, decision = routed(unrouted(channel))

    asked_elsewhere = {name for name in catalogue() if name.startswith(("queue.", "variable."))}
    assert set(decision.facts) == set(catalogue()) - asked_elsewhere
    assert decision.facts["time.date"] == timezone.now().date().isoformat()
