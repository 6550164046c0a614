"""Who could take a piece of work, and why the others can't."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from workstreams.models import Agent, BasePresence, Queue
from workstreams.presence import present_since

# Dynamics: after three declines or time-outs of the same agent, that agent isn't offered the item again.
MOST_DECLINES = 3


@dataclass
class Candidate:
    """An agent as distribution sees it. `units_free` and `last_assigned_at` follow the picks of the running cycle."""

    agent_id: int
    name: str
    presence: str
    there: bool
    units_free: int
    last_assigned_at: datetime.datetime | None
    member: bool


@dataclass(frozen=True)
class WaitingItem:
    """A piece of work that waits: what it costs, which presences may take it, whose it was, who declined it how often."""

    item_id: int
    units: int
    allowed_presences: frozenset[str]
    since: datetime.datetime
    affinity_agent_id: int | None = None
    declines: Mapping[int, int] = field(default_factory=dict)


def load_candidates(queue: Queue, *, now: datetime.datetime, besides: Collection[int] = ()) -> dict[int, Candidate]:
    """The members of a queue who can log in, and the agents `besides`, by id; two queries whatever their number."""
    members = set(queue.memberships.values_list("agent_id", flat=True))
    rows = Agent.objects.filter(pk__in=members | set(besides), user__is_active=True).select_related("user", "presence")
    return {agent.pk: _candidate(agent, member=agent.pk in members, now=now) for agent in rows}


def _candidate(agent: Agent, *, member: bool, now: datetime.datetime) -> Candidate:
    presence = getattr(agent, "presence", None)
    seen = presence.seen_at if presence else None
    state = presence.state if presence else BasePresence.OFFLINE
    return Candidate(
        agent_id=agent.pk,
        name=agent.user.shown_name,
        presence=state,
        there=state != BasePresence.OFFLINE and seen is not None and seen >= present_since(now),
        units_free=agent.units_free,
        last_assigned_at=agent.last_assigned_at,
        member=member,
    )


def why_not(candidate: Candidate, item: WaitingItem) -> str:
    """Empty if the agent may be offered the item, else the first reason against it (a code for explanations)."""
    if not candidate.member and candidate.agent_id != item.affinity_agent_id:
        return "not_member"
    if not candidate.there:
        return "not_there"
    if candidate.presence not in item.allowed_presences:
        return "presence"
    if candidate.units_free < item.units:
        return "no_room"
    if item.declines.get(candidate.agent_id, 0) >= MOST_DECLINES:
        return "declined"
    return ""
