"""How a queue orders the agents who could take an item: the smallest key comes first.

An order is one key; a method is a list of orders, each deciding between agents whom those before it leave equal. Whatever
the method, who let the item go comes last, agents who declined it come after those who didn't, and where skills are only
wished for, agents to whom less is missing come before the others.
"""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workstreams.models import AssignmentMethod, Queue

from .eligibility import Candidate, Demand

NEVER = datetime.datetime.min.replace(tzinfo=datetime.UTC)


def _queue_turn(candidate: Candidate, demand: Demand) -> tuple[datetime.datetime, datetime.datetime]:
    """Who never had work of this queue comes first, in the order of joining it; then the longest without."""
    joined = candidate.queues.get(demand.queue_id)
    return (joined.last_assigned_at or NEVER, joined.joined_at) if joined else (NEVER, NEVER)


@dataclass(frozen=True)
class Order:
    """One order of agents, and how a form names it."""

    words: Promise
    key: Callable[[Candidate, Demand], Any]


ORDERS: dict[str, Order] = {
    "most_room": Order(_("Most room first"), lambda agent, demand: -agent.room.free_for(demand.cost)),
    "fewest_conversations": Order(_("Fewest conversations first"), lambda agent, demand: -agent.room.sessions),
    "queue_turn": Order(_("By turns within the queue"), _queue_turn),
    "longest_without": Order(_("Longest without an assignment first"), lambda agent, demand: agent.last_assigned_at or NEVER),
    "least_active": Order(_("Longest since finishing work first"), lambda agent, demand: agent.last_released_at or NEVER),
    "highest_rating": Order(
        _("Highest rating in the skills asked for first"),
        lambda agent, demand: -sum(agent.skills.get(skill, 0) for skill, _least in demand.skills),
    ),
    "nearest_rating": Order(
        _("Rating nearest to what is asked first"),
        lambda agent, demand: sum(abs(agent.skills.get(skill, 0) - least) for skill, least in demand.skills),
    ),
    "fewest_skills": Order(_("Fewest skills first"), lambda agent, demand: len(agent.skills)),
}
METHODS: dict[str, Sequence[str]] = {
    AssignmentMethod.HIGHEST_CAPACITY: ["most_room"],
    AssignmentMethod.ADVANCED_ROUND_ROBIN: ["queue_turn"],
    AssignmentMethod.LEAST_ACTIVE: ["least_active"],
}


def orders_of(queue: Queue) -> list[str]:
    """The orders that a queue uses, the last resort included. Names that this version doesn't know are passed over."""
    own = METHODS.get(queue.assignment_method, queue.order_by)
    return [name for name in own if name in ORDERS] + ["longest_without"]


def key_of(queue: Queue) -> Callable[[Candidate, Demand], tuple[Any, ...]]:
    """The key by which a queue orders agents for a demand. An agent's assignments only ever make it larger."""
    keys = [ORDERS[name].key for name in orders_of(queue)]

    def key(agent: Candidate, demand: Demand) -> tuple[Any, ...]:
        declines = demand.declines_of.get(agent.agent_id, 0)
        let_go = agent.agent_id == demand.let_go_by
        return (let_go, declines, agent.missing(demand), *(each(agent, demand) for each in keys), agent.agent_id)

    return key
