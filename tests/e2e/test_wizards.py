"""Both wizards with nothing but the keyboard."""

import re
import secrets

import pytest
from playwright.sync_api import Page, expect

from config.demo.processes import Installation, fetch_json

from .test_story import open_door

pytestmark = pytest.mark.e2e
CHANNEL_ID, SECRET, TOKEN = "1657000099", secrets.token_hex(16), secrets.token_urlsafe(40)


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus, as somebody without a mouse does."""
    for _ in range(120):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"The Tab key never reaches {selector} on {page.url}")


def type_into(page: Page, selector: str, words: str) -> None:
    tab_to(page, selector)
    page.keyboard.press("Control+A")
    page.keyboard.type(words)


def go_on(page: Page, *, expected: str) -> None:
    """Press the page's main button and wait for the address."""
    tab_to(page, ".console-button.is-main")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(expected))


def connect_account(page: Page, demo: Installation) -> None:
    fetch_json(f"{demo.line_url}/sim/channels", {"channel_id": CHANNEL_ID, "channel_secret": SECRET, "access_token": TOKEN})
    page.goto(re.sub(r"/admin/.*", "/admin/channels/accounts/new/", page.url))
    type_into(page, "#id_name", "Koharu Outlet")
    go_on(page, expected=r"/account-details/$")
    type_into(page, "#id_channel_id", CHANNEL_ID)
    type_into(page, "#id_channel_secret", SECRET)
    type_into(page, "#id_access_token", TOKEN)
    go_on(page, expected=r"/callback-information/$")
    tab_to(page, ".console-button.is-main")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/done/$"))
    tab_to(page, "#id_acknowledged")
    page.keyboard.press("Space")
    go_on(page, expected=r"/finished/$")


def test_an_account_is_connected_and_set_up_by_keyboard_alone(window, home, demo):
    page = open_door(window, home, "Be the administrator")

    connect_account(page, demo)
    tab_to(page, "a[href*='workstreams/new/']")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/workstreams/new/"))
    type_into(page, "#id_name", "Outlet on LINE")
    tab_to(page, "[name=fallback_queue], [name=fallback]")
    if page.evaluate("document.activeElement.name") == "fallback":
        tab_to(page, "[name=fallback_queue]")
    page.keyboard.type("Every")
    go_on(page, expected=r"/set-up/account/$")
    go_on(page, expected=r"/set-up/language/$")
    tab_to(page, "#id_language")
    page.keyboard.type("Japanese")
    go_on(page, expected=r"/set-up/behaviors/$")
    go_on(page, expected=r"/set-up/user-features/$")
    go_on(page, expected=r"/set-up/summary/$")
    go_on(page, expected=r"/configured/$")

    expect(page.get_by_text("The LINE channel instance is configured.")).to_be_visible()
