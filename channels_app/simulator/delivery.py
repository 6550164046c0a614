"""How webhooks leave: twice, overtaken, late. LINE says that all of it happens; here it happens as often as asked."""

import random
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

LONGEST_DELAY_MS = 600_000


@dataclass
class Dice:
    """Chance that a seed repeats. Each key has a row of its own, so that what happens at once can't change what falls."""

    seed: int
    rolled: Counter[str] = field(default_factory=Counter)

    def falls(self, chance: float, key: str) -> bool:
        if chance <= 0:
            return False
        self.rolled[key] += 1
        return random.Random(f"{self.seed} {key} {self.rolled[key]}").random() < chance

    def between(self, low: float, high: float, key: str) -> float:
        self.rolled[key] += 1
        return random.Random(f"{self.seed} {key} {self.rolled[key]}").uniform(low, high)


@dataclass
class Delivery:
    """The rules in force. `redeliver_on_failure` None leaves it to each channel's own setting."""

    duplicate: float = 0.0
    reorder: float = 0.0
    redeliver_on_failure: bool | None = None
    delay_ms: int = 0
    seed: int = 0
    dice: Dice = field(default_factory=lambda: Dice(0))

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("duplicate", "reorder", "redeliver_on_failure", "delay_ms", "seed")}


def read_delivery(data: dict[str, Any]) -> Delivery:
    """New rules; what is left out goes back to the usual. Raises ValueError in words."""
    known = {"duplicate", "reorder", "redeliver_on_failure", "delay_ms", "seed"}
    if unknown := data.keys() - known:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; there is {', '.join(sorted(known))}")
    redeliver = data.get("redeliver_on_failure")
    if redeliver is not None and not isinstance(redeliver, bool):
        raise ValueError("redeliver_on_failure must be true, false or null (each channel's own setting)")
    delay_ms = data.get("delay_ms", 0)
    if not isinstance(delay_ms, int) or isinstance(delay_ms, bool) or not 0 <= delay_ms <= LONGEST_DELAY_MS:
        raise ValueError(f"delay_ms must be a whole number from 0 to {LONGEST_DELAY_MS}")
    seed = read_seed(data)
    return Delivery(read_chance(data, "duplicate", 0.0), read_chance(data, "reorder", 0.0), redeliver, delay_ms, seed, Dice(seed))


def read_chance(data: dict[str, Any], name: str, usual: float) -> float:
    chance = data.get(name, usual)
    if not isinstance(chance, int | float) or isinstance(chance, bool) or not 0 <= chance <= 1:
        raise ValueError(f"{name} must be a number from 0 (never) to 1 (always)")
    return float(chance)


def read_seed(data: dict[str, Any]) -> int:
    """The seed that was given, or a new one, which the answer tells so that it can be used again."""
    seed = data.get("seed")
    if seed is None:
        return secrets.randbelow(2**31)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise ValueError("seed must be a whole number")
    return seed
