"""*Time-out rules*: making one, changing it, deleting it; what makes no sense is refused at its field."""

import pytest
from django.urls import reverse

from tests import builders
from workstreams.models import TimeoutRule


def sent(**values):
    """What the form is sent, as a browser does."""
    given = {"name": "Still there?", "enabled": "on", "trigger": "customer_silent", "minutes_0": 2, "minutes_1": 3600}
    return (
        given
        | {"action": "message_customer", "fallback_language": "en", "text_en": "Hello?", "text_ja": " もしもし ", "priority": 5}
        | values
    )


@pytest.fixture
def rule(workstream):
    return TimeoutRule.objects.create(workstream=workstream, name="Close", trigger="customer_silent", minutes=90, action="close")


def address(name, workstream, *more):
    return reverse(f"admin:{name}", args=[workstream.public_id, *more])


def test_a_rule_is_made_and_told_in_words(as_root, workstream):
    answer = as_root.post(address("timeout_rule_new", workstream), sent(), follow=True)

    made = TimeoutRule.objects.get()
    assert (made.workstream, made.trigger, made.minutes, made.action) == (workstream, "customer_silent", 120, "message_customer")
    assert (made.texts, made.fallback_language, made.priority, made.enabled) == ({"en": "Hello?", "ja": "もしもし"}, "en", 5, True)
    assert "If the customer doesn&#x27;t answer for 2 hours, the customer gets a message. (English, Japanese)" in answer.content.decode()


def test_a_rule_is_changed_and_shows_what_it_holds(as_root, workstream, rule):
    page = as_root.get(address("timeout_rule", workstream, rule.public_id))
    assert page.context["form"]["minutes"].field.widget.decompress(90) == [90, 60]

    as_root.post(address("timeout_rule", workstream, rule.public_id), sent(action="close", text_en="", text_ja="", enabled=""))

    rule.refresh_from_db()
    assert (rule.name, rule.enabled, rule.texts) == ("Still there?", False, {})


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"minutes_0": ""}, "minutes"),
        ({"minutes_0": 0}, "minutes"),
        ({"trigger": "nobody"}, "trigger"),
        ({"action": "explode"}, "action"),
        ({"action": "wait", "trigger": "agent_silent"}, "action"),
        ({"action": "release"}, "action"),
        ({"text_en": ""}, "text_en"),
        ({"fallback_language": ""}, "fallback_language"),
        ({"fallback_language": "th"}, "text_th"),
        ({"text_ja": "あ" * 2001}, "text_ja"),
        ({"priority": -1}, "priority"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(as_root, workstream, values, field):
    answer = as_root.post(address("timeout_rule_new", workstream), sent(**values))

    assert answer.context["form"].errors.keys() == {field}
    assert not TimeoutRule.objects.exists()


def test_a_rule_is_deleted(as_root, workstream, rule):
    as_root.post(address("timeout_rule_delete", workstream, rule.public_id))

    assert not TimeoutRule.objects.exists()


def test_the_rule_of_another_workstream_is_not_found(as_root, workstream, rule, everyone):
    other = builders.workstream(fallback_queue=everyone, name="Other")

    assert as_root.get(address("timeout_rule", other, rule.public_id)).status_code == 404
    assert as_root.post(address("timeout_rule_delete", other, rule.public_id)).status_code == 404
