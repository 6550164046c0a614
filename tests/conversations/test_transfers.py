"""A conversation is handed over to a colleague who accepts; until then it stays where it is."""

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from conversations import arrival, assignment, auto_close, departure, dispatch, lifecycle, offers, transfers
from conversations.models import Conversation, JournalEntry, Message, Offer
from tests import builders
from workstreams import presence
from workstreams.distribution import capacity
from workstreams.models import (
    Agent,
    AgentCapacity,
    CapacityProfile,
    DistributionSettings,
    Membership,
    OperatingHours,
    Presence,
    Workstream,
)


@pytest.fixture
def work(channel, returns, alice, bob):
    """Alice's active conversation, in a queue of hers and Bob's."""
    Agent.objects.filter(pk=alice.pk).update(units_used=20)
    return builders.conversation(channel, queue=returns, state="active", agent=alice, holder=alice, units_held=20)


@pytest.fixture
def asked(work, alice, bob):
    """Alice asks Bob to take it."""
    return transfers.transfer_to_agent(conversation_id=work.pk, agent_id=bob.pk, actor=alice.user, note="Speaks Thai.")


def used():
    return dict(Agent.objects.order_by("pk").values_list("user__username", "units_used"))


def verbs():
    return list(JournalEntry.objects.order_by("id").values_list("verb", flat=True))


def lines(conversation):
    return [message.data["name"] for message in Message.objects.filter(conversation=conversation, direction="notice").order_by("id")]


def assert_with_alice(work, alice):
    work.refresh_from_db()
    assert (work.state, work.agent, work.holder, work.units_held) == ("active", alice, alice, 20)
    assert (work.receiver, work.units_reserved) == (None, 0)
    assert used() == {"alice": 20, "bob": 0}
    assert capacity.find_drift() == []


def test_while_a_colleague_is_asked_it_stays_with_its_agent_and_the_colleagues_room_is_kept(asked, work, alice, bob):
    work.refresh_from_db()
    assert (work.state, work.agent, work.holder, work.receiver) == ("active", alice, alice, bob)
    assert used() == {"alice": 20, "bob": 20}
    assert capacity.find_drift() == []
    assert (asked.kind, asked.state, asked.agent, asked.sender) == ("transfer", "pending", bob, alice.user)
    assert asked.note.text == "Speaks Thai."
    assert (asked.note.direction, asked.note.author) == ("note", alice.user)
    assert (verbs(), lines(work)) == (["transfer_requested"], ["transfer_requested"])


def test_accepting_makes_it_the_colleagues_and_frees_its_agent(asked, work, alice, bob):
    before = Conversation.objects.get().state_changed_at

    offers.accept_offer(offer_id=asked.pk, actor=bob.user)

    work.refresh_from_db()
    assert (work.state, work.agent, work.holder, work.units_held) == ("active", bob, bob, 20)
    assert (work.receiver, work.units_reserved, work.profiles_reserved) == (None, 0, [])
    assert work.assigned_at == work.state_changed_at > before
    assert used() == {"alice": 0, "bob": 20}
    assert capacity.find_drift() == []
    assert verbs() == lines(work) == ["transfer_requested", "transfer_accepted"]
    assert JournalEntry.objects.last().actor == bob.user
    assert dict(Presence.objects.values_list("agent__user__username", "state")) == {"alice": "available", "bob": "busy"}


def test_accepting_twice_is_once(asked, bob):
    first = offers.accept_offer(offer_id=asked.pk, actor=bob.user)

    assert offers.accept_offer(offer_id=asked.pk, actor=bob.user) == first
    assert used() == {"alice": 0, "bob": 20}


def test_declining_leaves_it_with_its_agent(asked, work, alice, bob):
    offers.decline_offer(offer_id=asked.pk, actor=bob.user)

    assert_with_alice(work, alice)
    assert verbs() == lines(work) == ["transfer_requested", "transfer_declined"]


def test_no_answer_in_time_leaves_it_with_its_agent(asked, work, alice):
    assert offers.expire_offers() == 0
    Offer.objects.update(deadline=timezone.now() - datetime.timedelta(seconds=1))

    assert offers.expire_offers() == 1

    assert_with_alice(work, alice)
    assert verbs() == lines(work) == ["transfer_requested", "transfer_timed_out"]


def test_a_colleague_who_goes_is_asked_no_longer(asked, work, alice, bob):
    presence.sign_out(bob)

    assert offers.expire_offers() == 1

    assert_with_alice(work, alice)


def test_an_agent_who_goes_meanwhile_can_still_be_relieved(asked, work, alice, bob):
    presence.sign_out(alice)
    offers.expire_offers()

    offers.accept_offer(offer_id=asked.pk, actor=bob.user)

    work.refresh_from_db()
    assert (work.agent, used()) == (bob, {"alice": 0, "bob": 20})


def test_the_agent_keeps_it_after_all(asked, work, alice, bob):
    transfers.withdraw_transfer(conversation_id=work.pk, actor=alice.user)

    assert_with_alice(work, alice)
    assert verbs() == ["transfer_requested", "transfer_withdrawn"]
    with pytest.raises(offers.OfferGone, match="Alice has"):
        offers.accept_offer(offer_id=asked.pk, actor=bob.user)
    with pytest.raises(lifecycle.NotAllowedNow, match="Nobody"):
        transfers.withdraw_transfer(conversation_id=work.pk, actor=alice.user)


def test_who_missed_or_declined_a_transfer_steps_back_as_with_any_offer(asked, bob):
    DistributionSettings.objects.create(pk=1, declined_makes_do_not_disturb=True)

    offers.decline_offer(offer_id=asked.pk, actor=bob.user)

    assert Presence.objects.get(agent=bob).state == "do_not_disturb"


def test_asking_twice_is_asking_once_and_another_is_asked_only_after_withdrawing(asked, work, alice, bob, returns):
    dana = builders.agent("dana", queues=[returns])

    again = transfers.transfer_to_agent(conversation_id=work.pk, agent_id=bob.pk, actor=alice.user, note="Speaks Thai.")
    with pytest.raises(lifecycle.NotAllowedNow, match="Bob is being asked"):
        transfers.transfer_to_agent(conversation_id=work.pk, agent_id=dana.pk, actor=alice.user)

    assert again == asked
    assert used() == {"alice": 20, "bob": 20, "dana": 0}
    assert Message.objects.filter(direction="note").count() == 1


def test_the_database_holds_one_pending_offer_and_a_receiver_of_active_work_alone(asked, work, alice, bob):
    now = timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        Offer.objects.create(conversation=work, agent=alice, queue=work.queue, kind="transfer", offered_at=now, deadline=now)
    for impossible in ({"state": "waiting"}, {"receiver": alice}, {"receiver": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Conversation.objects.filter(pk=work.pk).update(**impossible)


ENDINGS = {
    "waits": lambda work, people: lifecycle.wait_for_customer(conversation_id=work.pk, actor=people["alice"].user),
    "ends": lambda work, people: lifecycle.end_conversation(conversation_id=work.pk, actor=people["alice"].user),
    "to queue": lambda work, people: transfers.transfer_to_queue(
        conversation_id=work.pk, queue_id=people["queue"].pk, actor=people["alice"].user
    ),
    "assigned": lambda work, people: assignment.assign_conversation(
        conversation_id=work.pk, agent_id=people["dana"].pk, actor=people["sue"]
    ),
    "assigned to who is asked": lambda work, people: assignment.assign_conversation(
        conversation_id=work.pk, agent_id=people["bob"].pk, actor=people["sue"]
    ),
    "forced": lambda work, people: lifecycle.force_close(conversation_id=work.pk, actor=people["sue"]),
    "agent leaves": lambda work, people: departure.deactivate_person(actor=people["root"], person=people["alice"].user),
    "silent": lambda work, people: auto_close.close_silent(),
}


@pytest.mark.parametrize("block", ["none", "always"])
@pytest.mark.parametrize("ending", ENDINGS)
def test_whatever_takes_it_from_its_agent_withdraws_the_transfer_first(ending, block, asked, work, alice, bob, everyone, sue, root):
    Workstream.objects.update(wrap_up_block=block)
    if ending == "silent":
        long_ago = timezone.now() - datetime.timedelta(days=40)
        Conversation.objects.update(state_changed_at=long_ago, last_interaction_at=long_ago)
    dana = builders.agent("dana", queues=[everyone])

    ENDINGS[ending](work, {"alice": alice, "bob": bob, "dana": dana, "sue": sue, "root": root, "queue": everyone})

    asked.refresh_from_db()
    work.refresh_from_db()
    assert asked.state == "withdrawn"
    assert (work.receiver, work.units_reserved) == (None, 0)
    assert used()["bob"] == (20 if ending == "assigned to who is asked" else 0)
    assert sum(used().values()) == work.units_held
    assert capacity.find_drift() == []


def test_a_colleague_who_leaves_is_asked_no_longer(asked, work, alice, bob, root):
    departure.deactivate_person(actor=root, person=bob.user)

    assert_with_alice(work, alice)
    asked.refresh_from_db()
    assert asked.state == "withdrawn"


def test_what_the_customer_writes_meanwhile_changes_nothing(asked, work, alice, bob):
    with transaction.atomic():
        arrival.customer_wrote(channel=work.channel, profile=work.profile, at=timezone.now())

    work.refresh_from_db()
    assert (work.agent, work.receiver) == (alice, bob)
    offers.accept_offer(offer_id=asked.pk, actor=bob.user)


# --- Who may be asked ---


@pytest.mark.parametrize("state", ["do_not_disturb", "inactive", "away", "offline"])
def test_who_wants_no_work_is_not_asked(state, work, alice, bob):
    Presence.objects.filter(agent=bob).update(state=state)

    with pytest.raises(lifecycle.NotAllowedNow, match="can't be asked"):
        transfers.transfer_to_agent(conversation_id=work.pk, agent_id=bob.pk, actor=alice.user)
    assert_with_alice(work, alice)


def test_nobody_hands_over_to_themselves_to_the_absent_or_to_who_left(work, alice, bob, root):
    Presence.objects.filter(agent=bob).update(seen_at=timezone.now() - datetime.timedelta(minutes=2))
    for agent in (alice, bob):
        with pytest.raises(lifecycle.NotAllowedNow, match="can't be asked"):
            transfers.transfer_to_agent(conversation_id=work.pk, agent_id=agent.pk, actor=alice.user)


def test_the_installation_says_who_may_be_asked(work, alice, bob, charlie, sue):
    settings = DistributionSettings.objects.create(pk=1)

    def asks(agent, actor):
        try:
            transfers.transfer_to_agent(conversation_id=work.pk, agent_id=agent.pk, actor=actor)
        except lifecycle.NotAllowedNow:
            return False
        transfers.withdraw_transfer(conversation_id=work.pk, actor=actor)
        return True

    found = {}
    for settings.transfer_to in ("nobody", "queue", "everybody"):
        settings.save()
        found[settings.transfer_to] = [asks(bob, alice.user), asks(charlie, alice.user), asks(charlie, sue)]
    assert found == {"nobody": [False, False, True], "queue": [True, False, True], "everybody": [True, True, True]}


def test_what_is_handed_over_has_room(work, alice, bob):
    Agent.objects.filter(pk=bob.pk).update(units_used=90)

    with pytest.raises(lifecycle.NotAllowedNow, match="Bob has no room"):
        transfers.transfer_to_agent(conversation_id=work.pk, agent_id=bob.pk, actor=alice.user)

    assert used() == {"alice": 20, "bob": 90}
    assert not Offer.objects.exists()


def test_places_in_profiles_and_open_sessions_count_while_somebody_is_asked(channel, returns, alice, bob):
    profile = CapacityProfile.objects.create(name="Chats", limit=1)
    AgentCapacity.objects.create(agent=bob, profile=profile)
    AgentCapacity.objects.create(agent=alice, profile=profile, used=2, own_limit=2)
    Workstream.objects.update(capacity_by="profile", capacity_profile=profile)
    held = {"state": "active", "agent": alice, "holder": alice, "profiles_held": [profile.pk]}
    first, second = (builders.conversation(channel, queue=returns, **held) for _ in range(2))

    offer = transfers.transfer_to_agent(conversation_id=first.pk, agent_id=bob.pk, actor=alice.user)

    assert AgentCapacity.objects.get(agent=bob).used == 1
    assert capacity.load_rooms({bob.pk: 100}, most_sessions=10)[bob.pk].sessions == 9
    with pytest.raises(lifecycle.NotAllowedNow, match="no room"):
        transfers.transfer_to_agent(conversation_id=second.pk, agent_id=bob.pk, actor=alice.user)
    assert capacity.find_drift() == []
    offers.accept_offer(offer_id=offer.pk, actor=bob.user)
    assert dict(AgentCapacity.objects.values_list("agent__user__username", "used")) == {"alice": 1, "bob": 1}
    assert capacity.find_drift() == []


@pytest.mark.parametrize("state", ["open", "waiting", "wrap_up"])
def test_only_active_work_is_handed_over(state, channel, returns, alice, bob, sue):
    agent = {} if state == "open" else {"agent": alice}
    other = builders.conversation(channel, queue=returns, state=state, **agent)

    with pytest.raises(lifecycle.NotAllowedNow):
        transfers.transfer_to_agent(conversation_id=other.pk, agent_id=bob.pk, actor=sue)


def test_a_colleagues_work_is_not_handed_over(asked, work, bob, returns):
    dana = builders.agent("dana", queues=[returns])

    with pytest.raises(lifecycle.NotAllowedNow, match="Alice has"):
        transfers.transfer_to_agent(conversation_id=work.pk, agent_id=dana.pk, actor=bob.user)
    with pytest.raises(lifecycle.NotAllowedNow, match="Alice has"):
        transfers.withdraw_transfer(conversation_id=work.pk, actor=bob.user)


def test_a_note_that_is_too_long_asks_nobody(work, alice, bob):
    with pytest.raises(lifecycle.NotAllowedNow, match="too long"), transaction.atomic():
        transfers.transfer_to_agent(conversation_id=work.pk, agent_id=bob.pk, actor=alice.user, note="x" * 5001)

    assert_with_alice(work, alice)
    assert not Offer.objects.exists()


def test_a_declined_transfer_is_no_decline_of_routed_work(asked, work, alice, bob, everyone):
    offers.decline_offer(offer_id=asked.pk, actor=bob.user)
    Membership.objects.filter(agent=alice).delete()

    transfers.transfer_to_queue(conversation_id=work.pk, queue_id=work.queue_id, actor=alice.user)
    dispatch.run()

    assert Offer.objects.get(state="pending").agent == bob


def test_a_queue_gets_the_note_too(work, alice, everyone):
    transfers.transfer_to_queue(conversation_id=work.pk, queue_id=everyone.pk, actor=alice.user, note="Call back after five.")

    assert Message.objects.get(direction="note").text == "Call back after five."


def test_a_closed_queue_gets_nothing_from_an_agent_unless_a_supervisor_insists(work, alice, sue):
    night = builders.queue("Night", hours=OperatingHours.objects.create(name="Never"))

    with pytest.raises(lifecycle.NotAllowedNow, match="Closed"):
        transfers.transfer_to_queue(conversation_id=work.pk, queue_id=night.pk, actor=alice.user)
    assert_with_alice(work, alice)
    assert (night, "Closed; it doesn't open within a year.", False) in transfers.other_queues(work, by=alice.user)

    assert (night, "Closed; it doesn't open within a year.", True) in transfers.other_queues(work, by=sue)
    assert transfers.transfer_to_queue(conversation_id=work.pk, queue_id=night.pk, actor=sue).queue == night
