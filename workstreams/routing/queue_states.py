"""What routing knows of a queue at one moment: enough to test conditions on it and to see whether it overflows."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from .facts import FactValue

OUT_OF_HOURS, WAITING_ITEMS = "out_of_hours", "waiting_items"
QUEUE_ANYWAY, TRANSFER, END = "queue_anyway", "transfer", "end"


@dataclass(frozen=True, slots=True)
class OverflowRow:
    """One way in which a queue overflows before a conversation is queued, and what happens then."""

    condition: str
    action: str
    threshold: int | None = None
    target: int | None = None


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue now. `waiting` conversations wait in it, `agents` are there; `opens_at` is ISO 8601, None if it is open or never opens.

    `overflows` are its ways to overflow in their order. A queue that is gone doesn't exist, and nothing else about it is known.
    """

    queue_id: int
    name: str = ""
    exists: bool = True
    is_open: bool = True
    opens_at: str | None = None
    waiting: int = 0
    agents: int = 0
    overflows: tuple[OverflowRow, ...] = ()

    def overflow(self) -> OverflowRow | None:
        """How it overflows now: the hours come first, then what else was set up. Closed with nothing set up: queue anyway."""
        rows = {row.condition: row for row in self.overflows}
        if not self.is_open:
            return rows.get(OUT_OF_HOURS, OverflowRow(OUT_OF_HOURS, QUEUE_ANYWAY))
        full = rows.get(WAITING_ITEMS)
        return full if full and full.threshold is not None and self.waiting >= full.threshold else None

    def as_json(self) -> dict[str, Any]:
        """As it is stored with a decision."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Any) -> "QueueState":
        """A stored state; whatever a later version left out or added counts as it is by default."""
        known = {name: value for name, value in stored.items() if name in cls.__slots__}
        rows = [{name: value for name, value in row.items() if name in OverflowRow.__slots__} for row in known.get("overflows", ())]
        return cls(**known | {"overflows": tuple(OverflowRow(**row) for row in rows)})


# By queue id. May be lazy; a queue that it doesn't hold is gone.
QueueStates: TypeAlias = Mapping[int, QueueState]

QUEUE_FACTS: dict[str, Callable[[QueueState], FactValue]] = {
    "queue.waiting": lambda state: state.waiting,
    "queue.agents": lambda state: state.agents,
    "queue.is_open": lambda state: state.is_open,
}


def read_states(stored: Mapping[str, Any]) -> dict[int, QueueState]:
    """The states that were stored with a decision, by queue id."""
    return {int(queue_id): QueueState.from_json(state) for queue_id, state in stored.items()}
