"""A decision told stage by stage: what was processed, what matched, what was applied, and from which facts and queues."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workstreams.languages import language_name

from .checking import fact_of
from .conditions import GroupOutcome, Outcome
from .decide import Decision
from .explanation import Names, group_in_words, outcome_in_words, outputs_in_words, overflow_in_words, reason, route_in_words
from .facts import VARIABLE, Fact, FactValue, Label, ValueType
from .queue_states import QueueState
from .rules import Route
from .trace import Became, RuleTrace, Stage

STATES: dict[Became, Label] = {
    Became.APPLIED: gettext_lazy("applied"),
    Became.MATCHED: gettext_lazy("matched, its queue overflowed"),
    Became.NO_MATCH: gettext_lazy("didn't match"),
    Became.NOT_PROCESSED: gettext_lazy("not processed"),
    Became.SWITCHED_OFF: gettext_lazy("switched off"),
}


@dataclass(frozen=True, slots=True)
class ToldCondition:
    """One line of a rule's conditions; `depth` says how deep it is nested."""

    words: str
    holds: bool
    depth: int


@dataclass(frozen=True, slots=True)
class ToldRule:
    """One rule that was processed, or switched off."""

    id: str
    number: int
    name: str
    became: str
    state: str
    conditions: list[ToldCondition]
    outcome: str
    overflow: str = ""
    unset: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ToldStage:
    """One ruleset, or route-to-queue. `not_processed` rules came after the one that decided."""

    title: str
    rules: list[ToldRule]
    not_processed: int
    applied: bool


@dataclass(frozen=True, slots=True)
class Told:
    """The whole decision. `queue` is empty for the fallback queue."""

    reason: str
    queue: str
    ends: bool
    outputs: str
    stages: list[ToldStage]
    facts: list[tuple[str, str]]
    queues: list[tuple[str, str]] = field(default_factory=list)
    drawn: str = ""


def tell(decision: Decision, stages: Sequence[Stage], queues: Iterable[QueueState], draw: float, names: Names) -> Told:
    """A decision with its trace, and the queues that it looked at."""
    shares = decision.route is not None and len(decision.route.to) > 1
    outputs = ", ".join(filter(None, (outputs_in_words(decision.outputs, names), *_profiles(decision, names))))
    return Told(
        reason=capfirst(reason(decision, tuple(stages), names)),
        queue=names.queue(decision.queue_id) if decision.queue_id is not None else "",
        ends=decision.ends,
        outputs=outputs,
        stages=[_stage(number, stage, names, decision.unset) for number, stage in enumerate(stages, start=1)],
        facts=facts_in_words(decision.facts, names),
        queues=[(state.name or names.queue(state.queue_id), queue_in_words(state)) for state in queues],
        drawn=_("%(percent)s of 100 was drawn.") % {"percent": round(draw * 100, 1)} if shares else "",
    )


def facts_in_words(facts: Mapping[str, FactValue], names: Names) -> list[tuple[str, str]]:
    """Each fact and its value; those that aren't known come last."""
    told = []
    for name, value in facts.items():
        fact = fact_of(name, names.catalogue)
        label = name.removeprefix(VARIABLE) if name.startswith(VARIABLE) or fact is None else str(fact.label)
        told.append((capfirst(label), _value(value, fact)))
    return sorted(told, key=lambda pair: pair[1] == _("not known"))


def queue_in_words(state: QueueState) -> str:
    """What routing saw of a queue."""
    if not state.exists:
        return _("no longer existed")
    hours = _("open") if state.is_open else _("closed")
    return _("%(hours)s, %(waiting)s waiting, %(agents)s agents there") % {"hours": hours, "waiting": state.waiting, "agents": state.agents}


def _profiles(decision: Decision, names: Names) -> Iterator[str]:
    for profile in decision.profiles:
        yield _("capacity profile %(profile)s") % {"profile": names.profiles.get(profile) or _("one that no longer exists")}


def _stage(number: int, stage: Stage, names: Names, unset: Sequence[tuple[str, str]]) -> ToldStage:
    title = _("Route to queue") if stage.is_route else _("Work classification, ruleset %(number)s") % {"number": number}
    shown = [entry for entry in stage.rules if entry.became != Became.NOT_PROCESSED]
    rules = [_rule(entry, names, unset) for entry in shown]
    return ToldStage(f"{title}: {stage.name}" if stage.name else title, rules, len(stage.rules) - len(shown), stage.applied is not None)


def _rule(entry: RuleTrace, names: Names, unset: Sequence[tuple[str, str]]) -> ToldRule:
    rule = entry.rule
    why_unset = _("“%(name)s” is a number, so this text was not set.")
    return ToldRule(
        id=rule.id,
        number=entry.number,
        name=rule.name,
        became=str(entry.became),
        state=str(STATES[entry.became]),
        conditions=list(_conditions(entry.outcome, names)) if entry.outcome else [],
        outcome=route_in_words(rule, names) if isinstance(rule, Route) else outputs_in_words(rule.then, names),
        overflow=overflow_in_words(entry.matched.overflow, names) if entry.matched and entry.matched.overflow else "",
        unset=[why_unset % {"name": name} for rule_id, name in unset if rule_id == rule.id],
    )


def _conditions(group: GroupOutcome, names: Names, depth: int = 0) -> Iterator[ToldCondition]:
    """Conditions in their order; a group within says how its own count together."""
    for node in group.nodes:
        if isinstance(node, Outcome):
            yield ToldCondition(outcome_in_words(node, names), node.holds, depth)
        elif group_in_words(node.group, names):
            yield ToldCondition(_("all of these:") if node.group.every else _("any of these:"), node.holds, depth)
            yield from _conditions(node, names, depth + 1)


def _value(value: FactValue, fact: Fact | None) -> str:
    if value is None or value in ("", [], ()):
        return _("not known") if value is None else _("empty")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    labels: dict[Any, Any] = dict(fact.choices_now()) if fact else {}
    items = list(value) if isinstance(value, list | tuple) else [value]
    if fact is not None and fact.value_type == ValueType.LANGUAGE:
        return ", ".join(language_name(str(item)) for item in items)
    return ", ".join(str(labels.get(item, item)) for item in items)
