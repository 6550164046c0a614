"""What rules may ask about contacts."""

import pytest
from django.utils import timezone

from conversations import contact_fields, contacts, linking, routing, tags, telling
from conversations.fact_catalogue import CONTACT, FIELD, KNOWN, LANGUAGE, ORGANISATION, TAGS, catalogue
from conversations.facts import collect
from conversations.models import ContactField, Conversation, RoutingDecision, SocialProfile
from tests import builders
from workstreams.routing.conditions import Condition, Known, evaluate
from workstreams.routing.explanation import Names, condition_in_words

pytestmark = pytest.mark.django_db


def facts(conversation):
    return collect(Conversation.objects.select_related("profile__contact").get(pk=conversation.pk), at=timezone.now())


def test_a_contacts_language_and_tags_count_more_than_the_profiles(alices_work, customer, alice):
    tags.add_tag(actor=alice.user, name="new here", contact=None, profile=customer)
    before = facts(alices_work)
    assert (before[CONTACT], before[KNOWN], before[LANGUAGE], before[TAGS]) == (False, False, "ja", ["new here"])

    contact = linking.create_contact_for(conversation_id=alices_work.pk, actor=alice.user)
    contacts.save_contact(contact_id=contact.pk, actor=alice.user, raw={"language": "th"}, version=1)
    tags.add_tag(actor=alice.user, name="VIP", contact=contact, profile=None)

    after = facts(alices_work)
    assert (after[CONTACT], after[KNOWN], after[LANGUAGE], after[TAGS]) == (True, True, "th", ["new here", "VIP"])


@pytest.mark.parametrize(("tag", "found"), [("vip", "vip"), ("ＶＩＰ", "ＶＩＰ"), ("ex", ""), ("", ""), ("new here", "new here")])
def test_a_tag_is_asked_for_as_a_whole(tag, found):
    asked = Condition(TAGS, "has_any", [tag])

    assert evaluate(asked, Known({TAGS: ["ex-VIP", "new here", "VIP"]})).found == found
    assert not evaluate(asked, Known({TAGS: []})).holds
    assert not evaluate(asked, Known({TAGS: None})).holds


def test_rules_about_tags_are_said_in_words():
    condition = Condition(TAGS, "has_any", ["VIP", "Gold"])

    assert condition_in_words(condition, Names(catalogue())) == "customer tag is VIP, Gold"
    assert evaluate(condition, Known({TAGS: ["Gold"]})).found == "Gold"


@pytest.mark.parametrize(
    ("kind", "typed", "known", "operator", "value"),
    [
        ("number", "1,200", 1200, "more_than", 1199),
        ("number", "-2", -2, "less_than", 0),
        ("number", "12.5", 12.5, "between", [12, 13]),
        ("yes_no", "yes", True, "is", True),
        ("yes_no", "no", False, "is", False),
        ("date", "2026/11/21", "2026-11-21", "before", "2026-11-22"),
        ("text", "7", "7", "equals", "7"),
        ("number", "", None, "no_data", None),
    ],
)
def test_what_staff_type_into_a_field_can_be_compared(customer, alices_work, alice, kind, typed, known, operator, value):
    field = contact_fields.save_field(field=ContactField(), name="Own", kind=kind, choices=[], position=1)
    contact = contacts.add_contact(actor=alice.user, raw={"family_name": "佐藤", f"field-{field.public_id}": typed})
    SocialProfile.objects.filter(pk=customer.pk).update(contact=contact)

    found = facts(alices_work)

    assert found[FIELD + field.public_id] == known
    assert type(found[FIELD + field.public_id]) is type(known)
    assert evaluate(Condition(FIELD + field.public_id, operator, value), Known(found)).holds


# --- What decisions keep of contacts ------------------------------------------------------------------


@pytest.fixture
def known(channel, customer, alice):
    """The customer's contact, with everything that rules may ask about."""
    field = contact_fields.save_field(field=ContactField(), name="Points", kind="number", choices=[], position=1)
    raw = {"family_name": "佐藤", "organisation": "Aoba", "language": "th", f"field-{field.public_id}": "7"}
    contact = contacts.add_contact(actor=alice.user, raw=raw)
    tags.add_tag(actor=alice.user, name="VIP", contact=contact, profile=None)
    SocialProfile.objects.filter(pk=customer.pk).update(contact=contact)
    return contact


@pytest.fixture
def decided(channel, customer, known):
    conversation = builders.conversation(channel, customer=customer, routed_at=None)
    assert routing.route_unrouted() == 1
    return conversation.decisions.get()


def test_a_contact_that_is_deleted_is_forgotten_by_the_decisions_about_its_customer(channel, workstream, returns, known, sue, customer):
    builders.publish(workstream, builders.route(returns, (TAGS, "has_any", ["VIP"])))
    conversation = builders.conversation(channel, customer=customer, routed_at=None)
    routing.route_unrouted()
    SocialProfile.objects.filter(pk=customer.pk).update(contact=None)

    contacts.delete_contact(contact_id=known.pk, actor=sue)

    row = RoutingDecision.objects.get(conversation=conversation)
    assert "佐藤" not in str(row.facts)
    assert not {name for name in row.facts if name.startswith(("contact.", "customer.name", LANGUAGE, TAGS))}
    assert (row.facts[CONTACT], row.contact) == (True, None)
    told = telling.tell_decision(row)
    assert (told.queue, told.reason) == ("Returns", "What the rules saw was taken back or deleted since. What they did stays.")


def test_an_organisation_that_is_deleted_is_forgotten_where_its_people_wrote(decided, known, sue):
    assert decided.facts[ORGANISATION] == "Aoba"

    contacts.delete_contact(contact_id=known.organisation_id, actor=sue)

    decided.refresh_from_db()
    assert ORGANISATION not in decided.facts
    assert (decided.facts[TAGS], decided.contact) == (["VIP"], known)


def test_a_field_that_is_deleted_is_forgotten_by_decisions(decided, known):
    field = ContactField.objects.get()
    assert decided.facts[FIELD + field.public_id] == 7

    contact_fields.delete_field(field=field)

    decided.refresh_from_db()
    assert FIELD + field.public_id not in decided.facts


@pytest.mark.django_db(transaction=True)
def test_a_contact_that_is_deleted_while_its_customer_is_routed_stays_in_no_decision(channel, customer, known, sue, monkeypatch):
    conversation = builders.conversation(channel, customer=customer, routed_at=None)

    def deleted_meanwhile(*arguments, **options):
        found = collect(*arguments, **options)
        contacts.delete_contact(contact_id=known.pk, actor=sue)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(routing.facts, "collect", deleted_meanwhile)
        assert routing.route_unrouted() == 0
    assert not RoutingDecision.objects.exists()

    contacts.delete_contact(contact_id=known.pk, actor=sue)
    assert routing.route_unrouted() == 1
    assert conversation.decisions.get().facts["customer.name"] == customer.display_name
