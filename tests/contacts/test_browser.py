"""Contacts in a real browser: what only scripts can get right."""

import pytest
from django.db import transaction
from playwright.sync_api import expect

from conversations import contacts, customer_notes, linking
from conversations.models import Contact, ContactNote, SocialProfile
from tests import builders
from tests.inbox.conftest import ended
from tests.inbox.server import server
from tests.inbox.test_browser import customer_writes, listens, window
from tests.late import Late

__all__ = ["server", "window"]

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_a_new_contact_is_one_click_and_its_name_stands_on_every_open_page(window, alices_work, alice, sue):
    page = window(alice, f"/inbox/{alices_work.public_id}/")
    watching = window(sue, f"/inbox/{alices_work.public_id}/")
    listens(page)
    listens(watching)

    page.get_by_role("button", name="New contact").click()
    expect(page.get_by_label("Family name", exact=True)).to_be_focused()
    page.keyboard.type("佐藤")
    customer_writes(alices_work, "まだですか")
    expect(page.locator("#lines .bubble", has_text="まだですか")).to_be_visible()
    page.wait_for_timeout(1500)
    # What comes meanwhile doesn't touch the form.
    expect(page.get_by_label("Family name", exact=True)).to_have_value("佐藤")
    page.get_by_label("Given name", exact=True).fill("美咲")
    page.keyboard.press("Enter")

    for each in (page, watching):
        expect(each.locator("#thread-head header h2")).to_have_text("佐藤美咲")
        expect(each.locator("#customer .contact-name")).to_have_text("佐藤美咲")
        expect(each).to_have_title("佐藤美咲 · Trunkline")
    expect(page.locator(".row-name")).to_have_text("佐藤美咲")
    assert Contact.objects.get().name == "佐藤美咲"


def test_what_can_not_be_kept_is_told_and_escape_leaves_the_form(window, alices_work, alice):
    page = window(alice, f"/inbox/{alices_work.public_id}/")
    page.get_by_role("button", name="New contact").click()

    page.get_by_label("Phone").fill("call me")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Phone")).to_be_focused()
    expect(page.get_by_label("Phone")).to_have_value("call me")
    expect(page.locator(".field-error")).to_contain_text("telephone number")

    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Edit", exact=True)).to_be_focused()


def test_the_link_dialog_is_worked_by_keys_alone(window, alices_work, customer, alice):
    for family, reading in (("佐藤", "サトウ"), ("佐野", "サノ"), ("高橋", "タカハシ")):
        contacts.add_contact(actor=alice.user, raw={"family_name": family, "phonetic_family_name": reading})
    page = window(alice, f"/inbox/{alices_work.public_id}/")

    page.get_by_role("button", name="Link to a contact").press("Enter")
    field = page.get_by_role("combobox", name="Find the contact")
    expect(field).to_be_focused()
    page.keyboard.type("佐")
    expect(page.get_by_role("option")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", name="佐野")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")

    expect(page.locator("#customer .contact-name")).to_have_text("佐野")
    assert SocialProfile.objects.get(pk=customer.pk).contact.name == "佐野"

    page.get_by_role("button", name="Unlink").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Unlink").press("Enter")
    expect(page.get_by_role("button", name="New contact")).to_be_visible()


def test_dialogs_open_from_the_drawer_and_do_not_close_it(window, alices_work, alice):
    page = window(alice, f"/inbox/{alices_work.public_id}/", width=390)
    page.get_by_role("button", name="Customer", exact=True).click()

    page.get_by_role("button", name="Link to a contact").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="New contact")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_dialog_that_was_closed_is_not_opened_by_what_was_found_late(window, alices_work, alice):
    page = window(alice, f"/inbox/{alices_work.public_id}/")
    listens(page)
    page.wait_for_load_state("networkidle")
    late = Late(page, "**/customer/find/**")

    page.get_by_role("button", name="Link to a contact").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    late.wait()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    late.let_go()

    expect(page.locator("#found")).not_to_be_empty()
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_tags_and_notes_are_typed_one_after_the_other(window, alices_work, alice):
    page = window(alice, f"/inbox/{alices_work.public_id}/")

    page.get_by_label("Add a tag").fill("VIP")
    page.keyboard.press("Enter")
    expect(page.locator(".tag-name")).to_have_text(["VIP"])
    expect(page.get_by_label("Add a tag")).to_be_focused()
    page.get_by_label("Write a note").fill("左利き")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".customer-note-text")).to_have_text(["左利き"])
    page.locator(".customer-note").get_by_text("Delete", exact=True).click()
    page.get_by_role("button", name="Delete the note").click()
    expect(page.locator(".customer-note")).to_have_count(0)
    assert not ContactNote.objects.exists()


def test_a_note_that_is_being_written_survives_what_comes_meanwhile(window, alices_work, alice):
    page = window(alice, f"/inbox/{alices_work.public_id}/")
    listens(page)
    page.get_by_label("Write a note").type("half a th")

    customer_writes(alices_work, "hello?")
    expect(page.locator("#lines .bubble", has_text="hello?")).to_be_visible()
    page.wait_for_timeout(1500)
    page.keyboard.type("ought")

    expect(page.get_by_label("Write a note")).to_have_value("half a thought")


def test_a_note_that_is_being_deleted_survives_a_colleagues_note(window, alices_work, alice, sue):
    with transaction.atomic():
        customer_notes.add_note(actor=alice.user, text="左利き", contact=None, profile=alices_work.profile)
    page = window(alice, f"/inbox/{alices_work.public_id}/")
    listens(page)
    page.locator(".customer-note").get_by_text("Delete", exact=True).click()
    expect(page.get_by_role("button", name="Delete the note")).to_be_visible()

    with transaction.atomic():
        customer_notes.add_note(actor=sue, text="常連", contact=None, profile=alices_work.profile)
    expect(page.locator(".customer-note-text")).to_have_text(["常連", "左利き"])
    page.get_by_role("button", name="Delete the note").click()

    expect(page.locator(".customer-note-text")).to_have_text(["常連"])


def test_a_previous_conversation_opens_in_place_and_stays_open(window, channel, customer, alice, returns):
    earlier = ended(channel, customer, returns, by=alice.user, agent=alice)
    builders.inbound_message(earlier, "前回の質問", seconds_ago=90_000)
    now = builders.conversation(channel, customer=customer, queue=returns, state="active", agent=alice, holder=alice, units_held=20)
    page = window(alice, f"/inbox/{now.public_id}/")
    listens(page)

    page.locator("#customer details[data-stays] summary").click()
    expect(page.locator("#customer .thread-in-place .bubble")).to_have_text(["前回の質問"])
    with transaction.atomic():
        contact = linking.create_contact_for(conversation_id=now.pk, actor=alice.user)
    expect(page.locator("#customer .contact-name")).to_have_text(contact.name)
    expect(page.locator("#customer .thread-in-place .bubble")).to_have_text(["前回の質問"])
    assert page.url.endswith(f"/inbox/{now.public_id}/")


def test_the_list_of_contacts_finds_as_one_types(window, alice):
    for number in range(25):
        contacts.add_contact(actor=alice.user, raw={"given_name": f"Name {number:02}"})
    contacts.add_contact(actor=alice.user, raw={"family_name": "高橋", "given_name": "健一", "phone": "090-1234-5678"})
    page = window(alice, "/inbox/contacts/")

    expect(page.locator(".contact-row")).to_have_count(20)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(".contact-row")).to_have_count(26)
    page.get_by_label("Find contacts").type("+81 90 1234")
    expect(page.locator(".contact-row")).to_have_count(1)
    page.reload()
    expect(page.get_by_label("Find contacts")).to_have_value("+81 90 1234")
    page.locator(".contact-row").click()
    expect(page.get_by_role("heading", name="高橋健一")).to_be_visible()
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_label("Nickname").fill("ケンちゃん")
    page.keyboard.press("Enter")
    expect(page.locator("#contact .facts")).to_contain_text("ケンちゃん")


def test_the_page_of_a_contact_shows_what_colleagues_do(window, alices_work, alice, sue):
    with transaction.atomic():
        contact = linking.create_contact_for(conversation_id=alices_work.pk, actor=alice.user)
    page = window(alice, f"/inbox/contacts/{contact.public_id}/")
    listens(page)
    page.wait_for_load_state("networkidle")

    with transaction.atomic():
        customer_notes.add_note(actor=sue, text="常連", contact=contact, profile=alices_work.profile)
    expect(page.locator(".customer-note-text")).to_have_text(["常連"], timeout=25_000)
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_label("Nickname").fill("ケン")
    with transaction.atomic():
        contacts.save_contact(contact_id=contact.pk, actor=sue, raw={"given_name": "健一"}, version=contact.version)
    page.wait_for_timeout(1500)
    expect(page.get_by_label("Nickname")).to_have_value("ケン")
    page.keyboard.press("Escape")

    expect(page.get_by_role("heading", level=1)).to_have_text("健一")
