"""Consulting on the pages: the dialog, the toast, who advises, and what a consultant may do."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conversations import consults
from conversations.models import Message, Participant
from tests import builders
from tests.inbox.conftest import held_by
from workstreams.models import Agent


@pytest.fixture
def invited(alices_work, alice, charlie):
    return consults.invite(conversation_id=alices_work.pk, agent_id=charlie.pk, actor=alice.user, note="返品できますか？")


@pytest.fixture
def joined(invited, charlie):
    return consults.accept(participant_id=invited.pk, actor=charlie.user)


def at(name, conversation, *more):
    return reverse(f"inbox:{name}", args=[conversation.public_id, *more])


def test_the_dialog_lists_who_can_be_asked_full_ones_too_but_not_who_is_consulted(script, invited, alices_work, alice, bob):
    Agent.objects.filter(pk=bob.pk).update(units_used=100)

    page = script(alice).get(at("colleagues", alices_work), {"purpose": "consult"}).content.decode()

    assert f'name="agent" value="{bob.public_id}"' in page
    assert "disabled" not in page
    assert "Charlie" not in page


def test_a_colleague_is_asked_joins_writes_a_note_and_leaves(script, browser, alices_work, alice, charlie):
    assert browser(charlie).get(at("conversation", alices_work)).status_code == 404
    page = script(alice).post(at("consult", alices_work), {"agent": charlie.public_id, "note": "返品できますか？"}).content.decode()
    assert "Charlie is asked for advice" in page
    assert "Alice asks Charlie for advice." in page

    toasts = script(charlie).get(reverse("inbox:offers")).content.decode()
    assert "Alice asks for your advice" in toasts
    assert "返品できますか？" in toasts
    participant = Participant.objects.get()
    answer = script(charlie).post(reverse("inbox:accept_consult", args=[participant.public_id]))
    assert answer.json() == {"conversation": alices_work.public_id}
    assert "Charlie reads along and advises" in script(alice).get(at("head", alices_work)).content.decode()

    page = browser(charlie).get(at("conversation", alices_work)).content.decode()
    assert "You read along and write notes." in page
    assert 'id="composer"' not in page
    assert 'id="act-transfer"' not in page
    assert "you advise Alice" in page
    script(charlie).post(at("note", alices_work), {"text": "はい、30日以内なら。", "client_id": "1"})
    assert Message.objects.filter(direction="note", author=charlie.user).exists()
    answer = script(charlie).post(at("send", alices_work), {"text": "Hello", "client_id": "2"})
    assert answer.status_code == 422

    browser(charlie).post(reverse("inbox:leave_consult", args=[participant.public_id]))
    assert browser(charlie).get(at("conversation", alices_work)).status_code == 404
    assert "Charlie advises no longer." in script(alice).get(at("conversation", alices_work)).content.decode()


def test_the_agent_ends_it_from_the_head(script, joined, alices_work, alice, charlie):
    page = script(alice).post(at("end_consult", alices_work, joined.public_id)).content.decode()

    assert "reads along and advises<" not in page
    joined.refresh_from_db()
    assert joined.state == "ended"
    assert "you advise" not in script(charlie).get(reverse("inbox:worklist")).content.decode()


def test_colleagues_neither_invite_nor_end(script, joined, alices_work, bob, sue):
    for person in (bob, sue):
        script(person).post(at("end_consult", alices_work, joined.public_id))
        script(person).post(at("consult", alices_work), {"agent": bob.public_id})

    assert [each.state for each in Participant.objects.all()] == ["joined"]


@pytest.mark.parametrize("page", ["accept_consult", "decline_consult", "leave_consult"])
def test_somebody_elses_invitation_is_not_found(page, script, invited, alice, bob):
    for person in (alice, bob):
        assert script(person).post(reverse(f"inbox:{page}", args=[invited.public_id])).status_code == 404


def test_who_comes_too_late_reads_why(script, browser, invited, alices_work, alice, charlie):
    consults.end_consult(participant_id=invited.pk, actor=alice.user)

    answer = script(charlie).post(reverse("inbox:accept_consult", args=[invited.public_id]))

    assert answer.status_code == 409
    assert answer.json() == {"problem": "Alice doesn't need your advice any more."}
    gone = script(charlie).get(reverse("inbox:offers"), {"offers": invited.public_id}).content.decode()
    assert "Alice doesn&#x27;t need your advice any more." in gone
    assert script(charlie).post(reverse("inbox:decline_consult", args=[invited.public_id])).status_code == 200


def test_whose_advice_is_no_longer_needed_keeps_the_list_and_the_offers(browser, invited, alices_work, alice, charlie):
    consults.end_consult(participant_id=invited.pk, actor=alice.user)

    answer = browser(charlie).get(at("conversation", alices_work))

    page = answer.content.decode()
    assert answer.status_code == 404
    assert "a conversation may have gone to another queue" in page
    assert 'id="worklist"' in page
    assert 'id="offers"' in page


@pytest.mark.parametrize("answer", ["accept_consult", "decline_consult"])
def test_who_comes_too_late_without_a_script_reads_it_on_the_inbox(answer, browser, invited, alice, charlie):
    consults.end_consult(participant_id=invited.pk, actor=alice.user)

    page = browser(charlie).post(reverse(f"inbox:{answer}", args=[invited.public_id]), follow=True)

    assert page.redirect_chain == [(reverse("inbox:inbox"), 302)]
    assert "Alice doesn&#x27;t need your advice any more." in page.content.decode()


def test_who_asked_is_told_the_answer(script, invited, alice):
    def told():
        return script(alice).get(reverse("inbox:offers"), {"offers": invited.public_id}).content.decode()

    assert f'data-sent="{invited.public_id}"' in told()
    answers = {}
    for state in ("joined", "declined", "timed_out"):
        ended = None if state == "joined" else timezone.now()
        Participant.objects.update(state=state, ended_at=ended, joined_at=timezone.now() if state == "joined" else None)
        answers[state] = told()
    assert "Charlie advises you." in answers["joined"]
    assert "Charlie declined to advise you." in answers["declined"]
    assert "Charlie did not answer in time." in answers["timed_out"]


def test_the_menu_of_the_slash_offers_to_consult(script, alices_work, alice):
    assert 'data-clicks="act-consult"' in script(alice).get(at("quick_reply_menu", alices_work)).content.decode()


def test_pages_take_as_many_queries_with_many_consultations(script, channel, account, returns, alices_work, alice, charlie):
    Agent.objects.update(units_total=1000)

    def consult(work):
        participant = consults.invite(conversation_id=work.pk, agent_id=charlie.pk, actor=alice.user)
        consults.accept(participant_id=participant.pk, actor=charlie.user)
        other = held_by(builders.conversation(channel, customer=builders.profile(account), queue=returns), alice)
        consults.invite(conversation_id=other.pk, agent_id=charlie.pk, actor=alice.user)

    def queries():
        found = {}
        for person, page in ((charlie, reverse("inbox:worklist")), (charlie, reverse("inbox:offers")), (alice, at("head", alices_work))):
            client = script(person)
            client.get(page)
            with CaptureQueriesContext(connection) as captured:
                client.get(page)
            found[page] = len(captured)
        return found

    consult(alices_work)
    few = queries()
    for _ in range(4):
        consult(held_by(builders.conversation(channel, customer=builders.profile(account), queue=returns), alice))
    consults.invite(conversation_id=alices_work.pk, agent_id=builders.agent("dana").pk, actor=alice.user)

    assert queries() == few
