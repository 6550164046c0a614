"""What agents enter about a contact: kept as it is meant, or refused in words with everything still in the form."""

import pytest
from django.urls import reverse

from conversations.models import Contact, ContactField
from workstreams.models import Workstream

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact(add):
    return add(family_name="Sato", given_name="Misaki")


@pytest.fixture
def save(script, alice, contact):
    """`save(phone="…")` sends the form as Alice sees it, with these changes."""

    def send(version=None, **sent):
        contact.refresh_from_db()
        base = {"version": contact.version if version is None else version, "family_name": "Sato", "given_name": "Misaki"}
        page = script(alice).post(reverse("inbox:contact", args=[contact.public_id]) + "edit/", base | sent)
        assert page.status_code == 200
        contact.refresh_from_db()
        return page.content.decode()

    return send


def test_every_part_is_kept(save, contact):
    save(
        phonetic_family_name="サトウ",
        phonetic_given_name="ミサキ",
        nickname="みさ",
        phone="０９０-1234-5678",
        mail="Misaki@Example.JP",
        language="ja",
        organisation="株式会社あおば",
    )

    assert (contact.name, contact.phone, contact.mail, contact.language) == ("Misaki Sato", "090-1234-5678", "misaki@example.jp", "ja")
    assert contact.organisation.name == "株式会社あおば"
    assert contact.organisation.kind == "organisation"
    assert contact.sort_key == "さとう みさき"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"phone": "call me"}, "This isn&#x27;t a telephone number"),
        ({"phone": "12"}, "5 to 15 digits; this has 2"),
        ({"phone": "1" * 30}, "5 to 15 digits; this has 30"),
        ({"mail": "misaki at example"}, "This isn&#x27;t a mail address"),
        ({"mail": "a" * 300 + "@example.com"}, "at most 254"),
        ({"family_name": "x" * 1000}, "This has 1000 characters; at most 90 fit."),
        ({"nickname": "x" * 1000}, "This has 1000 characters; at most 200 fit."),
        ({"organisation": "x" * 1000}, "This has 1000 characters; at most 200 fit."),
        ({"language": "klingon"}, "Choose a language of the list."),
        ({"family_name": "\u202e\x00 ", "given_name": "", "nickname": ""}, "A contact needs a name."),
    ],
)
def test_what_can_not_be_kept_is_said_and_nothing_typed_is_lost(save, contact, sent, words):
    page = save(**{"nickname": "typed this too"} | sent)

    assert words in page
    assert 'aria-invalid="true"' in page
    if "nickname" not in sent:
        assert "typed this too" in page
    for value in sent.values():
        assert not value.isprintable() or value in page or "language" in sent
    assert (contact.name, contact.version) == ("Misaki Sato", 1)


def test_names_are_shown_harmless(save, contact, script, alice):
    page = save(family_name="<script>alert(1)</script>", given_name='"><img src=x onerror=alert(1)>', nickname="A\u202eB\x07")

    assert contact.nickname == "AB"
    for shown in (page, script(alice).get(reverse("inbox:contacts")).content.decode()):
        assert "&lt;script&gt;alert(1)" in shown
        assert "<script>alert" not in shown
        assert "<img" not in shown


def test_an_organisation_has_one_name_and_belongs_to_none(save, contact):
    save(kind="organisation", name="株式会社みどり", organisation="other")

    assert (contact.kind, contact.name, contact.family_name, contact.organisation) == ("organisation", "株式会社みどり", "", None)
    assert "A contact needs a name." in save(kind="organisation", name=" ")


def test_two_who_edit_at_once_do_not_overwrite_each_other(save, contact):
    save(version=1, phone="090-1111-1111")
    page = save(version=1, phone="090-2222-2222")

    assert contact.phone == "090-1111-1111"
    assert "Somebody else changed this contact" in page
    assert "090-2222-2222" in page
    assert 'name="version" value="2"' in page

    save(version=2, phone="090-2222-2222")
    assert contact.phone == "090-2222-2222"


@pytest.fixture
def fields():
    kinds = {"Size": "number", "Birthday": "date", "Plan": "choice", "Newsletter": "yes_no", "Remark": "text"}
    made = {name: ContactField.objects.create(name=name, kind=kind, position=n) for n, (name, kind) in enumerate(kinds.items())}
    made["Plan"].choices = ["Basic", "Gold"]
    made["Plan"].save()
    return {name: f"field-{field.public_id}" for name, field in made.items()}


def test_additional_fields_are_kept_and_shown(save, contact, fields):
    page = save(
        **{
            fields["Size"]: "１２００.5",
            fields["Birthday"]: "1990/4/1",
            fields["Plan"]: "Gold",
            fields["Newsletter"]: "no",
            fields["Remark"]: " <b>x</b> ",
        }
    )

    assert sorted(contact.values.values()) == ["1200.5", "1990-04-01", "<b>x</b>", "Gold", "no"]
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "1 Apr 1990" in page
    save(**{fields["Size"]: ""})
    assert len(contact.values) == 4


@pytest.mark.parametrize(
    ("name", "sent", "words"),
    [
        ("Size", "many", "This isn&#x27;t a number."),
        ("Size", "1e999999999", "This number is too large."),
        ("Size", "nan", "This number is too large."),
        ("Birthday", "2026-02-30", "This isn&#x27;t a date."),
        ("Birthday", "yesterday", "This isn&#x27;t a date."),
        ("Birthday", "99999-01-01", "This isn&#x27;t a date."),
        ("Plan", "Platinum", "Choose one of the list."),
        ("Newsletter", "perhaps", "Choose one of the list."),
        ("Remark", "x" * 600, "at most 500 fit"),
    ],
)
def test_additional_fields_are_checked_against_their_definition(save, contact, fields, name, sent, words):
    page = save(**{fields[name]: sent})

    assert words in page
    assert sent in page or name == "Newsletter"
    assert contact.values == {}


def test_a_choice_that_is_no_longer_offered_stays_until_another_is_made(save, contact, fields):
    save(**{fields["Plan"]: "Gold"})
    ContactField.objects.filter(name="Plan").update(choices=["Basic"])

    assert "Gold" in save(**{fields["Plan"]: "Gold", "nickname": "x"})
    assert list(contact.values.values()) == ["Gold"]


def test_a_new_contact_of_the_list(browser, alice, root):
    new = reverse("inbox:add_contact")

    refused = browser(alice).post(new, {"given_name": "Ken", "phone": "x"}).content.decode()
    assert "This isn&#x27;t a telephone number" in refused
    assert 'value="Ken"' in refused
    assert not Contact.objects.exists()

    made = browser(alice).post(new, {"given_name": "Ken", "phone": "0312345678"})
    assert made["Location"] == reverse("inbox:contact", args=[Contact.objects.get().public_id])


def test_without_scripts_the_form_is_a_page_of_its_own(browser, alice, contact):
    edit = reverse("inbox:contact", args=[contact.public_id]) + "edit/"

    assert 'name="family_name"' in browser(alice).get(edit).content.decode()
    assert "This isn&#x27;t a telephone number" in browser(alice).post(edit, {"version": 1, "phone": "x"}).content.decode()
    assert "<html" in browser(alice).post(edit, {"version": 1, "phone": "0312345678"}).content.decode()


# --- Preferred agents ---------------------------------------------------------------------------------


@pytest.fixture
def asked_first(workstream):
    """The workstream asks preferred agents first."""
    Workstream.objects.update(uses_preferred_agents=True)


def preferred_of(contact):
    return [(row.position, row.agent.public_name) for row in contact.preferred_agents.all()]


def test_preferred_agents_are_kept_in_their_order_without_gaps_and_repeats(save, contact, asked_first, alice, bob):
    page = save(**{"preferred-1": bob.public_id, "preferred-2": bob.public_id, "preferred-3": alice.public_id})

    assert preferred_of(contact) == [(1, bob.public_name), (2, alice.public_name)]
    assert f"{bob.user.shown_name}, {alice.user.shown_name}" in page


def test_choosing_nobody_ends_it(save, contact, asked_first, bob):
    save(**{"preferred-1": bob.public_id})
    save(**{"preferred-1": "", "preferred-2": "gone", "preferred-3": ""})

    assert preferred_of(contact) == []


def test_a_form_without_them_changes_nothing(save, contact, asked_first, bob):
    save(**{"preferred-1": bob.public_id})
    save(nickname="みさ")

    assert preferred_of(contact) == [(1, bob.public_name)]


def test_where_no_workstream_asks_for_them_nobody_has_to_choose(script, alice, contact, workstream):
    form = script(alice).get(reverse("inbox:contact", args=[contact.public_id]) + "edit/").content.decode()
    assert "preferred-1" not in form

    Workstream.objects.update(uses_preferred_agents=True)

    form = script(alice).get(reverse("inbox:contact", args=[contact.public_id]) + "edit/").content.decode()
    assert "preferred-3" in form
