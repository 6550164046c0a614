"""Somebody is deactivated at the very moment in which they, or a colleague, act."""

import pytest
from django.core.exceptions import ValidationError
from django.db.models import F

from conversations import assignment, departure, dispatch, lifecycle, offers
from conversations.models import Conversation, Offer
from tests import builders
from workstreams import password_links, presence, staffing
from workstreams.models import Agent, PasswordLink, User

from .test_concurrency import assert_books_balance, at_once, transient

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["transient"]


def assert_nothing_is_left_with(agent):
    agent.refresh_from_db()
    assert agent.units_used == 0
    assert not Conversation.objects.exclude(state="closed").filter(agent=agent).exists()
    assert not Conversation.objects.filter(holder=agent).exists()
    assert not Offer.objects.filter(agent=agent, state="pending").exists()
    assert_books_balance()


def back_at_work(agent):
    User.objects.filter(pk=agent.user_id).update(is_active=True)
    Agent.objects.filter(pk=agent.pk).update(left_at=None)
    presence.sign_in(agent)
    agent.user.refresh_from_db()


def test_deactivating_while_she_accepts_and_picks_leaves_nothing_with_her(channel, alice, root, transient):
    for _ in range(8):
        back_at_work(alice)
        offered = builders.conversation(channel)
        dispatch.run()
        picked = builders.conversation(channel)
        offer = Offer.objects.get(conversation=offered, state="pending")

        _, accepted, took, _ = at_once(
            lambda: departure.deactivate_person(actor=root, person=alice.user),
            lambda offer=offer: offers.accept_offer(offer_id=offer.pk, actor=alice.user),
            lambda picked=picked: assignment.pick_conversation(conversation_id=picked.pk, actor=alice.user),
            dispatch.run,
        )

        assert isinstance(accepted, Offer | offers.OfferGone)
        assert isinstance(took, Conversation | lifecycle.NotAllowedNow)
        assert_nothing_is_left_with(alice)
        Conversation.objects.all().delete()
    assert transient == []


def test_deactivating_while_a_supervisor_assigns_and_the_customer_writes(channel, alice, root, sue, transient):
    for _ in range(8):
        back_at_work(alice)
        assigned = builders.conversation(channel)
        waiting = builders.conversation(channel, state="waiting", agent=alice)

        at_once(
            lambda: departure.deactivate_person(actor=root, person=alice.user),
            lambda assigned=assigned: assignment.assign_conversation(conversation_id=assigned.pk, agent_id=alice.pk, actor=sue),
            lambda waiting=waiting: lifecycle.reopen_waiting(conversation_id=waiting.pk, actor=alice.user),
        )

        assert_nothing_is_left_with(alice)
    assert transient == []


def test_deactivating_twice_at_once_returns_each_conversation_once(channel, alice, root):
    works = [builders.conversation(channel, state="active", agent=alice, holder=alice, units_held=20) for _ in range(4)]
    Agent.objects.filter(pk=alice.pk).update(units_used=F("units_used") + 80)

    counts = at_once(*[lambda: departure.deactivate_person(actor=root, person=alice.user)] * 3)

    assert sum(counts) == 4
    assert_nothing_is_left_with(alice)
    assert all(list(each.journal.values_list("verb", flat=True)) == ["returned"] for each in works)


def test_two_administrators_who_deactivate_each_other_leave_one(root):
    for number in range(6):
        other = builders.person(f"other{number}", role="administrator")

        results = at_once(
            lambda other=other: staffing.deactivate(actor=root, person=User.objects.get(pk=other.pk)),
            lambda other=other: staffing.deactivate(actor=other, person=User.objects.get(pk=root.pk)),
        )

        assert User.objects.filter(role="administrator", is_active=True).count() == 1
        assert [type(result) for result in results if result is not None] == [ValidationError]
        User.objects.filter(pk=root.pk).update(is_active=True)
        User.objects.filter(pk=other.pk).update(is_active=False)


def test_a_link_that_is_used_twice_at_once_sets_one_password(alice, root):
    for _ in range(5):
        token = password_links.make_link(actor=root, person=alice.user).rstrip("/").split("/")[-1]

        def use(word, token=token):
            return password_links.set_password(token=token, password=word)

        results = at_once(lambda use=use: use("tanuki-teapot-1"), lambda use=use: use("tanuki-teapot-2"))

        assert sorted(type(result).__name__ for result in results) == ["LinkGone", "User"]
        winner = next(number for number, result in enumerate(results, 1) if isinstance(result, User))
        assert User.objects.get(pk=alice.user_id).check_password(f"tanuki-teapot-{winner}")


def test_a_link_that_is_made_while_access_ends_leads_nowhere(alice, root):
    for _ in range(6):
        back_at_work(alice)

        at_once(
            lambda: staffing.deactivate(actor=root, person=User.objects.get(pk=alice.user_id)),
            lambda: password_links.make_link(actor=root, person=alice.user),
        )

        assert not PasswordLink.objects.exists()
