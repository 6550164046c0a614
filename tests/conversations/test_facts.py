"""What rules are told about a conversation: each fact's value, and None for what isn't known."""

import datetime

import pytest

from conversations.fact_catalogue import catalogue
from conversations.facts import collect, time_facts
from conversations.models import Contact, ContactField, Conversation
from tests import builders
from workstreams.models import Skill

AT = datetime.datetime(2026, 11, 22, 23, 30, tzinfo=datetime.UTC)


def facts_of(conversation, **extra):
    """As routing collects them: from the stored row, with everything at hand that it joins."""
    joined = Conversation.objects.select_related("profile__contact__organisation", "channel__account")
    return collect(joined.get(pk=conversation.pk), at=AT, **extra)


def test_a_new_customer_of_whom_nothing_is_known(channel, account):
    customer = builders.profile(account, name="")
    facts = facts_of(builders.conversation(channel, customer=customer))

    unknown = {name for name, value in facts.items() if value is None}
    assert unknown == {
        *("message.kind", "message.language", "customer.language", "customer.name", "profile.name", "profile.language"),
        *("contact.kind", "contact.organisation", "time.holiday"),
    }
    assert (facts["customer.known"], facts["profile.returning"], facts["customer.tags"]) == (False, False, [])
    assert facts["message.first_text"] == ""


def test_the_first_message_gives_its_kind_and_its_script_away(channel):
    conversation = builders.conversation(channel, first_text="ขอคืนสินค้าค่ะ")
    builders.inbound_message(conversation, kind="sticker")
    builders.inbound_message(conversation, kind="image")

    facts = facts_of(conversation)

    assert (facts["message.kind"], facts["message.language"], facts["customer.language"]) == ("sticker", "th", "th")


def test_a_contact_tells_its_organisation_and_its_own_fields(channel, account):
    rank = ContactField.objects.create(name="Rank", kind="number")
    unset = ContactField.objects.create(name="Since", kind="date")
    aoba = Contact.objects.create(kind="organisation", name="株式会社あおば")
    person = Contact.objects.create(name="高橋健一", organisation=aoba, values={rank.public_id: 3, "long gone": 1})

    of_person = facts_of(builders.conversation(channel, customer=builders.profile(account, contact=person)))
    of_firm = facts_of(builders.conversation(channel, customer=builders.profile(account, contact=aoba)))

    assert (of_person["contact.kind"], of_person["contact.organisation"]) == ("person", "株式会社あおば")
    assert (of_firm["contact.kind"], of_firm["contact.organisation"]) == ("organisation", "株式会社あおば")
    assert of_person[f"contact.field.{rank.public_id}"] == 3
    assert of_person[f"contact.field.{unset.public_id}"] is None
    assert "contact.field.long gone" not in of_person
    assert catalogue()[f"contact.field.{rank.public_id}"].label == "Rank"


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", ("23:30", 23, "sunday", "2026-11-22")),
        ("Asia/Tokyo", ("08:30", 8, "monday", "2026-11-23")),
        ("Asia/Kathmandu", ("05:15", 5, "monday", "2026-11-23")),
        ("Mars/Olympus", ("23:30", 23, "sunday", "2026-11-22")),
    ],
)
def test_the_clock_is_that_of_the_time_zone_and_of_the_installation_if_it_is_not_known(zone, expected):
    facts = time_facts(AT, zone)

    assert tuple(facts[f"time.{name}"] for name in ("of_day", "hour", "weekday", "date")) == expected


def test_a_holiday_is_one_of_the_country_on_the_day_of_the_time_zone():
    """23 November is a holiday in Japan (勤労感謝の日), where that day has begun."""
    assert time_facts(AT, "Asia/Tokyo", "JP")["time.holiday"] is True
    assert time_facts(AT, "UTC", "JP")["time.holiday"] is False
    assert time_facts(AT, "Asia/Tokyo")["time.holiday"] is None


def test_the_choices_of_the_catalogue_are_those_that_there_are_now(account):
    thai = Skill.objects.create(name="Thai")
    builders.account(name="Removed", state="removed")

    facts = catalogue()

    assert facts["channel.account"].choices_now() == ((account.public_id, "Koharu Support"),)
    assert facts["conversation.skills"].choices_now() == ((str(thai.pk), "Thai"),)


def test_every_fact_is_explained_and_has_operators(db):
    for fact in catalogue().values():
        assert str(fact.group)
        assert str(fact.explanation).endswith(".")
        assert fact.operators_now()


def test_the_facts_cost_three_queries(channel, account, django_assert_num_queries):
    joined = Conversation.objects.select_related("profile__contact__organisation", "channel__account")
    conversation = joined.get(pk=builders.conversation(channel).pk)

    # first message, tags, fields of contacts
    with django_assert_num_queries(3):
        collect(conversation, at=AT, time_zone="Asia/Tokyo", country="JP")
