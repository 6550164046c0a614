"""Agents pick, supervisors assign; both may exceed capacity, and whoever had it is released."""

import pytest

from conversations import assignment, dispatch
from conversations.lifecycle import NotAllowedNow
from conversations.models import Conversation, JournalEntry, Offer
from tests import builders
from workstreams.models import Agent, Workstream


def used(agent):
    return Agent.objects.get(pk=agent.pk).units_used


def test_picking_may_exceed_capacity_and_skips_presence(channel, alice):
    Workstream.objects.update(mode="pick")
    Agent.objects.update(units_used=100)
    conversation = builders.conversation(channel)

    assignment.pick_conversation(conversation_id=conversation.pk, actor=alice.user)

    conversation.refresh_from_db()
    assert (conversation.state, conversation.agent, used(alice)) == ("active", alice, 120)
    assert JournalEntry.objects.get().verb == "picked"


def test_picking_what_is_offered_to_oneself_accepts_it(channel, alice):
    conversation = builders.conversation(channel)
    dispatch.run()

    assignment.pick_conversation(conversation_id=conversation.pk, actor=alice.user)

    assert (Offer.objects.get().state, used(alice)) == ("accepted", 20)


def test_only_members_of_the_queue_and_supervisors_pick(channel, charlie, sue):
    conversation = builders.conversation(channel)

    with pytest.raises(NotAllowedNow, match="Everyone"):
        assignment.pick_conversation(conversation_id=conversation.pk, actor=charlie.user)
    with pytest.raises(NotAllowedNow, match="Only agents"):
        assignment.pick_conversation(conversation_id=conversation.pk, actor=sue)


def test_the_second_to_pick_is_told_who_was_first(channel, alice, bob):
    conversation = builders.conversation(channel)
    assignment.pick_conversation(conversation_id=conversation.pk, actor=alice.user)

    with pytest.raises(NotAllowedNow, match="Alice has this conversation"):
        assignment.pick_conversation(conversation_id=conversation.pk, actor=bob.user)


def test_what_is_picked_before_it_was_routed_is_not_routed_later(channel, alice):
    conversation = builders.conversation(channel, routed_at=None)

    assignment.pick_conversation(conversation_id=conversation.pk, actor=alice.user)

    conversation.refresh_from_db()
    assert conversation.routed_at is not None


def test_a_supervisor_moves_an_active_conversation_and_the_former_agent_is_released(channel, alice, bob, sue):
    Agent.objects.filter(pk=bob.pk).update(units_used=100)
    conversation = builders.conversation(channel)
    assignment.pick_conversation(conversation_id=conversation.pk, actor=alice.user)

    assignment.assign_conversation(conversation_id=conversation.pk, agent_id=bob.pk, actor=sue)

    conversation.refresh_from_db()
    assert (conversation.agent, conversation.holder, used(alice), used(bob)) == (bob, bob, 0, 120)
    assert JournalEntry.objects.last().data == {"agent": "Bob"}


def test_a_supervisor_assigns_what_is_offered_to_another_agent(channel, alice, bob, sue):
    Agent.objects.filter(pk=bob.pk).update(units_used=60)
    conversation = builders.conversation(channel)
    dispatch.run()

    assignment.assign_conversation(conversation_id=conversation.pk, agent_id=bob.pk, actor=sue)

    assert (Offer.objects.get().state, used(alice), used(bob)) == ("withdrawn", 0, 80)


def test_assigning_to_the_agent_who_has_it_changes_nothing(channel, alice, sue):
    conversation = builders.conversation(channel)
    for _ in range(2):
        assignment.assign_conversation(conversation_id=conversation.pk, agent_id=alice.pk, actor=sue)

    assert (used(alice), JournalEntry.objects.count(), Conversation.objects.get().agent) == (20, 1, alice)


def test_work_is_not_assigned_to_people_who_cannot_log_in(channel, alice, sue):
    alice.user.is_active = False
    alice.user.save()

    with pytest.raises(NotAllowedNow, match="doesn't work here"):
        assignment.assign_conversation(conversation_id=builders.conversation(channel).pk, agent_id=alice.pk, actor=sue)
