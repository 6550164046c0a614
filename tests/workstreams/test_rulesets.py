"""Published rules never change: a change is the next version."""

import pytest

from tests import builders
from workstreams import rulesets
from workstreams.models import Ruleset
from workstreams.routing.decide import decide
from workstreams.routing.facts import Fact, ValueType
from workstreams.routing.problems import InvalidRules
from workstreams.routing.queue_states import QueueState
from workstreams.rulesets import current_ruleset, rules_of

TEXT = "message.first_text"


def catalogue():
    return {TEXT: Fact(TEXT, "first message", ValueType.TEXT)}


@pytest.fixture(autouse=True)
def _catalogue(settings):
    settings.FACT_CATALOGUE = "tests.workstreams.test_rulesets.catalogue"


def route(queue, *words, **extra):
    return builders.route(queue, (TEXT, "contains_any", list(words)), **extra)


def test_each_publication_is_the_next_version_and_the_former_stays(workstream, returns, everyone):
    first = builders.publish(workstream, route(returns, "割れ", name="Broken"))
    second = builders.publish(workstream, route(everyone, "a"), route(returns, "b"))

    assert (first.version, second.version) == (1, 2)
    assert current_ruleset(workstream) == second
    assert [each.to[0].queue_id for each in rules_of(current_ruleset(workstream)).routes] == [everyone.pk, returns.pk]
    assert [each["name"] for each in Ruleset.objects.get(version=1).content["routes"]] == ["Broken"]


def test_a_published_document_routes(workstream, returns):
    ruleset = builders.publish(workstream, route(returns, "割れ"))

    decision = decide(rules_of(ruleset), {TEXT: "割れて届きました"}, {returns.pk: QueueState(returns.pk)}, 0.5)

    assert decision.queue_id == returns.pk


def test_a_number_is_not_published_as_a_text(workstream, returns):
    def sets(value):
        return [{"name": "All", "rules": [{"id": "c1", "then": {"variables": {"amount": value}}}]}]

    builders.publish(workstream, classification=sets(3))
    other = builders.workstream(fallback_queue=returns, name="Other")

    with pytest.raises(InvalidRules, match="“amount” is a number and can't be set to a text"):
        builders.publish(workstream, classification=sets("much"))
    assert builders.publish(other, classification=sets("much")).version == 1, "variables are a workstream's own"


def test_nothing_published_is_no_rules(workstream):
    assert current_ruleset(workstream) is None


def test_versions_of_two_workstreams_are_apart(workstream, returns):
    other = builders.workstream(fallback_queue=returns, name="Other")
    builders.publish(workstream, route(returns, "a"))

    assert builders.publish(other).version == 1


def test_a_version_is_read_and_parsed_once_in_a_process(workstream, returns, django_assert_num_queries):
    builders.publish(workstream, route(returns, "a"))
    first = rules_of(current_ruleset(workstream))

    with django_assert_num_queries(1):
        again = rules_of(current_ruleset(workstream))

    assert again is first


@pytest.mark.parametrize(("fact", "operator"), [("customer.mood", "is"), (TEXT, "is")])
def test_what_the_catalogue_does_not_hold_is_refused_with_its_place(fact, operator, workstream, returns):
    good = route(returns, "a")

    with pytest.raises(InvalidRules, match="Route-to-queue rule 2, condition 1: "):
        builders.publish(workstream, good, builders.route(returns, (fact, operator, True)))

    assert not Ruleset.objects.exists()


def test_more_than_200_rules_are_refused(workstream, returns):
    with pytest.raises(InvalidRules, match="200"):
        builders.publish(workstream, *(route(returns, "a") for _each in range(201)))


def test_the_uses_of_a_queue_are_its_workstreams(workstream, returns, everyone):
    unused, target = builders.queue("Unused"), builders.queue("Target")
    builders.publish(workstream, route(returns, "a", overflow={"action": "transfer", "target": target.pk}))

    uses = {queue.name: rulesets.uses_of_queue(queue) for queue in (unused, returns, target, everyone)}

    assert [(name, [(use.workstream, use.is_fallback) for use in found]) for name, found in uses.items()] == [
        ("Unused", []),
        ("Returns", [(workstream, False)]),
        ("Target", [(workstream, False)]),
        ("Everyone", [(workstream, True)]),
    ]


def test_only_the_current_version_uses_a_queue(workstream, returns):
    builders.publish(workstream, route(returns, "a"))
    builders.publish(workstream)

    assert rulesets.uses_of_queue(returns) == []
