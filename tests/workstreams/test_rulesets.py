"""Published rules never change: a change is the next version."""

import pytest
from django.core.exceptions import ValidationError

from tests import builders
from workstreams.models import Ruleset
from workstreams.routing.facts import Fact, ValueType
from workstreams.routing.route import route
from workstreams.rulesets import ConditionDraft, RuleDraft, as_route_rules, current_rules, current_ruleset, publish_rules

CATALOGUE = {"message.first_text": Fact("message.first_text", "first message", ValueType.TEXT, ("contains_any",))}


@pytest.fixture(autouse=True)
def catalogue(settings):
    settings.FACT_CATALOGUE = "tests.workstreams.test_rulesets.CATALOGUE"


def draft(queue, *words, **extra):
    return RuleDraft(queue=queue, conditions=[ConditionDraft("message.first_text", "contains_any", list(words))], **extra)


def test_each_publication_is_the_next_version_and_the_former_stays(workstream, returns, everyone, root):
    first = publish_rules(workstream=workstream, rules=[draft(returns, "割れ", name="Broken")], actor=root)
    second = publish_rules(workstream=workstream, rules=[draft(everyone, "a"), draft(returns, "b")], actor=root)

    assert (first.version, second.version) == (1, 2)
    assert current_ruleset(workstream) == second
    assert [rule.queue for rule in current_rules(workstream)] == [everyone, returns]
    assert [rule.name for rule in Ruleset.objects.get(version=1).rules.all()] == ["Broken"]


def test_published_rows_route(workstream, returns, root):
    publish_rules(workstream=workstream, rules=[draft(returns, "割れ")], actor=root)

    decision = route(as_route_rules(current_rules(workstream)), {"message.first_text": "割れて届きました"})

    assert decision.rule.queue_id == returns.pk


def test_nothing_published_is_no_rules(workstream):
    assert current_ruleset(workstream) is None
    assert current_rules(workstream) == []


def test_versions_of_two_workstreams_are_apart(workstream, returns, root):
    other = builders.workstream(fallback_queue=returns, name="Other")
    publish_rules(workstream=workstream, rules=[draft(returns, "a")], actor=root)

    assert publish_rules(workstream=other, rules=[], actor=root).version == 1


@pytest.mark.parametrize(("fact", "operator"), [("customer.mood", "is"), ("message.first_text", "is")])
def test_what_the_catalogue_does_not_hold_is_refused(fact, operator, workstream, returns, root):
    rule = RuleDraft(queue=returns, conditions=[ConditionDraft(fact, operator, True)])

    with pytest.raises(ValidationError, match="Rule 1"):
        publish_rules(workstream=workstream, rules=[rule], actor=root)

    assert not Ruleset.objects.exists()


def test_more_than_200_rules_are_refused(workstream, returns, root):
    with pytest.raises(ValidationError, match="200"):
        publish_rules(workstream=workstream, rules=[draft(returns, "a")] * 201, actor=root)
