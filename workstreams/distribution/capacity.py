"""What an agent has room for: units, places in capacity profiles, and open sessions.

Automation takes room only here, in `reserve`: it locks the agents by id, reads what they have, and takes what fits by one
statement with the condition in it, so no two processes can spend the same unit or place. Whoever gives or takes work by
hand (`charge`) may exceed it. Every change writes the agent's row first, so the lock on it covers the agent's places too.
"""

import datetime
import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Count, F, IntegerField, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce, Now
from django.db.models.query import RawQuerySet

from workstreams import ports
from workstreams.models import Agent, AgentCapacity, CapacityBy, CapacityProfile, DistributionSettings, Reset, Workstream
from workstreams.rows import update_each

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a piece of work takes of an agent: units, and a place in each of these capacity profiles."""

    units: int = 0
    profiles: tuple[int, ...] = ()


def cost_of(workstream: Workstream, attached: Iterable[int] = ()) -> Cost:
    """What one conversation of a workstream takes; `attached` are the ids of the profiles that rules attached to it."""
    profiles = set(attached)
    if workstream.capacity_by == CapacityBy.PROFILE:
        profiles |= {workstream.capacity_profile_id} if workstream.capacity_profile_id else set()
        return Cost(0, tuple(sorted(profiles)))
    return Cost(workstream.units_per_conversation, tuple(sorted(profiles)))


@dataclass(slots=True)
class Room:
    """What an agent has left. `places` by capacity profile; `blocking` are those that allow nothing at their limit."""

    units: int
    sessions: int
    places: dict[int, int] = field(default_factory=dict)
    blocking: tuple[int, ...] = ()

    def why_not(self, cost: Cost) -> str:
        """Empty if the work fits, else the first thing that is missing (a code for explanations)."""
        if self.sessions < 1:
            return "sessions"
        if any(self.places[profile] < 1 for profile in self.blocking):
            return "blocked"
        if self.units < cost.units:
            return "no_room"
        for profile in cost.profiles:
            if profile not in self.places:
                return "no_profile"
            if self.places[profile] < 1:
                return "no_place"
        return ""

    def take(self, cost: Cost) -> None:
        self.units -= cost.units
        self.sessions -= 1
        for profile in cost.profiles:
            self.places[profile] -= 1

    def free_for(self, cost: Cost) -> int:
        """How much is left of what the work takes: units, or places in the fullest of its profiles."""
        return self.units if cost.units or not cost.profiles else min(self.places.get(profile, 0) for profile in cost.profiles)


def load_rooms(units_free: Mapping[int, int], *, most_sessions: int) -> dict[int, Room]:
    """The room of agents whose free units are known; two queries whatever their number."""
    work = ports.work_item_model()._default_manager.filter(holder__in=list(units_free)).order_by()
    reserved = ports.work_item_model()._default_manager.filter(receiver__in=list(units_free)).order_by()
    counted = [each.values_list(agent).annotate(Count("pk")) for each, agent in ((work, "holder"), (reserved, "receiver"))]
    sessions: Counter[int] = Counter()
    for agent_id, count in counted[0].union(counted[1], all=True):
        sessions[agent_id] += count
    rooms = {agent_id: Room(free, most_sessions - sessions[agent_id]) for agent_id, free in units_free.items()}
    capacities = AgentCapacity.objects.filter(agent__in=list(units_free)).order_by("profile_id")
    for agent_id, profile_id, own, limit, used, blocks in capacities.values_list(
        "agent_id", "profile_id", "own_limit", "profile__limit", "used", "profile__blocks"
    ):
        rooms[agent_id].places[profile_id] = (limit if own is None else own) - used
        if blocks:
            rooms[agent_id].blocking += (profile_id,)
    return rooms


@dataclass(frozen=True, slots=True)
class Take:
    """Work that is to go to an agent at a moment, which also is the agent's place in the order of assignments."""

    agent_id: int
    cost: Cost
    at: datetime.datetime


def reserve(takes: Sequence[Take], *, settings: DistributionSettings | None = None) -> list[bool]:
    """Take what fits, in this order, and say for each whether it did; the only way in which automation takes capacity.

    Five statements at most, whatever their number. Runs inside the caller's transaction.
    """
    if not takes:
        return []
    settings = settings or DistributionSettings.current()
    agents = Agent.objects.filter(pk__in={take.agent_id for take in takes}, left_at__isnull=True).order_by("pk")
    free = {pk: total - used for pk, total, used in agents.select_for_update(no_key=True).values_list("pk", "units_total", "units_used")}
    rooms = load_rooms(free, most_sessions=settings.most_sessions)
    fits = []
    for take in takes:
        room = rooms.get(take.agent_id)
        fits.append(room is not None and not room.why_not(take.cost))
        if room is not None and fits[-1]:
            room.take(take.cost)
    _write([take for take, fit in zip(takes, fits, strict=True) if fit])
    return fits


def _write(takes: Sequence[Take]) -> None:
    units: dict[int, tuple[datetime.datetime, int]] = {}
    places: dict[tuple[int, int], int] = {}
    for take in takes:
        units[take.agent_id] = (take.at, units.get(take.agent_id, (take.at, 0))[1] + take.cost.units)
        for profile in take.cost.profiles:
            places[take.agent_id, profile] = places.get((take.agent_id, profile), 0) + 1
    enough = "left_at IS NULL AND units_used <= units_total - new_units_used"
    written = update_each(Agent, units, sets=["last_assigned_at"], adds=["units_used"], where=enough)
    if written != units.keys():
        raise RuntimeError("capacity changed under a lock")
    if places:
        rows = AgentCapacity.objects.filter(agent__in={agent for agent, _ in places}, profile__in={profile for _, profile in places})
        keys = {(agent, profile): pk for pk, agent, profile in rows.values_list("pk", "agent_id", "profile_id")}
        update_each(AgentCapacity, {keys[place]: (number,) for place, number in places.items()}, adds=["used"])


def charge(*, agent_id: int, cost: Cost, at: datetime.datetime) -> Cost | None:
    """Take capacity even if that exceeds it: for picking and for supervisors. None if the agent has left.

    Returns what was taken: units, and places in those of the profiles that the agent has.
    """
    works_here = Agent.objects.filter(pk=agent_id, left_at__isnull=True)
    if not works_here.update(units_used=F("units_used") + cost.units, last_assigned_at=at):
        return None
    if not cost.profiles:
        return cost
    own = AgentCapacity.objects.filter(agent=agent_id, profile__in=cost.profiles)
    own.update(used=F("used") + 1)
    return Cost(cost.units, tuple(own.order_by("profile_id").values_list("profile_id", flat=True)))


def give_back(*, agent_id: int, cost: Cost) -> None:
    """Free what a piece of work held. The caller clears what it says of its holder in the same transaction, so twice is harmless.

    A place in a profile that resets at the end of the day stays used until then.
    """
    released = {"units_used": F("units_used") - cost.units, "last_released_at": Now()}
    if not Agent.objects.filter(pk=agent_id, units_used__gte=cost.units).update(**released):
        logger.error("agent %s gives back %s units but has fewer in use", agent_id, cost.units)
        Agent.objects.filter(pk=agent_id).update(units_used=0, last_released_at=Now())
    if cost.profiles:
        held = AgentCapacity.objects.filter(agent=agent_id, profile__in=cost.profiles, profile__reset=Reset.IMMEDIATE)
        held.filter(used__gt=0).update(used=F("used") - 1)


def existing_profiles(ids: Collection[int]) -> set[int]:
    """Those of these capacity profiles that still exist; no query for none."""
    return set(CapacityProfile.objects.filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()


@dataclass(frozen=True)
class Drift:
    """An agent whose `units_used`, or places used in the profile `profile_id`, differ from what its work holds."""

    agent_id: int
    used: int
    held: int
    profile_id: int | None = None


def find_drift() -> list[Drift]:
    """Compare what agents have in use with the sum over work items: a statement for units and one for places, each at one moment.

    Of a profile that resets at the end of the day, more may be in use than is held.
    """
    agents = Agent.objects.annotate(held=_sum("holder", "units_held") + _sum("receiver", "units_reserved")).exclude(units_used=F("held"))
    units = [Drift(*row) for row in agents.order_by("pk").values_list("pk", "units_used", "held")]
    return units + [
        Drift(row.agent_id, row.used, row.held, row.profile_id)
        for row in capacities_with_held()
        if row.used < row.held or (row.used > row.held and row.reset == Reset.IMMEDIATE)
    ]


def _sum(agent: str, units: str) -> Coalesce:
    """The units of all work of which somebody is the `agent`."""
    items = ports.work_item_model()._default_manager.filter(**{agent: OuterRef("pk"), f"{units}__gt": 0}).order_by()
    return Coalesce(Subquery(items.values(agent).annotate(total=Sum(units)).values("total"), output_field=IntegerField()), 0)


def capacities_with_held() -> "RawQuerySet[Any]":
    """All places of all agents with `held`, the number of work items that hold one, and the profile's `reset`; one statement."""
    work = connection.ops.quote_name(ports.work_item_model()._meta.db_table)
    # The one thing that the databases say differently: the elements of a JSON list as rows.
    elements = "jsonb_array_elements(profiles)" if connection.vendor == "postgresql" else "json_each(profiles)"
    return AgentCapacity.objects.raw(
        f"""
        WITH taken AS (
            SELECT holder_id, profiles_held AS profiles FROM {work} WHERE holder_id IS NOT NULL
            UNION ALL SELECT receiver_id, profiles_reserved FROM {work} WHERE receiver_id IS NOT NULL
        ), places AS (
            SELECT holder_id, CAST(element.value AS INTEGER) AS profile_id, COUNT(*) AS held
            FROM taken, {elements} AS element GROUP BY 1, 2
        )
        SELECT capacity.*, profile.reset, COALESCE(places.held, 0) AS held
        FROM workstreams_agentcapacity capacity
        JOIN workstreams_capacityprofile profile ON profile.id = capacity.profile_id
        LEFT JOIN places ON places.holder_id = capacity.agent_id AND places.profile_id = capacity.profile_id
        ORDER BY capacity.agent_id, capacity.profile_id
        """  # noqa: S608 - the names of tables
    )
