"""The rules of a workstream as routing takes them, parsed from their document (`workstreams.routing.document`) and never changed."""

from dataclasses import dataclass, field

from .conditions import ALWAYS, Condition, Group


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a rule of work classification sets: skills by id with the least rating, and so on. Empty: it sets nothing."""

    skills: dict[int, int] = field(default_factory=dict)
    priority: int | None = None
    capacity_profile: int | None = None
    variables: dict[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of work classification."""

    id: str
    name: str = ""
    enabled: bool = True
    when: Group = ALWAYS
    then: Outputs = field(default_factory=Outputs)


@dataclass(frozen=True, slots=True)
class Classification:
    """One ruleset of work classification: its first rule that matches sets its outputs."""

    name: str
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """A queue of a route, and the part of the conversations that goes to it."""

    queue_id: int
    percent: int = 100


@dataclass(frozen=True, slots=True)
class RouteOverflow:
    """What happens instead of what the queue says, if a queue of this route overflows."""

    action: str
    target: int | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A route-to-queue rule."""

    id: str
    to: tuple[Share, ...]
    name: str = ""
    enabled: bool = True
    when: Group = ALWAYS
    overflow: RouteOverflow | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """A document as routing takes it."""

    classification: tuple[Classification, ...] = ()
    routes: tuple[Route, ...] = ()
    time_zone: str = ""
    holidays: str = ""

    def queues_used(self) -> set[int]:
        """Every queue that the document names, in whatever place."""
        tested = {each.of for each in self._conditions() if each.of is not None}
        targets = {route.overflow.target for route in self.routes if route.overflow and route.overflow.target is not None}
        return tested | targets | {share.queue_id for route in self.routes for share in route.to}

    def skills_used(self) -> set[int]:
        """Every skill that a rule asks for."""
        return {skill for ruleset in self.classification for rule in ruleset.rules for skill in rule.then.skills}

    def profiles_used(self) -> set[int]:
        """Every capacity profile that a rule attaches."""
        outputs = [rule.then for ruleset in self.classification for rule in ruleset.rules]
        return {each.capacity_profile for each in outputs if each.capacity_profile is not None}

    def texts_set(self) -> set[str]:
        """Every context variable that a rule sets to a text."""
        outputs = [rule.then for ruleset in self.classification for rule in ruleset.rules]
        return {name for each in outputs for name, value in each.variables.items() if isinstance(value, str)}

    def facts_used(self) -> set[str]:
        """Every fact that a condition of the document names."""
        return {each.fact for each in self._conditions()}

    def _conditions(self) -> list[Condition]:
        groups = [rule.when for ruleset in self.classification for rule in ruleset.rules] + [route.when for route in self.routes]
        return [each for group in groups for each in group.conditions()]
