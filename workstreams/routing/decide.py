"""What becomes of a conversation: which rules classify it, and which queue it goes to.

Pure and total: the same rules, facts, queues and draw give the same decision, whatever they hold. Anything that is wrong leads to
the fallback queue, and is said.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .checking import variable_fits
from .conditions import QUEUE_GONE, Known, Outcome, holds
from .facts import VARIABLE, Facts, FactValue
from .queue_states import END, TRANSFER, OverflowRow, QueueState, QueueStates
from .rules import Classification, Outputs, Route, Rule, Rules

# What else a trouble may be.
UNREADABLE, FAILED = "unreadable", "failed"
PRIORITY, SKILLS = "conversation.priority", "conversation.skills"


@dataclass(frozen=True, slots=True)
class Classified:
    """What became of one ruleset: `processed` of its rules were tried, the last of them matched if `rule` isn't None."""

    facts: Facts
    processed: int
    rule: Rule | None


@dataclass(frozen=True, slots=True)
class Matched:
    """A route that matched, its place (from 1), the queue that the draw chose, and how that queue overflows if it does."""

    route: Route
    number: int
    queue_id: int
    overflow: OverflowRow | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a conversation went to the fallback queue though that wasn't what the rules meant: a code, and what it is about.

    `queue_gone`: the queue that was chosen. `unreadable`: the document, `failed`: routing itself; both are told by whoever asked.
    """

    code: str
    rule_id: str = ""
    queue_id: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Where the conversation goes, what was set on it, and enough to tell why.

    `queue_id` is the queue to go to, None for the workstream's fallback queue. `ends`: the conversation is to be ended because
    `queue_id` overflows; it belongs to that queue. `chosen` is the route that decided: its `overflow` says that the queue overflowed, and
    if that meant a transfer, `queue_id` is the other queue. `unset` are the context variables that a rule would have set to a text though
    they hold a number: the rule's id and the name of each.
    """

    outputs: Outputs
    profiles: tuple[int, ...] = ()
    classified: tuple[Classified, ...] = ()
    facts: Facts = field(default_factory=dict)
    routes_processed: int = 0
    matched: tuple[Matched, ...] = ()
    chosen: Matched | None = None
    queue_id: int | None = None
    ends: bool = False
    may_overflow: bool = True
    trouble: Trouble | None = None
    untested: tuple[Outcome, ...] = ()
    unset: tuple[tuple[str, str], ...] = ()

    @property
    def route(self) -> Route | None:
        """The route-to-queue rule that decided."""
        return self.chosen.route if self.chosen else None

    @property
    def overflow(self) -> OverflowRow | None:
        """How the chosen queue overflowed, and what was done about it."""
        return self.chosen.overflow if self.chosen else None

    @property
    def position(self) -> int | None:
        """The place of the route that decided, from 1."""
        return self.chosen.number if self.chosen else None

    def matches(self) -> dict[str, Any]:
        """Which rules matched, by stage, whether overflow was looked at, and what wasn't set: what is stored of the decision."""
        return {
            "classification": [each.rule.id if each.rule else None for each in self.classified],
            "routes": [each.route.id for each in self.matched],
            "route": self.chosen.route.id if self.chosen else None,
            "may_overflow": self.may_overflow,
            "unset": sorted({name for _rule_id, name in self.unset}),
        }


def decide(
    rules: Rules, facts: Facts, queues: QueueStates, draw: float, *, may_overflow: bool = True, numbers: Collection[str] = ()
) -> Decision:
    """Classify, then choose the queue. `draw` (from 0 to less than 1) decides among the queues of a percentage split.

    `may_overflow` is False for a conversation whose overflow was looked at before: that is done once. `numbers` are the context
    variables that hold a number; a text is not set on them.
    """
    known = Known(facts, queues)
    classified, outputs, profiles, unset = [], Outputs(), [], []
    for ruleset in rules.classification:
        step = _classify(ruleset, known)
        classified.append(step)
        if step.rule:
            then = _fitting(step.rule.then, numbers)
            unset += [(step.rule.id, name) for name in step.rule.then.variables if name not in then.variables]
            outputs = _added(outputs, then)
            if then.capacity_profile is not None:
                profiles.append(then.capacity_profile)
            known = known.with_facts(_as_facts(known.facts, then))
    matched, processed = _match(rules.routes, known, draw, may_overflow=may_overflow)
    chosen = _choose(matched, queues)
    queue_id, ends, trouble = _destination(chosen, queues)
    return Decision(
        outputs=outputs,
        profiles=tuple(dict.fromkeys(profiles)),
        classified=tuple(classified),
        facts=known.facts,
        routes_processed=processed,
        matched=tuple(matched),
        chosen=chosen,
        queue_id=queue_id,
        ends=ends,
        may_overflow=may_overflow,
        trouble=trouble,
        untested=tuple(known.problems),
        unset=tuple(unset),
    )


def _classify(ruleset: Classification, known: Known) -> Classified:
    for number, rule in enumerate(ruleset.rules, start=1):
        if rule.enabled and holds(rule.when, known):
            return Classified(known.facts, number, rule)
    return Classified(known.facts, len(ruleset.rules), None)


def _fitting(then: Outputs, numbers: Collection[str]) -> Outputs:
    """What a rule sets, without texts for variables that hold a number."""
    fitting = {name: value for name, value in then.variables.items() if variable_fits(name, value, numbers)}
    return then if len(fitting) == len(then.variables) else replace(then, variables=fitting)


def _added(outputs: Outputs, then: Outputs) -> Outputs:
    """A later ruleset overwrites priority and variables; of a skill that both ask for, the higher least rating counts."""
    return Outputs(
        skills=higher_ratings(outputs.skills, then.skills),
        priority=outputs.priority if then.priority is None else then.priority,
        variables={**outputs.variables, **then.variables},
    )


def higher_ratings(skills: dict[int, int], more: dict[int, int]) -> dict[int, int]:
    """Both together; of a skill that both ask for, the higher rating."""
    return {skill: max(skills.get(skill, 0), more.get(skill, 0)) for skill in {**skills, **more}}


def _as_facts(facts: Facts, then: Outputs) -> dict[str, FactValue]:
    """What a rule set, as the conditions of later rulesets see it."""
    more: dict[str, FactValue] = {VARIABLE + name: value for name, value in then.variables.items()}
    if then.priority is not None:
        more[PRIORITY] = then.priority
    if then.skills:
        before = facts.get(SKILLS)
        there = list(before) if isinstance(before, list | tuple) else []
        more[SKILLS] = list(dict.fromkeys([*there, *(str(skill) for skill in then.skills)]))
    return more


def _match(routes: Sequence[Route], known: Known, draw: float, *, may_overflow: bool) -> tuple[list[Matched], int]:
    """The routes that match, up to the first whose queue doesn't overflow; and how many were tried."""
    matched = []
    for number, route in enumerate(routes, start=1):
        if route.enabled and holds(route.when, known):
            queue_id = drawn(route, draw)
            overflow = _overflow(route, known.queues.get(queue_id)) if may_overflow else None
            matched.append(Matched(route, number, queue_id, overflow))
            if overflow is None:
                return matched, number
    return matched, len(routes)


def drawn(route: Route, draw: float) -> int:
    """The queue to which the draw leads: of 30 and 70 percent, the first up to 0.3."""
    upper = 0
    for share in route.to:
        upper += share.percent
        if draw * 100 < upper:
            return share.queue_id
    return route.to[-1].queue_id


def _overflow(route: Route, state: QueueState | None) -> OverflowRow | None:
    """How the queue overflows now; what then happens says the route, if it says so, else the queue."""
    row = state.overflow() if state and state.exists else None
    if row is None or route.overflow is None:
        return row
    return OverflowRow(row.condition, route.overflow.action, row.threshold, route.overflow.target)


def _choose(matched: Sequence[Matched], queues: QueueStates) -> Matched | None:
    """The first that doesn't overflow; else the first that is open; else the one that opens soonest; else the first."""
    if not matched or matched[-1].overflow is None:
        return matched[-1] if matched else None
    states = [queues[each.queue_id] for each in matched]
    is_open = next((each for each, state in zip(matched, states, strict=True) if state.is_open), None)
    opening = [(state.opens_at, number) for number, state in enumerate(states) if state.opens_at]
    return is_open or (matched[min(opening)[1]] if opening else matched[0])


def _destination(chosen: Matched | None, queues: QueueStates) -> tuple[int | None, bool, Trouble | None]:
    if chosen is None:
        return None, False, None
    action = chosen.overflow.action if chosen.overflow else ""
    queue_id = chosen.overflow.target if chosen.overflow and action == TRANSFER else chosen.queue_id
    state = queues.get(queue_id) if queue_id is not None else None
    if queue_id is None or state is None or not state.exists:
        return None, False, Trouble(QUEUE_GONE, chosen.route.id, queue_id)
    return queue_id, action == END, None
