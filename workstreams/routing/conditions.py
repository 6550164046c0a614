"""Conditions of rules: groups of all or any, nested, and whether they hold for given facts. Pure and total."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .facts import OF_A_QUEUE, VARIABLE, Facts, FactValue
from .operators import OPERATORS, Operator
from .queue_states import QUEUE_FACTS, QueueStates
from .words import folded

# Why a condition could not be tested.
UNKNOWN_FACT, UNKNOWN_OPERATOR, WRONG_VALUE, QUEUE_GONE = "unknown_fact", "unknown_operator", "wrong_value", "queue_gone"
_NEVER = object()


@dataclass(frozen=True, slots=True)
class Condition:
    """One test: a fact, an operator, and the value it is compared with. `of` is the queue of a queue's fact."""

    fact: str
    operator: str
    value: Any = None
    of: int | None = None
    # Made once from operator and value: the operator itself, None if there is none, and the value as it takes it.
    known_operator: Operator | None = field(init=False, repr=False, compare=False, default=None)
    ready: Any = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        operator = OPERATORS.get(self.operator)
        object.__setattr__(self, "known_operator", operator)
        try:
            object.__setattr__(self, "ready", operator.ready(self.value) if operator else _NEVER)
        except ValueError:
            object.__setattr__(self, "ready", _NEVER)


@dataclass(frozen=True, slots=True)
class Group:
    """All of its nodes, or any of them. All of none holds always, any of none never."""

    every: bool
    nodes: "tuple[Node, ...]" = ()

    def conditions(self) -> list[Condition]:
        """Every condition in it and below, in order."""
        return [each for node in self.nodes for each in ([node] if isinstance(node, Condition) else node.conditions())]


Node: TypeAlias = Condition | Group
ALWAYS = Group(every=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one condition. `found` is what made it hold; `problem` why it couldn't be tested (a code)."""

    condition: Condition
    holds: bool
    found: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class GroupOutcome:
    """What came of a group and of everything in it."""

    group: Group
    holds: bool
    nodes: "tuple[Outcome | GroupOutcome, ...]"

    def outcomes(self) -> list[Outcome]:
        """What came of every condition in it and below, in order."""
        return [each for node in self.nodes for each in ([node] if isinstance(node, Outcome) else node.outcomes())]


class Known:
    """Facts and queues as conditions read them: each text is folded once, and what couldn't be tested is remembered."""

    def __init__(self, facts: Facts, queues: QueueStates | None = None) -> None:
        self.facts = facts
        self.queues: QueueStates = queues if queues is not None else {}
        self.problems: list[Outcome] = []
        self.folded: dict[str, Any] = {}

    def with_facts(self, more: Mapping[str, FactValue]) -> "Known":
        """The same with more facts, or other values of some; what was folded and remembered stays."""
        known = Known({**self.facts, **more}, self.queues)
        known.problems = self.problems
        known.folded = {name: value for name, value in self.folded.items() if name not in more}
        return known


def evaluate(condition: Condition, known: Known) -> Outcome:
    """Whether the condition holds, and what was found. One that can't be tested never does, and says why."""
    if problem := _problem_with(condition, known):
        return _untested(condition, known, problem)
    found = _find(condition, known)
    return Outcome(condition, holds=found is not None, found=found or "")


def holds(node: Node, known: Known) -> bool:
    """Whether it holds; tests no more of it than that needs. Every rule of a workstream comes through here, so it makes nothing."""
    if isinstance(node, Condition):
        return _find(node, known) is not None
    for each in node.nodes:
        if holds(each, known) is not node.every:
            return not node.every
    return node.every


def examine(group: Group, known: Known) -> GroupOutcome:
    """The same, with what came of every condition."""
    nodes = tuple(evaluate(node, known) if isinstance(node, Condition) else examine(node, known) for node in group.nodes)
    found = [node.holds for node in nodes]
    return GroupOutcome(group, all(found) if group.every else any(found), nodes)


def _find(condition: Condition, known: Known) -> str | None:
    """What made it hold, None if it doesn't or can't be tested."""
    operator, name = condition.known_operator, condition.fact
    if operator is None or condition.ready is _NEVER:
        _untested(condition, known, _problem_with(condition, known))
        return None
    actual: Any
    if operator.folds and name in known.folded:
        actual = known.folded[name]
    elif name in known.facts:
        actual = known.facts[name]
        if operator.folds:
            actual = known.folded[name] = _folded(actual)
    elif problem := _problem_with(condition, known):
        _untested(condition, known, problem)
        return None
    else:
        # A variable that nothing has set yet, or a fact of a queue.
        actual = None if name.startswith(VARIABLE) else QUEUE_FACTS[name](known.queues[condition.of or 0])
    return operator.find(actual, condition.ready)


def _problem_with(condition: Condition, known: Known) -> str:
    """Why it can't be tested; empty if it can."""
    name = condition.fact
    if condition.known_operator is None:
        return UNKNOWN_OPERATOR
    if name.startswith(OF_A_QUEUE):
        if name not in QUEUE_FACTS or condition.of is None:
            return UNKNOWN_FACT
        state = known.queues.get(condition.of)
        if state is None or not state.exists:
            return QUEUE_GONE
    elif name not in known.facts and not name.startswith(VARIABLE):
        return UNKNOWN_FACT
    return WRONG_VALUE if condition.ready is _NEVER else ""


def _untested(condition: Condition, known: Known, problem: str) -> Outcome:
    outcome = Outcome(condition, holds=False, problem=problem)
    known.problems.append(outcome)
    return outcome


def _folded(value: FactValue) -> Any:
    if isinstance(value, str):
        return folded(value)
    if isinstance(value, list | tuple):
        return tuple(folded(item).strip() for item in value if isinstance(item, str))
    return value
