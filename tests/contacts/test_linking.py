"""Who a customer is: one click makes the contact, and from then on every page and every conversation knows it (S38, S39)."""

import pytest
from django.urls import reverse

from conversations import linking
from conversations.models import Contact, ContactNote, Conversation, JournalEntry, LiveHint, SocialProfile, Tag
from tests import builders
from tests.inbox.conftest import ended

pytestmark = pytest.mark.django_db


def act(name, conversation):
    return reverse(f"inbox:{name}", args=[conversation.public_id])


def test_new_contact_takes_one_click_and_opens_its_form(script, alices_work, alice, settings):
    settings.REDIS_URL = ""  # hints are rows where there is no Redis
    page = script(alice).post(act("new_contact", alices_work))

    contact = Contact.objects.get()
    assert (contact.name, contact.nickname, contact.language) == ("みさき🐰", "みさき🐰", "ja")
    assert SocialProfile.objects.get().contact == contact
    assert page.status_code == 200
    assert 'name="family_name"' in page.content.decode()
    assert JournalEntry.objects.get(verb="contact_created").actor == alice.user
    assert LiveHint.objects.filter(topic=f"conversation:{alices_work.public_id}").exists()


def test_the_name_that_is_saved_then_stands_everywhere(script, browser, alices_work, alice):
    script(alice).post(act("new_contact", alices_work))
    script(alice).post(act("customer", alices_work) + "edit/", {"version": 1, "family_name": "佐藤", "given_name": "美咲"})

    page = browser(alice).get(act("conversation", alices_work)).content.decode()
    assert page.count("佐藤美咲") >= 4  # title, row, head, pane
    assert "佐藤美咲" in script(alice).get(act("head", alices_work)).content.decode()
    assert "佐藤美咲" in script(alice).get(reverse("inbox:worklist")).content.decode()
    assert "みさき🐰 at Koharu Support" in page
    assert "Alice made the new contact 佐藤美咲" in page


def test_clicking_twice_makes_one_contact(script, alices_work, alice):
    script(alice).post(act("new_contact", alices_work))
    script(alice).post(act("new_contact", alices_work))

    assert Contact.objects.count() == 1
    assert JournalEntry.objects.filter(verb="contact_created").count() == 1


def test_without_scripts_the_page_comes_back(browser, alices_work, alice):
    answer = browser(alice).post(act("new_contact", alices_work))

    assert answer.status_code == 200 or answer["Location"] == act("conversation", alices_work)
    assert Contact.objects.count() == 1


def test_later_conversations_of_the_profile_know_the_contact(script, channel, customer, alices_work, alice, add, returns):
    contact = add(family_name="佐藤", given_name="美咲")
    script(alice).post(act("link_contact", alices_work), {"contact": contact.public_id})
    Conversation.objects.update(state="closed", closed_at="2026-01-01T00:00Z", agent=None, holder=None, units_held=0)

    later = builders.conversation(channel, customer=customer, queue=returns)

    page = script(alice).get(act("customer", later)).content.decode()
    assert "佐藤美咲" in page
    assert "This customer isn't in your records yet." not in page
    assert JournalEntry.objects.get(verb="contact_linked").data == {"contact": contact.public_id}


def test_the_same_user_of_the_same_provider_is_the_same_contact(script, alices_work, customer, alice, add):
    other = builders.account(name="Second shop")
    stranger = builders.account(name="Another firm", provider_key="2")
    for account in (alices_work.channel.account, other):
        account.provider_key = "1"
        account.save()
    same, alike = (SocialProfile.objects.create(account=each, line_id=customer.line_id) for each in (other, stranger))

    script(alice).post(act("link_contact", alices_work), {"contact": add(family_name="Sato").public_id})

    same.refresh_from_db()
    alike.refresh_from_db()
    assert same.contact is not None
    assert alike.contact is None


def test_a_new_profile_of_a_known_person_is_linked_as_it_comes(alices_work, customer, alice, add):
    account, contact = alices_work.channel.account, add(family_name="Sato")
    account.provider_key = "1"
    account.save()
    linking.link_contact(conversation_id=alices_work.pk, actor=alice.user, contact_id=contact.pk)
    second = builders.account(provider_key="1")
    came = SocialProfile.objects.create(account=second, line_id=customer.line_id)

    linking.link_to_known(came)

    came.refresh_from_db()
    assert came.contact == contact


def test_making_a_contact_for_somebody_known_elsewhere_links_that_one(alices_work, customer, alice, add):
    account, contact = alices_work.channel.account, add(family_name="Sato")
    SocialProfile.objects.create(account=builders.account(provider_key="1"), line_id=customer.line_id, contact=contact)
    account.provider_key = "1"
    account.save()

    assert linking.create_contact_for(conversation_id=alices_work.pk, actor=alice.user) == contact
    assert Contact.objects.count() == 1


def test_unlinking_leaves_the_contact_and_takes_along_what_was_written_at_the_profile(script, alices_work, customer, alice, add):
    contact = add(family_name="Sato")
    ContactNote.objects.create(profile=customer, text="left-handed", author=alice.user)
    customer.tags.add(Tag.objects.create(name="VIP", key="vip"))
    linking.link_contact(conversation_id=alices_work.pk, actor=alice.user, contact_id=contact.pk)
    assert contact.notes.get().text == "left-handed"
    assert contact.tags.get().name == "VIP"

    script(alice).post(act("unlink_contact", alices_work), {"contact": contact.public_id})

    customer.refresh_from_db()
    assert customer.contact is None
    assert customer.notes.get().contact is None
    assert not contact.notes.exists()
    assert Contact.objects.filter(pk=contact.pk).exists()
    assert JournalEntry.objects.filter(verb="contact_unlinked").count() == 1


def test_unlinking_what_somebody_has_linked_anew_changes_nothing(script, alices_work, customer, alice, add):
    old, new = add(family_name="Old"), add(family_name="New")
    linking.link_contact(conversation_id=alices_work.pk, actor=alice.user, contact_id=new.pk)

    script(alice).post(act("unlink_contact", alices_work), {"contact": old.public_id})

    customer.refresh_from_db()
    assert customer.contact == new


def test_a_second_contact_is_refused_with_words(script, alices_work, customer, alice, add):
    linking.link_contact(conversation_id=alices_work.pk, actor=alice.user, contact_id=add(family_name="Sato").pk)

    page = script(alice).post(act("link_contact", alices_work), {"contact": add(family_name="Tanaka").public_id}).content.decode()

    customer.refresh_from_db()
    assert customer.contact.name == "Sato"
    assert "already linked to Sato" in page


def test_a_group_gets_no_contact(script, channel, account, alice, returns):
    group = builders.profile(account, "Family", kind="group")
    conversation = builders.conversation(channel, customer=group, queue=returns)

    page = script(alice).post(act("new_contact", conversation))

    assert "A group has no contact" in page.content.decode()
    assert not Contact.objects.exists()


@pytest.mark.parametrize("name", ["new_contact", "link_contact", "unlink_contact", "own_name", "refresh_profile"])
def test_who_may_not_see_the_conversation_changes_nothing(browser, alices_work, charlie, sue, add, name):
    sent = {"contact": add(family_name="Sato").public_id, "own_name": "x"}

    assert browser(charlie).post(act(name, alices_work), sent).status_code == 404
    assert browser(sue).post(act(name, alices_work), sent).status_code in (200, 302)


def test_our_own_name_is_shown_with_the_platforms_beside_it(script, alices_work, alice):
    page = script(alice).post(act("own_name", alices_work), {"own_name": "  Misaki \u202e from\x00 Kyoto "}).content.decode()

    assert SocialProfile.objects.get().shown_name == "Misaki from Kyoto"
    assert "Misaki from Kyoto" in page
    assert "みさき🐰 at Koharu Support" in page


def test_the_order_of_names(account, add):
    profile = builders.profile(account, "display", contact=add(family_name="Contact"), own_name="own")

    assert profile.shown_name == "own"
    profile.own_name = ""
    assert profile.shown_name == "Contact"
    profile.contact = None
    assert profile.shown_name == "display"
    profile.display_name = ""
    assert profile.shown_name == f"Customer {profile.line_id[-4:]}"


def test_refreshing_asks_for_the_profile_in_the_background(script, alices_work, customer, alice, hinted):
    page = script(alice).post(act("refresh_profile", alices_work))

    customer.refresh_from_db()
    assert customer.fetch_due_at is not None
    assert "conversations.fetch_profiles" in hinted or page.status_code == 200
    assert "is being fetched" in page.content.decode()


def test_earlier_conversations_of_another_profile_of_the_contact_are_previous_ones(
    script, channel, account, alices_work, alice, add, returns
):
    contact = add(family_name="Sato")
    other = builders.profile(account, "other", contact=contact)
    earlier = ended(channel, other, returns)
    later = builders.conversation(channel, queue=returns)

    linking.link_contact(conversation_id=later.pk, actor=alice.user, contact_id=contact.pk)

    assert earlier.public_id in script(alice).get(act("customer", later)).content.decode()
