"""The demo's story as a person sees it: doors, phone, offer, answer."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

pytestmark = pytest.mark.e2e


def open_door(window: BrowserContext, home: str, door: str) -> Page:
    """Click a door of the demo's page, named by its words or by a part of its address; it opens in a tab of its own."""
    doors = window.new_page()
    doors.goto(home)
    with window.expect_page() as opened:
        if door.startswith("/"):
            doors.locator(f".doors form[action*='{door}'] button.door").click()
        else:
            doors.get_by_role("button", name=door).or_(doors.get_by_role("link", name=door)).first.click()
    page = opened.value
    page.wait_for_load_state()
    doors.close()
    return page


def write_as_customer(phone: Page, customer: str, words: str) -> None:
    phone.locator("#customers").get_by_text(customer).first.click()
    phone.get_by_role("textbox", name="Message").fill(words)
    phone.get_by_role("button", name="Send", exact=True).click()


def become_a_customer(phone: Page, name: str) -> None:
    phone.locator("#new-customer summary").click()
    phone.locator("#customer-form [name=display_name]").fill(name)
    phone.locator("#customer-form button").click()
    expect(phone.locator("#customers [aria-current]", has_text=name)).to_be_visible()


def accept_offer_of(inbox: Page, customer: str) -> None:
    """Whatever else is on offer is accepted first: one toast may cover another."""
    toast = inbox.locator("article.offer", has_text=customer)
    expect(toast).to_be_visible(timeout=30_000)
    toast.get_by_role("button", name="Accept").click()
    expect(inbox.locator("#composer-text")).to_be_visible()


def test_a_customer_writes_an_agent_answers_and_the_customer_reads_it(window, home):
    phone = open_door(window, home, "Be the customer")
    alice = open_door(window, home, "Be Alice")
    assert re.match(r"http://alice\.localhost:\d+/inbox/", alice.url)

    become_a_customer(phone, "佐藤ひなた")
    write_as_customer(phone, "佐藤ひなた", "返品したい品があります")
    accept_offer_of(alice, "佐藤ひなた")
    expect(alice.get_by_text("返品したい品があります").last).to_be_visible()
    alice.locator("#composer-text").fill("承知しました。返品をお受けします。")
    alice.locator("#composer-text").press("Enter")

    expect(phone.locator("#bubbles").get_by_text("承知しました。返品をお受けします。")).to_be_visible()
    expect(alice.locator("main, body").first.get_by_text("free", exact=False).first).to_be_visible()


def test_what_came_before_the_page_listened_is_there_at_once(window, home):
    """Signing in makes Bob available, so his offers are made while his page still loads: sooner than its refetch every 30 s."""
    bob = open_door(window, home, "Be Bob")

    offer = bob.locator("article.offer", has_text="阿哲")
    expect(offer).to_be_visible(timeout=25_000)
    expect(offer.get_by_text("customer language is Chinese")).to_be_visible()


def test_everybody_stays_signed_in_side_by_side(window, home):
    pages = {who: open_door(window, home, who) for who in ("Be Alice", "Be Bob", "Be the supervisor", "Be the administrator")}

    for page, path in zip(pages.values(), ("/inbox/", "/inbox/", "/supervisor/", "/admin/"), strict=True):
        page.reload()
        assert re.sub(r"^http://[^/]+", "", page.url).startswith(path)
    assert len({page.url.split("/")[2] for page in pages.values()}) == 4


def test_a_door_also_opens_on_the_same_host(window, home):
    page = window.new_page()
    page.goto(home)
    page.get_by_text("A door leads nowhere?").click()

    page.locator(".here").get_by_role("button", name="Be Bob").click()
    page.wait_for_url("**/inbox/**")

    assert page.url.startswith(home)


def test_the_demo_page_obeys_its_own_content_policy(window, home):
    page = window.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    page.goto(home)

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert complaints == []


def test_the_customer_sees_that_they_were_read_and_that_somebody_writes(window, home):
    phone = open_door(window, home, "Be the customer")
    alice = open_door(window, home, "Be Alice")
    become_a_customer(phone, "木村そら")
    write_as_customer(phone, "木村そら", "返品できますか")
    expect(phone.locator(".bubble.own .read")).to_have_count(0)
    accept_offer_of(alice, "木村そら")
    expect(phone.locator(".bubble.own .read")).to_have_text("Read", timeout=30_000)

    alice.locator("#composer-text").press_sequentially("はい", delay=50)
    expect(phone.get_by_role("img", name="The account is writing")).to_be_visible(timeout=20_000)
    alice.locator("#composer-text").press("Enter")

    expect(phone.locator(".bubble.theirs").get_by_text("はい")).to_be_visible(timeout=30_000)
    expect(phone.get_by_role("img", name="The account is writing")).to_have_count(0)


def test_a_group_has_a_name_at_each_bubble_here_and_on_the_phone(window, home):
    alice = open_door(window, home, "Be Alice")
    alice.locator("[data-row]", has_text="あおば 総務部").click()

    lines = alice.locator("#lines")
    expect(lines.get_by_text("湯のみを40個")).to_be_visible()
    for sender in ("高橋健一", "佐々木さくら", "a member"):
        expect(lines.locator(".sender", has_text=sender).first).to_be_visible()
    expect(lines.get_by_text("edited")).to_be_visible()

    phone = open_door(window, home, "Be the customer")
    phone.locator("#customers, main").get_by_text("あおば 総務部").first.click()
    expect(phone.locator("#bubbles").get_by_text("名入れも承ります")).to_be_visible()


def test_a_chat_that_another_tool_answers_is_read_only(window, home):
    bob = open_door(window, home, "Be Bob")
    bob.locator("[data-row]", has_text="Emma L.").click()

    expect(bob.locator("#lines").get_by_text("Your gift assistant")).to_be_visible()
    expect(bob.get_by_text("Another tool answers this chat")).to_be_visible()
    expect(bob.locator("#composer")).to_have_count(0)
