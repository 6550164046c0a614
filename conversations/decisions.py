"""Stored decisions, made again from what they saw: nothing of an explanation is stored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from conversations.fact_catalogue import OF_CONTACT, ORGANISATION
from conversations.models import Contact, RoutingDecision
from workstreams.ports import fact_catalogue
from workstreams.routing.decide import FAILED, UNREADABLE, Decision, Trouble, decide
from workstreams.routing.explanation import Names
from workstreams.routing.problems import InvalidRules
from workstreams.routing.queue_states import QueueState, read_states
from workstreams.routing.rules import Outputs, Rules
from workstreams.routing.trace import Stage, trace
from workstreams.rulesets import rules_of


@dataclass(frozen=True)
class Explained:
    """A decision made again, what became of every rule, and the names to say it with.

    `names` knows the queues as they were called when it was decided. `is_whole` is False if facts were taken back since on which it
    depended: then `decision` and `stages` are not what happened.
    """

    rules: Rules
    decision: Decision
    stages: tuple[Stage, ...]
    names: Names
    is_whole: bool = True


def explained(row: RoutingDecision) -> Explained:
    """The decision again. Facts that were taken back since (the customer's words, a contact) can't be tested any more."""
    states, matched = stored_states(row), row.matched if isinstance(row.matched, dict) else {}
    rules, trouble = _rules(row)
    decision = decide(
        rules, stored_facts(row), states, row.draw, may_overflow=matched.get("may_overflow", False), numbers=matched.get("unset", ())
    )
    if row.error and trouble is None and row.error != error_of(decision):
        trouble = Trouble(FAILED, detail=row.error)
    same = all(decision.matches()[part] == matched[part] for part in ("classification", "routes", "route") if part in matched)
    if trouble is not None:
        # What the rules would have done is not what happened.
        rules, decision = Rules(), Decision(Outputs(), facts=stored_facts(row), trouble=trouble)
    named = {queue_id: state.name for queue_id, state in states.items()}
    return Explained(rules, decision, trace(rules, decision, states), Names(fact_catalogue(), named), same or trouble is not None)


def forget_contact(contact: Contact) -> None:
    """Take what a contact said of itself out of the decisions about its conversations, and an organisation's name out of its people's."""
    forget_facts(RoutingDecision.objects.filter(contact=contact), lambda name, _value: name.startswith(OF_CONTACT))
    forget_facts(RoutingDecision.objects.filter(contact__in=contact.people.all()), lambda name, _value: name == ORGANISATION)


def forget_facts(rows: QuerySet[RoutingDecision], is_forgotten: Callable[[str, Any], bool]) -> None:
    """Take facts out of stored decisions. Locks them, in the caller's transaction."""
    for row in rows.select_for_update(no_key=True, of=("self",)).order_by("pk").only("facts"):
        kept = {name: value for name, value in stored_facts(row).items() if not is_forgotten(name, value)}
        if len(kept) < len(stored_facts(row)):
            RoutingDecision.objects.filter(pk=row.pk).update(facts=kept)


def stored_facts(row: RoutingDecision) -> Mapping[str, Any]:
    """What the rules saw."""
    return row.facts if isinstance(row.facts, dict) else {}


def stored_states(row: RoutingDecision) -> dict[int, QueueState]:
    """The queues as they were, at least the one that the conversation went to."""
    states = read_states(row.queues) if isinstance(row.queues, dict) else {}
    return {row.queue_id: QueueState(row.queue_id, row.queue.name), **states}


def error_of(decision: Decision) -> str:
    """What was wrong if it led to the fallback queue, for whoever reads rows; people read the explanation."""
    if decision.queue_id is not None:
        return ""
    if decision.trouble:
        return f"{decision.trouble.code}: rule {decision.trouble.rule_id}, queue {decision.trouble.queue_id}"
    untested = {f"{each.problem}: {each.condition.fact} {each.condition.operator}" for each in decision.untested}
    return "; ".join(sorted(untested))


def _rules(row: RoutingDecision) -> tuple[Rules, Trouble | None]:
    try:
        return (rules_of(row.ruleset) if row.ruleset is not None else Rules()), None
    except InvalidRules as error:
        return Rules(), Trouble(UNREADABLE, detail=str(error))
