"""A colleague comes and goes, in real browsers: one form, one link, their own password, and an open tab that ends."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.inbox.conftest import browser, hinted  # noqa: F401 - fixtures
from tests.inbox.server import server  # noqa: F401 - a fixture
from tests.inbox.test_browser import window  # noqa: F401 - a fixture

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def guest(chromium, server):  # noqa: F811
    context = chromium.new_context(base_url=server[0])
    yield context.new_page()
    context.close()


def test_emil_comes_sets_his_password_works_and_leaves(window, guest, root, workstream, returns):  # noqa: F811
    page = window(root, "/admin/people/")
    page.get_by_role("link", name="New person").click()
    expect(page.get_by_label("Name", exact=True).or_(page.locator("#id_name")).first).to_be_focused()
    page.keyboard.type("Emil Krogh")
    page.keyboard.press("Tab")
    page.keyboard.type("emil")
    page.get_by_label("Returns").check()
    page.get_by_label("Japanese").check()
    page.get_by_role("button", name="Save and get the link").click()
    link = page.get_by_label("Link", exact=True).input_value()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()

    guest.goto(urlsplit(link).path)
    guest.get_by_label("New password").fill("12345")
    guest.get_by_label("The same once more").fill("12345")
    guest.get_by_role("button", name="Save and sign in").click()
    expect(guest.get_by_role("alert")).to_contain_text("too short")
    guest.get_by_label("New password").fill("tanuki-teapot-41")
    guest.get_by_label("The same once more").fill("tanuki-teapot-41")
    guest.get_by_role("button", name="Save and sign in").click()
    expect(guest).to_have_url(re.compile("/inbox/$"))
    expect(guest.get_by_text("Available").first).to_be_visible()

    page.goto("/admin/people/")
    expect(page.get_by_role("row", name="Emil Krogh")).to_contain_text("0 of 5")
    page.get_by_role("link", name="Emil Krogh").click()
    page.get_by_role("link", name="Deactivate").click()
    expect(page.get_by_text("They have no conversation at the moment.")).to_be_visible()
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_role("row", name="Emil Krogh")).to_contain_text("Deactivated")

    expect(guest).to_have_url(re.compile("/login/"), timeout=40_000)
    guest.get_by_label("User name").fill("emil")
    guest.get_by_label("Password").fill("tanuki-teapot-41")
    guest.get_by_role("button", name="Sign in").click()
    expect(guest.get_by_role("alert")).to_be_visible()


def test_the_agents_side_is_greyed_out_for_people_who_take_no_work(window, root, returns):  # noqa: F811
    page = window(root, "/admin/people/new/")
    takes_work = page.get_by_label("Takes conversations as an agent")
    expect(takes_work).to_be_checked()

    page.get_by_label("Administrator:").check()
    expect(takes_work).not_to_be_checked()
    for name in ("Public name", "Conversations at once", "Returns", "Japanese"):
        expect(page.get_by_label(name)).to_be_disabled()

    # Whoever decided it themselves isn't contradicted.
    takes_work.check()
    page.get_by_label("Supervisor:").check()
    expect(takes_work).to_be_checked()
    expect(page.get_by_label("Public name")).to_be_enabled()
