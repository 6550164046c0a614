"""Who could take a piece of work, and why the others can't."""

import datetime
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import Q

from workstreams.models import Agent, AgentSkill, BasePresence, DistributionSettings, Membership, Queue
from workstreams.presence import present_since

from .capacity import Cost, Room, load_rooms

# Dynamics: what so many agents have declined is left to people.
MOST_DECLINERS = 100


@dataclass(frozen=True)
class Demand:
    """What a piece of work asks of whoever takes it. Items with equal demands see the agents in the same order.

    `skills`: (skill, least rating), which are `required` or else only wished for. `declines`: (agent, how often).
    `only`: nobody but these agents, in the queue or not. `let_go_by` had it until it came back into its queue.
    """

    queue_id: int
    cost: Cost
    allowed_presences: frozenset[str]
    skills: tuple[tuple[int, int], ...] = ()
    required: bool = False
    declines: tuple[tuple[int, int], ...] = ()
    only: frozenset[int] | None = None
    let_go_by: int | None = None

    @cached_property
    def declines_of(self) -> dict[int, int]:
        return dict(self.declines)

    def may_call(self, agent_id: int) -> bool:
        """Whether a former or preferred agent is asked before the others: not one who has let it go, declined or missed it."""
        return agent_id != self.let_go_by and not self.declines_of.get(agent_id)


@dataclass(frozen=True)
class WaitingItem:
    """A piece of work that waits. The former agent, then the preferred ones in their order, are asked before its queue is."""

    item_id: int
    demand: Demand
    priority: int
    since: datetime.datetime
    former_agent_id: int | None = None
    preferred: tuple[int, ...] = ()


@dataclass(frozen=True)
class Joined:
    """A place in a queue: since when, and when work of that queue last came."""

    membership_id: int
    joined_at: datetime.datetime
    last_assigned_at: datetime.datetime | None


@dataclass
class Candidate:
    """An agent as distribution sees it. Room and times follow the picks of the running cycle."""

    agent_id: int
    name: str
    presence: str
    there: bool
    room: Room
    last_assigned_at: datetime.datetime | None = None
    last_released_at: datetime.datetime | None = None
    queues: dict[int, Joined] = field(default_factory=dict)
    skills: dict[int, int] = field(default_factory=dict)

    def missing(self, demand: Demand) -> int:
        """How many points of rating the agent lacks of what is asked, over all skills."""
        return sum(max(least - self.skills.get(skill, 0), 0) for skill, least in demand.skills)


def why_not(candidate: Candidate, demand: Demand, *, decline_limit: int) -> str:
    """Empty if the agent may be offered the work in its turn, else the first reason against it (a code of `explanation`)."""
    if demand.only is None and demand.queue_id not in candidate.queues:
        return "not_member"
    if demand.only is not None and candidate.agent_id not in demand.only:
        return "not_preferred"
    reason = why_not_called(candidate, demand)
    if reason:
        return reason
    if demand.required and demand.only is None and candidate.missing(demand):
        return "skills"
    if demand.declines_of.get(candidate.agent_id, 0) >= decline_limit:
        return "declined"
    return ""


def why_not_called(candidate: Candidate, demand: Demand) -> str:
    """The same for a former or preferred agent, who needs no membership and no skills, but presence and room as everybody."""
    if not candidate.there:
        return "not_there"
    if candidate.presence not in demand.allowed_presences:
        return "presence"
    return candidate.room.why_not(demand.cost)


def load_candidates(
    queues: Collection[Queue], *, now: datetime.datetime, settings: DistributionSettings, besides: Collection[int] = ()
) -> dict[int, Candidate]:
    """The members of the queues who can log in, and the agents `besides`, by id; four queries whatever their number."""
    places = Membership.objects.filter(queue__in=queues)
    rows = list(
        Agent.objects.filter(Q(pk__in=places.values("agent")) | Q(pk__in=besides), user__is_active=True, left_at__isnull=True).values_list(
            *("pk", "user__first_name", "user__last_name", "user__username", "presence__state", "presence__seen_at"),
            *("units_total", "units_used", "last_assigned_at", "last_released_at"),
        )
    )
    rooms = load_rooms({row[0]: row[6] - row[7] for row in rows}, most_sessions=settings.most_sessions)
    candidates = {}
    for pk, first, last, username, state, seen_at, _total, _used, assigned_at, released_at in rows:
        there = state not in (None, BasePresence.OFFLINE) and seen_at is not None and seen_at >= present_since(now)
        name = f"{first} {last}".strip() or username
        candidates[pk] = Candidate(pk, name, state or BasePresence.OFFLINE, there, rooms[pk], assigned_at, released_at)
    for pk, queue_id, agent_id, joined_at, assigned_at in places.values_list("pk", "queue_id", "agent_id", "joined_at", "last_assigned_at"):
        if agent_id in candidates:
            candidates[agent_id].queues[queue_id] = Joined(pk, joined_at, assigned_at)
    return candidates


def load_skills(candidates: dict[int, Candidate]) -> None:
    """What the candidates can do; one query."""
    found = AgentSkill.objects.filter(agent__in=list(candidates))
    for agent_id, skill_id, rating in found.values_list("agent_id", "skill_id", "rating"):
        candidates[agent_id].skills[skill_id] = rating
