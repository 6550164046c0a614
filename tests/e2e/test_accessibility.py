"""axe finds nothing on any page: agents', supervisors', administrators', the phone, the doors; light and dark, wide and narrow."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from .test_story import open_door

pytestmark = pytest.mark.e2e
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text()
# Unfold's own frame, which is kept as it is: its search field's label, its menus and its headings.
UNFOLD_S_OWN = ("#nav-sidebar-inner", "#header-inner", "[x-data]")
PAGES = {
    "Be Alice": ("/inbox/", "/inbox/?tab=open", "/inbox/?tab=closed", "/inbox/contacts/", "/inbox/contacts/new/", "/inbox/quick-replies/"),
    "Be the supervisor": ("/supervisor/",),
    "Be the administrator": (
        "/admin/",
        "/admin/channels/",
        "/admin/channels/accounts/",
        "/admin/channels/accounts/new/",
        "/admin/workstreams/",
        "/admin/queues/",
        "/admin/queues/new/",
        "/admin/operating-hours/",
        "/admin/operating-hours/new/",
        "/admin/people/",
        "/admin/people/new/",
    ),
}

# "custompresence" is as long as a public id, but has no digit.
IDENTIFIERS = re.compile(r"/(?:\d+|(?!custompresence/)[a-z0-9]{14})/")
NOT_PAGES = re.compile(r"/(?:media|static|logout|files?)/|jsi18n")

EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def problems(page: Page, scheme: str = "light") -> list[str]:
    """What axe says is wrong, one line for each kind with its first place. Dark pages differ from light ones in their colours alone."""
    page.evaluate(AXE)
    options = {"runOnly": EVERYTHING if scheme == "light" else {"type": "rule", "values": ["color-contrast"]}}
    found = page.evaluate("options => axe.run(document, options)", options)
    lines = []
    for violation in found["violations"]:
        places = [node["target"][0] for node in violation["nodes"]]
        lines.append(f"{violation['id']} at {places[0]} ({len(places)}): {violation['nodes'][0]['failureSummary'][:300]}")
    return lines


def at(page: Page, path: str) -> str:
    return re.sub(r"(//[^/]+)/.*", rf"\1{path}", page.url)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("door", PAGES)
def test_axe_finds_nothing(new_window, home, door, scheme):
    page = open_door(new_window(), home, door)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    wrong = {}
    for path in PAGES[door]:
        page.goto(at(page, path))
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(100)
            if found := problems(page, scheme):
                wrong[f"{path} at {width}"] = found
    assert wrong == {}


@pytest.mark.parametrize("door", PAGES)
def test_axe_finds_nothing_wherever_a_link_leads(new_window, home, door):
    """One page of each kind; what stands only in their addresses makes no other kind."""
    page = open_door(new_window(), home, door)
    page.emulate_media(reduced_motion="reduce")
    origin = at(page, "")
    waiting, seen, wrong = [page.url], set(), {}
    while waiting:
        url = waiting.pop(0)
        kind = IDENTIFIERS.sub("/*/", urlsplit(url).path)
        if kind in seen or NOT_PAGES.search(kind):
            continue
        seen.add(kind)
        page.goto(url)
        if found := problems(page):
            wrong[kind] = found
        links = page.evaluate("[...document.querySelectorAll('a[href]')].map(link => link.href)")
        waiting += [link for link in links if link.startswith(f"{origin}/")]
    assert wrong == {}
    assert len(seen) > 8


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_conversation_its_dialogs_and_an_offer(new_window, home, scheme):
    page = open_door(new_window(), home, "Be Alice")
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.locator("[data-row]", has_text="高橋健一").click()
    expect(page.locator("#composer-text")).to_be_visible()
    wrong = {}

    def look(what: str) -> None:
        page.wait_for_timeout(100)
        if found := problems(page, scheme):
            wrong[what] = found

    look("conversation")
    page.get_by_role("button", name="Transfer").click()
    expect(page.locator("#transfer-colleagues")).not_to_contain_text("Loading")
    look("transfer")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Consult").click()
    expect(page.locator("#consult-colleagues")).not_to_contain_text("Loading")
    look("consult")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="End conversation").click()
    look("end")
    page.keyboard.press("Escape")
    page.locator("#open-stickers").click()
    look("stickers")
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 844})
    look("narrow")
    assert wrong == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_phone_and_at_the_doors(new_window, home, scheme):
    window = new_window()
    phone = open_door(window, home, "Be the customer")
    phone.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    expect(phone.locator("#customers button").first).to_be_visible()
    doors = window.new_page()
    doors.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    doors.goto(home)
    login = window.new_page()
    login.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    login.goto(f"{home}login/")

    assert {page.url: problems(page, scheme) for page in (phone, doors, login)} == {page.url: [] for page in (phone, doors, login)}
