"""Contacts are found by whatever somebody knows of them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conversations import contact_search, contacts, customer_notes, linking, tags
from conversations.models import Contact, ContactField, SocialProfile, Tag
from tests import builders

pytestmark = pytest.mark.django_db


def found(query, **options):
    return [contact.name for contact in contact_search.find_contacts(Contact.objects.all(), query, **options).contacts]


@pytest.fixture
def takahashi(add, alice):
    field = ContactField.objects.create(name="Member number")
    contact = add(
        family_name="高橋",
        given_name="健一",
        phonetic_family_name="タカハシ",
        phonetic_given_name="ケンイチ",
        nickname="ケンちゃん",
        phone="090-1234-5678",
        mail="Kenichi@Example.co.jp",
        language="ja",
        organisation="株式会社あおば",
        **{f"field-{field.public_id}": "KH-20418"},
    )
    tags.add_tag(actor=alice.user, name="VIP 客", contact=contact, profile=None)
    customer_notes.add_note(actor=alice.user, text="Prefers calls in the morning", contact=contact, profile=None)
    add(family_name="佐藤", given_name="高子")
    add(family_name="Weber", given_name="Daniel", phone="+49 30 901820")
    return contact


@pytest.mark.parametrize(
    "query",
    [
        "高橋", "橋健", "健一", "高橋 健一", "健一　高橋", "高橋健一",
        "たかはし", "タカハシ", "ﾀｶﾊｼ", "けんいち", "たかはしけん", "ケンちゃん",
        "090-1234-5678", "+81 90 1234 5678", "09012345678", "901234", "５６７８",
        "kenichi@", "EXAMPLE.CO", "あおば", "vip", "ＶＩＰ", "KH-20418", "20418", "kh", "k", "20", "ke", "ke ex",
         "kh 高橋", "morning", "japanese", "一",
    ],
)  # fmt: skip
def test_a_contact_is_found_by_any_of_it(takahashi, query):
    assert "高橋健一" in found(query)


@pytest.mark.parametrize(
    "query", ["高子一", "橋高", "090-9999", "xx", "高橋 佐藤", "%", "_", "\\", "'; --", "\x00\x00zz", "\ud800zz", "z" * 5000]
)
def test_what_does_not_fit_finds_nobody(takahashi, query):
    assert "高橋健一" not in found(query)


def test_nothing_typed_finds_all_in_the_order_of_their_reading(takahashi):
    assert found("") == found(" \x00 ") == ["Daniel Weber", "高橋健一", "佐藤高子", "株式会社あおば"]


def test_pages_go_on_by_key_while_contacts_come(add):
    for number in range(25):
        add(given_name=f"Name {number:02}")

    first = contact_search.find_contacts(Contact.objects.all(), "name")
    add(given_name="Name 00 again")
    second = contact_search.find_contacts(Contact.objects.all(), "name", after=first.after)

    assert [contact.name for contact in first.contacts + second.contacts] == [f"Name {number:02}" for number in range(25)]
    assert second.after == ""
    assert len(contact_search.find_contacts(Contact.objects.all(), "name", after="nobody").contacts) == 20


def test_what_is_changed_is_found_anew(takahashi, alice, customer, alices_work):
    tag = Tag.objects.get()
    tags.remove_tag(actor=alice.user, tag=tag, contact=takahashi, profile=None)
    contacts.save_contact(contact_id=takahashi.pk, actor=alice.user, raw={"family_name": "Smith"}, version=takahashi.version)
    linking.link_contact(conversation_id=alices_work.pk, actor=alice.user, contact_id=takahashi.pk)
    contacts.set_own_name(profile_id=customer.pk, actor=alice.user, name="うさぎさん")

    assert found("高橋") == [] or "健一 Smith" not in found("高橋")
    assert found("vip") == []
    assert found("smith") == found("みさき") == found("ウサギ") == ["健一 Smith"]

    linking.unlink_contact(conversation_id=alices_work.pk, actor=alice.user, contact_id=takahashi.pk)
    assert found("みさき") == []


def test_a_renamed_organisation_and_tag_are_found_under_the_new_name(takahashi, alice):
    firm = Contact.objects.get(kind="organisation")
    contacts.save_contact(contact_id=firm.pk, actor=alice.user, raw={"name": "Aoba Inc"}, version=firm.version)
    tags.save_tag(tag=Tag.objects.get(), name="Gold")

    assert "高橋健一" in found("aoba")
    assert "高橋健一" in found("gold")
    assert found("あおば") == found("vip") == []

    contacts.delete_contact(contact_id=firm.pk, actor=alice.user)
    tags.delete_tag(tag=Tag.objects.get())
    assert found("aoba") == found("gold") == []


def test_somebody_who_wrote_a_contacts_number_or_address_is_suggested(takahashi, add, alices_work, customer):
    builders.inbound_message(alices_work, "電話は０９０ー１２３４ー５６７８です")
    daniel = Contact.objects.get(name="Daniel Weber")
    namesake = add(nickname="みさき")

    reasons = {each.contact.name: str(each.reason) for each in contact_search.suggest_contacts(Contact.objects.all(), alices_work)}
    assert reasons == {"高橋健一": "wrote this telephone number", "みさき": "has the same name"}

    builders.inbound_message(alices_work, "write to KENICHI@example.co.jp please")
    assert "wrote" in str(contact_search.suggest_contacts(Contact.objects.all(), alices_work)[0].reason)
    assert daniel.name not in reasons
    assert namesake.name in reasons


def test_the_same_user_at_an_account_of_an_unknown_provider_is_suggested_only(takahashi, alices_work, customer):
    other = SocialProfile.objects.create(account=builders.account(), line_id=customer.line_id, contact=takahashi)

    (suggestion,) = contact_search.suggest_contacts(Contact.objects.all(), alices_work)

    assert (suggestion.contact, str(suggestion.reason)) == (other.contact, "writes to another of your accounts")


def test_the_dialog_shows_suggestions_then_what_was_typed(script, takahashi, alices_work, alice):
    find = reverse("inbox:find_contacts", args=[alices_work.public_id])
    client = script(alice)

    assert "Type two letters" in client.get(find).content.decode()
    assert takahashi.public_id in client.get(find, {"q": "高橋"}).content.decode()
    assert "No contact has “&lt;b&gt;”." in client.get(find, {"q": "<b>"}).content.decode()


def test_only_those_who_see_the_conversation_look_for_its_contact(script, alices_work, charlie, sue):
    find = reverse("inbox:find_contacts", args=[alices_work.public_id])

    assert script(charlie).get(find).status_code == 404
    assert script(sue).get(find).status_code == 200


def test_a_search_costs_the_same_among_few_and_many(script, add, alice):
    client = script(alice)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("inbox:contacts"), {"q": "name"})
        return len(captured)

    add(given_name="Name", organisation="Firm")
    few = queries()
    for number in range(30):
        contact = add(given_name=f"Name {number}", organisation=f"Firm {number}")
        contact.tags.add(Tag.objects.create(name=f"t{number}", key=f"t{number}"))

    assert queries() <= few + 1  # the tags of all, once there are some
    assert few < 15
