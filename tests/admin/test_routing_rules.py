"""The routing rules of a workstream: edited as one document, published as versions, without a script."""

import pytest
from django.urls import reverse

from tests import builders
from tests.admin.editor import Editor
from workstreams.models import Ruleset, Skill
from workstreams.rulesets import current_ruleset


@pytest.fixture
def address(workstream):
    return reverse("admin:routing_rules", args=[workstream.public_id])


@pytest.fixture
def published(workstream, returns, everyone):
    words = builders.route(returns, ("message.first_text", "contains_any", ["返品", "return"]), name="Returns")
    language = builders.route(everyone, ("customer.language", "in", ["th", "zh"]))
    return builders.publish(workstream, words, language)


@pytest.fixture
def editor(as_root, address):
    return Editor(as_root, address)


def names(editor):
    return [rule["name"] for rule in editor.routes]


def three(workstream, queue):
    return builders.publish(workstream, *(builders.route(queue, name=name) for name in "abc"))


def ids(ruleset):
    return [rule["id"] for rule in ruleset.content["routes"]]


def test_a_rule_is_made_with_buttons_alone_and_published(editor, workstream, returns, root):
    editor.press("add routes").press("add-condition when")
    editor.fill(**{"when.0-fact": "message.first_text"}).press("refresh")
    rule_id = editor.draft.open
    editor.fill(**{f"name-{rule_id}": "Something came back", "when.0-value": "返品\n割れ, 退貨、return", "to-0-queue": str(returns.pk)})

    answer = editor.publish(follow=True)

    ruleset = Ruleset.objects.get()
    assert (ruleset.version, ruleset.published_by) == (1, root)
    (rule,) = ruleset.content["routes"]
    assert rule["name"] == "Something came back"
    condition = {"fact": "message.first_text", "operator": "contains_any", "value": ["返品", "割れ", "退貨", "return"]}
    assert rule["when"] == {"all": [condition]}
    assert rule["to"] == [{"queue": returns.pk, "percent": 100}]
    assert "contains any of 返品, 割れ, 退貨, return" in answer.content.decode()


def test_groups_are_nested_three_deep(editor, returns):
    editor.press("add routes").press("add-group when").press("add-group when.0").fill(**{"when-kind": "all", "when.0-kind": "any"})

    assert "add-group when.0.1" not in {value for _name, value, _words in editor.buttons}
    for path, fact in (("when.0.0", "customer.known"), ("when.0.1.0", "customer.contact")):
        editor.fill(**{f"{path}-fact": fact})
    editor.press("refresh").fill(
        **{"when.0.0-value": "no", "when.0.1.0-value": "yes", "to-0-queue": str(returns.pk), "when.0.1-kind": "all"}
    )
    editor.publish()

    known = {"fact": "customer.known", "operator": "is", "value": False}
    contact = {"fact": "customer.contact", "operator": "is", "value": True}
    assert Ruleset.objects.get().content["routes"][0]["when"] == {"all": [{"any": [known, {"all": [contact]}]}]}


@pytest.mark.parametrize(
    ("fact", "operator", "typed", "value"),
    [
        ("message.first_text", "begins_with", {"value": "Hello"}, ["Hello"]),
        ("customer.language", "in", {"value": ["th", "zh"]}, ["th", "zh"]),
        ("customer.known", "is", {"value": "no"}, False),
        ("time.weekday", "one_of", {"value": ["saturday", "sunday"]}, ["saturday", "sunday"]),
        ("time.of_day", "between_times", {"from": "22:00", "to": "06:00"}, ["22:00", "06:00"]),
        ("time.date", "before", {"value": "2027-01-01"}, "2027-01-01"),
        ("time.hour", "between", {"from": "9", "to": "17"}, [9, 17]),
        ("customer.tags", "has_all", {"value": "VIP, 急ぎ"}, ["VIP", "急ぎ"]),
        ("customer.name", "has_data", {}, None),
    ],
)
def test_every_kind_of_value_has_its_field(editor, returns, fact, operator, typed, value):
    editor.press("add routes").press("add-condition when")
    editor.fill(**{"when.0-fact": fact}).press("refresh").fill(**{"when.0-operator": operator}).press("refresh")
    assert {f"when.0-{name}" for name in typed} <= set(editor.fields) | {"when.0-value"}

    editor.fill(**{f"when.0-{name}": each for name, each in typed.items()}, **{"to-0-queue": str(returns.pk)})
    answer = editor.publish()

    assert answer.status_code == 302, editor.page
    assert Ruleset.objects.get().content["routes"][0]["when"]["all"][0]["value"] == value


def test_a_fact_of_a_queue_asks_which(editor, returns, everyone):
    editor.press("add routes").press("add-condition when").fill(**{"when.0-fact": "queue.waiting"}).press("refresh")
    editor.fill(**{"when.0-of": str(everyone.pk), "when.0-operator": "more_than"}).press("refresh")
    editor.fill(**{"when.0-value": "10", "to-0-queue": str(returns.pk)}).publish()

    condition = {"fact": "queue.waiting", "operator": "more_than", "value": 10, "of": everyone.pk}
    assert Ruleset.objects.get().content["routes"][0]["when"]["all"] == [condition]


def test_another_operator_of_the_same_kind_keeps_the_value_and_another_kind_drops_it(editor):
    editor.press("add routes").press("add-condition when").fill(**{"when.0-fact": "message.first_text"}).press("refresh")

    editor.fill(**{"when.0-value": "返品", "when.0-operator": "contains_all"}).press("refresh")
    assert editor.fields["when.0-value"] == ["返品"]

    editor.fill(**{"when.0-fact": "time.hour"}).press("refresh")
    assert editor.fields["when.0-value"] == [""]
    assert editor.fields["when.0-operator"] == ["equals"]


def test_a_route_is_split_over_queues_with_an_overflow_of_its_own(editor, returns, everyone):
    editor.press("add routes").fill(**{"to-0-queue": str(returns.pk)}).press("add-target")
    assert (editor.fields["to-0-percent"], editor.fields["to-1-percent"]) == (["50"], ["50"])
    editor.fill(**{"to-1-queue": str(everyone.pk), "to-0-percent": "30", "to-1-percent": "70", "overflow-action": "transfer"}).press(
        "refresh"
    )
    other = builders.queue("Other")
    editor.fill(**{"overflow-target": str(other.pk)}).publish()

    rule = Ruleset.objects.get().content["routes"][0]
    assert rule["to"] == [{"queue": returns.pk, "percent": 30}, {"queue": everyone.pk, "percent": 70}]
    assert rule["overflow"] == {"action": "transfer", "target": other.pk}


def test_work_classification_sets_skills_priority_and_variables_that_later_rules_test(editor):
    thai = Skill.objects.create(name="Thai")
    editor.press("show classification").press("add-ruleset").fill(**{"ruleset-0": "Skills"}).press("add 0")
    editor.press("add-skill").fill(**{"skills-0": str(thai.pk), "skills-0-rating": "7", "priority": "3"})
    editor.press("add-variable").fill(**{"variables-0": "vip", "variables-0-value": "1"}).press("add-ruleset").press("add 1")
    editor.press("add-condition when").fill(**{"when.0-fact": "variable.vip"}).press("refresh")
    editor.fill(**{"when.0-operator": "more_than"}).press("refresh").fill(**{"when.0-value": "0", "priority": "1"})
    editor.publish()

    first, second = Ruleset.objects.get().content["classification"]
    assert first["name"] == "Skills"
    assert first["rules"][0]["then"] == {"skills": {str(thai.pk): 7}, "priority": 3, "variables": {"vip": 1}}
    assert second["rules"][0]["when"]["all"] == [{"fact": "variable.vip", "operator": "more_than", "value": 0}]


def test_the_next_version_leaves_the_former_as_it_was(as_root, workstream, published, editor):
    before = published.content
    editor.press(f"remove {ids(published)[0]}").publish()

    published.refresh_from_db()
    assert published.content == before
    assert (current_ruleset(workstream).version, len(current_ruleset(workstream).content["routes"])) == (2, 1)


def test_what_is_shown_can_be_published_again_without_a_new_version(editor, published, as_root, address):
    Editor(as_root, address).publish()

    assert Ruleset.objects.count() == 1


def test_moving_copying_switching_and_removing_change_nothing_before_publish(as_root, address, workstream, returns):
    first, second, third = ids(three(workstream, returns))

    assert names(Editor(as_root, address).press(f"up {third}")) == ["a", "c", "b"]
    assert names(Editor(as_root, address).press(f"down {first}")) == ["b", "a", "c"]
    assert names(Editor(as_root, address).press(f"remove {second}")) == ["a", "c"]
    assert names(Editor(as_root, address).press(f"copy {first}")) == ["a", "a", "b", "c"]
    editor = Editor(as_root, address).press(f"toggle {second}")
    assert [rule["enabled"] for rule in editor.routes] == [True, False, True]
    assert "Not published yet" in editor.page
    assert Ruleset.objects.count() == 1


def test_dropping_a_rule_on_another_puts_it_in_its_place(as_root, address, workstream, returns):
    first, second, third = ids(three(workstream, returns))
    editor = Editor(as_root, address)

    editor.show(as_root.post(address, editor.fields | {"do": f"move {first} {third}"}))
    assert names(editor) == ["b", "c", "a"]
    editor.show(as_root.post(address, editor.fields | {"do": f"move {first} {second}"}))
    assert names(editor) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "command",
    ["up", "up nobody", "down 9", "move a", "remove-node when", "add 7", "remove-ruleset x", "add-group when.9.9", "?", "show me", ""],
)
def test_buttons_that_make_no_sense_lose_nothing(as_root, address, workstream, returns, command):
    three(workstream, returns)
    editor = Editor(as_root, address)

    editor.show(as_root.post(address, editor.fields | {"do": command}))

    assert names(editor) == ["a", "b", "c"]
    assert "Not published yet" not in editor.page


def test_a_draft_that_was_tampered_with_is_not_taken(as_root, address, workstream, published):
    editor = Editor(as_root, address)

    editor.show(as_root.post(address, editor.fill(draft="eyJ9:x:y").fields | {"do": "refresh"}))

    assert names(editor) == ["Returns", ""]


def test_the_focus_stays_with_what_was_done_and_it_is_said(as_root, address, workstream, returns):
    _first, second, _third = ids(three(workstream, returns))

    page = Editor(as_root, address).press(f"up {second}").page

    assert f'data-focus-first="up-{second}"' in page
    assert 'data-said="Now rule 1 of 3."' in page


def test_each_problem_stands_where_it_is(editor, returns):
    editor.press("add routes").press("add-condition when").press("add-condition when").fill(**{"when.0-fact": "time.hour"}).press("refresh")
    editor.fill(**{"when.0-value": "noon", "to-0-queue": str(returns.pk)})

    editor.show(editor.publish())

    assert not Ruleset.objects.exists()
    assert "some rules aren&#x27;t complete" in editor.page
    conditions = editor.page.split('class="console-condition has-errors"')[1:]
    assert "can&#x27;t be compared" in conditions[0]
    assert "Choose what is tested." in conditions[1]
    assert editor.fields["when.0-value"] == ["noon"]


def test_a_closed_rule_with_a_problem_is_opened(as_root, address, workstream, returns):
    editor = Editor(as_root, address).press("add routes")
    rule_id = editor.draft.open
    editor.press(f"close {rule_id}")

    editor.show(editor.publish())

    assert editor.draft.open == rule_id
    assert "to mend" in editor.page


def test_a_version_published_meanwhile_is_said_before_it_is_replaced(as_root, address, workstream, published, returns):
    editor = Editor(as_root, address).press("add routes").fill(**{"to-0-queue": str(returns.pk)})
    builders.publish(workstream)

    editor.show(editor.publish())
    assert "Version 2 was published meanwhile" in editor.page
    assert Ruleset.objects.count() == 2

    editor.publish()
    assert len(current_ruleset(workstream).content["routes"]) == 3


def test_no_rules_at_all_can_be_published(as_root, address, workstream, published):
    editor = Editor(as_root, address)
    for rule_id in ids(published):
        editor.press(f"remove {rule_id}")
    editor.publish()

    assert current_ruleset(workstream).content["routes"] == []


def test_the_limits_are_shown_and_kept(as_root, address, workstream, returns):
    builders.publish(workstream, *(builders.route(returns) for _each in range(200)))
    editor = Editor(as_root, address)

    assert "200 of 200 rules" in editor.page
    editor.show(as_root.post(address, editor.fields | {"do": "add routes"}))
    assert len(editor.routes) == 200


def test_two_hundred_rules_cost_what_one_costs_and_stay_a_page(as_root, address, workstream, returns, django_assert_num_queries):
    def measured(count):
        conditions = [("message.first_text", "contains_any", ["返品", "return"]), ("queue.waiting", "more_than", 3, returns.pk)]
        builders.publish(workstream, *(builders.route(returns, *conditions) for _each in range(count)))
        # session, person, workstream, version and its content; queues, skills, profiles; fields, accounts, skills to choose from
        with django_assert_num_queries(11):
            return Editor(as_root, address)

    measured(1)
    assert len(measured(200).page) < 450_000


def test_times_are_of_a_zone_and_a_country(editor, workstream):
    editor.fill(time_zone="Asia/Tokyo", holidays="JP").publish()
    assert current_ruleset(workstream).content["time_zone"] == "Asia/Tokyo"

    editor.fill(time_zone="Asia/Nowhere", version="1")
    editor.show(editor.publish())
    assert "There is no time zone" in editor.page
    assert '<details class="console-details" open>' in editor.page


@pytest.mark.parametrize(("typed", "code"), [("jp", "JP"), ("Germany, Bayern – DE-BY", "DE-BY")])
def test_a_zone_and_a_country_are_typed_as_on_the_page_of_operating_hours(editor, workstream, typed, code):
    editor.fill(time_zone="asia/tokyo", holidays=typed).publish()

    content = current_ruleset(workstream).content
    assert (content["time_zone"], content["holidays"]) == ("Asia/Tokyo", code)


def test_holidays_that_nobody_knows_are_not_published(editor, workstream):
    """They would never be one."""
    editor.show(editor.fill(holidays="Atlantis").publish())

    assert "The holidays of “Atlantis” aren&#x27;t known." in editor.page
    assert current_ruleset(workstream) is None


def test_the_lists_of_places_are_sent_once(as_root, address):
    assert 'id="countries"' in as_root.get(address).content.decode()
    assert 'id="countries"' not in as_root.get(address, headers={"x-requested-with": "fetch"}).content.decode()


def test_an_old_version_is_taken_up_again_as_a_draft(as_root, address, workstream, published):
    builders.publish(workstream)

    editor = Editor(as_root, address + "?version=1")
    assert names(editor) == ["Returns", ""]
    assert "Not published yet" in editor.page
    editor.publish()

    assert current_ruleset(workstream).version == 3
    assert current_ruleset(workstream).content["routes"] == published.content["routes"]


def test_versions_say_what_each_changed(as_root, workstream, published, returns):
    routes = [rule | {} for rule in published.content["routes"]]
    changed = routes[0] | {"name": "Back again"}
    builders.publish(workstream, routes[1], changed, builders.route(returns, ("customer.known", "is", False)))

    page = as_root.get(reverse("admin:routing_versions", args=[workstream.public_id])).content.decode()

    assert page.index("Version 2") < page.index("Version 1")
    assert "?version=1" in page
    assert "Back again" in page
    assert "another order" in page
    assert "customer is new" in page


def test_a_queue_that_rules_use_can_not_be_deleted(as_root, published, returns):
    as_root.post(reverse("admin:queue_delete", args=[returns.public_id]))

    returns.refresh_from_db()
    assert builders.queue("Returns") == returns
