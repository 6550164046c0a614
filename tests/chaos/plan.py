"""What will happen, all of it decided by the seed: who writes what and when, how it comes, and what is answered.

How the processes race meanwhile is not in anybody's hand, so a seed brings back the same storm, not the same weather.
"""

import random
from dataclasses import dataclass

KINDS = {"text": 60, "sticker": 15, "image": 10, "location": 10, "postback": 5}
DUPLICATED, LATE = 0.10, 0.05
LATE_SECONDS, AGAIN_SECONDS = 3.0, 5.0


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything. `seconds` is how long customers write and agents answer; `kills` how often each process dies."""

    accounts: int
    customers: int
    events: int
    answers: int
    seconds: float
    kills: int


FULL = Size(accounts=5, customers=100, events=2_000, answers=2_000, seconds=150, kills=4)
SHORT = Size(accounts=2, customers=10, events=200, answers=200, seconds=22, kills=2)


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of one customer: it happened at `at` seconds, and its webhook is sent at each of `sent_at`."""

    customer: int
    number: int
    kind: str
    at: float
    sent_at: tuple[float, ...]


def happenings(size: Size, chance: random.Random) -> list[Happening]:
    """Every customer's events but the first, which comes before the storm; by time."""
    planned = []
    for customer in range(size.customers):
        own = size.events // size.customers - 1
        times = sorted(chance.uniform(0, size.seconds) for _ in range(own))
        for number, at in enumerate(times, start=1):
            (kind,) = chance.choices(list(KINDS), weights=list(KINDS.values()))
            first = at + (chance.uniform(1, LATE_SECONDS) if chance.random() < LATE else 0)
            again = (first + chance.uniform(0, AGAIN_SECONDS),) if chance.random() < DUPLICATED else ()
            planned.append(Happening(customer, number, kind, at, (first, *again)))
    return sorted(planned, key=lambda each: each.at)


def kills(size: Size, victims: list[str], chance: random.Random) -> list[tuple[float, str]]:
    """(second, process): each of the victims dies `size.kills` times, spread over the storm."""
    return sorted((chance.uniform(2, size.seconds), victim) for victim in victims for _ in range(size.kills))
