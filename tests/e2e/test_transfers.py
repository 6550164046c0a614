"""Two agents, each in a window of their own: one hands a conversation over to the other."""

import pytest
from playwright.sync_api import Page, expect

from .test_accessibility import problems
from .test_story import open_door

pytestmark = pytest.mark.e2e


def test_a_conversation_is_handed_over_and_the_sender_is_told(window, home):
    alice, bob = at_rest(open_door(window, home, "Be Alice")), at_rest(open_door(window, home, "Be Bob"))
    alice.locator("[data-row]", has_text="高橋健一").click()
    expect(alice.locator("#composer-text")).to_be_visible()

    # Declined first: it stays with Alice, and the line is in the thread.
    ask(alice, "Bob", note="He knows the receipts.")
    expect(alice.get_by_text("Bob is asked to take this conversation")).to_be_visible()
    toast = bob.locator("article.offer", has_text="Alice asks you to take over")
    expect(toast.get_by_text("He knows the receipts.")).to_be_visible()
    assert problems(alice) == problems(bob) == []
    toast.get_by_role("button", name="Decline").click()
    expect(alice.locator("#offers").get_by_text("Bob declined. It stays with you.")).to_be_visible()
    expect(alice.locator("#lines").get_by_text("Bob declined to take this conversation.")).to_be_visible()

    # Withdrawn: the toast goes.
    ask(alice, "Bob")
    expect(toast).to_be_visible()
    alice.locator("#act-withdraw").click()
    expect(toast).to_have_count(0)

    ask(alice, "Bob")
    toast.get_by_role("button", name="Accept").click()

    expect(bob.locator("#lines").get_by_text("Bob has taken this conversation over.")).to_be_visible()
    expect(bob.locator("#composer-text")).to_be_visible()
    expect(alice.get_by_text("Bob holds this conversation.")).to_be_visible()
    expect(alice.locator("#composer")).to_have_count(0)

    # And back, so that the shop is as it was.
    ask(bob, "Alice")
    alice.locator("article.offer", has_text="Bob asks you to take over").get_by_role("button", name="Accept").click()
    expect(alice.locator("#composer-text")).to_be_visible()
    expect(bob.locator("#offers").get_by_text("Alice has taken it over.")).to_be_visible()


def at_rest(page: Page) -> Page:
    """Nothing moves in: axe would measure the colours of what is half there."""
    page.emulate_media(reduced_motion="reduce")
    return page


def ask(page: Page, colleague: str, *, note: str = "") -> None:
    page.locator("#act-transfer").click()
    dialog = page.locator("#transfer-dialog")
    dialog.get_by_role("searchbox", name="Find a colleague").fill(colleague[:2])
    dialog.locator("#transfer-rows label").get_by_text(colleague, exact=True).click()
    dialog.get_by_role("textbox", name="Note").fill(note)
    dialog.get_by_role("button", name="Transfer").click()
    expect(dialog).to_have_count(0)


def test_a_colleague_is_consulted_and_advises_in_a_note(window, home):
    alice, bob = at_rest(open_door(window, home, "Be Alice")), at_rest(open_door(window, home, "Be Bob"))
    alice.locator("[data-row]", has_text="高橋健一").click()
    expect(alice.locator("#composer-text")).to_be_visible()

    alice.locator("#act-consult").click()
    dialog = alice.locator("#consult-dialog")
    dialog.locator("#consult-rows label").get_by_text("Bob", exact=True).click()
    dialog.get_by_role("textbox", name="What you want to know").fill("Do we write two receipts?")
    dialog.get_by_role("button", name="Ask").click()
    expect(alice.get_by_text("Bob is asked for advice")).to_be_visible()
    toast = bob.locator("article.offer", has_text="Alice asks for your advice")
    expect(toast.get_by_text("Do we write two receipts?")).to_be_visible()
    toast.get_by_role("button", name="Accept").click()

    expect(bob.get_by_text("You read along and write notes.").last).to_be_visible()
    expect(bob.locator("#composer")).to_have_count(0)
    expect(bob.get_by_text("you advise Alice")).to_be_visible()
    expect(alice.locator(".consultants").get_by_text("Bob reads along and advises")).to_be_visible()
    assert problems(alice) == problems(bob) == []
    bob.get_by_role("button", name="Add a note").click()
    bob.locator("#note-dialog textarea").fill("One is enough.")
    bob.locator("#note-dialog").get_by_role("button", name="Keep note").click()
    expect(alice.locator("#lines").get_by_text("One is enough.")).to_be_visible()

    alice.locator(".consultants").get_by_role("button", name="End").click()
    expect(alice.locator(".consultants")).to_have_count(0)
    expect(alice.locator("#lines").get_by_text("Bob advises no longer.").last).to_be_visible()
    expect(bob.get_by_text("you advise Alice")).to_have_count(0)
