"""Waiting conversations are routed by the rules and offered to the agent who should have them."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations import dispatch, offers, routing
from conversations.fact_catalogue import FIRST_TEXT as TEXT
from conversations.fact_catalogue import KNOWN, LANGUAGE
from conversations.models import Conversation, JournalEntry, Offer, RoutingDecision
from tests import builders
from workstreams.models import Agent, Membership, Presence, Queue, Workstream


@pytest.fixture
def rules(workstream, returns):
    asia = builders.queue("Taiwan and Thailand")
    broken = builders.route(returns, (TEXT, "contains_any", ["返品", "割れ"]), name="Broken")
    return builders.publish(workstream, broken, builders.route(asia, (LANGUAGE, "in", ["th", "zh"])))


def unrouted(channel, **extra):
    return builders.conversation(channel, routed_at=None, **extra)


def ago(seconds):
    return timezone.now() - datetime.timedelta(seconds=seconds)


def offered_to(conversation):
    return Offer.objects.filter(conversation=conversation, state="pending").values_list("agent__user__username", flat=True).first()


# --- Routing


def test_the_first_matching_rule_chooses_and_the_decision_keeps_what_it_saw(channel, rules, returns):
    conversation = unrouted(channel, first_text="急須が割れて届きました")

    dispatch.run()

    conversation.refresh_from_db()
    decision = RoutingDecision.objects.get()
    assert conversation.queue == returns
    assert conversation.routed_at is not None
    assert (decision.ruleset, decision.queue, decision.error) == (rules, returns, "")
    assert decision.matched["route"] == rules.content["routes"][0]["id"]
    seen = {TEXT: "急須が割れて届きました", LANGUAGE: "ja", KNOWN: False, "customer.contact": False, "customer.tags": []}
    assert seen.items() <= decision.facts.items()
    line = JournalEntry.objects.get()
    assert (line.verb, line.data) == ("routed", {"queue": "Returns", "rule": "Broken", "position": 1})


def test_no_match_is_the_fallback_queue(channel, rules, everyone):
    conversation = unrouted(channel, first_text="hello")

    dispatch.run()

    conversation.refresh_from_db()
    decision = RoutingDecision.objects.get()
    assert (conversation.queue, decision.matched["route"], decision.error) == (everyone, None, "")


def test_the_profiles_language_counts_before_the_conversations(channel, rules, account):
    customer = builders.profile(account, language="zh-Hant")
    by_profile = unrouted(channel, customer=customer, language="ja")
    by_conversation = unrouted(channel, language="th")

    dispatch.run()

    assert set(Conversation.objects.filter(queue__name="Taiwan and Thailand")) == {by_profile, by_conversation}


def test_routing_waits_for_the_profile_but_not_longer_than_three_seconds(channel, account):
    customer = builders.profile(account)
    customer.fetched_at = None
    customer.save()
    conversation = unrouted(channel, customer=customer)

    assert routing.route_unrouted() == 0

    Conversation.objects.update(queued_at=ago(3.1))
    assert routing.route_unrouted() == 1
    conversation.refresh_from_db()
    assert conversation.routed_at is not None


def test_a_conversation_is_routed_once(channel):
    unrouted(channel)

    assert [routing.route_unrouted(), routing.route_unrouted()] == [1, 0]
    assert RoutingDecision.objects.count() == 1


def test_a_new_version_counts_for_those_still_to_be_routed(channel, workstream, rules, everyone):
    builders.publish(workstream, builders.route(everyone, (KNOWN, "is", False)))

    unrouted(channel, first_text="割れ")
    dispatch.run()

    assert RoutingDecision.objects.get().queue == everyone


# --- Who gets the offer


def test_the_agent_with_the_most_free_units_is_offered_and_the_offer_says_why(channel, alice, bob, charlie):
    Agent.objects.filter(pk=alice.pk).update(units_used=40)
    conversation = builders.conversation(channel)

    dispatch.run()

    offer = Offer.objects.get()
    conversation.refresh_from_db()
    bob.refresh_from_db()
    assert (offer.agent, conversation.state, conversation.agent) == (bob, "open", None)
    assert (conversation.holder, conversation.units_held, bob.units_used) == (bob, 20, 20)
    assert (offer.deadline - offer.offered_at).total_seconds() == 120
    assert [row["agent"] for row in offer.explanation["candidates"]] == ["Bob", "Alice"]
    assert JournalEntry.objects.get().data == {"agent": "Bob"}


def test_equal_room_goes_to_who_has_waited_longest_for_an_assignment(channel, alice, bob):
    Agent.objects.filter(pk=alice.pk).update(last_assigned_at=ago(60))
    Agent.objects.filter(pk=bob.pk).update(last_assigned_at=ago(600))
    conversation = builders.conversation(channel)

    dispatch.run()

    assert offered_to(conversation) == "bob"
    assert Membership.objects.get(agent=bob, queue=conversation.queue).last_assigned_at is not None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda alice: Presence.objects.filter(agent=alice).update(state="do_not_disturb"), "presence"),
        (lambda alice: Presence.objects.filter(agent=alice).update(state="away"), "presence"),
        (lambda alice: Presence.objects.filter(agent=alice).update(state="offline"), "not_there"),
        (lambda alice: Presence.objects.filter(agent=alice).update(seen_at=ago(61)), "not_there"),
        (lambda alice: Presence.objects.filter(agent=alice).delete(), "not_there"),
        (lambda alice: Agent.objects.filter(pk=alice.pk).update(units_used=81), "no_room"),
    ],
)
def test_nobody_is_offered_work_that_they_cannot_take_and_the_next_offer_says_why(change, why, channel, alice, bob):
    change(alice)
    Agent.objects.filter(pk=bob.pk).update(units_used=80)
    conversation = builders.conversation(channel)

    dispatch.run()

    assert offered_to(conversation) == "bob"
    assert Offer.objects.get().explanation["refused"] == [{"agent": "Alice", "why": why}]


def test_people_who_cannot_log_in_or_are_no_members_get_nothing(channel, alice, charlie):
    alice.user.is_active = False
    alice.user.save()
    builders.conversation(channel)

    dispatch.run()

    assert not Offer.objects.exists()


def test_a_busy_agent_is_offered_work_where_the_workstream_allows_it(channel, alice):
    Presence.objects.update(state="busy")
    builders.conversation(channel)
    Workstream.objects.update(allowed_presences=["available"])

    dispatch.run()
    assert not Offer.objects.exists()

    Workstream.objects.update(allowed_presences=["available", "busy"])
    dispatch.run()
    assert Offer.objects.count() == 1


def test_five_conversations_of_twenty_units_fill_an_agent_and_the_sixth_waits(channel, alice):
    for _ in range(6):
        builders.conversation(channel)

    dispatch.run()

    alice.refresh_from_db()
    assert (Offer.objects.count(), alice.units_used) == (5, 100)


def test_the_oldest_interaction_is_served_first(channel, alice):
    Agent.objects.update(units_used=80)
    builders.conversation(channel, last_interaction_at=ago(10))
    oldest = builders.conversation(channel, last_interaction_at=ago(100))

    dispatch.run()

    assert Offer.objects.get().conversation == oldest


def test_the_former_agent_is_offered_first_before_the_order_and_before_older_work(channel, alice, bob):
    Agent.objects.filter(pk=alice.pk).update(units_used=80)
    older = builders.conversation(channel, last_interaction_at=ago(500))
    back = builders.conversation(channel, affinity_agent=alice, last_interaction_at=ago(5))

    dispatch.run()

    assert (offered_to(back), offered_to(older)) == ("alice", "bob")
    assert Offer.objects.get(conversation=back).explanation["method"] == "affinity"


@pytest.mark.parametrize(
    "change",
    [
        lambda alice: Presence.objects.filter(agent=alice).update(state="do_not_disturb"),
        lambda alice: Presence.objects.filter(agent=alice).update(seen_at=ago(61)),
        lambda alice: Agent.objects.filter(pk=alice.pk).update(units_used=90),
    ],
)
def test_affinity_never_skips_presence_or_capacity(change, channel, alice, bob):
    change(alice)
    conversation = builders.conversation(channel, affinity_agent=alice)

    dispatch.run()

    assert offered_to(conversation) == "bob"


def test_the_former_agent_needs_no_membership(channel, alice, charlie):
    back = builders.conversation(channel, affinity_agent=charlie)
    other = builders.conversation(channel)

    dispatch.run()

    assert (offered_to(back), offered_to(other)) == ("charlie", "alice")


def test_who_declined_comes_last_and_is_out_after_three_times(channel, alice, bob):
    Agent.objects.filter(pk=bob.pk).update(units_used=80)
    conversation = builders.conversation(channel)
    asked = []

    for _ in range(8):
        dispatch.run()
        offer = Offer.objects.filter(state="pending").first()
        if offer is None:
            break
        asked.append(offer.agent.user.username)
        offers.decline_offer(offer_id=offer.pk, actor=offer.agent.user)

    assert asked == ["alice", "bob", "alice", "bob", "alice", "bob"]
    conversation.refresh_from_db()
    assert (conversation.state, conversation.holder) == ("open", None)
    assert set(Agent.objects.values_list("units_used", flat=True)) == {0, 80}


def test_declines_are_forgotten_when_the_conversation_is_queued_anew(channel, alice):
    conversation = builders.conversation(channel)
    for _ in range(3):
        dispatch.run()
        offers.decline_offer(offer_id=Offer.objects.get(state="pending").pk, actor=alice.user)
    dispatch.run()
    assert offered_to(conversation) is None

    Conversation.objects.update(queued_at=timezone.now())
    dispatch.run()

    assert offered_to(conversation) == "alice"


def test_in_pick_mode_nothing_is_offered(channel, alice):
    Workstream.objects.update(mode="pick")
    builders.conversation(channel)

    dispatch.run()

    assert not Offer.objects.exists()


def test_the_more_important_queue_is_served_first(channel, alice, returns):
    Agent.objects.update(units_used=80)
    Queue.objects.filter(name="Everyone").update(priority=1)
    in_returns = builders.conversation(channel, queue=returns, last_interaction_at=ago(500))
    in_everyone = builders.conversation(channel)

    dispatch.run()

    assert (offered_to(in_everyone), offered_to(in_returns)) == ("alice", None)


def test_work_that_nobody_here_may_take_does_not_hide_what_lies_behind_it(channel, alice, monkeypatch):
    monkeypatch.setattr("workstreams.distribution.cycle.BATCH", 2)
    blocked = [builders.conversation(channel, last_interaction_at=ago(500), queued_at=ago(1000)) for _ in range(5)]
    at = ago(900)
    for conversation in blocked * 3:
        Offer.objects.create(
            conversation=conversation, agent=alice, queue=conversation.queue, state="declined", offered_at=at, deadline=at, decided_at=at
        )
    behind = builders.conversation(channel)

    dispatch.run()

    assert offered_to(behind) == "alice"


def test_one_queues_trouble_leaves_the_others_served(channel, alice, returns, everyone, monkeypatch):
    from django.db import DatabaseError

    served = builders.conversation(channel, queue=everyone)
    builders.conversation(channel, queue=returns)
    Queue.objects.filter(pk=returns.pk).update(priority=1)
    original = dispatch.distribute_queues

    def distribute(queues, **limits):
        if queues == [returns]:
            raise DatabaseError
        return original(queues, **limits)

    monkeypatch.setattr(dispatch, "distribute_queues", distribute)
    dispatch.run()

    assert offered_to(served) == "alice"


def test_a_pass_costs_the_same_however_much_waits(channel, alice):
    Agent.objects.update(units_used=80)

    def queries_of_a_pass(waiting):
        Offer.objects.all().delete()
        Conversation.objects.all().delete()
        Agent.objects.update(units_used=80)
        for _ in range(waiting):
            builders.conversation(channel)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert len(dispatch.distribute_batch([channel.workstream.fallback_queue]).picks) == 1
        return len(captured)

    few = queries_of_a_pass(2)

    assert queries_of_a_pass(120) == few
    assert few < 30
