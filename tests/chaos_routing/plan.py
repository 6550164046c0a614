"""How much of everything, and who works where. The seed decides it all; how the processes race is in nobody's hand."""

import random
from dataclasses import dataclass

SWEEP_SECONDS = 5.0
QUEUES = ("First", "Second", "Important")
SKILLS = ("Returns", "Japanese")
PROFILES = ("Calls", "Cases")
# The workstreams, by name: what is special about each.
WORKSTREAMS = {
    "Offers": {"units_per_conversation": 20, "skill_matching": "exact", "relax_skills_after_seconds": 10},
    "Automatic": {"units_per_conversation": 10, "auto_accept": True},
    "Assigned": {"units_per_conversation": 15, "auto_assign": True, "offer_seconds": 10},
    "Places": {"capacity_by": "profile", "skill_matching": "closest"},
}


@dataclass(frozen=True, slots=True)
class Size:
    """`seconds`: how long customers come; `kills`: how many workers die meanwhile."""

    workers: int
    agents: int
    items: int
    seconds: float
    kills: int
    patience: float


FULL = Size(workers=16, agents=50, items=2_000, seconds=90, kills=60, patience=900)
SHORT = Size(workers=4, agents=8, items=60, seconds=6, kills=4, patience=240)


@dataclass(frozen=True, slots=True)
class Person:
    """An agent as the seed made them."""

    units: int
    queues: tuple[str, ...]
    skills: dict[str, int]
    limits: dict[str, int]


def person(chance: random.Random, number: int) -> Person:
    """The first four can do everything, so that nothing is left that nobody may take."""
    if number < 4:
        return Person(100, QUEUES, dict.fromkeys(SKILLS, 10), dict.fromkeys(PROFILES, 4))
    return Person(
        units=chance.choice([20, 40, 60, 100]),
        queues=tuple(chance.sample(QUEUES, chance.randint(1, 3))),
        skills={skill: chance.randint(1, 10) for skill in chance.sample(SKILLS, chance.randint(0, 2))},
        limits={profile: chance.randint(1, 3) for profile in chance.sample(PROFILES, chance.randint(0, 2))},
    )
