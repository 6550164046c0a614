"""A colleague answers at the very moment in which something else happens to the conversation: one of them wins."""

import pytest
from django.db import transaction
from django.utils import timezone

from channels_app.models import Lane
from conversations import arrival, assignment, departure, dispatch, lifecycle, offers, transfers
from conversations.models import Conversation, Offer
from tests import builders
from workstreams import presence
from workstreams.models import Agent, Membership, Presence, User

from .test_concurrency import assert_books_balance, at_once, transient

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["transient"]
ROUNDS = 8


@pytest.fixture
def lane(account):
    return Lane.objects.create(account=account, key="user:one")


@pytest.fixture
def asked(channel, returns, alice, bob, transient):
    """Each time a new conversation of Alice's that Bob is asked to take; everybody is there and has nothing else."""

    def ask():
        Conversation.objects.all().delete()
        User.objects.update(is_active=True)
        Agent.objects.update(units_used=0, left_at=None)
        Presence.objects.update(state="available", by_hand=False, seen_at=timezone.now())
        Agent.objects.filter(pk=alice.pk).update(units_used=20)
        work = builders.conversation(channel, queue=returns, state="active", agent=alice, holder=alice, units_held=20)
        return transfers.transfer_to_agent(conversation_id=work.pk, agent_id=bob.pk, actor=alice.user)

    yield ask
    assert transient == []


def used(agent):
    return Agent.objects.get(pk=agent.pk).units_used


def accept(offer, agent):
    return lambda: offers.accept_offer(offer_id=offer.pk, actor=agent.user)


def assert_one_outcome(offer, accepted):
    """Whoever was first: the books balance, and an acceptance that was confirmed was one at its moment."""
    offer.refresh_from_db()
    assert offer.state in ("accepted", "declined", "timed_out", "withdrawn")
    assert isinstance(accepted, Offer) == (offer.state == "accepted") or isinstance(accepted, offers.OfferGone)
    assert_books_balance()
    return Conversation.objects.get()


def test_accepting_and_withdrawing(asked, alice, bob):
    for _ in range(ROUNDS):
        offer = asked()

        accepted, withdrawn = at_once(
            accept(offer, bob),
            lambda offer=offer: transfers.withdraw_transfer(conversation_id=offer.conversation_id, actor=alice.user),
        )

        work = assert_one_outcome(offer, accepted)
        if offer.state == "accepted":
            assert isinstance(withdrawn, lifecycle.NotAllowedNow)
            assert (work.agent, used(alice), used(bob)) == (bob, 0, 20)
        else:
            assert isinstance(accepted, offers.OfferGone)
            assert (work.agent, used(alice), used(bob)) == (alice, 20, 0)


def test_accepting_declining_and_running_out(asked, alice, bob):
    for _ in range(ROUNDS):
        offer = asked()
        Presence.objects.filter(agent=bob).update(state="offline")

        accepted, _declined, _expired = at_once(
            accept(offer, bob),
            lambda offer=offer: offers.decline_offer(offer_id=offer.pk, actor=bob.user),
            offers.expire_offers,
        )

        work = assert_one_outcome(offer, accepted)
        assert work.agent == (bob if offer.state == "accepted" else alice)
        assert used(alice) + used(bob) == 20


@pytest.mark.parametrize("verb", ["end_conversation", "wait_for_customer"])
def test_accepting_while_its_agent_ends_or_leaves_it(verb, asked, alice, bob):
    for _ in range(ROUNDS):
        offer = asked()

        accepted, done = at_once(
            accept(offer, bob), lambda offer=offer: getattr(lifecycle, verb)(conversation_id=offer.conversation_id, actor=alice.user)
        )

        work = assert_one_outcome(offer, accepted)
        if offer.state == "accepted":
            assert isinstance(done, lifecycle.NotAllowedNow)
            assert (work.state, work.agent, used(alice), used(bob)) == ("active", bob, 0, 20)
        else:
            assert (work.state, used(alice), used(bob)) == ("closed" if verb == "end_conversation" else "waiting", 0, 0)


def test_accepting_while_its_agent_sends_it_to_a_queue_and_it_is_distributed(asked, alice, bob, everyone):
    for _ in range(ROUNDS):
        offer = asked()

        accepted, _sent, _ = at_once(
            accept(offer, bob),
            lambda offer=offer: transfers.transfer_to_queue(conversation_id=offer.conversation_id, queue_id=everyone.pk, actor=alice.user),
            dispatch.run,
        )

        work = assert_one_outcome(offer, accepted)
        if offer.state == "accepted":
            assert (work.agent, used(alice), used(bob)) == (bob, 0, 20)
        else:
            dispatch.run()
            work.refresh_from_db()
            assert (work.state, work.queue) == ("open", everyone)
            assert work.holder is not None
            assert used(alice) + used(bob) == 20


def test_accepting_while_the_customer_writes_and_its_agent_goes(asked, account, channel, alice, bob, lane):
    def write(work):
        with transaction.atomic():
            Lane.objects.select_for_update(no_key=True).get(pk=lane.pk)
            arrival.customer_wrote(channel=channel, profile=work.profile, at=timezone.now())

    for _ in range(ROUNDS):
        offer = asked()
        work = offer.conversation

        accepted, *others = at_once(
            accept(offer, bob), lambda work=work: write(work), lambda: presence.sign_out(alice), presence.sweep, offers.expire_offers
        )

        assert not [each for each in others if isinstance(each, Exception)]
        work = assert_one_outcome(offer, accepted)
        assert (offer.state, work.state, work.agent) == ("accepted", "active", bob)


def test_accepting_while_a_supervisor_assigns_and_closes(asked, alice, bob, sue):
    for number in range(ROUNDS):
        offer = asked()
        to = [alice, bob][number % 2]

        accepted, _assigned, _closed = at_once(
            accept(offer, bob),
            lambda offer=offer, to=to: assignment.assign_conversation(conversation_id=offer.conversation_id, agent_id=to.pk, actor=sue),
            lambda offer=offer: lifecycle.force_close(conversation_id=offer.conversation_id, actor=sue),
        )

        work = assert_one_outcome(offer, accepted)
        assert (work.state, used(alice), used(bob)) == ("closed", 0, 0)


def test_two_agents_who_ask_each_other_do_not_deadlock(channel, returns, alice, bob, transient):
    for _ in range(ROUNDS):
        Conversation.objects.all().delete()
        Agent.objects.update(units_used=20)
        Presence.objects.update(state="available", seen_at=timezone.now())
        works = {
            agent: builders.conversation(channel, queue=returns, state="active", agent=agent, holder=agent, units_held=20)
            for agent in (alice, bob)
        }

        def ask(giver, taker, works=works):
            return transfers.transfer_to_agent(conversation_id=works[giver].pk, agent_id=taker.pk, actor=giver.user)

        first, second = at_once(lambda: ask(alice, bob), lambda: ask(bob, alice))
        answers = at_once(accept(first, bob), accept(second, alice))

        assert answers == [first, second]
        assert {work.agent for work in Conversation.objects.all()} == {alice, bob}
        assert (used(alice), used(bob)) == (20, 20)
        assert_books_balance()
    assert transient == []


def test_two_who_ask_for_the_last_room_of_one_colleague(channel, returns, alice, bob, transient):
    dana = builders.agent("dana", queues=[returns], units_total=20)
    for _ in range(ROUNDS):
        Conversation.objects.all().delete()
        Agent.objects.filter(pk__in=[alice.pk, bob.pk]).update(units_used=20)
        Agent.objects.filter(pk=dana.pk).update(units_used=0)
        works = [
            builders.conversation(channel, queue=returns, state="active", agent=agent, holder=agent, units_held=20)
            for agent in (alice, bob)
        ]

        results = at_once(
            *[
                lambda work=work: transfers.transfer_to_agent(conversation_id=work.pk, agent_id=dana.pk, actor=work.agent.user)
                for work in works
            ]
        )

        assert sorted(type(result).__name__ for result in results) == ["NotAllowedNow", "Offer"]
        assert used(dana) == 20
        assert_books_balance()
    assert transient == []


def test_asking_at_once_asks_one(channel, returns, alice, bob, transient):
    dana = builders.agent("dana", queues=[returns])
    for _ in range(ROUNDS):
        Conversation.objects.all().delete()
        Agent.objects.update(units_used=0)
        Agent.objects.filter(pk=alice.pk).update(units_used=20)
        work = builders.conversation(channel, queue=returns, state="active", agent=alice, holder=alice, units_held=20)

        at_once(
            *[
                lambda work=work, agent=agent: transfers.transfer_to_agent(conversation_id=work.pk, agent_id=agent.pk, actor=alice.user)
                for agent in (bob, dana, bob, dana)
            ]
        )

        assert Offer.objects.filter(state="pending").count() == 1
        assert used(bob) + used(dana) == 20
        assert_books_balance()
    assert transient == []


@pytest.mark.parametrize("leaver", ["alice", "bob"])
def test_accepting_while_one_of_the_two_is_deactivated(leaver, asked, alice, bob, root, request):
    gone, other = (alice, bob) if leaver == "alice" else (bob, alice)
    for _ in range(ROUNDS):
        offer = asked()
        Membership.objects.all().delete()
        for agent in (alice, bob):
            Membership.objects.create(agent=agent, queue=offer.queue)

        accepted, _ = at_once(
            accept(offer, bob), lambda gone=gone: departure.deactivate_person(actor=root, person=User.objects.get(pk=gone.user_id))
        )

        work = assert_one_outcome(offer, accepted)
        assert used(gone) == 0
        assert gone not in (work.agent, work.holder, work.receiver)
        assert work.state == "open" or work.agent == other
