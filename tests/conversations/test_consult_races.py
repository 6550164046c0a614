"""Consulting at the very moment in which something else happens."""

import pytest

from conversations import consults, lifecycle
from conversations.models import Conversation, Participant
from tests import builders

from .test_concurrency import at_once, transient

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["transient"]
ROUNDS = 6


@pytest.fixture
def work(channel, returns, alice, transient):
    def make():
        Conversation.objects.all().delete()
        alice.units_used = 20
        alice.save()
        return builders.conversation(channel, queue=returns, state="active", agent=alice, holder=alice, units_held=20)

    yield make
    assert transient == []


def test_seven_are_invited_at_once_and_five_come(work, alice):
    agents = [builders.agent(f"agent{number}") for number in range(7)]
    for _ in range(ROUNDS):
        made = work()

        results = at_once(
            *[
                lambda agent=agent, made=made: consults.invite(conversation_id=made.pk, agent_id=agent.pk, actor=alice.user)
                for agent in agents
            ]
        )

        assert sorted(type(result).__name__ for result in results) == ["NotAllowedNow"] * 2 + ["Participant"] * 5
        assert Participant.objects.count() == 5


def test_inviting_one_at_once_invites_once(work, alice, bob):
    for _ in range(ROUNDS):
        made = work()

        results = at_once(*[lambda made=made: consults.invite(conversation_id=made.pk, agent_id=bob.pk, actor=alice.user)] * 4)

        assert results == [Participant.objects.get()] * 4


@pytest.mark.parametrize("other", ["ends", "withdraws", "declines"])
def test_accepting_while_it_ends_leaves_nobody_behind(other, work, alice, bob):
    for _ in range(ROUNDS):
        made = work()
        invited = consults.invite(conversation_id=made.pk, agent_id=bob.pk, actor=alice.user)
        acts = {
            "ends": lambda made=made: lifecycle.end_conversation(conversation_id=made.pk, actor=alice.user),
            "withdraws": lambda invited=invited: consults.end_consult(participant_id=invited.pk, actor=alice.user),
            "declines": lambda invited=invited: consults.decline(participant_id=invited.pk, actor=bob.user),
        }

        accepted, _done = at_once(lambda invited=invited: consults.accept(participant_id=invited.pk, actor=bob.user), acts[other])

        invited.refresh_from_db()
        if other == "declines":
            assert invited.state == ("joined" if isinstance(accepted, Participant) else "declined")
        else:
            assert invited.state == "ended"
            assert isinstance(accepted, Participant) == (invited.joined_at is not None)
