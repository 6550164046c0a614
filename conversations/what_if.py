"""What rules would do that nobody has published: to facts that somebody types, and to the last conversations. Writes nothing."""

import datetime
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
from workstreams.routing.facts import Facts, FactValue
from workstreams.routing.queue_states import QueueState, QueueStates
from workstreams.routing.rules import Rules
from workstreams.routing.telling import Told, tell
from workstreams.routing.trace import trace

MOST_CONVERSATIONS = 200
EMPTY: tuple[FactValue, ...] = (None, "", [])


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


def try_facts(workstream: Workstream, content: Any, typed: Facts, *, draw: float | None = None) -> Told:
    """What the document would decide now of a conversation with these facts; what isn't among them is that of a new customer.

    `InvalidRules` if the document can't be read.
    """
    rules, now = document.parse(content), database_now()
    queues, drawn, names = LiveQueueStates(now), random.random() if draw is None else draw, rulesets.names()
    known = {**_of_somebody_new(workstream, typed, rules, now), **{name: value for name, value in typed.items() if value not in EMPTY}}
    tried = _explained(rules, known, queues, drawn, names, numbers=rulesets.number_variables(workstream, rules))
    return tell(tried.decision, tried.stages, list(queues.values()), drawn, names)


def run_last(workstream: Workstream, content: Any, count: int) -> list[Compared]:
    """The newest routed conversations, at most 200, each with what was decided and what the document would decide instead.
    Those are left out whose decision depended on what was taken back since.

    Both see the same facts, queues and draw; only what the clock says is told anew, in the document's time zone. Queues that nobody
    looked at then are taken as they are now. `InvalidRules` if the document can't be read.
    """
    rules, names, live = document.parse(content), rulesets.names(), LiveQueueStates(database_now())
    numbers = rulesets.number_variables(workstream, rules)
    rows = RoutingDecision.objects.filter(conversation__channel__workstream=workstream).order_by("-id")
    rows = rows.select_related("ruleset", "queue", "conversation__profile__contact").defer("ruleset__content")
    newest: dict[int, RoutingDecision] = {}
    for row in rows[: min(count, MOST_CONVERSATIONS) * 2]:
        newest.setdefault(row.conversation_id, row)
    compared = [_compare(row, rules, live, names, workstream, numbers) for row in list(newest.values())[: min(count, MOST_CONVERSATIONS)]]
    return [each for each in compared if each.then.is_whole]


def _compare(
    row: RoutingDecision, rules: Rules, live: LiveQueueStates, names: Names, workstream: Workstream, numbers: frozenset[str]
) -> Compared:
    then = decisions.explained(row)
    known = {**decisions.stored_facts(row), **facts.time_facts(row.decided_at, rules.time_zone, rules.holidays)}
    stored = cast("MutableMapping[int, QueueState]", decisions.stored_states(row))
    queues = ChainMap(stored, cast("MutableMapping[int, QueueState]", live))
    now = _explained(rules, known, queues, row.draw, names, may_overflow=then.decision.may_overflow, numbers=numbers)
    queue_id = workstream.fallback_queue_id if now.decision.queue_id is None else now.decision.queue_id
    return Compared(row.conversation, then, now, row.queue_id, queue_id)


def _explained(rules: Rules, known: Facts, queues: QueueStates, draw: float, names: Names, **how: Any) -> Explained:
    decision = decide(rules, known, queues, draw, **how)
    return Explained(rules, decision, trace(rules, decision, queues), names)


def _of_somebody_new(workstream: Workstream, typed: Facts, rules: Rules, now: datetime.datetime) -> Facts:
    """What would be known of somebody who writes for the first time, in the words and the language that were typed."""
    text, language = typed.get("message.first_text"), typed.get("profile.language")
    channel = Channel.objects.filter(workstream=workstream, removed_at=None).select_related("account").first()
    channel = channel or Channel(workstream=workstream, account=MessagingAccount(public_id=""))
    customer = SocialProfile(account=channel.account, language=language if isinstance(language, str) else "")
    unsaved = Conversation(channel=channel, profile=customer, first_text=text if isinstance(text, str) else "")
    return facts.facts_of(unsaved, MessageKind.TEXT, at=now, time_zone=rules.time_zone, country=rules.holidays)
