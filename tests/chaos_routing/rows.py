"""The installation under fire: queues, workstreams, agents, and customers who come."""

import datetime
import random

from django.db.models import Count
from django.utils import timezone

from channels_app.models import Channel
from conversations import dispatch
from conversations.models import Conversation
from tests import builders
from workstreams.models import (
    AgentCapacity,
    AgentSkill,
    CapacityProfile,
    DistributionSettings,
    Presence,
    Queue,
    Skill,
    Workstream,
)

from .plan import PROFILES, QUEUES, SKILLS, WORKSTREAMS, Size, person


def build(size: Size, chance: random.Random) -> None:
    queues = {name: builders.queue(name, priority=1 if name == "Important" else 100) for name in QUEUES}
    Queue.objects.filter(name="Second").update(assignment_method="advanced_round_robin")
    skills = {name: Skill.objects.create(name=name) for name in SKILLS}
    profiles = {name: CapacityProfile.objects.create(name=name, limit=2, blocks=name == "Calls") for name in PROFILES}
    DistributionSettings.objects.create(pk=1, decline_limit=5)
    for name, options in WORKSTREAMS.items():
        profile = {"capacity_profile": profiles["Cases"]} if name == "Places" else {}
        workstream = builders.workstream(fallback_queue=queues["First"], name=name, **options, **profile)
        builders.channel(account=builders.account(), workstream=workstream)
    for number in range(size.agents):
        made = person(chance, number)
        agent = builders.agent(f"agent{number}", queues=[queues[name] for name in made.queues], units_total=made.units)
        AgentSkill.objects.bulk_create(AgentSkill(agent=agent, skill=skills[name], rating=rating) for name, rating in made.skills.items())
        AgentCapacity.objects.bulk_create(
            AgentCapacity(agent=agent, profile=profiles[name], own_limit=limit) for name, limit in made.limits.items()
        )
    keep_pages_open()


def keep_pages_open() -> None:
    """Heartbeats for an hour, save of those whose page is closed."""
    Presence.objects.exclude(seen_at__lt=timezone.now()).update(seen_at=timezone.now() + datetime.timedelta(hours=1))


def let_come(count: int, chance: random.Random) -> None:
    """Some customers write, each to a random workstream and queue, and ask for something or nothing."""
    channels = list(Channel.objects.select_related("account", "workstream").order_by("pk"))
    queues, skills = list(Queue.objects.order_by("pk")), list(Skill.objects.order_by("pk"))
    calls = CapacityProfile.objects.get(name="Calls")
    for _number in range(count):
        builders.conversation(
            chance.choice(channels),
            queue=chance.choice(queues),
            priority=chance.choice([0, 0, 0, 1, 5]),
            skills={str(chance.choice(skills).pk): chance.randint(1, 10)} if chance.random() < 0.3 else {},
            capacity_profiles=[calls.pk] if chance.random() < 0.2 else [],
        )
    dispatch.hint()


def unfinished() -> dict[str, int]:
    """How many conversations there still are, by state."""
    left = Conversation.objects.exclude(state="closed").order_by()
    return dict(left.values_list("state").annotate(Count("pk")))


def everybody_works() -> None:
    """The storm is over: everybody is there, available, and stays."""
    Presence.objects.update(state="available", former="", seen_at=timezone.now() + datetime.timedelta(hours=1))
    Workstream.objects.update(relax_skills_after_seconds=1)
