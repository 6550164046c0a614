"""What rules would do that nobody has published: to a message that nobody has sent, and to the last conversations. Writes nothing."""

import random
from collections import ChainMap
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, cast

from channels_app.models import Channel, MessagingAccount
from conversations import decisions, facts
from conversations.decisions import Explained
from conversations.models import Conversation, MessageKind, RoutingDecision, SocialProfile
from conversations.queue_states import LiveQueueStates
from workstreams import rulesets
from workstreams.clock import database_now
from workstreams.models import Workstream
from workstreams.routing import document
from workstreams.routing.decide import decide
from workstreams.routing.explanation import Names
from workstreams.routing.facts import Facts
from workstreams.routing.queue_states import QueueState, QueueStates
from workstreams.routing.rules import Rules
from workstreams.routing.trace import trace

MOST_CONVERSATIONS = 200


@dataclass(frozen=True)
class Customer:
    """Who would have written: a known `profile`, or somebody new with a `language` (as the app is set; may be empty)."""

    profile: SocialProfile | None = None
    language: str = ""


@dataclass(frozen=True)
class Compared:
    """One conversation under the rules that routed it and under the new ones; the queues by the ids they led to."""

    conversation: Conversation
    then: Explained
    now: Explained
    then_queue_id: int
    now_queue_id: int

    @property
    def differs(self) -> bool:
        """Whether the new rules would do anything else with it."""
        before, after = self.then.decision, self.now.decision
        same_place = (self.then_queue_id, before.ends) == (self.now_queue_id, after.ends)
        return not (same_place and before.outputs == after.outputs and before.profiles == after.profiles)


def try_message(
    workstream: Workstream,
    content: Any,
    *,
    text: str,
    kind: str = MessageKind.TEXT,
    customer: Customer | None = None,
    channel: Channel | None = None,
    draw: float | None = None,
) -> Explained:
    """What the document would decide if this were the first message of a conversation now.

    `InvalidRules` if the document can't be read. `channel`: by default the workstream's first.
    """
    rules, now = document.parse(content), database_now()
    conversation = _unsaved(workstream, text if kind == MessageKind.TEXT else "", customer or Customer(), channel)
    known = facts.facts_of(conversation, kind, at=now, time_zone=rules.time_zone, country=rules.holidays)
    return _explained(rules, known, LiveQueueStates(now), random.random() if draw is None else draw, rulesets.names())


def run_last(workstream: Workstream, content: Any, count: int) -> list[Compared]:
    """The newest routed conversations, at most 200, each with what was decided and what the document would decide instead.

    Both see the same facts, queues and draw; only what the clock says is told anew, in the document's time zone. Queues that nobody
    looked at then are taken as they are now. `InvalidRules` if the document can't be read.
    """
    rules, names, live = document.parse(content), rulesets.names(), LiveQueueStates(database_now())
    rows = RoutingDecision.objects.filter(conversation__channel__workstream=workstream).order_by("-id")
    rows = rows.select_related("ruleset", "queue", "conversation__profile__contact").defer("ruleset__content")
    newest: dict[int, RoutingDecision] = {}
    for row in rows[: min(count, MOST_CONVERSATIONS) * 2]:
        newest.setdefault(row.conversation_id, row)
    return [_compare(row, rules, live, names, workstream) for row in list(newest.values())[: min(count, MOST_CONVERSATIONS)]]


def _compare(row: RoutingDecision, rules: Rules, live: LiveQueueStates, names: Names, workstream: Workstream) -> Compared:
    then = decisions.explained(row)
    known = {**decisions.stored_facts(row), **facts.time_facts(row.decided_at, rules.time_zone, rules.holidays)}
    stored = cast("MutableMapping[int, QueueState]", decisions.stored_states(row))
    queues = ChainMap(stored, cast("MutableMapping[int, QueueState]", live))
    now = _explained(rules, known, queues, row.draw, names, may_overflow=then.decision.may_overflow)
    queue_id = workstream.fallback_queue_id if now.decision.queue_id is None else now.decision.queue_id
    return Compared(row.conversation, then, now, row.queue_id, queue_id)


def _explained(rules: Rules, known: Facts, queues: QueueStates, draw: float, names: Names, *, may_overflow: bool = True) -> Explained:
    decision = decide(rules, known, queues, draw, may_overflow=may_overflow)
    return Explained(rules, decision, trace(rules, decision, queues), names)


def _unsaved(workstream: Workstream, text: str, customer: Customer, channel: Channel | None) -> Conversation:
    channel = channel or Channel.objects.filter(workstream=workstream, removed_at=None).select_related("account").first()
    channel = channel or Channel(workstream=workstream, account=MessagingAccount(public_id=""))
    profile = customer.profile or SocialProfile(account=channel.account, language=customer.language)
    returning = profile.pk is not None and (profile.contact_id is not None or profile.conversations.exists())
    return Conversation(channel=channel, profile=profile, first_text=text, returning=returning)


def facts_as_typed(workstream: Workstream, typed: Facts, rules: Rules) -> Facts:
    """What somebody typed, and for the rest what would be known of a new customer who wrote that now."""
    text, language = typed.get("message.first_text"), typed.get("profile.language")
    customer = Customer(language=language if isinstance(language, str) else "")
    conversation = _unsaved(workstream, text if isinstance(text, str) else "", customer, None)
    known = facts.facts_of(conversation, MessageKind.TEXT, at=database_now(), time_zone=rules.time_zone, country=rules.holidays)
    return {**known, **{name: value for name, value in typed.items() if value is not None and value != "" and value != []}}
