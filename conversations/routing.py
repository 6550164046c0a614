"""From a new conversation to its queue: facts → decision → what the rules set, the queue, and the decision itself."""

import datetime
import logging
import random
import time
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, IntegrityError
from django.db.models import Exists, OuterRef, Q

from conversations import composer, facts, journal, live
from conversations.decisions import error_of
from conversations.models import Conversation, ProfileKind, RoutingDecision
from conversations.overflow import end_waiting
from conversations.queue_states import LiveQueueStates
from workstreams.clock import database_now
from workstreams.models import OverflowAction, Ruleset, WorkState, Workstream
from workstreams.routing.decide import Decision, decide, higher_ratings
from workstreams.routing.problems import InvalidRules
from workstreams.routing.rules import Outputs, Rules
from workstreams.rulesets import current_ruleset, number_variables, rules_of
from workstreams.transactions import retried

logger = logging.getLogger(__name__)

# How long a new conversation waits for its customer's profile, whose language rules may ask for.
PROFILE_SECONDS = 3
# Conversations of one round; the sweep comes again.
MOST_AT_ONCE = 1000


class _LaneFirst(Exception):
    """The conversation ends and its customer is told, for which the lane has to be locked before the conversation."""


@dataclass(frozen=True)
class Current:
    """The rules that count for a workstream; `error` if they can't be read. `numbers`: see `rulesets.number_variables`."""

    ruleset: Ruleset | None
    rules: Rules
    error: str = ""
    numbers: frozenset[str] = frozenset()


def route_unrouted(*, until: float = float("inf")) -> int:
    """Route the conversations whose customer's profile is known, or that have waited 3 s for it; returns how many."""
    waited = database_now() - datetime.timedelta(seconds=PROFILE_SECONDS)
    take_up_what_stood_aside()
    due = Conversation.objects.filter(state=WorkState.OPEN, aside=False, routed_at__isnull=True)
    due = due.filter(Q(profile__fetched_at__isnull=False) | Q(queued_at__lte=waited))
    known: dict[int, Current] = {}
    routed = 0
    for conversation_id in list(due.order_by("created_at").values_list("pk", flat=True)[:MOST_AT_ONCE]):
        if time.monotonic() > until:
            break
        routed += route_conversation(conversation_id, known)
    return routed


def take_up_what_stood_aside() -> int:
    """Chats that another tool handed back, and groups whose channel routes them by now, wait from now on; returns how many.

    A chat may come back without another word of the customer's (LINE: `activated`).
    """
    kept = Conversation.objects.filter(Q(profile__kind=ProfileKind.USER) | Q(channel__routes_groups=True), state=WorkState.OPEN, aside=True)
    kept = kept.exclude(profile__lane__standby=True)
    now = database_now()
    return Conversation.objects.filter(pk__in=list(kept.values_list("pk", flat=True)[:MOST_AT_ONCE]), aside=True).update(
        aside=False, queued_at=now, last_interaction_at=now
    )


def route_conversation(conversation_id: int, known: dict[int, Current], *, with_lane: bool = False) -> bool:
    """Choose the queue of one conversation, once, and set what the rules set; False if it isn't to be routed any more.

    Locks the conversation, before it the lane if the conversation is to end. `known` keeps what was read for the others of its
    workstream. Whatever is wrong with the rules, the conversation is routed: then to the fallback queue, and the decision keeps the
    error. An overflow is looked at only by the first decision.
    """
    try:
        return _route(conversation_id, known, with_lane=with_lane)
    except _LaneFirst:
        return route_conversation(conversation_id, known, with_lane=True)
    except IntegrityError:
        # The contact whose facts it saw was deleted meanwhile: the next round sees what is left.
        logger.exception("conversation %s could not be routed, it is tried again", conversation_id)
        return False


@retried
def _route(conversation_id: int, known: dict[int, Current], *, with_lane: bool) -> bool:
    if with_lane:
        composer.lock_lane_of(conversation_id)
    locked = Conversation.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
    conversation = (
        locked.filter(pk=conversation_id, state=WorkState.OPEN, aside=False, routed_at__isnull=True)
        .select_related("profile__contact__organisation", "channel__account", "channel__workstream__fallback_queue")
        .annotate(routed_before=Exists(RoutingDecision.objects.filter(conversation=OuterRef("pk"))))
        .first()
    )
    if conversation is None:
        return False
    workstream = conversation.channel.workstream
    if workstream.pk not in known:
        known[workstream.pk] = current_rules(workstream)
    current, now = known[workstream.pk], database_now()
    queues = LiveQueueStates(now)
    contact_id = conversation.profile.contact_id
    row = RoutingDecision(
        conversation=conversation, contact_id=contact_id, ruleset=current.ruleset, draw=random.random(), error=current.error
    )
    decision = _decide(row, current, queues, at=now, may_overflow=not conversation.routed_before)
    if decision.ends and not with_lane:
        raise _LaneFirst
    queue_id, queue_name = workstream.fallback_queue_id, workstream.fallback_queue.name
    if decision.queue_id is not None:
        queue_id, queue_name = decision.queue_id, queues[decision.queue_id].name
    row.queue_id, row.queues, row.matched = queue_id, queues.snapshot(), decision.matches()
    row.save()
    journal.record(conversation, "routed", queue=queue_name, **_rule(decision))
    live.conversation_changed(conversation)
    conversation.queue_id, conversation.routed_at = queue_id, now
    conversation.save(update_fields=["queue", "routed_at", *_apply(conversation, decision)])
    live.conversation_changed(conversation)
    if decision.ends and decision.overflow:
        # It belongs to its closed or full queue all the same.
        end_waiting(conversation, reason=decision.overflow.condition)
    return True


def current_rules(workstream: Workstream) -> Current:
    """The rules that count now."""
    ruleset = current_ruleset(workstream)
    if ruleset is None:
        return Current(None, Rules())
    try:
        rules = rules_of(ruleset)
        return Current(ruleset, rules, numbers=number_variables(workstream, rules))
    except InvalidRules as error:
        return Current(ruleset, Rules(), error=str(error))


def _decide(row: RoutingDecision, current: Current, queues: LiveQueueStates, *, at: datetime.datetime, may_overflow: bool) -> Decision:
    """The decision; `row` gets the facts, and the error if there was one. Only the database's own trouble is raised: it passes."""
    try:
        found = facts.collect(row.conversation, at=at, time_zone=current.rules.time_zone, country=current.rules.holidays)
        row.facts = dict(found)
        decision = decide(current.rules, found, queues, row.draw, may_overflow=may_overflow, numbers=current.numbers)
    except DatabaseError:
        raise
    except Exception as error:
        logger.exception("conversation %s could not be routed by its rules", row.conversation_id)
        row.error = type(error).__name__
        return Decision(Outputs(), may_overflow=may_overflow)
    row.error = row.error or error_of(decision)
    return decision


def _rule(decision: Decision) -> dict[str, Any]:
    """The route that decided, and why the conversation didn't go to its queue, as the journal has it."""
    route = decision.route if decision.queue_id is not None else None
    moved = decision.overflow if decision.overflow and decision.overflow.action == OverflowAction.TRANSFER and route else None
    why = {"reason": moved.condition} if moved else {}
    return {"rule": route.name if route else "", "position": decision.position if route else None, **why}


def _apply(conversation: Conversation, decision: Decision) -> list[str]:
    """Write what the rules set to the conversation; returns the fields that changed.

    Skills and capacity profiles are added to those that are there, and a higher least rating wins; priority and variables are replaced.
    """
    changed = []
    outputs = decision.outputs
    if outputs.skills:
        there = {int(skill): rating for skill, rating in conversation.skills.items()}
        conversation.skills = {str(skill): rating for skill, rating in higher_ratings(there, outputs.skills).items()}
        changed.append("skills")
    if outputs.priority is not None:
        conversation.priority = outputs.priority
        changed.append("priority")
    if decision.profiles:
        conversation.capacity_profiles = list(dict.fromkeys([*conversation.capacity_profiles, *decision.profiles]))
        changed.append("capacity_profiles")
    if outputs.variables:
        conversation.variables = {**conversation.variables, **outputs.variables}
        changed.append("variables")
    return changed
