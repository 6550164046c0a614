"""The routing rules of a workstream: edited as a list, published as versions."""

import pytest
from django.urls import reverse

from tests import builders
from workstreams.models import Ruleset
from workstreams.rulesets import ConditionDraft, RuleDraft, current_rules, publish_rules


@pytest.fixture
def address(workstream):
    return reverse("admin:routing_rules", args=[workstream.public_id])


@pytest.fixture
def published(workstream, returns, everyone, root):
    words = RuleDraft(queue=returns, name="Returns", conditions=[ConditionDraft("message.first_text", "contains_any", ["返品", "return"])])
    language = RuleDraft(queue=everyone, conditions=[ConditionDraft("customer.language", "in", ["th", "zh"])])
    return publish_rules(workstream=workstream, rules=[words, language], actor=root)


def sent(*rules, version=0):
    """The form as a browser sends it."""
    values = {"version": version, "count": len(rules)}
    for number, rule in enumerate(rules):
        values |= {f"rule-{number}-{name}": value for name, value in rule.items()}
    return values


def rule(queue, **facts):
    return {"name": "", "queue": queue.pk, "message-first_text": "", "customer-known": ""} | facts


def texts_of(page):
    return [form["message-first_text"].value() for form, _words in page.context["rows"]]


def test_publishing_makes_the_next_version_of_conditions_in_words(as_root, address, workstream, returns, everyone, root):
    first = rule(returns, name="Returns", **{"message-first_text": "返品\n割れ, 退貨、return"})
    second = rule(everyone, **{"customer-language": ["th", "zh"], "customer-known": "no"})

    answer = as_root.post(address, sent(first, second) | {"publish": ""}, follow=True)

    rules = current_rules(workstream)
    assert [each.name for each in rules] == ["Returns", ""]
    assert [(row.fact, row.operator, row.value) for row in rules[0].conditions.all()] == [
        ("message.first_text", "contains_any", ["返品", "割れ", "退貨", "return"])
    ]
    assert [(row.fact, row.value) for row in rules[1].conditions.all()] == [("customer.language", ["th", "zh"]), ("customer.known", False)]
    ruleset = Ruleset.objects.get()
    assert (ruleset.version, ruleset.published_by) == (1, root)
    shown = answer.content.decode()
    assert "contains any of 返品, 割れ, 退貨, return" in shown
    assert "Thai, Chinese and customer is new" in shown


def test_the_next_version_leaves_the_former_as_it_was(as_root, address, workstream, published, returns):
    as_root.post(address, sent(rule(returns), version=1) | {"publish": ""})

    assert [row.version for row in Ruleset.objects.order_by("version")] == [1, 2]
    assert published.rules.count() == 2
    assert len(current_rules(workstream)) == 1
    versions = as_root.get(reverse("admin:routing_versions", args=[workstream.public_id])).content.decode()
    assert versions.index("Version 2") < versions.index("Version 1")
    assert "返品" in versions


def test_what_is_shown_can_be_published_again_without_a_new_version(as_root, address, published, workstream):
    page = as_root.get(address)
    values = {}
    for form, _words in page.context["rows"]:
        values |= {form.add_prefix(name): form[name].value() or "" for name in form.fields}

    as_root.post(address, values | {"version": 1, "count": 2, "publish": ""})

    assert Ruleset.objects.count() == 1


def test_adding_moving_and_removing_change_nothing_before_publish(as_root, address, published, returns):
    rows = [rule(returns, **{"message-first_text": name}) for name in ("a", "b", "c")]

    assert texts_of(as_root.post(address, sent(*rows, version=1) | {"add": ""})) == ["a", "b", "c", None]
    assert texts_of(as_root.post(address, sent(*rows, version=1) | {"up": "2"})) == ["a", "c", "b"]
    assert texts_of(as_root.post(address, sent(*rows, version=1) | {"down": "0"})) == ["b", "a", "c"]
    assert texts_of(as_root.post(address, sent(*rows, version=1) | {"remove": "1"})) == ["a", "c"]
    assert Ruleset.objects.count() == 1


@pytest.mark.parametrize(
    "press",
    [{"up": "0"}, {"down": "1"}, {"up": "7"}, {"remove": "x"}, {"remove": "9" * 5000}, {"up": "-1"}, {"count": "many"}, {"refresh": ""}],
)
def test_buttons_that_make_no_sense_lose_nothing(as_root, address, returns, press):
    rows = [rule(returns, **{"message-first_text": name}) for name in ("a", "b")]

    page = as_root.post(address, sent(*rows) | press)

    assert page.status_code == 200
    assert texts_of(page) == ([] if "count" in press else ["a", "b"])


def test_the_focus_stays_with_the_rule_that_moved(as_root, address, returns):
    page = as_root.post(address, sent(rule(returns), rule(returns)) | {"up": "1"})

    assert 'data-focus-first="up-0"' in page.content.decode()


def test_a_rule_needs_a_queue(as_root, address, returns):
    page = as_root.post(address, sent(rule(returns) | {"queue": ""}) | {"publish": ""})

    assert "complete" in page.content.decode()
    assert not Ruleset.objects.exists()


def test_a_version_published_meanwhile_is_said_before_it_is_replaced(as_root, address, published, returns):
    page = as_root.post(address, sent(rule(returns), version=0) | {"publish": ""})
    assert "Version 1 was published meanwhile" in page.content.decode()
    assert Ruleset.objects.count() == 1

    as_root.post(address, sent(rule(returns), version=page.context["version"]) | {"publish": ""})
    assert Ruleset.objects.count() == 2


def test_no_rules_at_all_can_be_published(as_root, address, published, workstream):
    as_root.post(address, sent(version=1) | {"publish": ""})

    assert current_rules(workstream) == []


def test_the_fallback_queue_is_shown_last(as_root, address, published, workstream):
    shown = as_root.get(address).content.decode()

    assert shown.index("Otherwise") > shown.rindex('class="console-card console-rule"')


def test_the_page_costs_the_same_for_many_rules(as_root, address, workstream, returns, root, django_assert_num_queries):
    def measured(count):
        drafts = [RuleDraft(queue=returns, conditions=[ConditionDraft("customer.known", "is", True)]) for _each in range(count)]
        publish_rules(workstream=workstream, rules=drafts, actor=root)
        # session, person, workstream, ruleset with rules, conditions and queues, all queues
        with django_assert_num_queries(8):
            as_root.get(address)

    measured(1)
    measured(12)


def test_a_queue_that_rules_use_can_not_be_deleted(as_root, published, returns):
    as_root.post(reverse("admin:workstreams_queue_delete", args=[returns.pk]), {"post": "yes"})

    returns.refresh_from_db()
    assert builders.queue("Returns") == returns
