"""The rule editor in a real browser: what its script adds to pages that work without one."""

import re

import pytest
from playwright.sync_api import expect

from tests import builders
from tests.inbox.conftest import browser, hinted  # noqa: F401 - fixtures
from tests.inbox.server import server  # noqa: F401 - a fixture
from tests.inbox.test_browser import window  # noqa: F401 - a fixture
from workstreams.models import Ruleset

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def three(workstream, returns):
    return builders.publish(workstream, *(builders.route(returns, name=name) for name in ("First", "Second", "Third")))


@pytest.fixture
def opened(window, root, workstream):  # noqa: F811
    return lambda **options: window(root, f"/admin/workstreams/{workstream.public_id}/routing-rules/", **options)


def order(page):
    return [re.sub(r":.*", "", words, flags=re.DOTALL).strip() for words in page.locator(".console-rule-words").all_inner_texts()]


def shows(page, *names):
    expect(page.locator(".console-rule-words")).to_have_text([re.compile(name) for name in names])


def test_a_rule_is_dragged_to_its_place_and_published(opened, three, workstream):
    page = opened()
    rows = page.locator(".console-rule")

    rows.nth(0).locator(".console-rule-grip").drag_to(rows.nth(2))

    shows(page, "Second", "Third", "First")
    expect(page.get_by_role("status").filter(has_text="Now rule 3 of 3.")).to_be_attached()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 2 is published")).to_be_visible()
    assert [rule["name"] for rule in Ruleset.objects.get(version=2).content["routes"]] == ["Second", "Third", "First"]


def test_a_rule_is_moved_by_keyboard_and_keeps_the_focus(opened, three):
    page = opened()
    page.get_by_role("button", name="Move rule 3 up").focus()
    page.keyboard.press("Enter")
    shows(page, "First", "Third", "Second")
    expect(page.get_by_role("button", name="Move rule 2 up")).to_be_focused()

    page.keyboard.press("Enter")
    shows(page, "Third", "First", "Second")
    expect(page.get_by_role("button", name="Move rule 1 down")).to_be_focused()

    page.keyboard.press("Alt+ArrowDown")
    shows(page, "First", "Third", "Second")
    expect(page.get_by_role("status").filter(has_text="Now rule 2 of 3.")).to_be_attached()


def test_nested_groups_are_built_and_said_in_words(opened, workstream, returns):
    page = opened()
    page.get_by_role("button", name="Add a rule").click()
    expect(page.get_by_label("Name (may stay empty)")).to_be_focused()
    page.keyboard.type("Back")
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("What is tested").select_option("First message")
    page.get_by_label("Value", exact=True).fill("返品")
    page.get_by_role("button", name="Add a group").click()
    inner = page.get_by_role("group", name="Group")
    inner.get_by_label("What is tested").select_option("Customer is known")
    inner.get_by_label("Value", exact=True).select_option("no")
    inner.get_by_role("button", name="Add a condition").click()
    inner.get_by_label("What is tested").nth(1).select_option("Hour")
    inner.get_by_label("How it is compared").nth(1).select_option("is more than")
    inner.get_by_label("Value", exact=True).nth(1).fill("17")
    page.get_by_label("Queue", exact=True).select_option("Returns")
    page.get_by_role("button", name="Done").click()

    words = "Back: If first message contains any of 返品 and (customer is new or hour is more than 17) → Returns"
    expect(page.locator(".console-rule-words")).to_have_text(words)
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 1 is published")).to_be_visible()


def test_a_message_is_tried_on_rules_that_are_not_published(opened, workstream, channel, returns):
    builders.publish(workstream, builders.route(returns, ("message.first_text", "contains_any", ["返品"]), name="Back"))
    page = opened()
    page.get_by_role("button", name="Switch rule 1 off").click()
    expect(page.get_by_text("Not published yet")).to_be_visible()
    page.get_by_role("button", name="Try it").click()
    page.get_by_label("First message", exact=True).fill("返品したい")
    page.locator("#try").click()
    expect(page.locator("#tried")).to_contain_text("switched off")
    expect(page.locator("#tried")).to_contain_text("Everyone")

    page.get_by_role("button", name="Route to queue").click()
    page.get_by_role("button", name="Switch rule 1 on").click()
    expect(page.get_by_role("button", name="Switch rule 1 off")).to_be_focused()
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_label("First message", exact=True)).to_have_value("返品したい")
    page.locator("#try").click()
    expect(page.locator("#tried")).to_contain_text("first message contains 返品")
