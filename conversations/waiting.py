"""The conversations that wait for an agent, as `workstreams.distribution.cycle` reads them."""

import datetime
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from channels_app.models import Channel
from conversations.models import Conversation, Offer, OfferState, PreferredAgent
from workstreams.distribution import capacity, cycle
from workstreams.distribution.eligibility import Demand, WaitingItem
from workstreams.models import (
    BasePresence,
    CapacityBy,
    DistributionMode,
    PreferredFallback,
    Queue,
    Skill,
    SkillMatching,
    WorkState,
    Workstream,
)
from workstreams.presence import present_since


def waiting_work() -> QuerySet[Conversation]:
    """Routed open conversations of push workstreams that nobody is being offered."""
    waiting = Conversation.objects.filter(state=WorkState.OPEN, aside=False, routed_at__isnull=False, holder__isnull=True)
    return waiting.filter(channel__workstream__mode=DistributionMode.PUSH)


def tiers_with_waiting_work() -> list[list[Queue]]:
    """Queues that are served together, those of the smaller number first: of one number and one ageing, so their work merges."""
    waits = waiting_work().filter(queue=OuterRef("pk"))
    tiers: dict[tuple[int, int | None], list[Queue]] = {}
    for queue in Queue.objects.filter(Exists(waits)).order_by("priority", "name"):
        tiers.setdefault((queue.priority, queue.ageing_seconds), []).append(queue)
    return list(tiers.values())


class WaitingConversations:
    """What waits in some queues of one ageing. Rows that somebody else is changing are skipped: whoever does hints afterwards."""

    def __init__(self, queues: Sequence[Queue]) -> None:
        self.by_id: dict[int, Conversation] = {}
        self._queues = {queue.pk: queue for queue in queues}
        self._ageing = queues[0].ageing_seconds
        self._waiting = waiting_work().filter(queue__in=list(self._queues))

    @cached_property
    def _workstreams(self) -> list[Workstream]:
        return list(Workstream.objects.filter(mode=DistributionMode.PUSH))

    @cached_property
    def _channels(self) -> dict[int, Channel]:
        workstreams = {workstream.pk: workstream for workstream in self._workstreams}
        channels = Channel.objects.filter(workstream__in=list(workstreams)).in_bulk()
        for channel in channels.values():
            channel.workstream = workstreams[channel.workstream_id]
        return channels

    def least_units(self) -> int:
        return min((capacity.cost_of(workstream).units for workstream in self._workstreams), default=0)

    def called(self, *, now: datetime.datetime, limit: int) -> Sequence[WaitingItem]:
        wanted = Q()
        for workstream in self._workstreams:
            own = Q(channel__workstream=workstream)
            if workstream.keep_same_agent:
                wanted |= own & Q(affinity_agent__isnull=False) & _can_take(workstream, "affinity_agent__", now)
            if workstream.uses_preferred_agents:
                preferred = PreferredAgent.objects.filter(_can_take(workstream, "agent__", now), contact=OuterRef("profile__contact"))
                wanted |= own & Q(Exists(preferred))
        return self._read(self._waiting.filter(wanted).order_by("last_interaction_at", "pk"), now, limit) if wanted else []

    def in_turn(self, *, after: WaitingItem | None, now: datetime.datetime, limit: int) -> Sequence[WaitingItem]:
        waiting = self._waiting
        for workstream in self._workstreams:
            if workstream.keep_same_agent and workstream.affinity_wait_seconds:
                lately = now - datetime.timedelta(seconds=workstream.affinity_wait_seconds)
                waiting = waiting.exclude(channel__workstream=workstream, affinity_agent__isnull=False, queued_at__gt=lately)
        if self._ageing is not None:
            waiting = waiting.filter(pk__in=self._first_with_ageing(waiting, self._ageing, after, limit))
        elif after is not None:
            later = Q(last_interaction_at__gt=after.since) | Q(last_interaction_at=after.since, pk__gt=after.item_id)
            waiting = waiting.filter(Q(priority__lt=after.priority) | Q(priority=after.priority) & later, priority__lte=after.priority)
        items = self._read(waiting.order_by("-priority", "last_interaction_at", "pk"), now, limit)
        return sorted(items, key=lambda item: cycle.turn(item, self._ageing))

    def _first_with_ageing(self, waiting: QuerySet[Conversation], ageing: int, after: WaitingItem | None, limit: int) -> list[int]:
        """The first by turn: of each priority that waits its oldest, from the index, and of those the first."""
        heads = []
        for priority in waiting.order_by().values_list("priority", flat=True).distinct():
            head = waiting.filter(priority=priority)
            worth = datetime.timedelta(seconds=priority * ageing)
            if after is not None:
                since, last_id = cycle.turn(after, ageing)
                head = head.filter(Q(last_interaction_at__gt=since + worth) | Q(last_interaction_at=since + worth, pk__gt=last_id))
            keys = head.order_by("last_interaction_at", "pk").values_list("last_interaction_at", "pk")[:limit]
            heads += [(since - worth, pk) for since, pk in keys]
        return [pk for _since, pk in sorted(heads)[:limit]]

    def _read(self, waiting: QuerySet[Conversation], now: datetime.datetime, limit: int) -> list[WaitingItem]:
        rows = list(waiting.select_for_update(no_key=True, of=("self",), skip_locked=True)[:limit])
        for row in rows:
            row.channel, row.queue = self._channels[row.channel_id], self._queues[row.queue_id]  # type: ignore[index]
        self.by_id |= {row.pk: row for row in rows}
        declines, preferred = _declines(row.pk for row in rows), _preferred(rows)
        profiles = capacity.existing_profiles({profile for row in rows for profile in row.capacity_profiles})
        skills = _existing_skills(rows)
        items = []
        for row in rows:
            workstream, first = row.channel.workstream, preferred.get(row.profile_id, ())
            waits_for_them = workstream.preferred_fallback == PreferredFallback.WAIT and first
            demand = Demand(
                queue_id=row.queue_id,  # type: ignore[arg-type]
                cost=capacity.cost_of(workstream, profiles & set(row.capacity_profiles)),
                allowed_presences=frozenset(workstream.allowed_presences),
                skills=skills.get(row.pk, ()),
                required=_requires_skills(row, now),
                declines=declines.get(row.pk, ()),
                only=frozenset(first) if waits_for_them else None,
                let_go_by=row.let_go_by_id,
            )
            former = row.affinity_agent_id if workstream.keep_same_agent else None
            items.append(WaitingItem(row.pk, demand, row.priority, row.last_interaction_at, former, first))
        return items


def _can_take(workstream: Workstream, agent: str, now: datetime.datetime) -> Q:
    """Whether the agent at this end of a join is there, in an allowed presence, with the units for one conversation."""
    presences = set(workstream.allowed_presences) - {BasePresence.OFFLINE}
    there = Q(**{f"{agent}presence__seen_at__gte": present_since(now), f"{agent}presence__state__in": presences})
    if workstream.capacity_by == CapacityBy.PROFILE:
        return there
    return there & Q(**{f"{agent}units_used__lte": F(f"{agent}units_total") - workstream.units_per_conversation})


def _requires_skills(conversation: Conversation, now: datetime.datetime) -> bool:
    workstream = conversation.channel.workstream
    if workstream.skill_matching != SkillMatching.EXACT:
        return False
    patience, since = workstream.relax_skills_after_seconds, conversation.queued_at or conversation.created_at
    return patience is None or (now - since).total_seconds() < patience


def _existing_skills(rows: Collection[Conversation]) -> dict[int, tuple[tuple[int, int], ...]]:
    """What each conversation asks for, where its workstream cares; skills that were deleted are asked of nobody."""
    asked = {row.pk: row.skills for row in rows if row.skills and row.channel.workstream.skill_matching != SkillMatching.NONE}
    ids = {int(skill) for skills in asked.values() for skill in skills}
    known = set(Skill.objects.filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
    return {
        pk: tuple(sorted((int(skill), least) for skill, least in skills.items() if int(skill) in known)) for pk, skills in asked.items()
    }


def _preferred(rows: Collection[Conversation]) -> dict[int, tuple[int, ...]]:
    """The preferred agents of the customers, in their order, by profile; no query where no workstream asks for them."""
    profiles = {row.profile_id for row in rows if row.channel.workstream.uses_preferred_agents}
    if not profiles:
        return {}
    here = PreferredAgent.objects.filter(contact__profiles__in=profiles, agent__left_at__isnull=True, agent__user__is_active=True)
    found: dict[int, tuple[int, ...]] = {}
    for profile_id, agent_id in here.order_by("position").values_list("contact__profiles__pk", "agent_id"):
        found[profile_id] = (*found.get(profile_id, ()), agent_id)
    return {profile_id: agents for profile_id, agents in found.items() if profile_id in profiles}


def _declines(conversation_ids: Iterable[int]) -> dict[int, tuple[tuple[int, int], ...]]:
    """How often each agent declined or missed each conversation since it was last put into its queue."""
    ended = Offer.objects.filter(conversation__in=list(conversation_ids), state__in=[OfferState.DECLINED, OfferState.TIMED_OUT])
    counted = ended.filter(offered_at__gte=F("conversation__queued_at")).values("conversation", "agent").annotate(times=Count("pk"))
    declines: dict[int, tuple[tuple[int, int], ...]] = {}
    for row in counted.order_by("conversation", "agent"):
        declines[row["conversation"]] = (*declines.get(row["conversation"], ()), (row["agent"], row["times"]))
    return declines
