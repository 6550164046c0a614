"""Somebody leaves: the page asks with what they have, and one click takes their access and returns their work."""

import pytest
from django.test import Client
from django.urls import reverse

from conversations import arrival, assignment, departure, dispatch, lifecycle, offers, tasks
from conversations.composer import CannotSend, send_text
from conversations.models import Conversation, JournalEntry, Offer
from tests import builders
from workstreams import password_links
from workstreams.distribution import capacity
from workstreams.models import Agent, PasswordLink, Presence, User

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def page(alice):
    return reverse("admin:person_deactivate", args=[alice.user.public_id])


@pytest.fixture
def works(channel, alice):
    """A conversation of Alice's in each live state, and one that is offered to her."""
    held = {"holder": alice, "units_held": 20}
    made = {
        "active": builders.conversation(channel, state="active", agent=alice, **held),
        "waiting": builders.conversation(channel, state="waiting", agent=alice),
        "wrap_up": builders.conversation(channel, state="wrap_up", agent=alice, **held),
        "returning": builders.conversation(channel, affinity_agent=alice, routed_at=None),
    }
    Agent.objects.filter(pk=alice.pk).update(units_used=40)
    made["offered"] = builders.conversation(channel, customer=builders.profile(channel.account, "佐藤 健"))
    dispatch.distribute_queues([made["offered"].queue])
    assert Offer.objects.get().agent == alice
    return made


def now(conversation):
    return Conversation.objects.get(pk=conversation.pk)


def verbs(conversation):
    return list(JournalEntry.objects.filter(conversation=conversation).order_by("pk").values_list("verb", flat=True))


def test_the_page_lists_what_would_go_back_and_changes_nothing(as_root, page, works):
    shown = as_root.get(page).content.decode()

    assert shown.count("みさき") == 3
    for words in ("佐藤 健", "Koharu Support", "Active", "Waiting", "Wrap-up", "Offered", "goes back to the queue “Everyone”", "is closed"):
        assert words in shown
    assert "These 4 conversations" in shown
    assert now(works["active"]).state == "active"
    assert Agent.objects.get(left_at=None).user.is_active


def test_deactivating_returns_everything_and_frees_the_units(as_root, page, works, alice, root, bob):
    as_root.post(page)

    active, waiting, wrapped, offered = (now(works[name]) for name in ("active", "waiting", "wrap_up", "offered"))
    assert (active.state, active.agent, active.holder, active.units_held) == ("open", None, None, 0)
    assert (waiting.state, waiting.agent) == ("waiting", None)
    assert (wrapped.state, wrapped.units_held, wrapped.closed_by) == ("closed", 0, root)
    assert (offered.state, offered.holder, offered.offers.get().state) == ("open", None, "withdrawn")
    assert now(works["returning"]).affinity_agent is None
    assert Agent.objects.get(pk=alice.pk).units_used == 0
    assert Presence.objects.get(agent=alice).state == "offline"
    assert capacity.find_drift() == []
    assert verbs(active)[-1] == "returned"
    assert verbs(waiting)[-1] == "unassigned"
    assert verbs(wrapped)[-1] == "closed"
    assert verbs(offered)[-1] == "offer_withdrawn"

    dispatch.run()
    assert set(Offer.objects.filter(state="pending").values_list("conversation_id", flat=True)) >= {active.pk, offered.pk}
    assert not Offer.objects.filter(state="pending").exclude(agent=bob).exists()


def test_the_journal_says_why_and_by_whom(as_root, page, works, sue):
    as_root.post(page)

    client = Client()
    client.force_login(sue, backend=BACKEND)
    shown = client.get(reverse("inbox:conversation", args=[works["active"].public_id])).content.decode()
    assert "the account of its agent was deactivated" in shown


def test_what_waits_with_nobody_is_shown_and_can_be_assigned(as_root, page, works, bob, sue):
    as_root.post(page)
    client = Client()
    client.force_login(sue, backend=BACKEND)

    for address in (reverse("supervisor:floor"), reverse("inbox:conversation", args=[works["waiting"].public_id])):
        assert client.get(address).status_code == 200
    with pytest.raises(lifecycle.NotAllowedNow, match="nobody has it"):
        assignment.pick_conversation(conversation_id=works["waiting"].pk, actor=bob.user)
    assignment.assign_conversation(conversation_id=works["waiting"].pk, agent_id=bob.pk, actor=sue)
    assert now(works["waiting"]).agent == bob


def test_a_customer_who_writes_afterwards_comes_to_the_queue(as_root, page, works, alice):
    as_root.post(page)
    waiting = now(works["waiting"])

    arrival.customer_wrote(channel=waiting.channel, profile=waiting.profile, at=waiting.last_interaction_at)

    assert (now(waiting).state, now(waiting).affinity_agent) == ("open", None)


def test_an_open_tab_of_hers_can_do_nothing_any_more(as_root, page, works, alice):
    tab = Client()
    tab.force_login(alice.user, backend=BACKEND)
    thread = reverse("inbox:thread", args=[works["active"].public_id])
    assert tab.get(thread).status_code == 200

    as_root.post(page)

    assert tab.get(thread, headers={"X-Fragment": "1"}).status_code == 401
    sent = tab.post(reverse("inbox:send", args=[works["active"].public_id]), {"text": "x", "client_id": "x"}, headers={"X-Fragment": "1"})
    assert sent.status_code == 401
    assert tab.post(reverse("inbox:heartbeat"), headers={"X-Fragment": "1"}).status_code == 401
    assert not now(works["active"]).messages.exists()


def test_requests_that_had_passed_the_door_are_refused_by_the_actions(as_root, page, works, alice, sue):
    open_one = works["active"]
    as_root.post(page)
    alice.user.refresh_from_db()

    with pytest.raises(lifecycle.NotAllowedNow, match="work here any more"):
        assignment.pick_conversation(conversation_id=open_one.pk, actor=alice.user)
    with pytest.raises(lifecycle.NotAllowedNow, match="work here any more"):
        assignment.assign_conversation(conversation_id=open_one.pk, agent_id=alice.pk, actor=sue)
    with pytest.raises(lifecycle.NotAllowedNow):
        lifecycle.reopen_waiting(conversation_id=works["waiting"].pk, actor=alice.user)
    with pytest.raises(offers.OfferGone):
        offers.accept_offer(offer_id=Offer.objects.get().pk, actor=alice.user)
    with pytest.raises(CannotSend):
        send_text(conversation_id=open_one.pk, actor=alice.user, text="x", client_id="late")
    assert not Conversation.objects.filter(agent=alice).exclude(state="closed").exists()


def test_a_password_link_dies_with_the_access(as_root, page, root, alice):
    link = password_links.make_link(actor=root, person=alice.user)

    as_root.post(page)

    assert not PasswordLink.objects.exists()
    assert Client().get("/welcome/" + link.split("/welcome/")[1]).status_code == 404


def test_twice_is_once(as_root, page, works, alice):
    as_root.post(page)
    lines, left_at = JournalEntry.objects.count(), Agent.objects.get(pk=alice.pk).left_at

    as_root.post(page)

    assert JournalEntry.objects.count() == lines
    assert Agent.objects.get(pk=alice.pk).left_at == left_at


def test_somebody_without_work_is_deactivated_too(as_root, sue):
    page = reverse("admin:person_deactivate", args=[sue.public_id])

    assert "no conversation at the moment" in as_root.get(page).content.decode()
    as_root.post(page)

    assert not User.objects.get(pk=sue.pk).is_active


def test_the_sweep_finishes_what_a_dead_process_began(works, alice, root, monkeypatch):
    monkeypatch.setattr(departure, "return_work", lambda *_args, **_more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        departure.deactivate_person(actor=root, person=alice.user)
    monkeypatch.undo()
    assert now(works["active"]).agent == alice

    tasks.sweep()

    assert now(works["active"]).agent is None
    assert Agent.objects.get(pk=alice.pk).units_used == 0


def test_reactivating_brings_the_queues_back_and_a_link_but_no_old_session(as_root, page, alice, everyone, returns):
    tab = Client()
    tab.force_login(alice.user, backend=BACKEND)
    as_root.post(page)
    back = reverse("admin:person_reactivate", args=[alice.user.public_id])
    assert "old password is gone" in as_root.get(back).content.decode()

    shown = as_root.post(back).content.decode()

    assert "/welcome/" in shown
    agent = Agent.objects.select_related("user").get(pk=alice.pk)
    assert (agent.user.is_active, agent.left_at, set(agent.queues.all())) == (True, None, {everyone, returns})
    assert tab.get(reverse("inbox:inbox")).status_code == 302
    assert as_root.post(back).status_code == 302


def test_nobody_deactivates_themselves(as_root, root):
    page = reverse("admin:person_deactivate", args=[root.public_id])

    assert "You can&#x27;t deactivate yourself" in as_root.get(page, follow=True).content.decode()
    assert "You can&#x27;t deactivate yourself" in as_root.post(page, follow=True).content.decode()
    assert User.objects.get(pk=root.pk).is_active


def test_a_form_that_was_open_since_before_does_not_reactivate(as_root, page, alice):
    as_root.post(page)

    as_root.post(
        reverse("admin:person", args=[alice.user.public_id]), {"name": "Alice", "username": "alice", "role": "agent", "is_active": "on"}
    )

    assert not User.objects.get(pk=alice.user.pk).is_active


def test_what_is_left_is_found_with_few_queries(works, alice, django_assert_max_num_queries):
    with django_assert_max_num_queries(1):
        departure.return_left_work()
