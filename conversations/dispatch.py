"""From a waiting conversation to an offer: facts → route → queue → distribute → offers.

`hint` is called wherever work may become assignable; the task `distribute` calls `run`, and so does the sweep.
"""

import datetime
import logging
import time
from collections.abc import Iterable, Sequence

from django.db import DatabaseError
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from channels_app import hints
from conversations import journal, live
from conversations.facts import collect
from conversations.models import Conversation, Offer, OfferState, ProfileKind, RoutingDecision
from workstreams.clock import database_now
from workstreams.distribution import cycle
from workstreams.distribution.eligibility import WaitingItem
from workstreams.models import Agent, BasePresence, DistributionMode, Queue, Ruleset, WorkState, Workstream
from workstreams.presence import present_since
from workstreams.routing.route import RouteRule, route
from workstreams.rulesets import as_route_rules, current_ruleset
from workstreams.transactions import retried

logger = logging.getLogger(__name__)

# How long a new conversation waits for its customer's profile, whose language rules may ask for.
PROFILE_SECONDS = 3
# A pass that lost units to another process is repeated, but not for ever: the sweep comes anyway.
MOST_PASSES = 20

Rules = tuple[Ruleset | None, list[RouteRule]]


def hint(queue_id: int | None = None) -> None:
    """Say that waiting work may be assigned, after the commit of the caller's transaction.

    The hint carries no data: `queue_id` only says which queue its sender thought of.
    """
    from conversations.tasks import distribute

    hints.hint(distribute)


def run(*, until: float = float("inf")) -> None:
    """Route what isn't routed yet, then distribute every queue where work waits. `until` is a time of `time.monotonic`."""
    route_unrouted(until=until)
    for queue in queues_with_waiting_work():
        if time.monotonic() > until:
            return
        try:
            distribute_queue(queue)
        except DatabaseError:
            # One queue's trouble is not the others'; the sweep comes back to it.
            logger.exception("queue %s could not be distributed", queue.pk)


# --- Routing ------------------------------------------------------------------------------------------


def route_unrouted(*, until: float = float("inf")) -> int:
    """Route the conversations whose customer's profile is known, or that have waited 3 s for it; returns how many."""
    waited = database_now() - datetime.timedelta(seconds=PROFILE_SECONDS)
    take_up_groups()
    due = Conversation.objects.filter(state=WorkState.OPEN, aside=False, routed_at__isnull=True)
    due = due.filter(Q(profile__fetched_at__isnull=False) | Q(queued_at__lte=waited))
    rules: dict[int, Rules] = {}
    routed = 0
    for conversation_id in list(due.order_by("created_at").values_list("pk", flat=True)[:1000]):
        if time.monotonic() > until:
            break
        routed += route_conversation(conversation_id, rules)
    return routed


def take_up_groups() -> int:
    """Groups that stood aside until their channel was set to route them wait from now on; returns how many."""
    kept = Conversation.objects.filter(state=WorkState.OPEN, aside=True, channel__routes_groups=True)
    kept = kept.exclude(profile__kind=ProfileKind.USER).exclude(profile__lane__standby=True)
    now = database_now()
    return Conversation.objects.filter(pk__in=list(kept.values_list("pk", flat=True)[:1000]), aside=True).update(
        aside=False, queued_at=now, last_interaction_at=now
    )


@retried
def route_conversation(conversation_id: int, rules: dict[int, Rules]) -> bool:
    """Choose the queue of one conversation, once. `rules` keeps what was read for the others of its workstream."""
    locked = Conversation.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
    conversation = (
        locked.filter(pk=conversation_id, state=WorkState.OPEN, aside=False, routed_at__isnull=True)
        .select_related("profile__contact", "queue", "channel__workstream__fallback_queue")
        .first()
    )
    if conversation is None:
        return False
    workstream = conversation.channel.workstream
    if workstream.pk not in rules:
        rules[workstream.pk] = _rules_of(workstream)
    ruleset, route_rules = rules[workstream.pk]
    facts = collect(conversation)
    chosen = route(route_rules, facts).rule
    queue = Queue.objects.get(pk=chosen.queue_id) if chosen else workstream.fallback_queue
    position, rule_id = (chosen.position, chosen.rule_id) if chosen else (None, None)
    RoutingDecision.objects.create(
        conversation=conversation, ruleset=ruleset, rule_id=rule_id, rule_position=position, queue=queue, facts=dict(facts)
    )
    journal.record(conversation, "routed", queue=queue.name, rule=chosen.name if chosen else "", position=position)
    live.conversation_changed(conversation)
    conversation.queue, conversation.routed_at = queue, database_now()
    conversation.save(update_fields=["queue", "routed_at"])
    live.conversation_changed(conversation)
    return True


def _rules_of(workstream: Workstream) -> Rules:
    ruleset = current_ruleset(workstream)
    return ruleset, as_route_rules(list(ruleset.rules.all())) if ruleset else []


# --- Distribution -------------------------------------------------------------------------------------


def waiting_work() -> QuerySet[Conversation]:
    """Routed open conversations of push workstreams that nobody is being offered."""
    pending = Offer.objects.filter(conversation=OuterRef("pk"), state=OfferState.PENDING)
    waiting = Conversation.objects.filter(state=WorkState.OPEN, aside=False, routed_at__isnull=False, holder__isnull=True)
    return waiting.filter(~Exists(pending), channel__workstream__mode=DistributionMode.PUSH)


def queues_with_waiting_work() -> list[Queue]:
    """The more important queues (the smaller number) first."""
    return list(Queue.objects.filter(pk__in=waiting_work().values("queue")).order_by("priority", "name"))


def distribute_queue(queue: Queue) -> int:
    """Offer what waits in a queue until nobody has room for it; returns how many offers were made."""
    offers, after = 0, None
    for _ in range(MOST_PASSES):
        result = distribute_batch(queue, after)
        offers += len(result.picks)
        if result.lost:
            after = None
        elif result.go_on_after:
            after = result.go_on_after
        else:
            break
    return offers


@retried
def distribute_batch(queue: Queue, after: cycle.Place | None = None) -> cycle.Cycle:
    """One pass over up to 100 waiting conversations: reserve units and write the offers in one transaction."""
    waiting = WaitingConversations(queue)
    result = cycle.run(queue, waiting=waiting, after=after)
    agents = Agent.objects.select_related("user").in_bulk({pick.agent_id for pick in result.picks})
    for pick in result.picks:
        _offer(waiting.by_id[pick.item_id], agents[pick.agent_id], pick, queue=queue, at=result.at)
    for agent in agents.values():
        live.agent_changed(agent)
    return result


def _offer(conversation: Conversation, agent: Agent, pick: cycle.Pick, *, queue: Queue, at: datetime.datetime) -> None:
    deadline = at + datetime.timedelta(seconds=conversation.channel.workstream.offer_seconds)
    Offer.objects.create(
        conversation=conversation,
        agent=agent,
        queue=queue,
        offered_at=at,
        deadline=deadline,
        explanation=pick.explanation,
    )
    conversation.holder, conversation.units_held = (agent, pick.units) if pick.units else (None, 0)
    conversation.save(update_fields=["holder", "units_held"])
    journal.record(conversation, "offered", agent=agent.user.shown_name)
    live.conversation_changed(conversation)


class WaitingConversations:
    """The waiting conversations of a queue as `cycle.run` reads them. Rows that somebody else is changing are skipped:

    whoever changes one hints afterwards.
    """

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.by_id: dict[int, Conversation] = {}

    def returning(self, *, now: datetime.datetime, limit: int) -> Sequence[WaitingItem]:
        former_is_there = waiting_work().filter(
            queue=self.queue,
            affinity_agent__presence__seen_at__gte=present_since(now),
            affinity_agent__units_used__lte=F("affinity_agent__units_total") - F("channel__workstream__units_per_conversation"),
        )
        return self._read(former_is_there.exclude(affinity_agent__presence__state=BasePresence.OFFLINE), limit)

    def oldest(self, *, after: cycle.Place | None, limit: int) -> Sequence[WaitingItem]:
        waiting = waiting_work().filter(queue=self.queue)
        if after is not None:
            since, last_id = after
            waiting = waiting.filter(Q(last_interaction_at__gt=since) | Q(last_interaction_at=since, pk__gt=last_id))
        return self._read(waiting, limit)

    def _read(self, waiting: QuerySet[Conversation], limit: int) -> list[WaitingItem]:
        locked = waiting.select_for_update(no_key=True, of=("self",), skip_locked=True).select_related("channel__workstream", "queue")
        rows = list(locked.order_by("last_interaction_at", "pk")[:limit])
        self.by_id |= {row.pk: row for row in rows}
        declines = _declines(row.pk for row in rows)
        return [_as_item(row, declines.get(row.pk, {})) for row in rows]


def _as_item(conversation: Conversation, declines: dict[int, int]) -> WaitingItem:
    workstream = conversation.channel.workstream
    return WaitingItem(
        item_id=conversation.pk,
        units=workstream.units_per_conversation,
        allowed_presences=frozenset(workstream.allowed_presences),
        since=conversation.last_interaction_at,
        affinity_agent_id=conversation.affinity_agent_id,
        declines=declines,
    )


def _declines(conversation_ids: Iterable[int]) -> dict[int, dict[int, int]]:
    """How often each agent declined or missed each conversation since it was last put into its queue."""
    ended = Offer.objects.filter(conversation__in=list(conversation_ids), state__in=[OfferState.DECLINED, OfferState.TIMED_OUT])
    counted = ended.filter(offered_at__gte=F("conversation__queued_at")).values("conversation", "agent").annotate(times=Count("pk"))
    declines: dict[int, dict[int, int]] = {}
    for row in counted:
        declines.setdefault(row["conversation"], {})[row["agent"]] = row["times"]
    return declines
