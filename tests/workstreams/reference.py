"""One distribution pass, slow and obvious: plain data in, (item, agent) out. The tests compare the real one with it.

Agents and items are looked at one by one, everything is computed anew each time, and nothing is shared with the product.
"""

from dataclasses import dataclass, field


@dataclass
class Agent:
    """`work`: the units that each conversation the agent has already holds. `joined`: second of joining, by queue."""

    units: int
    work: list[int] = field(default_factory=list)
    presence: str = "available"
    there: bool = True
    joined: dict[int, int] = field(default_factory=dict)
    skills: dict[int, int] = field(default_factory=dict)
    limits: dict[int, int] = field(default_factory=dict)
    assigned: int | None = None
    assigned_in: dict[int, int] = field(default_factory=dict)
    released: int | None = None
    got: list["Item"] = field(default_factory=list)


@dataclass
class Kind:
    """A workstream."""

    units: int = 20
    profile: int | None = None
    presences: tuple[str, ...] = ("available", "busy")
    matching: str = "closest"
    relax_after: int | None = None
    keeps: bool = True
    patience: int = 0
    prefers: bool = False
    waits: bool = False


@dataclass
class Item:
    """`age`: seconds since the last interaction, and in the queue. `order` breaks ties, as keys do."""

    order: int
    queue: int
    kind: Kind
    age: int
    priority: int = 0
    skills: dict[int, int] = field(default_factory=dict)
    profiles: tuple[int, ...] = ()
    former: int | None = None
    preferred: tuple[int, ...] = ()
    declines: dict[int, int] = field(default_factory=dict)
    let_go: int | None = None


@dataclass
class World:
    """`blocking`: profiles that at their limit block everything. `methods` by queue."""

    agents: list[Agent]
    items: list[Item]
    methods: dict[int, str]
    ageing: int | None = None
    blocking: tuple[int, ...] = ()
    decline_limit: int = 3
    most_sessions: int = 10


def distribute(world: World) -> dict[int, int]:
    """Which agent gets which item, by their numbers."""
    result: dict[int, int] = {}
    clock = 0

    def give(item, number):
        nonlocal clock
        clock += 1
        result[item.order] = number
        agent = world.agents[number]
        agent.got.append(item)
        agent.assigned = clock
        if item.queue in agent.joined:
            agent.assigned_in[item.queue] = clock

    oldest = sorted(world.items, key=lambda item: (-item.age, item.order))
    for item in oldest:
        if item.kind.keeps and item.former is not None and called(world, item, item.former):
            give(item, item.former)
    for item in oldest:
        if item.kind.prefers and item.order not in result:
            for number in item.preferred:
                if called(world, item, number):
                    give(item, number)
                    break
    for item in sorted(world.items, key=lambda item: place(world, item)):
        if item.order in result or (item.kind.keeps and item.former is not None and item.age < item.kind.patience):
            continue
        able = [number for number in range(len(world.agents)) if eligible(world, item, number)]
        if able:
            give(item, min(able, key=lambda number: preference(world, item, number)))
    return result


def place(world, item):
    if world.ageing is None:
        return (-item.priority, -item.age, item.order)
    return (-(item.age + item.priority * world.ageing), item.order)


def called(world, item, number):
    return number not in item.declines and number != item.let_go and fits(world, item, number)


def eligible(world, item, number):
    agent, kind = world.agents[number], item.kind
    if kind.prefers and kind.waits and item.preferred:
        if number not in item.preferred:
            return False
    else:
        if item.queue not in agent.joined:
            return False
        strict = kind.matching == "exact" and (kind.relax_after is None or item.age < kind.relax_after)
        if strict and any(agent.skills.get(skill, 0) < least for skill, least in item.skills.items()):
            return False
    return item.declines.get(number, 0) < world.decline_limit and fits(world, item, number)


def fits(world, item, number):
    """There, in an allowed presence, and with room."""
    agent = world.agents[number]
    if not agent.there or agent.presence == "offline" or agent.presence not in item.kind.presences:
        return False
    if len(agent.work) + len(agent.got) >= world.most_sessions:
        return False
    if any(profile in world.blocking and free_places(agent, profile) < 1 for profile in agent.limits):
        return False
    if units_of(item) > free_units(agent):
        return False
    return all(profile in agent.limits and free_places(agent, profile) >= 1 for profile in profiles_of(item))


def units_of(item):
    return 0 if item.kind.profile is not None else item.kind.units


def profiles_of(item):
    own = () if item.kind.profile is None else (item.kind.profile,)
    return set(item.profiles) | set(own)


def free_units(agent):
    return agent.units - sum(agent.work) - sum(units_of(item) for item in agent.got)


def free_places(agent, profile):
    return agent.limits[profile] - sum(profile in profiles_of(item) for item in agent.got)


def preference(world, item, number):
    """Smaller is better: not having let it go, declines, points missing, then the queue's method, then who has had nothing for longest."""
    agent = world.agents[number]
    asked = item.skills if item.kind.matching != "none" else {}
    missing = sum(max(0, least - agent.skills.get(skill, 0)) for skill, least in asked.items())
    never = -(10**9)
    if world.methods[item.queue] == "highest_capacity":
        if units_of(item) or not profiles_of(item):
            method = -free_units(agent)
        else:
            method = -min(free_places(agent, profile) for profile in profiles_of(item))
    elif world.methods[item.queue] == "advanced_round_robin":
        method = (agent.assigned_in.get(item.queue, never), agent.joined.get(item.queue, never))
    else:
        method = agent.released if agent.released is not None else never
    turn = agent.assigned if agent.assigned is not None else never
    return (number == item.let_go, item.declines.get(number, 0), missing, method, turn, number)
