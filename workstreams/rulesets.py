"""Publishing a workstream's rules, and reading them back. A published version never changes; the highest version counts."""

import datetime
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from typing import Any

from workstreams import ports
from workstreams.identifiers import new_public_id
from workstreams.models import (
    CapacityProfile,
    ContextVariable,
    Overflow,
    OverflowAction,
    Queue,
    Ruleset,
    Skill,
    User,
    VariableKind,
    Workstream,
)
from workstreams.routing import document
from workstreams.routing.explanation import Names
from workstreams.routing.problems import InvalidRules, Problem
from workstreams.routing.rules import Rules
from workstreams.transactions import retried

# Parsed versions that a process keeps: one for each workstream in use is enough.
KEPT = 64
_parsed: "OrderedDict[tuple[int, datetime.datetime], Rules | InvalidRules]" = OrderedDict()


@dataclass(frozen=True)
class QueueUse:
    """A workstream whose current rules, or whose fallback, name a queue."""

    workstream: Workstream
    in_rules: bool
    is_fallback: bool

    def __str__(self) -> str:
        return self.workstream.name


def current_ruleset(workstream: Workstream) -> Ruleset | None:
    """The version that counts; None if nothing was ever published. Its content is read when it is asked for."""
    return Ruleset.objects.filter(workstream=workstream).order_by("-version").defer("content").first()


def rules_of(ruleset: Ruleset) -> Rules:
    """What a version says. `InvalidRules` if it can't be read. A version never changes, so each is parsed once in a process."""
    key = (ruleset.pk, ruleset.published_at)
    if key not in _parsed:
        _parsed[key] = _read(ruleset.content)
        while len(_parsed) > KEPT:
            _parsed.popitem(last=False)
    found = _parsed[key]
    if isinstance(found, InvalidRules):
        raise found
    return found


def _read(content: Any) -> Rules | InvalidRules:
    try:
        return document.parse(content)
    except InvalidRules as error:
        return error


def new_rule_id() -> str:
    """An id for a rule that is new."""
    return new_public_id()


def number_variables(workstream: Workstream, rules: Rules) -> frozenset[str]:
    """Of the variables that the rules set to a text, those that hold a number; no query if they set none."""
    names = rules.texts_set()
    declared = workstream.context_variables.filter(name__in=names, kind=VariableKind.NUMBER)
    return frozenset(declared.values_list("name", flat=True)) if names else frozenset()


def check(content: Any, workstream: Workstream) -> list[Problem]:
    """Everything against publishing the document, by place; six queries."""
    queues: dict[int, set[int]] = {pk: set() for pk in Queue.objects.values_list("pk", flat=True)}
    for queue_id, target in Overflow.objects.filter(action=OverflowAction.TRANSFER).values_list("queue", "target"):
        queues[queue_id].add(target)
    return document.check(
        content,
        catalogue=ports.fact_catalogue(),
        queues=queues,
        skills=set(Skill.objects.values_list("pk", flat=True)),
        profiles=set(CapacityProfile.objects.values_list("pk", flat=True)),
        numbers=set(workstream.context_variables.filter(kind=VariableKind.NUMBER).values_list("name", flat=True)),
    )


@retried
def publish(*, workstream: Workstream, content: Any, actor: User | None) -> Ruleset:
    """Publish the document as the workstream's next version; those waiting to be routed use it, decisions made stay.

    Locks the workstream, so two publishers make two versions. `InvalidRules` with every problem, its place named.
    """
    Workstream.objects.select_for_update(no_key=True).get(pk=workstream.pk)
    if problems := check(content, workstream):
        raise InvalidRules(problems)
    newest = Ruleset.objects.filter(workstream=workstream).order_by("-version").values_list("version", flat=True).first()
    ruleset = Ruleset.objects.create(workstream=workstream, version=(newest or 0) + 1, content=content, published_by=actor)
    _declare_variables(workstream, document.parse(content))
    ports.work_waiting()
    return ruleset


def _declare_variables(workstream: Workstream, rules: Rules) -> None:
    """What rules set is a context variable of the workstream from now on; a number, if the rules set it to nothing else."""
    values: dict[str, list[Any]] = defaultdict(list)
    for each in rules.classification:
        for rule in each.rules:
            for name, value in rule.then.variables.items():
                values[name].append(value)
    known = set(workstream.context_variables.filter(name__in=values).values_list("name", flat=True)) if values else set()
    for name in sorted(set(values) - known):
        kind = VariableKind.TEXT if any(isinstance(value, str) for value in values[name]) else VariableKind.NUMBER
        ContextVariable.objects.create(workstream=workstream, name=name, kind=kind)


def uses_of_queue(queue: Queue) -> list[QueueUse]:
    """The workstreams that would miss the queue: their current rules name it, or it is their fallback."""
    uses = []
    for workstream in Workstream.objects.order_by("name"):
        ruleset = current_ruleset(workstream)
        try:
            named = ruleset is not None and queue.pk in rules_of(ruleset).queues_used()
        except InvalidRules:
            named = False
        is_fallback = workstream.fallback_queue_id == queue.pk
        if named or is_fallback:
            uses.append(QueueUse(workstream, named, is_fallback))
    return uses


def names() -> Names:
    """What rules are said in words with; three queries beside the catalogue's."""
    return Names(
        catalogue=ports.fact_catalogue(),
        queues=dict(Queue.objects.values_list("pk", "name")),
        skills=dict(Skill.objects.values_list("pk", "name")),
        profiles=dict(CapacityProfile.objects.values_list("pk", "name")),
    )
