"""What holds when several processes distribute and several people click at the same moment."""

import contextlib
import random
import threading
import time

import pytest
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from channels_app.models import Lane
from conversations import arrival, assignment, consults, dispatch, lifecycle, offers, routing, transfers
from conversations.models import Conversation, JournalEntry, Offer, Participant, RoutingDecision
from tests import builders
from workstreams import presence, transactions
from workstreams.distribution import capacity
from workstreams.models import Agent, Presence, Queue, User, Workstream

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*actions):
    """Run the actions in threads that start together; returns what each returned or raised, in their order."""
    results = [None] * len(actions)
    start = threading.Barrier(len(actions))

    def run(number, action):
        try:
            start.wait(timeout=30)
            results[number] = action()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads)
    return results


@pytest.fixture
def transient(monkeypatch):
    """Deadlocks, serialization failures and lock time-outs that an action met, whether or not it was tried again."""
    met = []
    original = transactions.is_transient
    monkeypatch.setattr(transactions, "is_transient", lambda error: met.append(str(error)) or original(error))
    return met


def assert_books_balance():
    assert capacity.find_drift() == []
    assert not Conversation.objects.filter(state="active", agent__isnull=True).exists()
    assert not Conversation.objects.filter(Q(state="waiting") | Q(state="closed"), units_held__gt=0).exists()
    assert not Conversation.objects.filter(state="active").exclude(holder=F("agent")).exists()
    asked = dict(Offer.objects.filter(state="pending", kind="transfer").values_list("conversation", "agent"))
    assert dict(Conversation.objects.filter(receiver__isnull=False).values_list("pk", "receiver")) == asked
    assert not Participant.objects.filter(state__in=["invited", "joined"]).exclude(conversation__state="active").exists()
    for conversation in Conversation.objects.filter(state="open"):
        pending = Offer.objects.filter(conversation=conversation, state="pending").first()
        assert conversation.holder == (pending.agent if pending else None)


def test_capacity_is_never_exceeded_by_eight_who_distribute_and_accept(channel, returns, everyone, transient):
    rooms = {"alice": 100, "bob": 60, "dana": 20, "emil": 50}
    for name, units in rooms.items():
        builders.agent(name, queues=[returns, everyone], units_total=units)
    for number in range(24):
        builders.conversation(channel, queue=[returns, everyone][number % 2])
    exceeded = []

    def work():
        for _ in range(4):
            dispatch.run()
            for offer in list(Offer.objects.filter(state="pending").select_related("agent__user")):
                with contextlib.suppress(offers.OfferGone):
                    offers.accept_offer(offer_id=offer.pk, actor=offer.agent.user)
            exceeded.extend(Agent.objects.filter(units_used__gt=F("units_total")).values_list("public_name", flat=True))

    assert at_once(*[work] * 8) == [None] * 8

    dispatch.run()
    assert exceeded == []
    # 5 + 3 + 1 + 2 conversations of 20 units fit; nobody's room is left unused.
    assert dict(Agent.objects.values_list("user__username", "units_used")) == {"alice": 100, "bob": 60, "dana": 20, "emil": 40}
    assert Conversation.objects.filter(units_held=20).count() == 11
    assert_books_balance()
    assert transient == []


def test_distributing_at_once_makes_one_offer(channel, alice, bob):
    for _ in range(5):
        builders.conversation(channel)
        at_once(*[dispatch.run] * 4)

    assert Offer.objects.count() == 5
    assert JournalEntry.objects.filter(verb="offered").count() == 5
    assert_books_balance()


def test_two_queues_of_one_agent_cannot_spend_the_same_units(channel, alice, returns, everyone):
    Agent.objects.update(units_used=0, units_total=20)
    for _ in range(8):
        builders.conversation(channel, queue=returns)
        builders.conversation(channel, queue=everyone)

        at_once(lambda: dispatch.distribute_queues([returns]), lambda: dispatch.distribute_queues([everyone]))

        assert Agent.objects.get().units_used == 20
        assert Offer.objects.count() == 1
        Offer.objects.all().delete()
        Conversation.objects.all().delete()
        Agent.objects.update(units_used=0)


def test_routing_at_once_decides_once(channel):
    builders.conversation(channel, routed_at=None)

    at_once(*[routing.route_unrouted] * 4)

    assert RoutingDecision.objects.count() == 1


def test_two_agents_who_accept_one_offer_one_wins_and_the_other_is_told(channel, alice, bob):
    Agent.objects.filter(pk=bob.pk).update(units_used=60)
    builders.conversation(channel)
    dispatch.run()
    offer = Offer.objects.get(agent=alice)

    first, second = at_once(
        lambda: offers.accept_offer(offer_id=offer.pk, actor=alice.user), lambda: offers.accept_offer(offer_id=offer.pk, actor=bob.user)
    )

    assert first == offer
    assert isinstance(second, offers.OfferGone)
    assert "Alice" in str(second)


def test_accepting_while_another_picks_has_one_winner_and_the_other_hears_the_name(channel, alice, bob):
    Agent.objects.filter(pk=bob.pk).update(units_used=60)
    for _ in range(8):
        conversation = builders.conversation(channel)
        dispatch.run()
        offer = Offer.objects.get(conversation=conversation, state="pending")

        accepted, picked = at_once(
            lambda offer=offer: offers.accept_offer(offer_id=offer.pk, actor=alice.user),
            lambda conversation=conversation: assignment.pick_conversation(conversation_id=conversation.pk, actor=bob.user),
        )

        conversation.refresh_from_db()
        if conversation.agent == alice:
            assert accepted == offer
            assert isinstance(picked, lifecycle.NotAllowedNow)
            assert "Alice has" in str(picked)
        else:
            assert (conversation.agent, picked) == (bob, conversation)
            assert isinstance(accepted, offers.OfferGone)
            assert "Bob has" in str(accepted)
        lifecycle.end_conversation(conversation_id=conversation.pk, actor=conversation.agent.user)
    assert dict(Agent.objects.values_list("user__username", "units_used")) == {"alice": 0, "bob": 60}


def test_accepting_while_the_offer_times_out_has_one_outcome(channel, alice):
    for _ in range(8):
        Presence.objects.update(state="available", seen_at=timezone.now())
        conversation = builders.conversation(channel)
        dispatch.run()
        offer = Offer.objects.get(conversation=conversation)
        Presence.objects.update(state="offline")

        accepted, _expired = at_once(lambda offer=offer: offers.accept_offer(offer_id=offer.pk, actor=alice.user), offers.expire_offers)

        conversation.refresh_from_db()
        offer.refresh_from_db()
        if offer.state == "accepted":
            assert (accepted, conversation.state, conversation.units_held) == (offer, "active", 20)
        else:
            assert isinstance(accepted, offers.OfferGone)
            assert (offer.state, conversation.state, conversation.units_held) == ("timed_out", "open", 0)
        outcomes = JournalEntry.objects.filter(conversation=conversation, verb__in=["accepted", "offer_timed_out"])
        assert outcomes.count() == 1
        lifecycle.force_close(conversation_id=conversation.pk, actor=User(role="supervisor", pk=alice.user.pk))
    assert_books_balance()


def test_opening_at_once_gives_the_same_conversation(channel, account):
    customer = builders.profile(account)

    @transactions.retried
    def opened():
        return arrival.open_conversation(channel=channel, profile=customer, event_at=timezone.now())

    results = at_once(*[opened] * 4)

    assert results == [Conversation.objects.get()] * 4


def test_supervisors_who_swap_conversations_do_not_deadlock(channel, alice, bob, sue, transient):
    first, second = builders.conversation(channel), builders.conversation(channel)
    pairs = [(alice, bob), (bob, alice)] * 10

    def assign(conversation, agent):
        assignment.assign_conversation(conversation_id=conversation.pk, agent_id=agent.pk, actor=sue)

    for to_first, to_second in pairs:
        met = at_once(lambda agent=to_first: assign(first, agent), lambda agent=to_second: assign(second, agent))
        assert met == [None, None]

    assert transient == []
    assert dict(Agent.objects.values_list("user__username", "units_used")) == {"alice": 20, "bob": 20}


def test_queues_that_serve_the_same_agents_in_opposite_order_do_not_deadlock(channel, returns, everyone, transient, monkeypatch):
    # Slow enough that both are in the middle of it.
    monkeypatch.setattr("workstreams.distribution.cycle.reserve", lambda *args, **more: time.sleep(0.1) or capacity.reserve(*args, **more))
    agents = [builders.agent(f"agent{number}", queues=[returns, everyone], units_total=1000) for number in range(6)]
    for _ in range(2):
        for queue, order in ((returns, agents), (everyone, agents[::-1])):
            for agent in order:
                builders.conversation(channel, queue=queue, affinity_agent=agent)

        at_once(lambda: dispatch.distribute_queues([returns]), lambda: dispatch.distribute_queues([everyone]))

    assert transient == []
    assert Offer.objects.count() == 24
    assert_books_balance()


def test_a_storm_of_everything_ends_without_deadlock_and_with_balanced_books(channel, returns, everyone, sue, transient):
    Workstream.objects.update(wrap_up_block="custom", wrap_up_seconds=1)
    agents = [builders.agent(name, queues=[returns, everyone], units_total=60) for name in ("alice", "bob", "dana", "emil")]
    lanes = {}
    for number in range(12):
        conversation = builders.conversation(channel, queue=[returns, everyone][number % 2])
        lanes[conversation.profile_id] = Lane.objects.create(account=channel.account, key=f"user:{number}").pk
    queues = list(Queue.objects.values_list("pk", flat=True))

    def storm(seed):
        dice = random.Random(seed)

        def any_conversation():
            return dice.choice(list(Conversation.objects.exclude(state="closed").values_list("pk", flat=True)) or [0])

        def any_offer():
            return Offer.objects.filter(state="pending").select_related("agent__user").order_by("?").first()

        def decide(action):
            if offer := any_offer():
                action(offer_id=offer.pk, actor=offer.agent.user)

        def own(action, **extra):
            action(conversation_id=any_conversation(), actor=sue, **extra)

        @transactions.retried
        def customer_writes():
            conversation = Conversation.objects.get(pk=any_conversation())
            Lane.objects.select_for_update(no_key=True).get(pk=lanes[conversation.profile_id])
            arrival.customer_wrote(channel=conversation.channel, profile=conversation.profile, at=timezone.now())

        def assign():
            own(assignment.assign_conversation, agent_id=dice.choice(agents).pk)

        def invite():
            work = Conversation.objects.select_related("agent__user").get(pk=any_conversation())
            actor = work.agent.user if work.agent else sue
            consults.invite(conversation_id=work.pk, agent_id=dice.choice(agents).pk, actor=actor)

        def answer_invitation():
            if found := Participant.objects.select_related("agent__user").order_by("?").first():
                dice.choice([consults.accept, consults.decline, consults.leave])(participant_id=found.pk, actor=found.agent.user)

        verbs = [
            dispatch.run,
            dispatch.run,
            consults.expire_consults,
            offers.expire_offers,
            lifecycle.close_finished_wrap_ups,
            lambda: decide(offers.accept_offer),
            lambda: decide(offers.accept_offer),
            lambda: decide(offers.decline_offer),
            customer_writes,
            assign,
            lambda: assignment.pick_conversation(conversation_id=any_conversation(), actor=dice.choice(agents).user),
            lambda: own(lifecycle.wait_for_customer),
            lambda: own(lifecycle.end_conversation),
            lambda: own(transfers.transfer_to_queue, queue_id=dice.choice(queues)),
            lambda: own(transfers.transfer_to_agent, agent_id=dice.choice(agents).pk),
            lambda: own(transfers.transfer_to_agent, agent_id=dice.choice(agents).pk),
            lambda: own(transfers.withdraw_transfer),
            invite,
            answer_invitation,
            lambda: presence.set_presence(dice.choice(agents), dice.choice(["available", "away"])),
        ]
        for _ in range(25):
            with contextlib.suppress(lifecycle.NotAllowedNow, offers.OfferGone, consults.ConsultGone, Conversation.DoesNotExist):
                dice.choice(verbs)()

    assert at_once(*[lambda seed=seed: storm(seed) for seed in range(6)]) == [None] * 6

    assert transient == []
    assert_books_balance()
    assert JournalEntry.objects.filter(verb__in=["accepted", "assigned", "picked"]).exists()


def test_an_action_is_tried_three_times_from_its_start_when_the_database_asks(everyone):
    from django.db import OperationalError

    tries = []

    @transactions.retried
    def action():
        tries.append(connection.in_atomic_block)
        Queue.objects.create(name=f"try {len(tries)}")
        if len(tries) < 3:
            raise OperationalError("database is locked")
        return "done"

    assert action() == "done"
    assert tries == [True, True, True]
    assert list(Queue.objects.filter(name__startswith="try").values_list("name", flat=True)) == ["try 3"]


def test_an_action_inside_another_transaction_is_left_to_the_outer_one(everyone):
    from django.db import OperationalError

    tries = []

    @transactions.retried
    def action():
        tries.append(1)
        raise OperationalError("database is locked")

    with pytest.raises(OperationalError), transaction.atomic():
        action()
    assert tries == [1]
