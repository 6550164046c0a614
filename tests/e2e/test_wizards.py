"""Both wizards with nothing but the keyboard."""

import re
import secrets

import pytest
from playwright.sync_api import Page, expect

from config.demo.processes import Installation, fetch_json

from .test_story import open_door

pytestmark = pytest.mark.e2e


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


def connect_account(page: Page, demo: Installation, channel_id: str) -> None:
    """`New account` from its first page to *Done*, with a channel that the simulator knows."""
    secret, token = secrets.token_hex(16), secrets.token_urlsafe(40)
    fetch_json(f"{demo.line_url}/sim/channels", {"channel_id": channel_id, "channel_secret": secret, "access_token": token})
    page.goto(re.sub(r"/admin/.*", "/admin/channels/accounts/new/", page.url))
    type_into(page, "#id_name", f"Koharu Outlet {channel_id}")
    go_on(page, expected=r"/account-details/$")
    type_into(page, "#id_channel_id", channel_id)
    type_into(page, "#id_channel_secret", secret)
    type_into(page, "#id_access_token", token)
    go_on(page, expected=r"/callback-information/$")
    tab_to(page, ".console-button.is-main")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/done/$"))
    tab_to(page, "#id_acknowledged")
    page.keyboard.press("Space")
    go_on(page, expected=r"/finished/$")


@pytest.mark.parametrize(
    ("locale", "width", "channel_id", "japanese", "said"),
    [
        ("en-GB", 1440, "1657000101", "Japanese", "The LINE channel instance is configured."),
        ("es-ES", 390, "1657000102", "japonés", "La instancia del canal de LINE está configurada."),
        ("da-DK", 390, "1657000103", "japansk", "Forekomsten af LINE-kanalen er konfigureret."),
    ],
)
def test_an_account_is_connected_and_set_up_by_keyboard_alone(new_window, home, demo, locale, width, channel_id, japanese, said):
    page = open_door(new_window(locale=locale), home, "/root/")
    page.set_viewport_size({"width": width, "height": 844})

    connect_account(page, demo, channel_id)
    tab_to(page, "a[href*='workstreams/new/']")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/workstreams/new/"))
    type_into(page, "#id_name", f"Outlet on LINE, {locale}")
    tab_to(page, "[name=fallback_queue], [name=fallback]")
    if page.evaluate("document.activeElement.name") == "fallback":
        tab_to(page, "[name=fallback_queue]")
    page.keyboard.type("Every")
    go_on(page, expected=r"/set-up/account/$")
    go_on(page, expected=r"/set-up/language/$")
    tab_to(page, "#id_language")
    page.keyboard.type(japanese)
    go_on(page, expected=r"/set-up/behaviors/$")
    go_on(page, expected=r"/set-up/user-features/$")
    go_on(page, expected=r"/set-up/summary/$")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.get_by_text(japanese).last).to_be_visible()
    go_on(page, expected=r"/configured/$")

    expect(page.get_by_text(said)).to_be_visible()
