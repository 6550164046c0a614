"""The agents for one demand, in their queue's order, kept right while a cycle gives them work."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from typing import Any

from .eligibility import MOST_DECLINERS, Candidate, Demand, why_not

# How many agents an explanation names on each side; a queue may have thousands.
NAMED = 10
UNTOLD = {"not_member", "not_preferred"}


class Ranking:
    """Who may take work of a demand, the best first, and why the others may not."""

    def __init__(
        self, demand: Demand, agents: Iterable[Candidate], *, key: Callable[[Candidate, Demand], tuple[Any, ...]], decline_limit: int
    ) -> None:
        self.demand, self._key, self._decline_limit = demand, key, decline_limit
        self._stopped = len(demand.declines) >= MOST_DECLINERS
        self._refused: dict[int, tuple[str, str]] = {}
        self._keys: dict[int, tuple[Any, ...]] = {}
        self._agents: dict[int, Candidate] = {}
        for agent in agents:
            self._judge(agent)
        self._ordered = sorted(self._keys.values())

    @property
    def best(self) -> Candidate | None:
        return self._agents[self._ordered[0][-1]] if self._ordered else None

    def moved(self, agent: Candidate) -> None:
        """The agent was given work: another place in the order, or none."""
        former = self._keys.pop(agent.agent_id, None)
        if former is None:
            return
        del self._ordered[bisect_left(self._ordered, former)]
        self._judge(agent)
        if agent.agent_id in self._keys:
            insort(self._ordered, self._keys[agent.agent_id])

    def explanation(self) -> dict[str, Any]:
        """The first candidates as they stand, and why others were refused; those who are away are named last."""
        candidates = []
        for key in self._ordered[:NAMED]:
            agent = self._agents[key[-1]]
            told = {"agent": agent.name, "free": agent.room.free_for(self.demand.cost)}
            told |= {name: value for name, value in zip(("let_go", "declines", "missing"), key, strict=False) if value}
            candidates.append(told)
        refused = sorted(self._refused.values(), key=lambda each: each[1] == "not_there")[:NAMED]
        return {
            "candidates": candidates,
            "refused": [{"agent": name, "why": why} for name, why in refused],
            "numbers": [len(self._ordered), len(self._refused)],
        }

    def _judge(self, agent: Candidate) -> None:
        reason = "stopped" if self._stopped else why_not(agent, self.demand, decline_limit=self._decline_limit)
        if not reason:
            self._agents[agent.agent_id] = agent
            self._keys[agent.agent_id] = self._key(agent, self.demand)
        elif reason not in UNTOLD:
            self._refused[agent.agent_id] = (agent.name, reason)
