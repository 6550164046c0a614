"""Capacity units: reserved and given back by conditional update only, so no two processes can spend the same unit.

Callers that touch several agents in one transaction do it in the order of the agents' ids.
"""

import datetime
import logging
from dataclasses import dataclass

from django.db.models import F, IntegerField, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from workstreams import ports
from workstreams.models import Agent

logger = logging.getLogger(__name__)


def reserve(*, agent_id: int, units: int, at: datetime.datetime) -> bool:
    """Take `units` of an agent if that many are free; the only way in which automation takes capacity."""
    room = Agent.objects.filter(pk=agent_id, left_at__isnull=True, units_used__lte=F("units_total") - units)
    return room.update(units_used=F("units_used") + units, last_assigned_at=at) == 1


def charge(*, agent_id: int, units: int, at: datetime.datetime) -> bool:
    """Take `units` of an agent even if that exceeds the total: for picking and for supervisors. False if the agent has left."""
    works_here = Agent.objects.filter(pk=agent_id, left_at__isnull=True)
    return works_here.update(units_used=F("units_used") + units, last_assigned_at=at) == 1


def give_back(*, agent_id: int, units: int) -> None:
    """Free `units` of an agent. The caller clears `units_held` in the same transaction, so twice is harmless."""
    if not Agent.objects.filter(pk=agent_id, units_used__gte=units).update(units_used=F("units_used") - units):
        logger.error("agent %s gives back %s units but has fewer in use", agent_id, units)
        Agent.objects.filter(pk=agent_id).update(units_used=0)


@dataclass(frozen=True)
class Drift:
    """An agent whose `units_used` differs from what its work items hold."""

    agent_id: int
    units_used: int
    units_held: int


def find_drift() -> list[Drift]:
    """Compare each agent's `units_used` with the sum over work items, in one statement and so at one moment."""
    items = ports.work_item_model()._default_manager.filter(holder=OuterRef("pk"), units_held__gt=0).order_by()
    held = items.values("holder").annotate(total=Sum("units_held")).values("total")
    agents = Agent.objects.annotate(held=Coalesce(Subquery(held, output_field=IntegerField()), 0)).exclude(units_used=F("held"))
    return [Drift(*row) for row in agents.order_by("pk").values_list("pk", "units_used", "held")]
