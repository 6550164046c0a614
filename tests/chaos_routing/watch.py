"""Looks at everything at one moment, again and again, and says which promise was broken.

Who may take what is judged by the reference model of the tests, not by the product.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from conversations.models import Conversation, Offer
from tests.chaos_routing.plan import SWEEP_SECONDS
from tests.workstreams import reference
from workstreams.distribution import capacity
from workstreams.models import Agent, AgentCapacity, AgentSkill, CapacityProfile, DistributionSettings, Membership, Workstream

# So long nobody's machine is busy: what waits longer is stranded, whether or not a whole pass ended meanwhile.
LONGEST_SECONDS = 120.0


@dataclass
class Verdict:
    """Broken promises by kind; each agent, item or pair is counted once."""

    over_capacity: set[Any] = field(default_factory=set)
    double: set[Any] = field(default_factory=set)
    stranded: set[Any] = field(default_factory=set)
    other: list[str] = field(default_factory=list)
    longest_wait: float = 0.0
    looks: int = 0

    @property
    def line(self) -> str:
        counts = (len(each) for each in (self.over_capacity, self.double, self.stranded))
        return "routing-chaos: over_capacity={} double={} stranded={}".format(*counts)

    @property
    def broken(self) -> bool:
        return bool(self.over_capacity or self.double or self.stranded or self.other)


class Watcher:
    """`chance_since()` is the moment before which whatever could be assigned had its chance: a whole pass began and ended since."""

    def __init__(self, chance_since: Callable[[], float]) -> None:
        self.verdict = Verdict()
        self._chance_since = chance_since
        self._free_since: dict[tuple[int, int, Any], float] = {}

    def look(self) -> None:
        """One look, in one snapshot."""
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            self.verdict.looks += 1
            self._books()
            pairs = set(self._free_pairs())
        now, had_chance = time.monotonic(), self._chance_since()
        self._free_since = {pair: self._free_since.get(pair, now) for pair in pairs}
        for (item, agent, _last), since in self._free_since.items():
            self.verdict.longest_wait = max(self.verdict.longest_wait, now - since)
            if now - since > LONGEST_SECONDS or (now - since > SWEEP_SECONDS and since < had_chance):
                self.verdict.stranded.add((item, agent))

    def _books(self) -> None:
        most = DistributionSettings.current().most_sessions
        work = Conversation.objects.filter(holder__isnull=False).order_by()
        self.verdict.over_capacity |= set(Agent.objects.filter(units_used__gt=F("units_total")).values_list("pk", flat=True))
        self.verdict.over_capacity |= {pk for pk, count in work.values_list("holder").annotate(Count("pk")) if count > most}
        places: Counter[tuple[int, int]] = Counter()
        for holder, profiles in work.values_list("holder_id", "profiles_held"):
            places.update((holder, profile) for profile in profiles)
        limits = {(a, p): limit for a, p, limit in AgentCapacity.objects.values_list("agent_id", "profile_id", "own_limit")}
        self.verdict.over_capacity |= {place[0] for place, held in places.items() if held > limits.get(place, 0)}
        for drift in capacity.find_drift():
            self.verdict.other.append(f"drift: {drift}")
        accepted = Offer.objects.filter(state="accepted").values("conversation").annotate(times=Count("pk")).filter(times__gt=1)
        pending = Offer.objects.filter(state="pending").values("conversation").annotate(times=Count("pk")).filter(times__gt=1)
        strangers = Offer.objects.filter(state="pending").exclude(conversation__holder=F("agent"), conversation__state="open")
        two = Conversation.objects.filter(state="active").exclude(holder=F("agent"))
        for found in (accepted.values_list("conversation", flat=True), pending.values_list("conversation", flat=True)):
            self.verdict.double |= set(found)
        self.verdict.double |= set(strangers.values_list("conversation", flat=True)) | set(two.values_list("pk", flat=True))

    def _free_pairs(self) -> Iterator[tuple[int, int, Any]]:
        """Every waiting item with every agent who may take it now; the agent's last assignment tells one slot from the next."""
        world, keys, last = _world()
        free = [number for number, agent in enumerate(world.agents) if agent.there and len(agent.work) < world.most_sessions]
        for item in world.items:
            for number in free:
                if reference.eligible(world, item, number):
                    yield (item.order, keys[number], last[number])


def _world() -> tuple[reference.World, list[int], list[Any]]:
    now = timezone.now()
    kinds = {
        each.pk: reference.Kind(
            units=each.units_per_conversation,
            profile=each.capacity_profile_id if each.capacity_by == "profile" else None,
            presences=tuple(each.allowed_presences),
            matching=each.skill_matching,
            relax_after=each.relax_skills_after_seconds,
        )
        for each in Workstream.objects.all()
    }
    rows = list(Agent.objects.select_related("presence").order_by("pk"))
    people = {
        row.pk: reference.Agent(
            units=row.units_total,
            presence=row.presence.state,
            there=row.presence.seen_at is not None and (now - row.presence.seen_at).total_seconds() < 55,
        )
        for row in rows
    }
    for agent, skill, rating in AgentSkill.objects.values_list("agent_id", "skill_id", "rating"):
        people[agent].skills[skill] = rating
    for agent, profile, limit in AgentCapacity.objects.values_list("agent_id", "profile_id", "own_limit"):
        people[agent].limits[profile] = limit
    for agent, queue in Membership.objects.values_list("agent_id", "queue_id"):
        people[agent].joined[queue] = 0
    held = Conversation.objects.filter(holder__isnull=False).values_list("holder_id", "units_held", "profiles_held")
    for holder, units, profiles in held:
        people[holder].work.append(units)
        for profile in profiles:
            people[holder].limits[profile] = people[holder].limits.get(profile, 0) - 1
    declines: dict[int, dict[int, int]] = {}
    numbers = {row.pk: number for number, row in enumerate(rows)}
    ended = Offer.objects.filter(Q(state="declined") | Q(state="timed_out"), conversation__state="open")
    for conversation, agent, times in ended.order_by().values_list("conversation", "agent").annotate(Count("pk")):
        declines.setdefault(conversation, {})[numbers[agent]] = times
    items = [
        reference.Item(
            order=row.pk,
            queue=row.queue_id,
            kind=kinds[row.channel.workstream_id],
            age=int((now - row.queued_at).total_seconds()),
            skills={int(skill): least for skill, least in row.skills.items()},
            profiles=tuple(row.capacity_profiles),
            declines=declines.get(row.pk, {}),
        )
        for row in Conversation.objects.filter(state="open", holder__isnull=True).select_related("channel")
    ]
    settings = DistributionSettings.current()
    world = reference.World(
        agents=list(people.values()),
        items=items,
        methods={},
        blocking=tuple(CapacityProfile.objects.filter(blocks=True).values_list("pk", flat=True)),
        decline_limit=settings.decline_limit,
        most_sessions=settings.most_sessions,
    )
    return world, [row.pk for row in rows], [row.last_assigned_at for row in rows]
