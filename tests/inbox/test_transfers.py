"""The dialog in which a colleague is chosen, the toast at the colleague's, and what the sender sees."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conversations import offers, transfers
from conversations.models import Conversation, Offer
from tests import builders
from tests.inbox.conftest import held_by
from workstreams.models import Agent, AgentSkill, DistributionSettings, Presence, Skill


@pytest.fixture
def asked(alices_work, alice, bob):
    Agent.objects.filter(pk=alice.pk).update(units_used=20)
    return transfers.transfer_to_agent(conversation_id=alices_work.pk, agent_id=bob.pk, actor=alice.user, note="ชอบคุยภาษาไทย")


def at(name, conversation):
    return reverse(f"inbox:{name}", args=[conversation.public_id])


def colleagues(client, conversation, **query):
    return client.get(at("colleagues", conversation), query).content.decode()


def test_the_dialog_lists_who_can_be_asked_those_with_the_skills_first(script, alices_work, alice, bob, charlie, returns, everyone):
    thai, chinese = Skill.objects.create(name="Thai"), Skill.objects.create(name="Chinese")
    dana = builders.agent("dana", queues=[returns])
    for name, state in (("away", "away"), ("resting", "do_not_disturb"), ("gone", "offline"), ("inactive", "inactive")):
        builders.agent(name, queues=[returns], present=state)
    full = builders.agent("full", queues=[returns], present="busy", units_total=10)
    AgentSkill.objects.create(agent=dana, skill=thai, rating=8)
    AgentSkill.objects.create(agent=bob, skill=chinese, rating=8)
    AgentSkill.objects.create(agent=full, skill=thai, rating=3)
    Conversation.objects.update(skills={str(thai.pk): 5})

    page = colleagues(script(alice), alices_work)

    found = [name for name in ("Dana", "Bob", "Full", "Alice", "Charlie", "Away", "Resting", "Gone", "Inactive") if name in page]
    assert found == ["Dana", "Bob", "Full"]
    assert page.index("Dana") < page.index("Bob") < page.index("Full")
    assert page.count("Thai") == 1
    assert "Chinese" not in page
    assert page.count(" disabled") == 1
    assert page.index("Full") - page.index(" disabled") < 200


def test_a_name_finds_a_colleague(script, alices_work, alice, bob, returns):
    builders.agent("dana", queues=[returns])

    page = colleagues(script(alice), alices_work, q="da")

    assert "Dana" in page
    assert "Bob" not in page
    assert "Nobody of this name" in colleagues(script(alice), alices_work, q="zzz")


def test_where_agents_transfer_to_queues_only_nobody_is_listed(script, alices_work, alice, bob):
    DistributionSettings.objects.create(pk=1, transfer_to="nobody")

    assert "Here conversations are transferred to queues only." in colleagues(script(alice), alices_work)


def test_where_only_colleagues_of_the_queue_can_be_asked_its_dialog_says_so(script, alices_work, alice, charlie):
    page = colleagues(script(alice), alices_work)

    assert "Charlie" not in page
    assert "No colleague of the queue “Returns” can be asked at the moment." in page


def test_only_the_agent_who_has_it_sees_whom_to_ask(script, alices_work, alice, bob, charlie, sue):
    assert colleagues(script(bob), alices_work) == ""
    assert colleagues(script(sue), alices_work) == ""
    assert script(charlie).get(at("colleagues", alices_work)).status_code == 404


def test_the_list_takes_as_many_queries_with_many_colleagues(script, alices_work, alice, bob, returns):
    client = script(alice)
    Conversation.objects.update(skills={str(Skill.objects.create(name="Thai").pk): 5})

    def queries():
        colleagues(client, alices_work)
        with CaptureQueriesContext(connection) as found:
            colleagues(client, alices_work)
        return len(found)

    few = queries()
    for number in range(9):
        builders.agent(f"more{number}", queues=[returns])

    assert queries() == few


def test_a_colleague_is_asked_from_the_dialog_and_may_accept(script, browser, alices_work, alice, bob):
    page = script(alice).post(at("transfer", alices_work), {"to": f"agent:{bob.public_id}", "note": "急須の件です"}).content.decode()

    assert "Bob is asked to take this conversation" in page
    assert 'id="composer"' in page
    assert "Alice asks Bob to take this conversation." in page
    assert "急須の件です" in page
    toasts = script(bob).get(reverse("inbox:offers")).content.decode()
    assert "Alice asks you to take over" in toasts
    assert "急須の件です" in toasts
    assert "Incoming chat request" not in toasts
    offer = Offer.objects.get()
    assert script(bob).post(reverse("inbox:accept", args=[offer.public_id])).json() == {"conversation": alices_work.public_id}
    page = browser(bob).get(at("conversation", alices_work)).content.decode()
    assert "Bob has taken this conversation over." in page
    assert 'id="composer"' in page
    assert "Bob holds this conversation" in browser(alice).get(at("conversation", alices_work)).content.decode()


def test_whoever_is_asked_may_read_it_though_no_member_of_its_queue(browser, alices_work, alice, charlie):
    DistributionSettings.objects.create(pk=1, transfer_to="everybody")
    assert browser(charlie).get(at("conversation", alices_work)).status_code == 404

    browser(alice).post(at("transfer", alices_work), {"to": f"agent:{charlie.public_id}"})

    page = browser(charlie).get(at("conversation", alices_work)).content.decode()
    assert "Alice asks you to take this conversation." in page
    assert 'id="composer"' not in page
    browser(alice).post(at("withdraw_transfer", alices_work))
    assert browser(charlie).get(at("conversation", alices_work)).status_code == 404


def test_who_cannot_be_asked_is_said(script, alices_work, alice, bob):
    Presence.objects.filter(agent=bob).update(state="away")

    page = script(alice).post(at("transfer", alices_work), {"to": f"agent:{bob.public_id}"}).content.decode()

    assert "This colleague can&#x27;t be asked at the moment." in page


@pytest.mark.parametrize("to", ["", "agent:nobody", "queue:nowhere", "nothing"])
def test_a_target_that_is_none_is_404(to, script, alices_work, alice):
    assert script(alice).post(at("transfer", alices_work), {"to": to}).status_code == 404


def test_while_somebody_is_asked_the_agent_may_write_and_withdraw(script, asked, alices_work, alice):
    page = script(alice).get(at("conversation", alices_work)).content.decode()
    assert 'id="composer"' in page
    assert 'id="act-withdraw"' in page
    assert 'id="act-transfer"' not in page

    page = script(alice).post(at("withdraw_transfer", alices_work)).content.decode()

    assert 'id="act-transfer"' in page
    assert "Bob is no longer asked to take this conversation." in page


def test_the_menu_of_the_slash_offers_to_withdraw(script, asked, alices_work, alice):
    page = script(alice).get(at("quick_reply_menu", alices_work)).content.decode()

    assert 'data-clicks="act-withdraw"' in page
    assert 'data-clicks="act-transfer"' not in page


def test_the_sender_is_told_what_became_of_it(script, asked, alices_work, alice, bob):
    def told():
        return script(alice).get(reverse("inbox:offers"), {"offers": asked.public_id}).content.decode()

    assert f'data-sent="{asked.public_id}"' in told()
    assert "Bob" not in told()

    answers = {}
    for state in ("accepted", "declined", "timed_out", "withdrawn"):
        Offer.objects.update(state=state, decided_at=timezone.now())
        answers[state] = told()
    assert "Bob has taken it over." in answers["accepted"]
    assert "Bob declined. It stays with you." in answers["declined"]
    assert "Bob did not answer in time. It stays with you." in answers["timed_out"]
    assert "Bob" not in answers["withdrawn"]


def test_who_was_asked_is_told_that_it_was_withdrawn(script, asked, alices_work, alice, bob):
    transfers.withdraw_transfer(conversation_id=alices_work.pk, actor=alice.user)

    assert "Alice doesn&#x27;t ask you any more." in script(bob).get(reverse("inbox:offers"), {"offers": asked.public_id}).content.decode()


def test_a_transfer_that_ran_out_is_said_to_the_receiver(script, asked, bob):
    Offer.objects.update(deadline=timezone.now() - datetime.timedelta(seconds=1))
    offers.expire_offers()

    assert "Time ran out." in script(bob).get(reverse("inbox:offers"), {"offers": asked.public_id}).content.decode()


def test_live_hints_reach_both(asked, alices_work, alice, bob, monkeypatch):
    told = []
    monkeypatch.setattr("conversations.live.publish", lambda topics: told.extend(topics))

    offers.decline_offer(offer_id=asked.pk, actor=bob.user)

    assert {f"agent:{alice.public_id}", f"agent:{bob.public_id}", f"conversation:{alices_work.public_id}"} <= set(told)


def test_another_agent_cannot_answer_the_offer(script, asked, alice, charlie):
    for person in (alice, charlie):
        assert script(person).post(reverse("inbox:accept", args=[asked.public_id])).status_code == 404


def test_the_pages_of_one_who_waits_take_no_more_queries_with_more_offers(script, channel, account, returns, alice, bob, alices_work):
    client = script(alice)

    def queries():
        client.get(reverse("inbox:offers"))
        with CaptureQueriesContext(connection) as found:
            client.get(reverse("inbox:offers"))
        return len(found)

    Agent.objects.update(units_used=40, units_total=1000)
    transfers.transfer_to_agent(conversation_id=alices_work.pk, agent_id=bob.pk, actor=alice.user)
    few = queries()
    for number in range(4):
        work = held_by(builders.conversation(channel, customer=builders.profile(account, f"A{number}"), queue=returns), alice)
        transfers.transfer_to_agent(conversation_id=work.pk, agent_id=bob.pk, actor=alice.user)

    assert queries() == few
