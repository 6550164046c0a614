"""A conversation from the first word to the next one after its end, in real processes and real tabs."""

import itertools
import re

import pytest
from playwright.sync_api import Page, expect

from config.demo.processes import Installation, fetch_json

from .test_story import accept_offer_of, open_door

pytestmark = pytest.mark.e2e
CHANNEL_ID = "1657000001"
_numbers = itertools.count(1)


class Customer:
    """A new customer of the demo's account, who writes through the simulator's control API."""

    def __init__(self, demo: Installation, language: str) -> None:
        self.line = demo.line_url
        self.name = f"林さくら {next(_numbers)}"
        asked = {"display_name": self.name, "language": language, "channel_id": CHANNEL_ID, "silent": True}
        self.user_id = fetch_json(f"{self.line}/sim/users", asked)["user_id"]

    def write(self, text: str) -> None:
        message = {"channel_id": CHANNEL_ID, "message": {"type": "text", "text": text}}
        assert fetch_json(f"{self.line}/sim/users/{self.user_id}/send", message)["webhook_status"] == 200

    def reads(self) -> list[tuple[str, str]]:
        """(words, reply or push) of each answer, in the order that the customer sees them."""
        chat = fetch_json(f"{self.line}/sim/users/{self.user_id}/chat?channel_id={CHANNEL_ID}")
        bubbles = chat["bubbles"] if isinstance(chat, dict) else chat
        return [(bubble["text"], bubble["via"]) for bubble in bubbles if bubble["via"]]


def say(inbox: Page, words: str) -> None:
    inbox.locator("#composer-text").fill(words)
    inbox.locator("#composer-text").press("Enter")
    expect(inbox.locator(".bubble-row.is-out", has_text=words).last.get_by_text("accepted by LINE")).to_be_visible()


def end(inbox: Page) -> None:
    """Into wrap-up, and out of it: its minute needn't be waited for."""
    _confirm_end(inbox)
    expect(inbox.get_by_role("button", name="Wait for customer")).to_have_count(0)
    _confirm_end(inbox)
    expect(inbox.locator("#composer")).to_have_count(0)


def _confirm_end(inbox: Page) -> None:
    inbox.get_by_role("button", name="End conversation").click()
    inbox.locator("#end-dialog").get_by_role("button", name="End conversation").click()


def test_from_the_first_word_to_the_next_conversation(window, home, demo):
    customer = Customer(demo, "ja")
    alice = open_door(window, home, "Be Alice")

    customer.write("返品したいです")
    accept_offer_of(alice, customer.name)
    say(alice, "承知しました。")
    expect(alice.get_by_text("free", exact=True).last).to_be_visible()
    say(alice, "送り状をお送りします。")
    expect(alice.get_by_text("counted", exact=True).last).to_be_visible()
    assert customer.reads() == [("承知しました。", "reply"), ("送り状をお送りします。", "push")]

    alice.get_by_role("button", name="Wait for customer").click()
    expect(alice.get_by_role("button", name="Reopen")).to_be_visible()
    customer.write("届きました、ありがとう！")
    accept_offer_of(alice, customer.name)
    expect(alice.get_by_text("届きました、ありがとう！").last).to_be_visible()

    end(alice)
    customer.write("もう一つ返品があります")
    accept_offer_of(alice, customer.name)
    expect(alice.get_by_text("もう一つ返品があります").last).to_be_visible()
    expect(alice.locator("#thread").get_by_text("承知しました。")).to_be_visible()
    expect(alice.locator("#thread .divider.is-conversation")).to_contain_text("ended by Alice")
    end(alice)


def test_what_one_declines_the_next_is_offered(window, home, demo):
    customer = Customer(demo, "en")
    pages = {"Alice": open_door(window, home, "Be Alice"), "Bob": open_door(window, home, "Be Bob")}

    customer.write("Where is my parcel?")
    toasts = {name: page.locator("article.offer", has_text=customer.name) for name, page in pages.items()}
    first = whoever_is_offered(toasts)
    toasts[first].get_by_role("button", name="Decline").click()

    second = "Bob" if first == "Alice" else "Alice"
    expect(toasts[second]).to_be_visible()
    expect(toasts[first]).to_have_count(0)
    accept_offer_of(pages[second], customer.name)
    expect(pages[second].get_by_text(f"{first} declined")).to_be_visible()
    end(pages[second])


def whoever_is_offered(toasts: dict[str, object]) -> str:
    for _ in range(300):
        for name, toast in toasts.items():
            if toast.count():
                return name
            toast.page.wait_for_timeout(100)
    pytest.fail("Nobody is offered the conversation")


def test_a_restarted_server_is_told_and_nothing_is_missed(window, home, demo):
    customer = Customer(demo, "ja")
    alice = open_door(window, home, "Be Alice")
    customer.write("返品の住所を教えてください")
    accept_offer_of(alice, customer.name)
    alice.locator("#composer-text").fill("少々お待ち")

    web = demo.children["web"]
    web.kill()
    try:
        expect(alice.locator("#connection")).to_be_visible(timeout=40_000)
        expect(alice.locator("#connection")).to_contain_text("Reconnecting…")
    finally:
        web.start()
        demo.wait_until_well()
    customer.write("急ぎません")

    expect(alice.locator("#connection")).to_be_hidden(timeout=80_000)
    expect(alice.get_by_text("急ぎません").last).to_be_visible()
    expect(alice.locator("#composer-text")).to_have_value("少々お待ち")
    say(alice, "少々お待ちください。")
    assert customer.reads()[-1][0] == "少々お待ちください。"
    end(alice)


def test_a_supervisor_assigns_and_closes(window, home, demo):
    customer = Customer(demo, "ja")
    sue, alice = open_door(window, home, "Be the supervisor"), open_door(window, home, "Be Alice")
    customer.write("返品について")
    row = sue.locator("tr", has_text=customer.name)
    expect(row).to_be_visible()

    row.get_by_role("button", name="Assign").or_(row.get_by_role("link", name="Assign")).first.click()
    dialog = sue.locator("dialog[open]")
    dialog.get_by_text("Alice").first.click()
    dialog.get_by_role("button", name="Assign").click()
    expect(row.get_by_text("Active")).to_be_visible()
    expect(alice.locator(".row", has_text=customer.name)).to_be_visible()

    row.get_by_role("button", name="Force close").or_(row.get_by_role("link", name="Force close")).first.click()
    sue.locator("dialog[open]").get_by_role("button", name="Force close").click()
    expect(row).to_have_count(0)
    expect(alice.locator("#worklist .row", has_text=customer.name)).to_have_count(0)


PAGES = {
    "Be Alice": ("/inbox/", "/inbox/?tab=open", "/inbox/?tab=closed"),
    "Be the supervisor": ("/supervisor/",),
    "Be the administrator": (
        "/admin/",
        "/admin/channels/",
        "/admin/channels/accounts/",
        "/admin/workstreams/",
        "/admin/queues/",
        "/admin/operating-hours/new/",
    ),
}


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_no_page_sticks_out_sideways(window, home, width):
    for door, paths in PAGES.items():
        page = open_door(window, home, door)
        page.set_viewport_size({"width": width, "height": 844})
        for path in paths:
            page.goto(re.sub(r"(//[^/]+)/.*", rf"\1{path}", page.url))
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} at {width}"
