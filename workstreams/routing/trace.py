"""What became of every rule, stage by stage. Not stored: made again from the rules, the facts, the queues and the draw."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .conditions import GroupOutcome, Known, examine
from .decide import Decision, Matched
from .facts import Facts
from .queue_states import QueueStates
from .rules import Route, Rule, Rules


class Became(StrEnum):
    """Applied: it set something, or chose the queue. Matched: it holds, but its queue overflowed and another was preferred."""

    APPLIED = "applied"
    MATCHED = "matched"
    NO_MATCH = "no_match"
    NOT_PROCESSED = "not_processed"
    SWITCHED_OFF = "switched_off"


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """One rule, its place in its ruleset (from 1), and what became of it. `outcome`: of each condition, if it was processed."""

    number: int
    rule: Rule | Route
    became: Became
    outcome: GroupOutcome | None = None
    matched: Matched | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One ruleset of work classification with its name, or route-to-queue. `facts` are those that its rules saw."""

    name: str
    is_route: bool
    facts: Facts
    rules: tuple[RuleTrace, ...]

    @property
    def applied(self) -> RuleTrace | None:
        return next((each for each in self.rules if each.became == Became.APPLIED), None)


def trace(rules: Rules, decision: Decision, queues: QueueStates) -> tuple[Stage, ...]:
    """The stages of a decision that `decide` made of the same rules and queues."""
    stages = []
    for ruleset, step in zip(rules.classification, decision.classified, strict=True):
        known = Known(step.facts, queues)
        entries = tuple(
            _entry(number, rule, known, processed=number <= step.processed, applied=rule is step.rule)
            for number, rule in enumerate(ruleset.rules, start=1)
        )
        stages.append(Stage(ruleset.name, False, step.facts, entries))
    known = Known(decision.facts, queues)
    matched = {each.route.id: each for each in decision.matched}
    entries = tuple(
        _entry(
            number,
            route,
            known,
            processed=number <= decision.routes_processed,
            applied=route is decision.route,
            matched=matched.get(route.id),
        )
        for number, route in enumerate(rules.routes, start=1)
    )
    return (*stages, Stage("", True, decision.facts, entries))


def only_applied(rules: Rules, applied: Collection[str | None]) -> tuple[Stage, ...]:
    """The stages with nothing but the rules of these ids, which applied: for a decision whose facts aren't there any more."""

    def entries(each: Sequence[Rule | Route]) -> tuple[RuleTrace, ...]:
        return tuple(RuleTrace(number, rule, Became.APPLIED) for number, rule in enumerate(each, start=1) if rule.id in applied)

    classified = tuple(Stage(ruleset.name, False, {}, entries(ruleset.rules)) for ruleset in rules.classification)
    return (*classified, Stage("", True, {}, entries(rules.routes)))


def _entry(number: int, rule: Rule | Route, known: Known, *, processed: bool, applied: bool, matched: Matched | None = None) -> RuleTrace:
    if not rule.enabled:
        return RuleTrace(number, rule, Became.SWITCHED_OFF)
    if not processed:
        return RuleTrace(number, rule, Became.NOT_PROCESSED)
    outcome = examine(rule.when, known)
    if applied:
        return RuleTrace(number, rule, Became.APPLIED, outcome, matched)
    return RuleTrace(number, rule, Became.MATCHED if outcome.holds else Became.NO_MATCH, outcome, matched)
