"""Tags and notes: on a contact, or on a profile that has none yet; one's own notes are one's own."""

import pytest
from django.urls import reverse

from conversations import contacts, customer_notes, linking, tags
from conversations.models import ContactNote, Tag

pytestmark = pytest.mark.django_db


@pytest.fixture
def base(alices_work):
    return reverse("inbox:customer", args=[alices_work.public_id])


def test_a_tag_is_made_by_its_first_use_and_found_by_any_way_of_writing(script, base, customer, alice):
    script(alice).post(base + "tags/add/", {"tag": " VIP "})
    page = script(alice).post(base + "tags/add/", {"tag": "ｖｉｐ"}).content.decode()

    assert customer.tags.get() == Tag.objects.get(name="VIP")
    assert "Remove the tag VIP" in page

    script(alice).post(base + "tags/remove/", {"tag": Tag.objects.get().public_id})
    assert not customer.tags.exists()
    assert Tag.objects.count() == 1


@pytest.mark.parametrize(
    ("sent", "words"),
    [("x" * 1000, "This has 1000 characters; at most 40 fit."), ("\x00\u202e", "A tag needs a name."), ("", "needs a name")],
)
def test_a_tag_that_can_not_be_one_is_refused(script, base, alice, sent, words):
    page = script(alice).post(base + "tags/add/", {"tag": sent}).content.decode()

    assert words in page
    assert not Tag.objects.exists()


def test_tags_have_an_end(script, base, customer, alice):
    for number in range(30):
        customer.tags.add(Tag.objects.create(name=f"t{number}", key=f"t{number}"))

    assert "at most 30 tags" in script(alice).post(base + "tags/add/", {"tag": "one more"}).content.decode()
    assert customer.tags.count() == 30


def test_html_in_tags_and_notes_is_text(script, base, alice):
    script(alice).post(base + "tags/add/", {"tag": "<img src=x onerror=1>"})
    page = script(alice).post(base + "notes/add/", {"text": "<script>alert(1)</script>"}).content.decode()

    assert "<script>" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_note_is_written_changed_and_deleted_by_its_author_only(script, base, alice, bob):
    script(alice).post(base + "notes/add/", {"text": "left-handed\r\n\x00ok"})
    note = ContactNote.objects.get()
    assert (note.text, note.author, note.edited_at) == ("left-handed\nok", alice.user, None)

    assert script(bob).post(f"{base}notes/{note.pk}/", {"text": "mine now"}).status_code == 404
    assert script(bob).post(f"{base}notes/{note.pk}/delete/").status_code == 404
    page = script(bob).get(base).content.decode()
    assert "left-handed" in page
    assert f"notes/{note.pk}/" not in page

    assert "right-handed" in script(alice).post(f"{base}notes/{note.pk}/", {"text": "right-handed"}).content.decode()
    note.refresh_from_db()
    assert note.edited_at is not None
    assert "right-handed" not in script(alice).post(f"{base}notes/{note.pk}/delete/").content.decode()
    assert not ContactNote.objects.exists()


def test_a_note_of_another_customer_is_not_found_here(script, base, channel, alice, add):
    note = customer_notes.add_note(actor=alice.user, text="elsewhere", contact=add(given_name="Other"), profile=None)

    assert script(alice).post(f"{base}notes/{note.pk}/delete/").status_code == 404


@pytest.mark.parametrize(("sent", "words"), [("  ", "Write something first."), ("x" * 5000, "at most 4000 fit")])
def test_a_note_that_can_not_be_kept_stays_in_its_form(script, base, alice, sent, words):
    page = script(alice).post(base + "notes/add/", {"text": sent}).content.decode()

    assert words in page
    assert sent.strip() in page
    assert not ContactNote.objects.exists()


def test_notes_and_tags_of_a_profile_show_at_its_contact(script, base, alices_work, customer, alice, add):
    contact = add(given_name="Misaki")
    tags.add_tag(actor=alice.user, name="VIP", contact=None, profile=customer)
    customer_notes.add_note(actor=alice.user, text="left-handed", contact=None, profile=customer)

    linking.link_contact(conversation_id=alices_work.pk, actor=alice.user, contact_id=contact.pk)

    for address in (base, reverse("inbox:contact", args=[contact.public_id])):
        page = script(alice).get(address).content.decode()
        assert "left-handed" in page
        assert "VIP" in page


@pytest.mark.parametrize("path", ["edit/", "tags/add/", "tags/remove/", "notes/add/", "notes/1/", "notes/1/delete/"])
def test_strangers_to_a_customer_change_nothing(script, base, alices_work, charlie, alice, add, path):
    contact = add(given_name="Misaki")
    linking.link_contact(conversation_id=alices_work.pk, actor=alice.user, contact_id=contact.pk)

    assert script(charlie).post(base + path, {"tag": "x", "text": "x"}).status_code == 404
    assert script(charlie).post(reverse("inbox:contact", args=[contact.public_id]) + path, {"tag": "x", "text": "x"}).status_code == 404


def test_a_note_written_while_somebody_unlinks_stays_with_the_customer(alices_work, customer, alice, add):
    contact = add(given_name="Misaki")

    note = customer_notes.add_note(actor=alice.user, text="x", contact=contact, profile=customer)
    tags.add_tag(actor=alice.user, name="VIP", contact=contact, profile=customer)

    assert note.contact is None
    assert customer.tags.exists()
    assert not contact.tags.exists()


def test_what_is_put_on_a_contact_that_is_gone_is_refused(alice, sue, add):
    contact = add(given_name="Misaki")
    contacts.delete_contact(contact_id=contact.pk, actor=sue)

    with pytest.raises(contacts.CannotSave, match="deleted meanwhile"):
        customer_notes.add_note(actor=alice.user, text="x", contact=contact, profile=None)
    with pytest.raises(contacts.CannotSave, match="deleted meanwhile"):
        tags.add_tag(actor=alice.user, name="VIP", contact=contact, profile=None)
