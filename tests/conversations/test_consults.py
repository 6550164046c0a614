"""Colleagues are consulted: they read along, answer nobody, cost nothing, and go when the conversation does."""

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from conversations import access, arrival, assignment, auto_close, composer, consults, departure, lifecycle, offers, transfers
from conversations.models import Conversation, JournalEntry, Message, Participant
from tests import builders
from workstreams.distribution import capacity
from workstreams.models import Agent, DistributionSettings, Presence, Workstream


@pytest.fixture
def work(channel, returns, alice):
    """Alice's active conversation, in a queue that isn't Charlie's."""
    Agent.objects.filter(pk=alice.pk).update(units_used=20)
    return builders.conversation(channel, queue=returns, state="active", agent=alice, holder=alice, units_held=20)


@pytest.fixture
def invited(work, alice, charlie):
    return consults.invite(conversation_id=work.pk, agent_id=charlie.pk, actor=alice.user, note="返品できますか？")


@pytest.fixture
def joined(invited, charlie):
    return consults.accept(participant_id=invited.pk, actor=charlie.user)


def states():
    return list(Participant.objects.order_by("pk").values_list("state", flat=True))


def verbs():
    return list(JournalEntry.objects.order_by("id").values_list("verb", flat=True))


def lines():
    return [message.data["name"] for message in Message.objects.filter(direction="notice").order_by("id")]


def sees(agent, work):
    return access.visible_conversations(agent.user).filter(pk=work.pk).exists()


def test_an_invitation_takes_no_capacity_and_changes_no_presence(invited, work, alice, charlie):
    before = dict(Presence.objects.values_list("agent", "state"))

    consults.accept(participant_id=invited.pk, actor=charlie.user)

    work.refresh_from_db()
    assert (work.agent, work.holder, work.receiver) == (alice, alice, None)
    assert dict(Agent.objects.values_list("user__username", "units_used")) == {"alice": 20, "charlie": 0}
    assert capacity.find_drift() == []
    assert dict(Presence.objects.values_list("agent", "state")) == before
    assert verbs() == lines() == ["consult_requested", "consult_accepted"]
    assert invited.note.text == "返品できますか？"


def test_who_is_invited_or_has_joined_may_read_and_nobody_else(work, alice, charlie):
    assert not sees(charlie, work)
    participant = consults.invite(conversation_id=work.pk, agent_id=charlie.pk, actor=alice.user)
    assert sees(charlie, work)
    consults.accept(participant_id=participant.pk, actor=charlie.user)
    assert sees(charlie, work)
    consults.leave(participant_id=participant.pk, actor=charlie.user)
    assert not sees(charlie, work)


def test_a_consultant_writes_no_answer(joined, work, charlie):
    with pytest.raises(composer.CannotSend):
        composer.send_text(conversation_id=work.pk, actor=charlie.user, text="I know!", client_id="1")
    with pytest.raises(lifecycle.NotAllowedNow):
        lifecycle.end_conversation(conversation_id=work.pk, actor=charlie.user)
    with pytest.raises(lifecycle.NotAllowedNow):
        consults.invite(conversation_id=work.pk, agent_id=work.agent_id, actor=charlie.user)


def test_accepting_and_declining_twice_is_once(invited, charlie):
    consults.accept(participant_id=invited.pk, actor=charlie.user)
    consults.accept(participant_id=invited.pk, actor=charlie.user)

    assert verbs() == ["consult_requested", "consult_accepted"]
    with pytest.raises(consults.ConsultGone):
        consults.decline(participant_id=invited.pk, actor=charlie.user)


def test_declining_leaves_a_line(invited, charlie):
    consults.decline(participant_id=invited.pk, actor=charlie.user)
    consults.decline(participant_id=invited.pk, actor=charlie.user)

    assert (states(), verbs()) == (["declined"], ["consult_requested", "consult_declined"])
    with pytest.raises(consults.ConsultGone, match="declined"):
        consults.accept(participant_id=invited.pk, actor=charlie.user)


def test_an_invitation_runs_out(invited, charlie):
    assert consults.expire_consults() == 0
    Participant.objects.update(deadline=timezone.now() - datetime.timedelta(seconds=1))

    with pytest.raises(consults.ConsultGone, match="run out"):
        consults.accept(participant_id=invited.pk, actor=charlie.user)
    assert (consults.expire_consults(), consults.expire_consults()) == (1, 0)
    assert (states(), lines()) == (["timed_out"], ["consult_requested", "consult_timed_out"])


def test_who_goes_is_invited_no_longer_but_stays_a_consultant(invited, work, alice, charlie, bob):
    stays = consults.invite(conversation_id=work.pk, agent_id=bob.pk, actor=alice.user)
    consults.accept(participant_id=stays.pk, actor=bob.user)
    Presence.objects.update(state="offline")

    assert consults.expire_consults() == 1
    assert states() == ["timed_out", "joined"]


def test_the_agent_ends_it_and_the_consultant_leaves(joined, work, alice, charlie, bob):
    other = consults.invite(conversation_id=work.pk, agent_id=bob.pk, actor=alice.user)

    consults.leave(participant_id=joined.pk, actor=charlie.user)
    consults.end_consult(participant_id=other.pk, actor=alice.user)
    consults.end_consult(participant_id=other.pk, actor=alice.user)

    assert states() == ["left", "ended"]
    assert verbs()[-2:] == ["consult_left", "consult_ended"]
    again = consults.invite(conversation_id=work.pk, agent_id=charlie.pk, actor=alice.user)
    assert (again.state, again.place) == ("invited", 1)


def test_colleagues_neither_end_nor_answer_what_isnt_theirs(invited, bob, sue):
    with pytest.raises(lifecycle.NotAllowedNow, match="Alice has"):
        consults.end_consult(participant_id=invited.pk, actor=bob.user)
    for verb in (consults.accept, consults.decline, consults.leave):
        with pytest.raises(consults.ConsultGone):
            verb(participant_id=invited.pk, actor=bob.user)
    consults.end_consult(participant_id=invited.pk, actor=sue)
    assert states() == ["ended"]


def test_five_at_most_and_each_once(work, alice, returns):
    agents = [builders.agent(f"agent{number}") for number in range(6)]

    for agent in agents[:5]:
        consults.invite(conversation_id=work.pk, agent_id=agent.pk, actor=alice.user)
    consults.invite(conversation_id=work.pk, agent_id=agents[0].pk, actor=alice.user)
    with pytest.raises(lifecycle.NotAllowedNow, match="Five"):
        consults.invite(conversation_id=work.pk, agent_id=agents[5].pk, actor=alice.user)

    assert sorted(Participant.objects.values_list("place", flat=True)) == [1, 2, 3, 4, 5]


def test_the_database_holds_five_places_and_each_agent_once(invited, work, bob):
    at = {"invited_at": timezone.now(), "deadline": timezone.now()}
    for place, agent in ((1, bob), (2, invited.agent), (6, bob), (0, bob)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Participant.objects.create(conversation=work, agent=agent, place=place, **at)


@pytest.mark.parametrize("state", ["do_not_disturb", "inactive", "away", "offline"])
def test_who_wants_no_work_is_not_asked(state, work, alice, bob):
    Presence.objects.filter(agent=bob).update(state=state)

    with pytest.raises(lifecycle.NotAllowedNow, match="can't be asked"):
        consults.invite(conversation_id=work.pk, agent_id=bob.pk, actor=alice.user)


def test_who_has_no_room_can_still_be_asked(work, alice, bob):
    Agent.objects.filter(pk=bob.pk).update(units_used=100)

    assert consults.invite(conversation_id=work.pk, agent_id=bob.pk, actor=alice.user).state == "invited"


def test_the_installation_can_forbid_it(work, alice, bob):
    DistributionSettings.objects.create(pk=1, consults=False)

    with pytest.raises(lifecycle.NotAllowedNow, match="can't be asked"):
        consults.invite(conversation_id=work.pk, agent_id=bob.pk, actor=alice.user)


def test_only_its_agent_invites(work, alice, bob, sue):
    for actor in (bob.user, sue):
        with pytest.raises(lifecycle.NotAllowedNow, match="Alice has"):
            consults.invite(conversation_id=work.pk, agent_id=bob.pk, actor=actor)


ENDINGS = {
    "waits": lambda work, people: lifecycle.wait_for_customer(conversation_id=work.pk, actor=people["alice"].user),
    "ends": lambda work, people: lifecycle.end_conversation(conversation_id=work.pk, actor=people["alice"].user),
    "to queue": lambda work, people: transfers.transfer_to_queue(
        conversation_id=work.pk, queue_id=people["queue"].pk, actor=people["alice"].user
    ),
    "to a colleague": lambda work, people: offers.accept_offer(
        offer_id=transfers.transfer_to_agent(conversation_id=work.pk, agent_id=people["bob"].pk, actor=people["alice"].user).pk,
        actor=people["bob"].user,
    ),
    "assigned": lambda work, people: assignment.assign_conversation(
        conversation_id=work.pk, agent_id=people["charlie"].pk, actor=people["sue"]
    ),
    "forced": lambda work, people: lifecycle.force_close(conversation_id=work.pk, actor=people["sue"]),
    "agent leaves": lambda work, people: departure.deactivate_person(actor=people["root"], person=people["alice"].user),
    "silent": lambda work, people: auto_close.close_silent(),
}


@pytest.mark.parametrize("block", ["none", "always"])
@pytest.mark.parametrize("ending", ENDINGS)
def test_it_ends_with_the_session(ending, block, joined, work, alice, bob, charlie, everyone, sue, root):
    consults.invite(conversation_id=work.pk, agent_id=builders.agent("dana").pk, actor=alice.user)
    Workstream.objects.update(wrap_up_block=block)
    if ending == "silent":
        long_ago = timezone.now() - datetime.timedelta(days=40)
        Conversation.objects.update(state_changed_at=long_ago, last_interaction_at=long_ago)

    ENDINGS[ending](work, {"alice": alice, "bob": bob, "charlie": charlie, "sue": sue, "root": root, "queue": everyone})

    assert states() == ["ended", "ended"]
    assert verbs().count("consult_ended") == 2
    assert sees(charlie, work) == (ending == "assigned")


def test_a_transfer_that_is_only_asked_for_ends_nothing(joined, work, alice, bob):
    transfers.transfer_to_agent(conversation_id=work.pk, agent_id=bob.pk, actor=alice.user)
    with transaction.atomic():
        arrival.customer_wrote(channel=work.channel, profile=work.profile, at=timezone.now())

    assert states() == ["joined"]


def test_a_consultant_who_leaves_the_company_is_one_no_longer(joined, charlie, root, work, alice):
    departure.deactivate_person(actor=root, person=charlie.user)

    work.refresh_from_db()
    assert (states(), work.agent) == (["ended"], alice)
