"""What administrators define about customers: tags, and the additional fields of contacts."""

import pytest
from django.urls import reverse

from conversations import contacts, tags
from conversations.models import Contact, ContactField, ContactSearchText, Tag

FIELDS, TAGS = "admin:conversations_contactfield", "admin:conversations_tag"


@pytest.fixture
def contact(alice):
    return contacts.add_contact(actor=alice.user, raw={"given_name": "Misaki"})


def test_a_field_of_choices_is_made_and_changed(as_root):
    as_root.post(reverse(f"{FIELDS}_add"), {"name": " Plan ", "kind": "choice", "choices": "Basic\r\n Gold\nGold\n\n", "position": 3})
    field = ContactField.objects.get()
    assert (field.name, field.kind, field.choices, field.position) == ("Plan", "choice", ["Basic", "Gold"], 3)

    page = as_root.get(reverse(f"{FIELDS}_change", args=[field.pk])).content.decode()
    assert "Basic\nGold" in page
    as_root.post(reverse(f"{FIELDS}_change", args=[field.pk]), {"name": "Plan", "kind": "number", "choices": "Basic", "position": 1})
    field.refresh_from_db()
    assert (field.kind, field.choices, field.position) == ("choice", ["Basic"], 1)
    assert "Plan" in as_root.get(reverse(f"{FIELDS}_changelist")).content.decode()


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"name": "ＰＬＡＮ"}, "There is a field of this name already."),
        ({"name": "\u202e"}, "A field needs a name."),
        ({"name": "x" * 100}, "at most 60 fit"),
        ({"name": "Size", "kind": "choice"}, "Name at least one choice"),
        ({"name": "Size", "kind": "choice", "choices": "x" * 200}, "at most 100 fit"),
        ({"name": "Size", "kind": "choice", "choices": "\n".join(map(str, range(300)))}, "These are 300 choices"),
    ],
)
def test_a_field_that_can_not_be_one_is_refused_in_words(as_root, sent, words):
    ContactField.objects.create(name="Plan")

    page = as_root.post(reverse(f"{FIELDS}_add"), {"kind": "text", "choices": "", "position": 10} | sent)

    assert words in page.content.decode()
    assert ContactField.objects.count() == 1


def test_deleting_a_field_names_and_takes_its_values(as_root, contact):
    field, other = (ContactField.objects.create(name=name) for name in ("Plan", "Size"))
    Contact.objects.update(values={field.public_id: "Gold", other.public_id: "12"})
    delete = reverse(f"{FIELDS}_delete", args=[field.pk])

    assert "1 contact loses it" in as_root.get(delete).content.decode()
    as_root.post(delete, {"post": "yes"})

    contact.refresh_from_db()
    assert contact.values == {other.public_id: "12"}
    assert list(ContactField.objects.all()) == [other]
    assert "gold" not in ContactSearchText.objects.get(contact=contact).text


def test_tags_are_made_renamed_and_deleted(as_root, contact, alice):
    as_root.post(reverse(f"{TAGS}_add"), {"name": "VIP", "colour": 2})
    tag = Tag.objects.get()
    assert (tag.key, tag.colour) == ("vip", 2)
    tags.add_tag(actor=alice.user, name="vip", contact=contact, profile=None)

    assert "already" in as_root.post(reverse(f"{TAGS}_add"), {"name": "ｖｉｐ", "colour": 0}).content.decode()
    as_root.post(reverse(f"{TAGS}_change", args=[tag.pk]), {"name": "Gold", "colour": 3})
    contact.refresh_from_db()
    assert "gold" in ContactSearchText.objects.get(contact=contact).text
    assert "Gold" in as_root.get(reverse(f"{TAGS}_changelist")).content.decode()

    delete = reverse(f"{TAGS}_delete", args=[tag.pk])
    assert "1 contact loses it" in as_root.get(delete).content.decode()
    as_root.post(delete, {"post": "yes"})
    contact.refresh_from_db()
    assert not Tag.objects.exists()
    assert "gold" not in ContactSearchText.objects.get(contact=contact).text


@pytest.mark.parametrize("name", [f"{FIELDS}_add", f"{TAGS}_add", f"{FIELDS}_changelist", f"{TAGS}_changelist"])
def test_supervisors_and_agents_define_nothing(client, alice, sue, name):
    for person in (alice.user, sue):
        client.force_login(person)
        assert client.get(reverse(name)).status_code in (302, 403, 404)
        client.post(reverse(name), {"name": "x", "kind": "text", "position": 1, "colour": 1})
    assert not Tag.objects.exists()
    assert not ContactField.objects.exists()
