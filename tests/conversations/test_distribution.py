"""Profiles, skills, methods, tiers, preferences, automatic acceptance: what the reference model doesn't say in words."""

import datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations import assignment, dispatch, lifecycle, offers, transfers
from conversations.models import Contact, Conversation, JournalEntry, Offer, PreferredAgent
from conversations.telling import tell_offers
from tests import builders
from workstreams.distribution import capacity, day_end
from workstreams.models import Agent, AgentCapacity, AgentSkill, CapacityProfile, DistributionSettings, Presence, Queue, Skill, Workstream


def ago(seconds):
    return timezone.now() - datetime.timedelta(seconds=seconds)


def offered_to(conversation):
    return Offer.objects.filter(conversation=conversation, state="pending").values_list("agent__user__username", flat=True).first()


def place_of(agent, profile, **extra):
    return AgentCapacity.objects.create(agent=agent, profile=profile, **extra)


@pytest.fixture
def calls(db):
    return CapacityProfile.objects.create(name="Calls", limit=1)


# --- Capacity profiles


def test_work_by_profile_takes_a_place_and_gives_it_back(channel, alice, bob, calls, sue):
    Workstream.objects.update(capacity_by="profile", capacity_profile=calls)
    place = place_of(alice, calls)
    first, second = builders.conversation(channel), builders.conversation(channel)

    dispatch.run()

    first.refresh_from_db()
    place.refresh_from_db()
    assert (offered_to(first), offered_to(second)) == ("alice", None)
    assert (first.holder, first.units_held, first.profiles_held, place.used) == (alice, 0, [calls.pk], 1)
    assert Offer.objects.get().explanation["refused"] == [{"agent": "Bob", "why": "no_profile"}]

    lifecycle.force_close(conversation_id=first.pk, actor=sue)
    dispatch.run()
    assert offered_to(second) == "alice"
    assert capacity.find_drift() == []


def test_attached_profiles_come_on_top_of_units_and_a_profile_that_was_deleted_asks_nothing(channel, alice, bob, calls):
    place_of(bob, calls)
    conversation = builders.conversation(channel, capacity_profiles=[calls.pk, 10**6])

    dispatch.run()

    conversation.refresh_from_db()
    assert offered_to(conversation) == "bob"
    assert (conversation.units_held, conversation.profiles_held) == (20, [calls.pk])


def test_a_blocking_profile_at_its_limit_stops_everything_automatic_but_no_supervisor(channel, alice, calls, sue):
    CapacityProfile.objects.update(blocks=True)
    place_of(alice, calls)
    first, second = builders.conversation(channel, capacity_profiles=[calls.pk]), builders.conversation(channel)
    dispatch.run()
    assert (offered_to(first), offered_to(second)) == ("alice", None)

    assignment.assign_conversation(conversation_id=second.pk, agent_id=alice.pk, actor=sue)

    second.refresh_from_db()
    assert second.agent == alice
    assert capacity.find_drift() == []


def test_a_place_that_resets_at_the_days_end_stays_used_until_then(channel, alice, calls, sue):
    CapacityProfile.objects.update(reset="end_of_day", limit=2)
    place = place_of(alice, calls)
    done, held = (builders.conversation(channel, capacity_profiles=[calls.pk]) for _ in range(2))
    dispatch.run()
    lifecycle.force_close(conversation_id=done.pk, actor=sue)
    place.refresh_from_db()
    assert place.used == 2
    assert capacity.find_drift() == []

    assert not day_end.free_places_if_day_ended()
    DistributionSettings.objects.update(next_reset_at=ago(1))

    assert [day_end.free_places_if_day_ended(), day_end.free_places_if_day_ended()] == [True, False]
    place.refresh_from_db()
    assert place.used == 1
    held.refresh_from_db()
    assert held.profiles_held == [calls.pk]


@pytest.mark.parametrize(
    ("zone", "midnight"), [("UTC", "2026-03-29T00:00"), ("Europe/Copenhagen", "2026-03-28T23:00"), ("Asia/Tokyo", "2026-03-28T15:00")]
)
def test_the_day_ends_at_midnight_where_the_installation_says(zone, midnight):
    now = datetime.datetime(2026, 3, 28, 14, 0, tzinfo=datetime.UTC)

    assert day_end.next_midnight(now, zone).isoformat().startswith(midnight)


def test_drift_of_places_is_found(channel, alice, calls):
    place = place_of(alice, calls, used=1)

    assert [(each.agent_id, each.profile_id, each.used, each.held) for each in capacity.find_drift()] == [(alice.pk, calls.pk, 1, 0)]

    AgentCapacity.objects.filter(pk=place.pk).update(used=0)
    builders.conversation(channel, state="active", agent=alice, holder=alice, profiles_held=[calls.pk])
    assert [(each.used, each.held) for each in capacity.find_drift()] == [(0, 1)]


def test_reserving_takes_what_fits_in_order_and_never_more(alice, bob, calls):
    Agent.objects.filter(pk=alice.pk).update(units_total=50)
    place_of(bob, calls)
    at = timezone.now()
    wanted = [(alice, 20, ()), (bob, 0, (calls.pk,)), (alice, 40, ()), (bob, 0, (calls.pk,)), (alice, 30, ())]

    fits = capacity.reserve([capacity.Take(agent.pk, capacity.Cost(units, profiles), at) for agent, units, profiles in wanted])

    assert fits == [True, True, False, False, True]
    assert list(Agent.objects.order_by("pk").values_list("units_used", flat=True)) == [50, 0]
    assert AgentCapacity.objects.get().used == 1


def test_nobody_gets_more_than_the_most_open_sessions(channel, alice):
    DistributionSettings.objects.create(pk=1, most_sessions=2)
    for _ in range(3):
        builders.conversation(channel)

    dispatch.run()

    assert Offer.objects.count() == 2


# --- Skills


@pytest.fixture
def returns_skill(db):
    return Skill.objects.create(name="Returns")


def test_exact_skills_are_required_until_they_are_relaxed(channel, alice, bob, returns_skill):
    AgentSkill.objects.create(agent=alice, skill=returns_skill, rating=4)
    Workstream.objects.update(skill_matching="exact", relax_skills_after_seconds=60)
    conversation = builders.conversation(channel, skills={str(returns_skill.pk): 5})
    dispatch.run()
    assert offered_to(conversation) is None

    Conversation.objects.update(queued_at=ago(61))
    dispatch.run()

    assert offered_to(conversation) == "alice"
    assert Offer.objects.get().explanation["candidates"][0]["missing"] == 1


def test_the_closest_match_comes_before_room_and_room_decides_between_equals(channel, alice, bob, returns_skill):
    dana = builders.agent("dana", queues=[channel.workstream.fallback_queue], units_total=60)
    for agent, rating in ((alice, 3), (bob, 7), (dana, 9)):
        AgentSkill.objects.create(agent=agent, skill=returns_skill, rating=rating)
    wanted = {"skills": {str(returns_skill.pk): 7}}

    first, second = builders.conversation(channel, **wanted), builders.conversation(channel, **wanted)
    dispatch.run()

    assert (offered_to(first), offered_to(second)) == ("bob", "bob")


def test_a_skill_that_was_deleted_is_asked_of_nobody(channel, alice):
    Workstream.objects.update(skill_matching="exact")
    conversation = builders.conversation(channel, skills={"123456": 5})

    dispatch.run()

    assert offered_to(conversation) == "alice"


# --- Order of agents


def test_round_robin_goes_round_within_one_pass_and_over_passes(channel, alice, bob):
    Queue.objects.update(assignment_method="advanced_round_robin")
    Agent.objects.filter(pk=alice.pk).update(units_total=1000)
    asked = []
    for several in (3, 1):
        made = [builders.conversation(channel) for _ in range(several)]
        dispatch.run()
        asked += [offered_to(conversation) for conversation in made]

    assert asked == ["alice", "bob", "alice", "bob"]


def test_least_active_is_who_finished_longest_ago_and_new_agents_count_as_such(channel, alice, bob):
    Queue.objects.update(assignment_method="least_active")
    Agent.objects.filter(pk=alice.pk).update(last_released_at=ago(500))
    Agent.objects.filter(pk=bob.pk).update(last_released_at=ago(900))
    first = builders.conversation(channel)
    dispatch.run()
    assert offered_to(first) == "bob"

    Offer.objects.filter(agent=bob).delete()
    Agent.objects.filter(pk=alice.pk).update(last_released_at=None)
    second = builders.conversation(channel)
    dispatch.run()
    assert offered_to(second) == "alice"


def test_giving_work_back_is_noted_for_the_least_active(channel, alice, sue):
    conversation = builders.conversation(channel)
    dispatch.run()

    lifecycle.force_close(conversation_id=conversation.pk, actor=sue)

    alice.refresh_from_db()
    assert alice.last_released_at is not None


def test_an_own_order_uses_the_named_ones_and_passes_over_unknown_ones(channel, alice, bob, returns_skill):
    Queue.objects.update(assignment_method="custom", order_by=["no such order", "fewest_skills", "most_room"])
    AgentSkill.objects.create(agent=alice, skill=returns_skill)
    Agent.objects.filter(pk=bob.pk).update(units_used=60)
    conversation = builders.conversation(channel)

    dispatch.run()

    assert offered_to(conversation) == "bob"


# --- Order of work


def test_the_higher_priority_comes_first_and_ageing_lets_the_older_overtake(channel, alice):
    Agent.objects.update(units_used=80)
    old = builders.conversation(channel, last_interaction_at=ago(500))
    urgent = builders.conversation(channel, last_interaction_at=ago(10), priority=3)
    dispatch.run()
    assert (offered_to(old), offered_to(urgent)) == (None, "alice")

    offers.decline_offer(offer_id=Offer.objects.get().pk, actor=alice.user)
    Queue.objects.update(ageing_seconds=60)
    dispatch.run()

    assert (offered_to(old), offered_to(urgent)) == ("alice", None)


def test_queues_of_equal_number_share_their_agents_by_the_oldest_work(channel, alice, returns, everyone):
    Agent.objects.update(units_used=80)
    builders.conversation(channel, queue=everyone, last_interaction_at=ago(10))
    older = builders.conversation(channel, queue=returns, last_interaction_at=ago(100))

    dispatch.run()

    assert offered_to(older) == "alice"


def test_ageing_goes_on_behind_a_batch(channel, alice, monkeypatch):
    monkeypatch.setattr("workstreams.distribution.cycle.BATCH", 2)
    Queue.objects.update(ageing_seconds=60)
    DistributionSettings.objects.create(pk=1, decline_limit=1)
    blocked = [builders.conversation(channel, priority=number % 3, last_interaction_at=ago(900), queued_at=ago(900)) for number in range(5)]
    for conversation in blocked:
        Offer.objects.create(
            conversation=conversation,
            agent=alice,
            queue=conversation.queue,
            state="declined",
            offered_at=ago(800),
            deadline=ago(800),
            decided_at=ago(800),
        )
    behind = builders.conversation(channel)

    dispatch.run()

    assert offered_to(behind) == "alice"


# --- Former and preferred agents


def test_the_former_agent_is_waited_for_as_long_as_the_workstream_says(channel, alice, bob):
    Presence.objects.filter(agent=alice).update(state="away")
    Workstream.objects.update(affinity_wait_seconds=60)
    conversation = builders.conversation(channel, affinity_agent=alice)
    dispatch.run()
    assert offered_to(conversation) is None

    Conversation.objects.update(queued_at=ago(61))
    dispatch.run()

    assert offered_to(conversation) == "bob"


def test_a_workstream_may_not_keep_the_agent(channel, alice, bob):
    Agent.objects.filter(pk=alice.pk).update(units_used=20)
    Workstream.objects.update(keep_same_agent=False, affinity_wait_seconds=60)
    conversation = builders.conversation(channel, affinity_agent=alice)

    dispatch.run()

    assert offered_to(conversation) == "bob"


@pytest.fixture
def preferring(channel, account, alice, bob, charlie):
    """A customer who should come to Charlie, who is in another queue, else to Bob."""
    Workstream.objects.update(uses_preferred_agents=True)
    contact = Contact.objects.create(name="Misaki")
    for position, agent in enumerate((charlie, bob), start=1):
        PreferredAgent.objects.create(contact=contact, agent=agent, position=position)
    return builders.profile(account, contact=contact)


def test_preferred_agents_are_asked_in_their_order_without_membership_or_skills_but_never_over_capacity(
    channel, preferring, charlie, returns_skill
):
    Workstream.objects.update(skill_matching="exact")
    conversation = builders.conversation(channel, customer=preferring, skills={str(returns_skill.pk): 9})
    dispatch.run()
    assert offered_to(conversation) == "charlie"
    assert Offer.objects.get().explanation["method"] == "preferred"

    offers.decline_offer(offer_id=Offer.objects.get().pk, actor=charlie.user)
    dispatch.run()

    assert offered_to(conversation) == "bob"


@pytest.mark.parametrize(("fallback", "expected"), [("next_best", "alice"), ("wait", None)])
def test_without_a_preferred_agent_it_goes_to_the_next_best_or_waits(channel, preferring, alice, fallback, expected):
    Workstream.objects.update(preferred_fallback=fallback)
    Presence.objects.exclude(agent=alice).update(state="away")
    conversation = builders.conversation(channel, customer=preferring)

    dispatch.run()

    assert offered_to(conversation) == expected


# --- Who let it go


@pytest.fixture
def given_back(channel, alice, bob):
    """A conversation that Alice had, and that went back into its queue; she has more room than Bob."""
    Agent.objects.filter(pk=bob.pk).update(units_total=60)

    def make(**extra):
        conversation = builders.conversation(channel, state="active", agent=alice, **extra)
        with transaction.atomic():
            locked = lifecycle.lock_conversation(conversation.pk)
            lifecycle.put_back(locked, at=timezone.now(), actor=None)
        return conversation

    return make


def test_who_let_it_go_comes_after_everybody_else_and_the_explanation_says_so(given_back, bob):
    conversation = given_back()

    dispatch.run()

    assert offered_to(conversation) == "bob"
    assert tell_offers(conversation)[0].candidates == ["Bob: 60 free", "Alice: 100 free, let it go before, so asked last"]
    offers.decline_offer(offer_id=Offer.objects.get().pk, actor=bob.user)
    dispatch.run()
    assert offered_to(conversation) == "bob", "a decline isn't as much as to let it go"


@pytest.mark.parametrize("state", ["away", "offline"])
def test_who_let_it_go_gets_it_when_nobody_else_can(given_back, bob, state):
    Presence.objects.filter(agent=bob).update(state=state)
    conversation = given_back()

    dispatch.run()

    assert offered_to(conversation) == "alice"


def test_who_let_it_go_is_not_called_as_a_preferred_agent(given_back, channel, alice, bob):
    Workstream.objects.update(uses_preferred_agents=True)
    contact = Contact.objects.create(name="Misaki")
    PreferredAgent.objects.create(contact=contact, agent=alice, position=1)
    conversation = given_back(customer=builders.profile(channel.account, contact=contact))

    dispatch.run()

    assert offered_to(conversation) == "bob"


def test_who_hands_it_to_a_queue_of_their_own_comes_last_there_too(channel, alice, bob, everyone, returns):
    Agent.objects.filter(pk=bob.pk).update(units_total=60)
    conversation = builders.conversation(channel, queue=returns, state="active", agent=alice)

    transfers.transfer_to_queue(conversation_id=conversation.pk, queue_id=everyone.pk, actor=alice.user)
    dispatch.run()

    assert offered_to(conversation) == "bob"


@pytest.mark.parametrize("automatic", [False, True])
def test_once_somebody_has_it_who_let_it_go_before_is_as_anybody(given_back, alice, bob, automatic):
    Workstream.objects.update(auto_accept=automatic)
    conversation = given_back()
    dispatch.run()
    if not automatic:
        offers.accept_offer(offer_id=Offer.objects.get().pk, actor=bob.user)

    conversation.refresh_from_db()
    assert (conversation.agent, conversation.let_go_by) == (bob, None)


def test_who_missed_an_offer_comes_after_who_did_not(channel, alice, bob):
    Agent.objects.filter(pk=bob.pk).update(units_total=60)
    conversation = builders.conversation(channel)
    dispatch.run()
    assert offered_to(conversation) == "alice"

    Offer.objects.update(deadline=ago(1))
    offers.expire_offers()
    dispatch.run()

    assert offered_to(conversation) == "bob"


# --- Declines


def test_the_decline_limit_is_the_installations(channel, alice):
    DistributionSettings.objects.create(pk=1, decline_limit=1)
    conversation = builders.conversation(channel)
    dispatch.run()
    offers.decline_offer(offer_id=Offer.objects.get().pk, actor=alice.user)

    dispatch.run()

    assert offered_to(conversation) is None


def test_what_a_hundred_agents_declined_is_left_to_people(channel, alice, bob, monkeypatch):
    monkeypatch.setattr("workstreams.distribution.ranking.MOST_DECLINERS", 1)
    conversation = builders.conversation(channel)
    dispatch.run()
    offer = Offer.objects.get()
    offers.decline_offer(offer_id=offer.pk, actor=offer.agent.user)

    dispatch.run()

    assert offered_to(conversation) is None


# --- Automatic


def test_automatic_acceptance_opens_the_conversation_at_once_and_says_so(channel, alice, bob):
    Workstream.objects.update(auto_accept=True)
    conversation = builders.conversation(channel, affinity_agent=bob)

    dispatch.run()

    conversation.refresh_from_db()
    offer = Offer.objects.get()
    assert (conversation.state, conversation.agent, conversation.holder, conversation.affinity_agent) == ("active", bob, bob, None)
    assert conversation.assigned_at is not None
    assert (offer.state, offer.agent) == ("accepted", bob)
    line = JournalEntry.objects.get()
    assert (line.verb, line.data, line.actor) == ("accepted_automatically", {"agent": "Bob"}, None)
    assert capacity.find_drift() == []


def test_an_offer_that_assigns_itself_cannot_be_declined_and_is_accepted_at_its_deadline(channel, alice):
    Workstream.objects.update(auto_assign=True)
    conversation = builders.conversation(channel)
    dispatch.run()
    offer = Offer.objects.get()

    with pytest.raises(offers.OfferGone, match="can't be declined"):
        offers.decline_offer(offer_id=offer.pk, actor=alice.user)
    Offer.objects.update(deadline=ago(1))
    assert offers.expire_offers() == 0

    conversation.refresh_from_db()
    assert (conversation.state, conversation.agent) == ("active", alice)


def test_an_offer_that_assigns_itself_goes_on_if_its_agent_is_gone(channel, alice):
    Workstream.objects.update(auto_assign=True)
    conversation = builders.conversation(channel)
    dispatch.run()
    Presence.objects.update(seen_at=ago(61))

    assert offers.expire_offers() == 1

    conversation.refresh_from_db()
    assert (conversation.state, conversation.holder) == ("open", None)


# --- Explained, and for the same price whatever there is


def test_an_assignment_is_told_in_words(channel, alice, bob):
    Presence.objects.filter(agent=bob).update(state="away")
    conversation = builders.conversation(channel)

    dispatch.run()

    (told,) = tell_offers(conversation)
    assert (told.agent, told.method) == ("Alice", "Highest capacity")
    assert told.candidates == ["Alice: 100 free"]
    assert told.refused == ["Bob has a presence that gets no work of this kind"]


def test_those_whom_an_explanation_doesn_t_name_are_counted(channel, alice, bob):
    conversation = builders.conversation(channel)
    dispatch.run()
    offer = Offer.objects.get()
    offer.explanation["numbers"] = [len(offer.explanation["candidates"]) + 3, 1]
    offer.save(update_fields=["explanation"])

    (told,) = tell_offers(conversation)

    assert told.candidates[-1] == "and 3 more"
    assert told.refused == ["and one more"]


@pytest.mark.parametrize("accepts", [False, True])
def test_a_pass_costs_the_same_whatever_waits_whoever_is_there_and_however_much_is_given(channel, alice, calls, accepts):
    queue = channel.workstream.fallback_queue
    Workstream.objects.update(auto_accept=accepts, units_per_conversation=1)
    DistributionSettings.objects.create(pk=1, most_sessions=100)
    skill = Skill.objects.create(name="Returns")
    place_of(alice, calls, own_limit=1000)

    def queries_of_a_pass(waiting):
        made = [builders.conversation(channel, skills={str(skill.pk): 1}, capacity_profiles=[calls.pk]) for _ in range(waiting)]
        with CaptureQueriesContext(connection) as captured:
            assert len(dispatch.distribute_batch([queue]).picks) == len(made)
        return len(captured)

    few = queries_of_a_pass(2)
    for number in range(10):
        place_of(builders.agent(f"agent{number}", queues=[queue]), calls, own_limit=1000)

    assert queries_of_a_pass(60) == few
    assert few < 40
