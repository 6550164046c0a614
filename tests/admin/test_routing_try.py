"""*Try it*, and what was decided: with unsaved rules, and without writing anything."""

import pytest
from django.urls import reverse

from conversations import routing
from conversations.models import Conversation, Message, Offer, RoutingDecision
from tests import builders
from tests.admin.editor import Editor
from workstreams.models import Ruleset, Skill

TEXT = "message.first_text"


@pytest.fixture
def rules_address(workstream):
    return reverse("admin:routing_rules", args=[workstream.public_id])


@pytest.fixture
def try_address(workstream):
    return reverse("admin:routing_try", args=[workstream.public_id])


@pytest.fixture
def published(workstream, returns):
    rule = builders.route(returns, (TEXT, "contains_any", ["返品", "割れ"]), name="Came back")
    later = builders.route(returns, (TEXT, "contains_any", ["never"]))
    return builders.publish(workstream, rule, later)


def routed(channel, text):
    """A conversation that the rules in force have routed."""
    conversation = builders.conversation(channel, first_text=text, routed_at=None)
    builders.inbound_message(conversation, text)
    routing.route_conversation(conversation.pk, {})
    return conversation


def test_a_typed_message_is_decided_stage_by_stage_and_nothing_is_written(as_root, try_address, channel, published):
    editor = Editor(as_root, try_address).fill(**{f"trial-{TEXT}": "急須が割れていました"}).press("try")

    told = editor.answer.context["told"]
    assert (told.queue, told.stages[-1].rules[0].became, told.stages[-1].not_processed) == ("Returns", "applied", 1)
    assert "First message contains 割れ" in editor.page or "first message contains 割れ" in editor.page
    assert "1 rule after it was not processed." in editor.page
    for model in (Conversation, Message, RoutingDecision):
        assert not model.objects.exists()
    assert Ruleset.objects.count() == 1


def test_the_rules_on_the_page_are_tried_not_those_in_force(as_root, rules_address, try_address, channel, published, everyone):
    editor = Editor(as_root, rules_address).press(f"toggle {published.content['routes'][0]['id']}")
    editor.press("show try", address=try_address).fill(**{f"trial-{TEXT}": "割れた"}).press("try")

    assert editor.answer.context["told"].queue == ""
    assert "Everyone" in editor.page
    assert "switched off" in editor.page


def test_what_is_left_empty_follows_from_what_is_typed(as_root, try_address, channel, workstream, returns):
    builders.publish(workstream, builders.route(returns, ("customer.language", "in", ["th"])))

    editor = Editor(as_root, try_address).fill(**{f"trial-{TEXT}": "สวัสดี"}).press("try")

    assert editor.answer.context["told"].queue == "Returns"


def test_outputs_and_variables_are_told(as_root, try_address, channel, workstream, returns):
    thai = Skill.objects.create(name="Thai")
    rule = {"id": "c1", "when": {"all": []}, "then": {"skills": {str(thai.pk): 6}, "variables": {"vip": "yes"}}}
    builders.publish(
        workstream, builders.route(returns, ("variable.vip", "equals", "yes")), classification=[{"name": "All", "rules": [rule]}]
    )

    told = Editor(as_root, try_address).press("try").answer.context["told"]

    assert (told.queue, told.outputs) == ("Returns", "skill Thai from 6, vip = yes")


def test_rules_that_are_not_complete_can_not_be_tried(as_root, rules_address, try_address, channel):
    editor = Editor(as_root, rules_address).press("add routes").press("show try", address=try_address).press("try")

    assert "told" not in editor.answer.context
    assert "can&#x27;t be tried" in editor.page
    assert "to mend" in editor.page


def test_the_facts_of_a_recent_conversation_are_taken(as_root, try_address, channel, published):
    conversation = routed(channel, "返品したい")

    editor = Editor(as_root, try_address).fill(recent=conversation.public_id).press("take")
    assert editor.fields[f"trial-{TEXT}"] == ["返品したい"]

    assert editor.press("try").answer.context["told"].queue == "Returns"


def test_the_last_conversations_are_decided_again_and_differences_come_first(as_root, rules_address, try_address, channel, published):
    broken, other = routed(channel, "割れた"), routed(channel, "Hello")
    editor = Editor(as_root, rules_address).press(f"remove {published.content['routes'][0]['id']}").press("show try", address=try_address)

    editor.press("compare 10")

    lines = editor.answer.context["compared"]
    assert [(line.first_text, line.then, line.now, line.differs) for line in lines] == [
        (broken.first_text, "Returns", "Everyone", True),
        (other.first_text, "Everyone", "Everyone", False),
    ]
    assert "1 of 2 conversations would be treated differently." in editor.page
    assert Ruleset.objects.count() == 1
    assert RoutingDecision.objects.count() == 2


def test_what_was_typed_stays_while_the_rules_are_changed(as_root, rules_address, try_address, channel, published):
    editor = Editor(as_root, try_address).fill(**{f"trial-{TEXT}": "割れた"}).press("show routes", address=rules_address)

    assert editor.press("show try", address=try_address).fields[f"trial-{TEXT}"] == ["割れた"]


@pytest.fixture
def decided(channel, published, alice):
    conversation = routed(channel, "急須が割れて届きました")
    explanation = {
        "method": "highest_capacity",
        "agent": "Alice",
        "candidates": [{"agent": "Alice", "free": 100, "declines": 0}],
        "refused": [{"agent": "Bob", "why": "not_there"}],
    }
    at = conversation.queued_at
    Offer.objects.create(
        conversation=conversation, agent=alice, queue=published_queue(conversation), offered_at=at, deadline=at, explanation=explanation
    )
    return conversation.decisions.get()


def published_queue(conversation):
    conversation.refresh_from_db()
    return conversation.queue


def test_a_decision_is_told_in_admin_with_those_who_were_asked_and_those_who_could_not(as_root, workstream, decided):
    listed = as_root.get(reverse("admin:routing_decisions", args=[workstream.public_id])).content.decode()
    address = reverse("admin:routing_decision", args=[workstream.public_id, decided.pk])
    assert address in listed

    page = as_root.get(address).content.decode()

    assert "Came back" in page
    assert "first message contains 割れ" in page
    assert "1 rule after it was not processed." in page
    assert "Version 1" in page
    assert "signed in" in page[page.index("Bob") :]


def test_a_decision_of_another_workstream_is_not_there(as_root, decided, everyone):
    other = builders.workstream(fallback_queue=everyone, name="Other")

    assert as_root.get(reverse("admin:routing_decision", args=[other.public_id, decided.pk])).status_code == 404


def test_agents_see_what_decided_and_supervisors_everything(client, decided, alice, charlie, sue):
    address = reverse("inbox:routing", args=[decided.conversation.public_id])

    client.force_login(alice.user)
    shown = client.get(reverse("inbox:conversation", args=[decided.conversation.public_id])).content.decode()
    assert address in shown
    page = client.get(address).content.decode()
    assert "first message contains 割れ" in page
    assert "Bob" not in page
    assert "not processed" not in page

    client.force_login(sue)
    page = client.get(address).content.decode()
    assert "Bob" in page
    assert "1 rule after it was not processed." in page

    client.force_login(charlie.user)
    assert client.get(address).status_code == 404
