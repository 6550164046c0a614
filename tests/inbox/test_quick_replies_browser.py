"""The menu behind the slash in a real browser: keys, input methods, the mouse, and what a screen reader is told."""

import re

import pytest
from playwright.sync_api import expect

from conversations.models import QuickReply
from conversations.quick_replies import save_quick_reply
from tests.inbox.server import server  # noqa: F401 - a fixture
from tests.inbox.test_browser import bubble, said, window  # noqa: F401 - a fixture

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def replies(alice, customer):
    customer.display_name = "みさき"
    customer.save()
    for slug, title, text in (
        ("koukan", "交換のご案内", "{customer}様、交換品をお送りします。{agent}"),
        ("thanks", "お礼", "ありがとうございます。\n/またお待ちしております"),
        ("wait", "確認", "確認いたします。"),
    ):
        save_quick_reply(reply=QuickReply(), slug=slug, title=title, text=text, language="ja")


@pytest.fixture
def page(window, alices_work, alice, replies):  # noqa: F811
    opened = window(alice, f"/inbox/{alices_work.public_id}/")
    opened.get_by_label("Your message").click()
    return opened


def field(page):
    return page.get_by_label("Your message")


def options(page):
    """The quick replies in the menu; commands stand behind them."""
    return page.get_by_role("listbox", name="Quick replies").locator("[role=option]:not(.is-command)")


def test_a_slash_opens_the_menu_arrows_choose_and_enter_inserts_without_sending(page, alices_work):
    field(page).type("/")
    expect(options(page)).to_have_count(3)
    expect(field(page)).to_be_focused()
    expect(page.locator("#announcer")).to_have_text("3 quick replies")
    expect(field(page)).to_have_attribute("aria-activedescendant", "slash-option-1")

    field(page).press("ArrowDown")
    expect(field(page)).to_have_attribute("aria-activedescendant", "slash-option-2")
    expect(options(page).nth(1)).to_have_attribute("aria-selected", "true")
    for _step in range(2):
        field(page).press("ArrowUp")
    expect(page.get_by_role("option").last).to_have_attribute("aria-selected", "true")
    for _step in range(3):
        field(page).press("ArrowDown")
    expect(options(page).nth(2)).to_have_attribute("aria-selected", "true")
    field(page).press("Enter")

    expect(field(page)).to_have_value("確認いたします。")
    expect(page.locator("#slash-menu")).to_have_count(0)
    assert said(alices_work) == []
    field(page).press("Enter")
    expect(field(page)).to_have_value("")


def test_what_is_typed_filters_and_the_names_are_filled_in(page):
    field(page).type("お待たせしました。 /kou")
    expect(options(page)).to_have_count(1)
    expect(options(page).first).to_contain_text("みさき様、交換品")

    field(page).press("Tab")

    expect(field(page)).to_have_value("お待たせしました。 みさき様、交換品をお送りします。Alice")
    expect(field(page)).to_be_focused()


def test_the_draft_and_the_counter_know_what_was_inserted(page):
    field(page).type("/wait")
    expect(options(page)).to_have_count(1)
    field(page).press("Enter")

    expect(page.locator("[data-count]")).to_have_text("8")
    page.reload()
    expect(field(page)).to_have_value("確認いたします。")


def test_a_slash_inside_a_word_opens_nothing(page):
    field(page).type("https://example.com/a 3/4")

    page.wait_for_timeout(300)
    expect(page.locator("#slash-menu")).to_have_count(0)


def test_escape_closes_until_another_slash_and_enter_sends_what_stands_there(page, alices_work):
    field(page).type("/wa")
    expect(options(page)).to_have_count(1)
    field(page).press("Escape")
    expect(page.locator("#slash-menu")).to_have_count(0)

    field(page).type("it")
    page.wait_for_timeout(300)
    expect(page.locator("#slash-menu")).to_have_count(0)
    field(page).press("Enter")
    expect(bubble(page, "/wait")).to_have_count(1)
    assert said(alices_work) == ["/wait"]

    field(page).type("/")
    expect(options(page)).to_have_count(3)


def test_enter_while_the_answer_is_on_its_way_sends_no_half_typed_name_and_takes_what_is_found(page, alices_work):
    held, is_let_go = [], []
    page.route("**/quick-replies/**", lambda route: route.continue_() if is_let_go else held.append(route))
    field(page).type("/kou")
    field(page).press("Enter")

    page.wait_for_timeout(200)
    expect(field(page)).to_have_value("/kou")
    assert said(alices_work) == []
    is_let_go.append(True)
    for each in held:
        each.continue_()
    expect(field(page)).to_have_value("みさき様、交換品をお送りします。Alice")
    assert said(alices_work) == []


def test_nothing_found_is_told_and_enter_sends(page, alices_work):
    field(page).type("/zzz")
    expect(page.get_by_text("No quick reply holds “zzz”.")).to_be_visible()

    field(page).press("Enter")

    expect(bubble(page, "/zzz")).to_have_count(1)
    assert said(alices_work) == ["/zzz"]


def test_a_click_inserts_and_an_inserted_slash_opens_nothing(page):
    field(page).type("/thanks")
    options(page).first.click()

    expect(field(page)).to_have_value("ありがとうございます。\n/またお待ちしております")
    expect(field(page)).to_be_focused()
    page.wait_for_timeout(300)
    expect(page.locator("#slash-menu")).to_have_count(0)


def test_japanese_input_is_left_alone_and_the_full_width_slash_works(page, alices_work):
    keyboard = page.context.new_cdp_session(page)
    keyboard.send("Input.imeSetComposition", {"text": "／", "selectionStart": 1, "selectionEnd": 1})
    keyboard.send("Input.insertText", {"text": "／"})
    expect(options(page)).to_have_count(3)

    keyboard.send("Input.imeSetComposition", {"text": "こうかん", "selectionStart": 4, "selectionEnd": 4})
    for key in ("ArrowDown", "Enter", "Escape", "Tab"):
        keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": key, "code": key, "windowsVirtualKeyCode": 229})
    expect(options(page)).to_have_count(3)
    expect(field(page)).to_have_attribute("aria-activedescendant", "slash-option-1")
    keyboard.send("Input.insertText", {"text": "交換"})
    # The Enter that ends a composition, as Safari sends it afterwards.
    page.evaluate(
        """() => { const field = document.getElementById("composer-text");
        field.dispatchEvent(new CompositionEvent("compositionend", {bubbles: true}));
        field.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true})); }"""
    )
    expect(field(page)).to_have_value("／交換")
    expect(options(page)).to_have_count(1)

    page.wait_for_timeout(150)
    field(page).press("Enter")
    expect(field(page)).to_have_value(re.compile("^みさき様、交換品"))
    assert said(alices_work) == []


def test_the_slash_key_of_an_input_method_opens_the_menu_but_a_list_line_is_sent(page, alices_work):
    keyboard = page.context.new_cdp_session(page)

    def slash_key():
        keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Process", "code": "Slash", "windowsVirtualKeyCode": 229})
        keyboard.send("Input.imeSetComposition", {"text": "・", "selectionStart": 1, "selectionEnd": 1})
        keyboard.send("Input.insertText", {"text": "・"})

    slash_key()
    expect(options(page)).to_have_count(3)
    page.wait_for_timeout(150)
    field(page).press("ArrowDown")
    field(page).press("Enter")
    expect(field(page)).to_have_value(re.compile("^ありがとう"))

    field(page).fill("")
    slash_key()
    keyboard.send("Input.insertText", {"text": "交換"})
    expect(options(page)).to_have_count(1)
    page.wait_for_timeout(150)
    field(page).press("Enter")
    expect(bubble(page, "・交換")).to_have_count(1)
    assert said(alices_work) == ["・交換"]


def test_leaving_the_field_closes_the_menu(page):
    field(page).type("/")
    expect(options(page)).to_have_count(3)

    page.locator("#thread h1, #thread h2").first.click()

    expect(page.locator("#slash-menu")).to_have_count(0)
