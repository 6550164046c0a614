"""One pass over queues that are served together: which waiting item goes to which agent, with the capacity reserved."""

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from workstreams.clock import database_now
from workstreams.models import AssignmentMethod, DistributionSettings, Membership, Queue
from workstreams.rows import update_each

from .capacity import Cost, Take, reserve
from .eligibility import Candidate, WaitingItem, load_candidates, load_skills, why_not_called
from .methods import key_of
from .ranking import Ranking

# Items of one pass. Dynamics takes the same number for messaging.
BATCH = 100


class WaitingWork(Protocol):
    """The waiting items of the queues, locked; made by the floor above, which knows what they are."""

    def least_units(self) -> int:
        """The fewest units that any of the items can cost: who has fewer needn't be looked at."""

    def called(self, *, now: datetime.datetime, limit: int) -> Sequence[WaitingItem]:
        """Items of which a former or preferred agent is there and has room, in their turn."""

    def in_turn(self, *, after: WaitingItem | None, now: datetime.datetime, limit: int) -> Sequence[WaitingItem]:
        """Items in the order in which they are served (`turn`), from behind `after`."""


@dataclass(frozen=True)
class Pick:
    """This item goes to this agent, whose capacity is reserved. The explanation says why, and why nobody else."""

    item_id: int
    agent_id: int
    queue_id: int
    cost: Cost
    at: datetime.datetime
    explanation: dict[str, Any]


@dataclass(frozen=True)
class Cycle:
    """What one pass found. `again`: another process was quicker somewhere, or more may be called for.

    `go_on_after` is set when agents have room but the batch held nothing more for them.
    """

    at: datetime.datetime
    picks: list[Pick] = field(default_factory=list)
    again: bool = False
    go_on_after: WaitingItem | None = None


def turn(item: WaitingItem, ageing_seconds: int | None) -> tuple[Any, ...]:
    """An item's place: the higher priority, then the older interaction.

    With ageing one point of priority is worth so many seconds of waiting, which gives the same order at any moment.
    """
    if ageing_seconds is None:
        return (-item.priority, item.since, item.item_id)
    return (item.since - datetime.timedelta(seconds=item.priority * ageing_seconds), item.item_id)


def run(queues: Collection[Queue], *, waiting: WaitingWork, after: WaitingItem | None = None) -> Cycle:
    """Match waiting items with agents and reserve the capacity; the caller writes the assignments in the same transaction.

    The queues are of one priority and one ageing. Locks them, then (through `waiting`) the items, then the agents, each by
    id. The number of queries depends neither on what waits, nor on the agents, nor on the picks.
    """
    locked = {
        queue.pk: queue for queue in Queue.objects.select_for_update(no_key=True).filter(pk__in=[q.pk for q in queues]).order_by("pk")
    }
    settings, now = DistributionSettings.current(), database_now()
    called = waiting.called(now=now, limit=BATCH) if after is None else []
    wanted = {agent for item in called for agent in (item.former_agent_id, *item.preferred) if agent is not None}
    candidates = load_candidates(list(locked.values()), now=now, settings=settings, besides=wanted)
    least = Cost(waiting.least_units())
    if not _anybody(candidates.values(), least):
        return Cycle(now)
    batch = waiting.in_turn(after=after, now=now, limit=BATCH)
    if any(item.demand.skills for item in batch) or any(queue.assignment_method == AssignmentMethod.CUSTOM for queue in locked.values()):
        load_skills(candidates)
    matching = Matching(locked, candidates, settings, now)
    matching.call(called)
    matching.serve(batch)
    fits = reserve([Take(pick.agent_id, pick.cost, pick.at) for pick in matching.picks], settings=settings)
    picks = [pick for pick, fit in zip(matching.picks, fits, strict=True) if fit]
    _note_turns(picks, candidates)
    go_on = len(batch) == BATCH and _anybody(candidates.values(), least)
    again = len(picks) < len(fits) or (len(called) == BATCH and bool(picks))
    return Cycle(now, picks, again=again, go_on_after=batch[-1] if go_on else None)


def _anybody(candidates: Iterable[Candidate], least: Cost) -> bool:
    return any(candidate.there and not candidate.room.why_not(least) for candidate in candidates)


def _note_turns(picks: Sequence[Pick], candidates: dict[int, Candidate]) -> None:
    """When each member last had work of the queue; a former agent needs no membership."""
    places = ((candidates[pick.agent_id].queues.get(pick.queue_id), pick.at) for pick in picks)
    update_each(Membership, {place.membership_id: (at,) for place, at in places if place}, sets=["last_assigned_at"])


class Matching:
    """The picks of one pass, in their order; each is a microsecond after the one before, so turns stay apart."""

    def __init__(
        self, queues: dict[int, Queue], candidates: dict[int, Candidate], settings: DistributionSettings, now: datetime.datetime
    ) -> None:
        self.picks: list[Pick] = []
        self._queues, self._candidates, self._settings, self._now = queues, candidates, settings, now
        self._rankings: dict[Any, Ranking] = {}

    def call(self, items: Sequence[WaitingItem]) -> None:
        """Former agents first, then preferred ones: before the order of items and without regard to skills."""
        for item in items:
            self._give_to_first(item, [item.former_agent_id] if item.former_agent_id is not None else [], "affinity")
        taken = {pick.item_id for pick in self.picks}
        for item in items:
            if item.item_id not in taken:
                self._give_to_first(item, item.preferred, "preferred")

    def serve(self, items: Sequence[WaitingItem]) -> None:
        """Everybody else, each in its turn to the best agent of its queue."""
        taken = {pick.item_id for pick in self.picks}
        for item in items:
            if item.item_id in taken:
                continue
            ranking = self._ranking(item)
            if ranking.best is not None:
                method = self._queues[item.demand.queue_id].assignment_method
                self._give(item, ranking.best, {"method": method} | ranking.explanation())

    def _give_to_first(self, item: WaitingItem, agent_ids: Sequence[int], method: str) -> None:
        for agent_id in agent_ids:
            agent = self._candidates.get(agent_id)
            if agent and item.demand.may_call(agent_id) and not why_not_called(agent, item.demand):
                self._give(item, agent, {"method": method})
                return

    def _ranking(self, item: WaitingItem) -> Ranking:
        found = self._rankings.get(item.demand)
        if found is None:
            key = key_of(self._queues[item.demand.queue_id])
            limit = self._settings.decline_limit
            found = self._rankings[item.demand] = Ranking(item.demand, self._candidates.values(), key=key, decline_limit=limit)
        return found

    def _give(self, item: WaitingItem, agent: Candidate, explanation: dict[str, Any]) -> None:
        cost, queue_id = item.demand.cost, item.demand.queue_id
        at = self._now + datetime.timedelta(microseconds=len(self.picks))
        told = {"agent": agent.name, "free": agent.room.free_for(cost)} | explanation
        agent.room.take(cost)
        agent.last_assigned_at = at
        if queue_id in agent.queues:
            agent.queues[queue_id] = replace(agent.queues[queue_id], last_assigned_at=at)
        for ranking in self._rankings.values():
            ranking.moved(agent)
        self.picks.append(Pick(item.item_id, agent.agent_id, queue_id, cost, at, told))
