"""The pages of contacts: for agents and supervisors; changed by those who know the customer; deleted by supervisors."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conversations import customer_notes, linking
from conversations.models import Contact, ContactNote, Conversation, JournalEntry, Tag
from tests import builders
from tests.inbox.conftest import ended
from tests.inbox.test_pages import INLINE

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact(add, alices_work, alice):
    made = add(family_name="佐藤", given_name="美咲", phonetic_family_name="サトウ", organisation="株式会社あおば")
    linking.link_contact(conversation_id=alices_work.pk, actor=alice.user, contact_id=made.pk)
    return made


def page_of(contact):
    return reverse("inbox:contact", args=[contact.public_id])


def test_agents_and_supervisors_see_contacts_others_do_not(browser, contact, charlie, sue, root):
    nobody = builders.person("nobody")

    for address in (reverse("inbox:contacts"), page_of(contact), reverse("inbox:add_contact")):
        assert browser(nobody).get(address).status_code == 404
        for person in (charlie, sue, root):
            page = browser(person).get(address)
            assert page.status_code == 200
            assert not INLINE.search(page.content.decode())
            assert "Contacts" in page.content.decode()


def test_who_does_not_see_a_conversation_of_it_reads_a_contact_only(browser, contact, charlie, alice):
    page = browser(charlie).get(page_of(contact)).content.decode()

    assert "佐藤美咲" in page
    assert "None that you may see." in page
    assert "You can read this contact." in page
    assert "edit-contact" not in page
    assert "edit-contact" in browser(alice).get(page_of(contact)).content.decode()


def test_a_contact_without_conversations_is_everybodys(browser, add, charlie):
    assert "edit-contact" in browser(charlie).get(page_of(add(given_name="New"))).content.decode()


def test_a_contact_shows_its_conversations_and_profiles(browser, contact, channel, customer, returns, alice, alices_work):
    earlier = ended(channel, customer, returns)

    page = browser(alice).get(page_of(contact)).content.decode()

    for conversation in (alices_work, earlier):
        assert reverse("inbox:conversation", args=[conversation.public_id]) in page
    assert "みさき🐰" in page
    assert "Koharu Support" in page


def test_deleting_names_what_is_lost_and_is_for_supervisors(browser, contact, customer, alice, sue, alices_work):
    customer_notes.add_note(actor=alice.user, text="at the contact", contact=contact, profile=None)
    kept = customer_notes.add_note(actor=alice.user, text="in the conversation", contact=contact, profile=customer)
    contact.tags.add(Tag.objects.create(name="VIP", key="vip"))
    delete = reverse("inbox:delete_contact", args=[contact.public_id])

    assert browser(alice).get(delete).status_code == 404
    assert browser(alice).post(delete).status_code == 404
    assert "Delete contact" not in browser(alice).get(page_of(contact)).content.decode()
    asked = browser(sue).get(delete).content.decode()
    for words in (
        "Delete 佐藤美咲?",
        "1 note written at the contact",
        "VIP",
        "みさき🐰 at Koharu Support has no contact then",
        "1 note written in",
    ):
        assert words in asked
    assert Contact.objects.filter(pk=contact.pk).exists()

    answer = browser(sue).post(delete, follow=True).content.decode()

    assert "佐藤美咲 has been deleted." in answer
    customer.refresh_from_db()
    assert customer.contact is None
    assert list(ContactNote.objects.all()) == [kept]
    assert Conversation.objects.filter(pk=alices_work.pk).exists()
    # The journal holds no name.
    assert "佐藤" not in str(list(JournalEntry.objects.values("data")))
    assert (
        "Alice linked it to the contact (deleted)"
        in browser(alice).get(reverse("inbox:conversation", args=[alices_work.public_id])).content.decode()
    )


def test_deleting_an_organisation_leaves_its_people(browser, contact, sue):
    firm = Contact.objects.get(kind="organisation")

    browser(sue).post(reverse("inbox:delete_contact", args=[firm.public_id]))

    contact.refresh_from_db()
    assert contact.organisation is None


def test_an_organisation_shows_its_people_and_people_their_organisation(browser, contact, alice):
    firm = Contact.objects.get(kind="organisation")

    assert page_of(contact) in browser(alice).get(page_of(firm)).content.decode()
    assert page_of(firm) in browser(alice).get(page_of(contact)).content.decode()
    assert '<option value="株式会社あおば">' in browser(alice).get(page_of(contact) + "edit/").content.decode()


def test_a_script_gets_the_rows_alone(script, contact, alice):
    page = script(alice).get(reverse("inbox:contacts"), {"q": "さとう"}).content.decode()

    assert "佐藤美咲" in page
    assert "<html" not in page
    assert "No contact has" in script(alice).get(reverse("inbox:contacts"), {"q": "zz"}).content.decode()


def test_an_empty_list_says_how_it_fills(browser, alice):
    assert "No contacts yet" in browser(alice).get(reverse("inbox:contacts")).content.decode()


def test_a_contacts_page_and_the_customer_pane_cost_the_same_with_few_and_many(
    script, contact, customer, channel, alices_work, alice, returns
):
    client = script(alice)

    def queries(address):
        client.get(address)  # the first look reads the messages
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    def fill(count):
        for number in range(count):
            customer_notes.add_note(actor=alice.user, text=f"note {number}", contact=contact, profile=customer)
            contact.tags.add(Tag.objects.get_or_create(name=f"t{number}", key=f"t{number}")[0])
            ended(channel, customer, returns, by=alice.user, agent=alice)
            builders.inbound_message(alices_work, f"message {number}")

    addresses = [page_of(contact), *(reverse(f"inbox:{name}", args=[alices_work.public_id]) for name in ("customer", "conversation"))]
    fill(2)
    few = [queries(address) for address in addresses]
    fill(20)

    assert [queries(address) for address in addresses] == few
    assert max(few) < 28
