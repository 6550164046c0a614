"""What rules may ask about contacts."""

import pytest
from django.utils import timezone

from conversations import contacts, linking, tags
from conversations.fact_catalogue import CONTACT, KNOWN, LANGUAGE, TAGS, catalogue
from conversations.facts import collect
from conversations.models import Conversation
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
