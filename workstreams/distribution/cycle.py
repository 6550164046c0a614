"""One pass over a queue: which waiting item goes to which agent, with the units already reserved."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from workstreams.clock import database_now
from workstreams.models import Membership, Queue

from . import capacity
from .eligibility import Candidate, WaitingItem, load_candidates, why_not
from .methods import METHODS

# Items of one pass. Dynamics takes the same number for messaging.
BATCH = 100
# How many agents an explanation names on each side; a queue may have thousands.
NAMED = 20

Place: TypeAlias = tuple[datetime.datetime, int]


class WaitingWork(Protocol):
    """The waiting items of the queue, locked; made by the floor above, which knows what they are."""

    def returning(self, *, now: datetime.datetime, limit: int) -> Sequence[WaitingItem]:
        """Items whose former agent is there and has room, oldest interaction first."""

    def oldest(self, *, after: Place | None, limit: int) -> Sequence[WaitingItem]:
        """Items by (last interaction, id), from behind the place `after`."""


@dataclass(frozen=True)
class Pick:
    """This item goes to this agent, whose units are reserved. The explanation says why, and why nobody else."""

    item_id: int
    agent_id: int
    units: int
    explanation: dict[str, Any]


@dataclass(frozen=True)
class Cycle:
    """What one pass found. `lost`: another process spent an agent's units first, so another pass may find more.

    `go_on_after` is set when agents have room but the batch held nothing more for them.
    """

    at: datetime.datetime
    picks: list[Pick] = field(default_factory=list)
    lost: bool = False
    go_on_after: Place | None = None


def run(queue: Queue, *, waiting: WaitingWork, after: Place | None = None) -> Cycle:
    """Match up to 100 waiting items with agents and reserve the units; the caller writes the offers in the same transaction.

    Locks the queue, then (through `waiting`) the items, then the agents by id. The number of queries depends on the
    picks, never on how much waits.
    """
    Queue.objects.select_for_update(no_key=True).get(pk=queue.pk)
    now = database_now()
    returning = waiting.returning(now=now, limit=BATCH) if after is None else []
    candidates = load_candidates(queue, now=now, besides=[item.affinity_agent_id for item in returning if item.affinity_agent_id])
    if not any(candidate.there for candidate in candidates.values()):
        return Cycle(now)
    oldest = waiting.oldest(after=after, limit=BATCH)
    items = sorted({item.item_id: item for item in [*returning, *oldest]}.values(), key=lambda item: (item.since, item.item_id))
    proposed = _match(items[:BATCH], candidates.values(), method=queue.assignment_method, now=now)
    picks = [pick for pick in proposed if capacity.reserve(agent_id=pick.agent_id, units=pick.units, at=now)]
    Membership.objects.filter(queue=queue, agent_id__in={pick.agent_id for pick in picks}).update(last_assigned_at=now)
    last = oldest[-1] if len(oldest) == BATCH else None
    go_on = last is not None and any(why_not(candidate, last) in ("", "declined") for candidate in candidates.values())
    return Cycle(now, picks, lost=len(picks) < len(proposed), go_on_after=(last.since, last.item_id) if last and go_on else None)


def _match(items: Sequence[WaitingItem], candidates: Iterable[Candidate], *, method: str, now: datetime.datetime) -> list[Pick]:
    """Former agents first, then everybody in the queue's order; in the order of agents' ids, as they are to be locked."""
    known = {candidate.agent_id: candidate for candidate in candidates}
    picks: dict[int, Pick] = {}
    for item in items:
        former = known.get(item.affinity_agent_id) if item.affinity_agent_id else None
        if former and not item.declines.get(former.agent_id) and not why_not(former, item):
            picks[item.item_id] = _take(item, former, {"method": "affinity"}, now)
    for item in items:
        if item.item_id in picks:
            continue
        eligible = sorted((c for c in known.values() if not why_not(c, item)), key=lambda c: METHODS[method](c, item))
        if eligible:
            explanation = {"method": method, "candidates": _named(eligible, item), "refused": _refused(known.values(), item)}
            picks[item.item_id] = _take(item, eligible[0], explanation, now)
    return sorted(picks.values(), key=lambda pick: pick.agent_id)


def _take(item: WaitingItem, agent: Candidate, explanation: dict[str, Any], now: datetime.datetime) -> Pick:
    explanation |= {"agent": agent.name, "units": item.units, "units_free": agent.units_free}
    agent.units_free -= item.units
    agent.last_assigned_at = now
    return Pick(item.item_id, agent.agent_id, item.units, explanation)


def _named(eligible: Sequence[Candidate], item: WaitingItem) -> list[dict[str, Any]]:
    return [
        {"agent": candidate.name, "units_free": candidate.units_free, "declines": item.declines.get(candidate.agent_id, 0)}
        for candidate in eligible[:NAMED]
    ]


def _refused(candidates: Iterable[Candidate], item: WaitingItem) -> list[dict[str, Any]]:
    reasons = ((candidate.name, why_not(candidate, item)) for candidate in candidates)
    return [{"agent": name, "why": why} for name, why in reasons if why not in ("", "not_member")][:NAMED]
