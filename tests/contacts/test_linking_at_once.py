"""Two people do the same at the same moment."""

from types import SimpleNamespace

import pytest
from django.db import transaction

from conversations import contacts, linking, tags
from conversations.models import Contact, ContactToken, JournalEntry, SocialProfile, Tag
from tests import builders
from tests.conversations.test_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_who_make_a_contact_make_one(channel, alice, bob):
    for _ in range(5):
        conversation = builders.conversation(channel)

        made = at_once(
            *[
                lambda who=who, conversation=conversation: linking.create_contact_for(conversation_id=conversation.pk, actor=who.user)
                for who in (alice, bob, alice, bob)
            ]
        )

        contact = Contact.objects.get()
        assert made == [contact] * 4
        assert SocialProfile.objects.get(pk=conversation.profile_id).contact == contact
        assert JournalEntry.objects.filter(conversation=conversation, verb="contact_created").count() == 1
        JournalEntry.objects.all().delete()
        conversation.delete()
        SocialProfile.objects.all().delete()
        contact.delete()


def test_linking_two_contacts_at_once_links_one(channel, alice, bob):
    conversation = builders.conversation(channel)
    contacts = [Contact.objects.create(name=name) for name in ("one", "two")]

    made = at_once(
        *[
            lambda contact=contact: linking.link_contact(conversation_id=conversation.pk, actor=alice.user, contact_id=contact.pk)
            for contact in contacts
        ]
    )

    assert sorted(type(each).__name__ for each in made) == ["CannotLink", "Contact"]
    assert JournalEntry.objects.filter(verb="contact_linked").count() == 1


def test_the_same_person_at_two_accounts_gets_one_contact(workstream, alice, bob):
    conversations = []
    for _ in range(2):
        account = builders.account(provider_key="1")
        profile = SocialProfile.objects.create(account=account, line_id="U" + "7" * 32, display_name="Mei")
        conversations.append(builders.conversation(builders.channel(account=account, workstream=workstream), customer=profile))

    made = at_once(*[lambda each=each: linking.create_contact_for(conversation_id=each.pk, actor=alice.user) for each in conversations])

    assert made == [Contact.objects.get()] * 2
    assert set(SocialProfile.objects.values_list("contact", flat=True)) == {made[0].pk}
    assert ContactToken.objects.filter(contact=made[0], token="me").count() == 1


def test_a_tag_made_by_two_is_one(channel, alice):
    profiles = [builders.profile(channel.account) for _ in range(4)]
    for name in ("VIP", "Gold", "Blue"):
        made = at_once(
            *[lambda each=each, name=name: tags.add_tag(actor=alice.user, name=name, contact=None, profile=each) for each in profiles]
        )

        assert made == [Tag.objects.get(name=name)] * 4


def test_a_tag_that_another_makes_between_looking_and_writing_is_taken(channel, alice, monkeypatch):
    def once_another_has_made_it():
        tags.save_tag(tag=Tag(), name="VIP")
        return transaction.atomic()

    monkeypatch.setattr(tags, "transaction", SimpleNamespace(atomic=once_another_has_made_it))
    profile = builders.profile(channel.account)

    made = tags.add_tag(actor=alice.user, name="VIP", contact=None, profile=profile)

    assert [made] == list(Tag.objects.all()) == list(profile.tags.all())


def test_of_two_who_save_what_they_saw_one_is_told(alice, bob):
    contact = contacts.add_contact(actor=alice.user, raw={"given_name": "Misaki"})

    made = at_once(
        *[
            lambda phone=phone: contacts.save_contact(contact_id=contact.pk, actor=alice.user, raw={"phone": phone}, version=1)
            for phone in ("090-1111-1111", "090-2222-2222")
        ]
    )

    assert sorted(type(each).__name__ for each in made) == ["CannotSave", "Contact"]
    contact.refresh_from_db()
    assert contact.version == 2
    assert contact.tokens.filter(token=contact.phone[-3:]).exists()


def test_a_contact_that_is_deleted_while_its_customer_comes_or_is_employed_troubles_nobody(channel, alice, sue):
    channel.account.provider_key = "1"
    channel.account.save()
    second = builders.account(provider_key="1")

    def comes(profile):
        with transaction.atomic():
            linking.link_to_known(profile)

    for number in range(8):
        firm = contacts.add_contact(actor=alice.user, raw={"kind": "organisation", "name": "Aoba"})
        known = builders.profile(channel.account, contact=firm)
        came = SocialProfile.objects.create(account=second, line_id=known.line_id)

        made = at_once(
            lambda firm=firm: contacts.delete_contact(contact_id=firm.pk, actor=sue),
            lambda came=came: comes(came),
            lambda number=number: contacts.add_contact(actor=alice.user, raw={"given_name": f"Mei {number}", "organisation": "Aoba"}),
        )

        assert [type(each).__name__ for each in made] == ["NoneType", "NoneType", "Contact"]
        assert not Contact.objects.filter(pk=firm.pk).exists()
        came.refresh_from_db()
        assert came.contact is None
