"""The real pass and the obvious one agree, over random agents, work, skills, capacities, declines and preferences."""

import datetime

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations import dispatch
from conversations.models import Contact, Conversation, Offer, PreferredAgent
from tests import builders
from tests.workstreams import reference
from workstreams.distribution import capacity
from workstreams.distribution.capacity import Cost, Room
from workstreams.distribution.cycle import Matching, turn
from workstreams.distribution.eligibility import Candidate, Demand, Joined, WaitingItem
from workstreams.models import (
    Agent,
    AgentCapacity,
    AgentSkill,
    CapacityProfile,
    DistributionSettings,
    Membership,
    Presence,
    Queue,
    Skill,
    User,
)

NOW = timezone.now()
QUEUES, SKILLS, PROFILES = range(2), range(2), range(2)
METHODS = ["highest_capacity", "advanced_round_robin", "least_active"]
PRESENCES = ["available", "busy", "away", "offline"]


def some(values, value=None):
    """A dict over some of the values."""
    return st.dictionaries(st.sampled_from(list(values)), st.integers(1, 10) if value is None else value, max_size=len(list(values)))


agents = st.builds(
    reference.Agent,
    units=st.sampled_from([0, 20, 40, 100]),
    work=st.lists(st.sampled_from([0, 5, 20]), max_size=3),
    presence=st.sampled_from(PRESENCES[:1] * 4 + PRESENCES),
    there=st.sampled_from([True, True, True, False]),
    joined=some(QUEUES, st.integers(-900, -600)),
    skills=some(SKILLS),
    limits=some(PROFILES, st.integers(1, 2)),
    assigned=st.none() | st.integers(-500, -100),
    assigned_in=some(QUEUES, st.integers(-500, -100)),
    released=st.none() | st.integers(-500, -100),
)
kinds = st.builds(
    reference.Kind,
    units=st.sampled_from([5, 20, 50]),
    profile=st.none() | st.sampled_from(list(PROFILES)),
    presences=st.sampled_from([("available",), ("available", "busy")]),
    matching=st.sampled_from(["exact", "closest", "none"]),
    relax_after=st.sampled_from([None, 50, 500]),
    keeps=st.booleans(),
    patience=st.sampled_from([0, 50, 500]),
    prefers=st.booleans(),
    waits=st.booleans(),
)


@st.composite
def worlds(draw):
    people = draw(st.lists(agents, min_size=1, max_size=5))
    numbers = st.integers(0, len(people) - 1)
    streams = draw(st.lists(kinds, min_size=1, max_size=2))
    items = [
        reference.Item(
            order=order,
            queue=draw(st.sampled_from(list(QUEUES))),
            kind=draw(st.sampled_from(streams)),
            age=draw(st.sampled_from([10, 20, 100, 200, 1000, 1100])),
            priority=draw(st.integers(-1, 2)),
            skills=draw(some(SKILLS)),
            profiles=tuple(draw(st.sets(st.sampled_from(list(PROFILES)), max_size=1))),
            former=draw(st.none() | numbers),
            preferred=tuple(draw(st.lists(numbers, max_size=3, unique=True))),
            declines=draw(some(range(len(people)), st.integers(1, 3))),
            let_go=draw(st.none() | numbers),
        )
        for order in range(draw(st.integers(1, 7)))
    ]
    return reference.World(
        agents=people,
        items=items,
        methods={queue: draw(st.sampled_from(METHODS)) for queue in QUEUES},
        ageing=draw(st.sampled_from([None, 60, 400])),
        blocking=tuple(draw(st.sets(st.sampled_from(list(PROFILES)), max_size=1))),
        decline_limit=draw(st.integers(1, 5)),
        most_sessions=draw(st.integers(1, 5)),
    )


class Rows:
    """A world as rows; keys grow with the numbers, so ties are broken alike."""

    def __init__(self, world):
        self.world, self.now = world, timezone.now()
        DistributionSettings.objects.create(pk=1, decline_limit=world.decline_limit, most_sessions=world.most_sessions)
        self.queues = [
            Queue.objects.create(name=f"Queue {number}", assignment_method=world.methods[number], ageing_seconds=world.ageing)
            for number in QUEUES
        ]
        self.skills = [Skill.objects.create(name=f"Skill {number}") for number in SKILLS]
        self.profiles = [
            CapacityProfile.objects.create(name=f"Profile {number}", limit=9, blocks=number in world.blocking) for number in PROFILES
        ]
        self.account = builders.account()
        kinds = {id(item.kind): item.kind for item in world.items}
        self.channels = {each: self._channel(number, kind) for number, (each, kind) in enumerate(kinds.items())}
        self.agents = self._agents()
        self.items = [self._item(item) for item in world.items]

    def at(self, second):
        return None if second is None else self.now + datetime.timedelta(seconds=second)

    def _channel(self, number, kind):
        workstream = builders.workstream(
            fallback_queue=self.queues[0],
            name=f"Workstream {number}",
            units_per_conversation=kind.units,
            capacity_by="units" if kind.profile is None else "profile",
            capacity_profile=None if kind.profile is None else self.profiles[kind.profile],
            allowed_presences=list(kind.presences),
            skill_matching=kind.matching,
            relax_skills_after_seconds=kind.relax_after,
            keep_same_agent=kind.keeps,
            affinity_wait_seconds=kind.patience,
            uses_preferred_agents=kind.prefers,
            preferred_fallback="wait" if kind.waits else "next_best",
        )
        return builders.channel(account=builders.account(), workstream=workstream)

    def _agents(self):
        made = []
        for number, each in enumerate(self.world.agents):
            user = User.objects.create(username=f"agent{number}")
            agent = Agent.objects.create(
                user=user,
                public_name=user.username,
                units_total=each.units,
                units_used=sum(each.work),
                last_assigned_at=self.at(each.assigned),
                last_released_at=self.at(each.released),
            )
            seen = self.now if each.there else self.at(-100)
            Presence.objects.create(agent=agent, state=each.presence, seen_at=seen)
            for queue, joined in each.joined.items():
                last = self.at(each.assigned_in.get(queue))
                place = Membership.objects.create(queue=self.queues[queue], agent=agent, last_assigned_at=last)
                Membership.objects.filter(pk=place.pk).update(joined_at=self.at(joined))
            AgentSkill.objects.bulk_create(AgentSkill(agent=agent, skill=self.skills[s], rating=r) for s, r in each.skills.items())
            AgentCapacity.objects.bulk_create(
                AgentCapacity(agent=agent, profile=self.profiles[p], own_limit=limit) for p, limit in each.limits.items()
            )
            for units in each.work:
                channel = next(iter(self.channels.values()))
                builders.conversation(channel, state="active", agent=agent, holder=agent, units_held=units)
            made.append(agent)
        return made

    def _item(self, item):
        channel = self.channels[id(item.kind)]
        contact = Contact.objects.create(name=f"Customer {item.order}")
        for position, number in enumerate(item.preferred, start=1):
            PreferredAgent.objects.create(contact=contact, agent=self.agents[number], position=position)
        conversation = builders.conversation(
            channel,
            customer=builders.profile(channel.account, contact=contact),
            queue=self.queues[item.queue],
            priority=item.priority,
            last_interaction_at=self.at(-item.age),
            queued_at=self.at(-item.age),
            skills={str(self.skills[skill].pk): least for skill, least in item.skills.items()},
            capacity_profiles=[self.profiles[profile].pk for profile in item.profiles],
            affinity_agent=None if item.former is None else self.agents[item.former],
            let_go_by=None if item.let_go is None else self.agents[item.let_go],
        )
        Offer.objects.bulk_create(
            Offer(
                conversation=conversation,
                agent=self.agents[number],
                queue=conversation.queue,
                state="declined",
                offered_at=self.at(-item.age + 1),
                deadline=self.at(-1),
                decided_at=self.at(-2),
            )
            for number, times in item.declines.items()
            for _ in range(times)
        )
        return conversation

    def given(self):
        numbers = {agent.pk: number for number, agent in enumerate(self.agents)}
        orders = {conversation.pk: order for order, conversation in enumerate(self.items)}
        offers = Offer.objects.filter(state="pending").values_list("conversation_id", "agent_id")
        return {orders[conversation]: numbers[agent] for conversation, agent in offers}


def candidates_of(world):
    """The agents as the product sees them once they are read; all moments count from `NOW`, as the items' do."""

    def at(second):
        return None if second is None else NOW + datetime.timedelta(seconds=second)

    return {
        number: Candidate(
            agent_id=number,
            name=f"agent{number}",
            presence=each.presence,
            there=each.there and each.presence != "offline",
            room=Room(
                each.units - sum(each.work),
                world.most_sessions - len(each.work),
                dict(each.limits),
                tuple(set(world.blocking) & set(each.limits)),
            ),
            last_assigned_at=at(each.assigned),
            last_released_at=at(each.released),
            queues={queue: Joined(0, at(joined), at(each.assigned_in.get(queue))) for queue, joined in each.joined.items()},
            skills=dict(each.skills),
        )
        for number, each in enumerate(world.agents)
    }


def waiting_item(item):
    kind = item.kind
    required = kind.matching == "exact" and (kind.relax_after is None or item.age < kind.relax_after)
    preferred = item.preferred if kind.prefers else ()
    demand = Demand(
        queue_id=item.queue,
        cost=Cost(reference.units_of(item), tuple(sorted(reference.profiles_of(item)))),
        allowed_presences=frozenset(kind.presences),
        skills=() if kind.matching == "none" else tuple(sorted(item.skills.items())),
        required=required,
        declines=tuple(sorted(item.declines.items())),
        only=frozenset(preferred) if kind.waits and preferred else None,
        let_go_by=item.let_go,
    )
    since = NOW - datetime.timedelta(seconds=item.age)
    return WaitingItem(item.order, demand, item.priority, since, item.former if kind.keeps else None, preferred)


@settings(max_examples=500, deadline=None)
@given(world=worlds())
def test_matching_alone_agrees_too(world):
    queues = {queue: Queue(pk=queue, assignment_method=world.methods[queue]) for queue in QUEUES}
    limits = DistributionSettings(decline_limit=world.decline_limit, most_sessions=world.most_sessions)
    items = [waiting_item(item) for item in world.items]
    held_back = {item.order for item in world.items if item.kind.keeps and item.former is not None and item.age < item.kind.patience}
    matching = Matching(queues, candidates_of(world), limits, NOW)

    matching.call(sorted(items, key=lambda item: (item.since, item.item_id)))
    matching.serve(sorted((item for item in items if item.item_id not in held_back), key=lambda item: turn(item, world.ageing)))

    assert {pick.item_id: pick.agent_id for pick in matching.picks} == reference.distribute(world)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds())
def test_a_pass_gives_everything_to_whom_the_obvious_one_gives_it(world):
    with transaction.atomic():
        rows = Rows(world)
        expected = reference.distribute(world)

        dispatch.distribute_batch(rows.queues)

        assert rows.given() == expected
        assert capacity.find_drift() == []
        for conversation in Conversation.objects.filter(state="open", holder__isnull=False):
            assert Offer.objects.get(conversation=conversation, state="pending").agent_id == conversation.holder_id
        transaction.set_rollback(True)
