"""The life of a conversation: who may move it, where to, and what happens to the units."""

import ast
import datetime
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations import arrival, assignment, dispatch, lifecycle, offers, transfers
from conversations.models import Conversation, JournalEntry, Offer
from tests import builders
from workstreams.distribution import capacity
from workstreams.models import Agent, Workstream

STATES = ["open", "active", "waiting", "wrap_up", "closed"]


def units_used(agent):
    return Agent.objects.get(pk=agent.pk).units_used


def verbs(conversation):
    return list(JournalEntry.objects.filter(conversation=conversation).order_by("id").values_list("verb", flat=True))


def written(conversation, **kwargs):
    with transaction.atomic():
        return arrival.customer_wrote(channel=conversation.channel, profile=conversation.profile, at=timezone.now(), **kwargs)


def in_state(channel, state, agent, **extra):
    """A conversation in any state, with the agent's units held where that is so."""
    if state == "open":
        return builders.conversation(channel, **extra)
    if state in ("active", "wrap_up"):
        Agent.objects.filter(pk=agent.pk).update(units_used=20)
        return builders.conversation(channel, state=state, agent=agent, holder=agent, units_held=20, **extra)
    if state == "closed":
        return builders.conversation(channel, state=state, agent=agent, closed_at=timezone.now(), **extra)
    return builders.conversation(channel, state=state, agent=agent, **extra)


VERBS = {
    "wait_for_customer": lambda made, alice, sue, everyone: lifecycle.wait_for_customer(conversation_id=made.pk, actor=alice.user),
    "end_conversation": lambda made, alice, sue, everyone: lifecycle.end_conversation(conversation_id=made.pk, actor=sue),
    "transfer_to_queue": lambda made, alice, sue, everyone: transfers.transfer_to_queue(
        conversation_id=made.pk, queue_id=everyone.pk, actor=sue
    ),
    "reopen_waiting": lambda made, alice, sue, everyone: lifecycle.reopen_waiting(conversation_id=made.pk, actor=alice.user),
    "force_close": lambda made, alice, sue, everyone: lifecycle.force_close(conversation_id=made.pk, actor=sue),
    "pick_conversation": lambda made, alice, sue, everyone: assignment.pick_conversation(conversation_id=made.pk, actor=alice.user),
    "assign_conversation": lambda made, alice, sue, everyone: assignment.assign_conversation(
        conversation_id=made.pk, agent_id=alice.pk, actor=sue
    ),
}
ALLOWED = {
    ("wait_for_customer", "active"): "waiting",
    ("end_conversation", "active"): "closed",
    ("end_conversation", "wrap_up"): "closed",
    ("transfer_to_queue", "open"): "open",
    ("transfer_to_queue", "active"): "open",
    ("reopen_waiting", "waiting"): "active",
    ("force_close", "open"): "closed",
    ("force_close", "active"): "closed",
    ("force_close", "waiting"): "closed",
    ("force_close", "wrap_up"): "closed",
    ("pick_conversation", "open"): "active",
    ("pick_conversation", "active"): "active",
    ("assign_conversation", "open"): "active",
    ("assign_conversation", "active"): "active",
    ("assign_conversation", "waiting"): "active",
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", STATES)
def test_each_verb_moves_only_as_the_table_says_and_units_follow(verb, state, channel, alice, sue, everyone):
    conversation = in_state(channel, state, alice)

    if (verb, state) in ALLOWED:
        VERBS[verb](conversation, alice, sue, everyone)
        expected = ALLOWED[verb, state]
    else:
        with pytest.raises(lifecycle.NotAllowedNow, match=r"\w+ .*\."):
            VERBS[verb](conversation, alice, sue, everyone)
        expected = state

    conversation.refresh_from_db()
    assert conversation.state == expected
    assert units_used(alice) == conversation.units_held == (20 if expected in ("active", "wrap_up") else 0)


def test_the_table_holds_only_documented_steps():
    steps = {step for pairs in lifecycle.TRANSITIONS.values() for step in pairs}

    assert steps == {
        ("open", "open"),
        ("open", "active"),
        ("open", "closed"),
        ("active", "open"),
        ("active", "active"),
        ("active", "waiting"),
        ("active", "wrap_up"),
        ("active", "closed"),
        ("waiting", "open"),
        ("waiting", "active"),
        ("waiting", "closed"),
        ("wrap_up", "active"),
        ("wrap_up", "open"),
        ("wrap_up", "closed"),
    }


def test_ending_with_wrap_up_holds_the_units_until_its_time_has_passed(channel, alice):
    Workstream.objects.update(wrap_up_block="custom", wrap_up_seconds=60)
    conversation = in_state(channel, "active", alice)

    lifecycle.end_conversation(conversation_id=conversation.pk, actor=alice.user)

    conversation.refresh_from_db()
    assert (conversation.state, units_used(alice)) == ("wrap_up", 20)
    assert lifecycle.close_finished_wrap_ups() == 0

    Conversation.objects.update(state_changed_at=timezone.now() - datetime.timedelta(seconds=61))
    assert lifecycle.close_finished_wrap_ups() == 1

    conversation.refresh_from_db()
    assert (conversation.state, conversation.close_reason, units_used(alice)) == ("closed", "ended", 0)
    assert verbs(conversation) == ["ended", "closed"]


def test_a_message_in_waiting_queues_it_for_the_same_agent_first(channel, alice):
    conversation = in_state(channel, "waiting", alice)

    written(conversation)

    conversation.refresh_from_db()
    assert (conversation.state, conversation.agent, conversation.affinity_agent) == ("open", None, alice)


@pytest.mark.parametrize(("used", "state"), [(80, "active"), (81, "open")])
def test_a_message_in_wrap_up_reserves_anew_if_nothing_is_held_and_there_is_room(channel, alice, used, state):
    conversation = builders.conversation(channel, state="wrap_up", agent=alice)
    Agent.objects.update(units_used=used)

    written(conversation)

    conversation.refresh_from_db()
    assert conversation.state == state
    assert units_used(alice) == used + conversation.units_held
    assert conversation.affinity_agent == (None if state == "active" else alice)


def test_a_message_in_wrap_up_goes_back_to_its_agent_whose_units_are_still_held(channel, alice):
    conversation = in_state(channel, "wrap_up", alice)
    Agent.objects.update(units_used=100)

    written(conversation)

    conversation.refresh_from_db()
    assert (conversation.state, conversation.agent, units_used(alice)) == ("active", alice, 100)


def test_a_message_while_open_keeps_its_place_in_the_queue(channel):
    before = timezone.now() - datetime.timedelta(minutes=5)
    conversation = builders.conversation(channel, last_interaction_at=before)

    assert written(conversation).last_interaction_at == before


def test_a_message_to_a_conversation_that_was_closed_meanwhile_opens_a_new_one(channel, alice):
    closed = in_state(channel, "closed", alice)

    opened = written(closed)

    assert opened.pk != closed.pk
    assert (opened.state, opened.queue, opened.routed_at) == ("open", channel.workstream.fallback_queue, None)


def test_opening_twice_gives_the_live_conversation(channel, account):
    customer = builders.profile(account)

    with transaction.atomic():
        first = arrival.open_conversation(channel=channel, profile=customer, event_at=timezone.now())
        second = arrival.open_conversation(channel=channel, profile=customer, event_at=timezone.now())

    assert first == second
    assert Conversation.objects.count() == 1


@pytest.mark.parametrize("verb", ["wait_for_customer", "end_conversation", "transfer_to_queue"])
def test_somebody_elses_conversation_is_refused_and_its_agent_named(verb, channel, alice, bob, everyone):
    conversation = in_state(channel, "active", alice)
    extra = {"queue_id": everyone.pk} if verb == "transfer_to_queue" else {}

    with pytest.raises(lifecycle.NotAllowedNow, match="Alice"):
        getattr(transfers if extra else lifecycle, verb)(conversation_id=conversation.pk, actor=bob.user, **extra)


def test_agents_neither_assign_nor_close_by_force(channel, alice, bob):
    conversation = in_state(channel, "active", alice)

    with pytest.raises(lifecycle.NotAllowedNow, match="supervisors"):
        lifecycle.force_close(conversation_id=conversation.pk, actor=alice.user)
    with pytest.raises(lifecycle.NotAllowedNow, match="supervisors"):
        assignment.assign_conversation(conversation_id=conversation.pk, agent_id=bob.pk, actor=alice.user)


def test_force_close_withdraws_the_offer_and_frees_the_agent(channel, alice, sue):
    conversation = builders.conversation(channel, holder=alice, units_held=20)
    Agent.objects.update(units_used=20)
    at = timezone.now()
    Offer.objects.create(conversation=conversation, agent=alice, queue=conversation.queue, offered_at=at, deadline=at)

    lifecycle.force_close(conversation_id=conversation.pk, actor=sue)

    assert Offer.objects.get().state == "withdrawn"
    assert units_used(alice) == 0
    assert verbs(conversation) == ["offer_withdrawn", "force_closed"]


def every_verb(alice, bob, sue, returns):
    """All that can happen to a conversation, by the name of what happens."""
    return {
        "run": lambda made: dispatch.run(),
        "accept": lambda made: [
            offers.accept_offer(offer_id=offer.pk, actor=offer.agent.user) for offer in Offer.objects.filter(state="pending")
        ],
        "decline": lambda made: [
            offers.decline_offer(offer_id=offer.pk, actor=offer.agent.user) for offer in Offer.objects.filter(state="pending")
        ],
        "expire": lambda made: (
            Offer.objects.filter(state="pending").update(deadline=timezone.now() - datetime.timedelta(seconds=1)) and offers.expire_offers()
        ),
        "write": lambda made: written(made),
        "pick": lambda made: assignment.pick_conversation(conversation_id=made.pk, actor=bob.user),
        "assign": lambda made: assignment.assign_conversation(conversation_id=made.pk, agent_id=alice.pk, actor=sue),
        "wait": lambda made: lifecycle.wait_for_customer(conversation_id=made.pk, actor=sue),
        "reopen": lambda made: lifecycle.reopen_waiting(conversation_id=made.pk, actor=alice.user),
        "end": lambda made: lifecycle.end_conversation(conversation_id=made.pk, actor=sue),
        "ask": lambda made: transfers.transfer_to_agent(conversation_id=made.pk, agent_id=bob.pk, actor=sue),
        "withdraw": lambda made: transfers.withdraw_transfer(conversation_id=made.pk, actor=sue),
        "transfer": lambda made: transfers.transfer_to_queue(conversation_id=made.pk, queue_id=returns.pk, actor=sue),
        "force": lambda made: lifecycle.force_close(conversation_id=made.pk, actor=sue),
    }


DOCUMENTED = {step for pairs in lifecycle.TRANSITIONS.values() for step in pairs} | {("active", "closed")}
NAMES = ["run", "accept", "decline", "expire", "write", "pick", "assign", "wait", "reopen", "end", "ask", "withdraw", "transfer", "force"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.sampled_from(NAMES), max_size=14), wrap_up_block=st.sampled_from(["none", "custom", "always"]))
def test_no_sequence_of_verbs_leaves_the_table_or_loses_units(names, wrap_up_block, channel, alice, bob, sue, returns):
    verbs = every_verb(alice, bob, sue, returns)
    with transaction.atomic():
        Workstream.objects.update(wrap_up_block=wrap_up_block)
        conversation = builders.conversation(channel)
        for name in names:
            before = Conversation.objects.get(pk=conversation.pk).state
            try:
                verbs[name](conversation)
            except (lifecycle.NotAllowedNow, offers.OfferGone):
                assert Conversation.objects.get(pk=conversation.pk).state == before
            after = Conversation.objects.get(pk=conversation.pk)
            assert before == after.state or (before, after.state) in DOCUMENTED
            assert capacity.find_drift() == []
            assert (after.units_held > 0) == (
                after.state in ("active", "wrap_up") or Offer.objects.filter(conversation=after, state="pending").exists()
            )
        transaction.set_rollback(True)


def test_no_other_module_writes_the_state():
    """`lifecycle` alone sets `state`, by assignment, by `update` or by `save`; other modules own other rows' states."""
    others = {"Delivery", "SocialProfile", "Participant", "participant"}
    offenders = []
    for path in sorted(Path(lifecycle.__file__).parent.rglob("*.py")):
        if path.name == "lifecycle.py" or "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            assigned = node.targets if isinstance(node, ast.Assign) else []
            names = [
                target.value.id
                for target in assigned
                if isinstance(target, ast.Attribute) and target.attr == "state" and isinstance(target.value, ast.Name)
            ]
            updates = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update"
            if updates and any(keyword.arg == "state" for keyword in node.keywords):
                names.append(ast.unparse(node.func))
            offenders += [f"{path.name}: {name}" for name in names if not any(other in name for other in others)]
    assert offenders == []
