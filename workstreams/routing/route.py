"""Which queue a conversation goes to. Pure: the same rules and facts give the same decision, whatever they hold."""

from collections.abc import Iterable
from dataclasses import dataclass

from .conditions import Outcome, RuleCondition, evaluate
from .facts import Facts


@dataclass(frozen=True)
class RouteRule:
    """If all conditions hold, the conversation goes to the queue. A rule without conditions takes everything."""

    position: int
    queue_id: int
    conditions: tuple[RuleCondition, ...] = ()
    name: str = ""
    rule_id: int | None = None


@dataclass(frozen=True)
class RuleTrace:
    """What became of one rule. Not processed: an earlier one matched."""

    rule: RouteRule
    processed: bool
    matched: bool
    outcomes: tuple[Outcome, ...] = ()


@dataclass(frozen=True)
class Decision:
    """The rule that chose, or None for the fallback queue, and what became of every rule."""

    rule: RouteRule | None
    trace: tuple[RuleTrace, ...]


def route(rules: Iterable[RouteRule], facts: Facts) -> Decision:
    """Try the rules by position; the first of which every condition holds decides."""
    chosen: RouteRule | None = None
    trace = []
    for rule in sorted(rules, key=lambda rule: rule.position):
        if chosen is not None:
            trace.append(RuleTrace(rule, processed=False, matched=False))
            continue
        outcomes = tuple(evaluate(condition, facts) for condition in rule.conditions)
        matched = all(outcome.holds for outcome in outcomes)
        trace.append(RuleTrace(rule, processed=True, matched=matched, outcomes=outcomes))
        if matched:
            chosen = rule
    return Decision(chosen, tuple(trace))
