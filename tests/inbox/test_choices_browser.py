"""The inbox's switches in a real browser: they hold at once, in every tab, in another browser, and when the line was broken."""

import pytest
from playwright.sync_api import expect

from tests.inbox.server import server  # noqa: F401 - a fixture
from tests.inbox.test_browser import said, window  # noqa: F401 - a fixture
from workstreams.models import User

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def switch(page, name):
    page.get_by_role("button", name="Account of Alice").click()
    page.get_by_role("button", name=name).click()
    page.keyboard.press("Escape")


def kept(alice):
    return User.objects.get(pk=alice.user_id).choices


def field(page):
    return page.get_by_label("Your message")


def test_enter_sends_is_switched_off_here_in_the_other_tab_and_in_another_browser(window, alices_work, alice):  # noqa: F811
    address = f"/inbox/{alices_work.public_id}/"
    page = window(alice, address)
    other_tab = window(alice, address, context=page.context)

    with page.expect_response("**/preferences/"):
        switch(page, "Enter sends")

    for tab in (page, other_tab):
        expect(tab.locator("[data-when-enter='0']")).to_be_visible()
        field(tab).press("Enter")
    expect(field(page)).to_have_value("\n")
    assert kept(alice)["enter"] is False
    another = window(alice, address)
    expect(another.locator("[data-when-enter='0']")).to_be_visible()
    assert said(alices_work) == []


def test_a_switch_that_the_server_did_not_hear_is_told_later(window, alices_work, alice):  # noqa: F811
    page = window(alice, f"/inbox/{alices_work.public_id}/")
    page.route("**/preferences/", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        switch(page, "Sound of new work")
    assert kept(alice) == {}
    page.unroute("**/preferences/")

    with page.expect_response("**/preferences/"):
        page.reload()

    assert kept(alice)["sound"] is False
    page.get_by_role("button", name="Account of Alice").click()
    expect(page.get_by_role("button", name="Sound of new work")).to_have_attribute("aria-pressed", "false")
