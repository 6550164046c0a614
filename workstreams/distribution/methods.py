"""How a queue orders the agents who could take an item: the smallest key comes first."""

import datetime
from collections.abc import Callable
from typing import Any

from workstreams.models import AssignmentMethod

from .eligibility import Candidate, WaitingItem

NEVER = datetime.datetime.min.replace(tzinfo=datetime.UTC)


def highest_capacity(candidate: Candidate, item: WaitingItem) -> tuple[Any, ...]:
    """Those who declined it last; then the most free units; then the longest without an assignment."""
    declines = item.declines.get(candidate.agent_id, 0)
    return (declines, -candidate.units_free, candidate.last_assigned_at or NEVER, candidate.agent_id)


METHODS: dict[str, Callable[[Candidate, WaitingItem], tuple[Any, ...]]] = {AssignmentMethod.HIGHEST_CAPACITY: highest_capacity}
