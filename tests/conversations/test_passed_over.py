"""Work that nobody may take stands in nobody's way, however much of it waits."""

import datetime

import pytest
from django.utils import timezone

from conversations import tasks
from conversations.models import Conversation, Offer
from tests import builders
from workstreams.models import Queue, Skill, Workstream

SECONDS = datetime.timedelta(seconds=1)


@pytest.fixture
def waiting(channel):
    """`waiting(count, …)` conversations, each a second younger than the one before."""
    begin = timezone.now() - datetime.timedelta(hours=2)

    def make(count, **extra):
        profiles = [builders.profile(channel.account) for _ in range(count)]
        first = Conversation.objects.count()
        made = [
            Conversation(
                channel=channel,
                profile=profile,
                queue=channel.workstream.fallback_queue,
                **{"queued_at": at, "routed_at": at, "last_interaction_at": at, "state_changed_at": at},
                **extra,
            )
            for number, profile in enumerate(profiles, start=first)
            for at in [begin + number * SECONDS]
        ]
        return Conversation.objects.bulk_create(made)

    return make


@pytest.fixture
def thai(channel):
    """A skill that nobody has, and that the work requires."""
    Workstream.objects.update(skill_matching="exact")
    return {str(Skill.objects.create(name="Thai").pk): 5}


@pytest.mark.parametrize("ageing", [None, 60])
def test_what_somebody_can_take_behind_300_that_nobody_can_is_offered_in_one_sweep(waiting, thai, alice, ageing):
    Queue.objects.update(ageing_seconds=ageing)
    waiting(300, skills=thai)
    (takeable,) = waiting(1)

    tasks.sweep()

    assert Offer.objects.get(state="pending").conversation == takeable
