"""An offer has one outcome, and whoever comes second is told."""

import datetime

import pytest
from django.utils import timezone

from conversations import assignment, dispatch, lifecycle, offers
from conversations.models import Conversation, JournalEntry, Offer
from tests import builders
from workstreams.models import Agent, DistributionSettings, Presence


@pytest.fixture
def offer(channel, alice, bob):
    """Alice is offered a conversation; Bob has less room."""
    Agent.objects.filter(pk=bob.pk).update(units_used=60)
    builders.conversation(channel)
    dispatch.run()
    return Offer.objects.select_related("conversation").get(agent=alice)


def used(agent):
    return Agent.objects.get(pk=agent.pk).units_used


def verbs():
    return list(JournalEntry.objects.order_by("id").values_list("verb", flat=True))


def test_accepting_makes_it_active_and_keeps_the_units(offer, alice):
    offers.accept_offer(offer_id=offer.pk, actor=alice.user)

    conversation = Conversation.objects.get()
    assert (conversation.state, conversation.agent, conversation.holder) == ("active", alice, alice)
    assert conversation.assigned_at is not None
    assert used(alice) == conversation.units_held == 20
    assert verbs() == ["offered", "accepted"]


def test_accepting_twice_is_once(offer, alice):
    first = offers.accept_offer(offer_id=offer.pk, actor=alice.user)

    assert offers.accept_offer(offer_id=offer.pk, actor=alice.user) == first
    assert (used(alice), verbs()) == (20, ["offered", "accepted"])


def test_declining_gives_the_units_back_and_the_next_agent_is_asked(offer, alice, bob, hinted, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        offers.decline_offer(offer_id=offer.pk, actor=alice.user)

    assert "conversations.distribute" in hinted
    assert used(alice) == 0
    dispatch.run()
    assert Offer.objects.get(state="pending").agent == bob
    with pytest.raises(offers.OfferGone, match="declined"):
        offers.accept_offer(offer_id=offer.pk, actor=alice.user)


def test_an_offer_past_its_deadline_cannot_be_accepted_even_before_the_sweep(offer, alice):
    Offer.objects.update(deadline=timezone.now() - datetime.timedelta(seconds=1))

    with pytest.raises(offers.OfferGone, match="run out"):
        offers.accept_offer(offer_id=offer.pk, actor=alice.user)

    offer.refresh_from_db()
    assert (offer.state, used(alice)) == ("timed_out", 0)
    assert offers.expire_offers() == 0


def test_the_sweep_ends_what_ran_out_and_nothing_else(offer, alice):
    assert offers.expire_offers() == 0

    Offer.objects.update(deadline=timezone.now() - datetime.timedelta(seconds=1))

    assert offers.expire_offers() == 1
    assert (used(alice), verbs()) == (0, ["offered", "offer_timed_out"])
    assert JournalEntry.objects.last().data == {"agent": "Alice"}


@pytest.mark.parametrize("change", [{"state": "offline"}, {"seen_at": timezone.now() - datetime.timedelta(minutes=2)}])
def test_an_agent_who_is_gone_loses_the_offer_before_its_deadline(change, offer, alice):
    Presence.objects.filter(agent=alice).update(**change)

    assert offers.expire_offers() == 1
    assert used(alice) == 0


def test_somebody_elses_offer_is_refused_with_the_name(offer, alice, bob):
    with pytest.raises(offers.OfferGone, match="offered to Alice"):
        offers.accept_offer(offer_id=offer.pk, actor=bob.user)
    offers.accept_offer(offer_id=offer.pk, actor=alice.user)
    with pytest.raises(offers.OfferGone, match="Alice has this conversation"):
        offers.accept_offer(offer_id=offer.pk, actor=bob.user)


def test_a_picked_conversation_is_gone_for_whom_it_was_offered_to(offer, alice, bob):
    assignment.pick_conversation(conversation_id=offer.conversation_id, actor=bob.user)

    with pytest.raises(offers.OfferGone, match="Bob has this conversation"):
        offers.accept_offer(offer_id=offer.pk, actor=alice.user)
    with pytest.raises(offers.OfferGone, match="Bob has this conversation"):
        offers.decline_offer(offer_id=offer.pk, actor=alice.user)
    assert (used(alice), used(bob)) == (0, 80)
    assert verbs() == ["offered", "offer_withdrawn", "picked"]


def test_a_closed_conversation_is_gone(offer, alice, sue):
    lifecycle.force_close(conversation_id=offer.conversation_id, actor=sue)

    with pytest.raises(offers.OfferGone, match="closed"):
        offers.accept_offer(offer_id=offer.pk, actor=alice.user)


def test_an_offer_that_does_not_exist_is_gone(alice):
    with pytest.raises(offers.OfferGone):
        offers.accept_offer(offer_id=1, actor=alice.user)


def test_a_former_agent_who_declines_is_not_asked_first_again(channel, alice, bob):
    Agent.objects.filter(pk=alice.pk).update(units_used=60)
    builders.conversation(channel, affinity_agent=alice)
    dispatch.run()

    offers.decline_offer(offer_id=Offer.objects.get(agent=alice).pk, actor=alice.user)
    dispatch.run()

    assert Offer.objects.get(state="pending").agent == bob


# --- What becomes of the agent's presence -------------------------------------------------------------


def state_of(agent):
    return Presence.objects.get(agent=agent).state


def miss(offer):
    Offer.objects.filter(pk=offer.pk).update(deadline=timezone.now() - datetime.timedelta(seconds=1))
    offers.expire_offers()


def test_who_accepts_is_busy(offer, alice):
    offers.accept_offer(offer_id=offer.pk, actor=alice.user)

    assert state_of(alice) == "busy"


def test_usually_a_missed_or_declined_offer_changes_no_presence(offer, alice, bob):
    offers.decline_offer(offer_id=offer.pk, actor=alice.user)
    dispatch.run()
    miss(Offer.objects.get(state="pending"))

    assert (state_of(alice), state_of(bob)) == ("available", "available")


def test_with_the_setting_who_misses_an_offer_is_inactive_and_offered_nothing(offer, alice, bob):
    DistributionSettings.objects.create(pk=1, missed_makes_inactive=True)
    Presence.objects.filter(agent=bob).update(state="away")

    miss(offer)
    dispatch.run()

    assert state_of(alice) == "inactive"
    assert not Offer.objects.filter(state="pending").exists()


def test_an_offer_that_ends_because_its_agent_is_gone_was_not_missed(offer, alice):
    DistributionSettings.objects.create(pk=1, missed_makes_inactive=True)
    Presence.objects.filter(agent=alice).update(seen_at=timezone.now() - datetime.timedelta(seconds=61))

    offers.expire_offers()

    assert state_of(alice) == "available"


def test_with_the_setting_who_declines_is_not_disturbed(offer, alice):
    DistributionSettings.objects.create(pk=1, declined_makes_do_not_disturb=True)

    offers.decline_offer(offer_id=offer.pk, actor=alice.user)

    assert state_of(alice) == "do_not_disturb"
