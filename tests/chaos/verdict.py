"""Was every promise kept? Each event is one message; each answer was shown once, or it is known that this isn't known."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

MAY_BE_MISSING = {"unknown", "failed"}


@dataclass
class Verdict:
    """Counted broken promises, and sentences about each (`broken`) and about what a person was told (`told`)."""

    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    unknown: int = 0
    broken: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        return f"chaos: lost={self.lost} doubled={self.doubled} reordered={self.reordered} unknown={self.unknown}"


def judge_inbound(verdict: Verdict, expected: Mapping[str, tuple[str, int | None]], found: Mapping[str, Any]) -> None:
    """`expected` is what the platform had: event id → whose, and its time (None where the platform chose it)."""
    kept = Counter(event_id for events in found["came"].values() for event_id, _at in events)
    owners = {event_id: user for user, events in found["came"].items() for event_id, _at in events}
    times = {event_id: at for events in found["came"].values() for event_id, at in events}
    for event_id, (user, at) in expected.items():
        if kept[event_id] > 1:
            verdict.doubled += 1
            verdict.broken.append(f"event {event_id} of {user} is {kept[event_id]} messages")
        elif not kept[event_id] or owners[event_id] != user:
            verdict.lost += 1
            verdict.broken.append(f"event {event_id} of {user} is no message of theirs")
        elif at is not None and times[event_id] != at:
            verdict.reordered += 1
            verdict.broken.append(f"event {event_id} of {user} happened at {at} and is shown at {times[event_id]}")
    for event_id in kept.keys() - expected.keys():
        verdict.broken.append(f"event {event_id} was never sent")


def judge_answers(verdict: Verdict, *, user: str, answers: Sequence[Mapping[str, Any]], shown: Sequence[str], wanted: int) -> None:
    """What one customer was answered, and what they saw of it, in the order in which they saw it."""
    counts = Counter(shown)
    numbers = {answer["text"]: number for number, answer in enumerate(answers)}
    if len(numbers) != wanted:
        verdict.lost += abs(wanted - len(numbers))
        verdict.broken.append(f"{wanted} answers were given to {user}, {len(numbers)} are kept")
    for text in counts.keys() - numbers.keys():
        verdict.broken.append(f"{user} saw {text!r}, which nobody said")
    for answer in answers:
        text, state, count = answer["text"], answer["state"], counts[answer["text"]]
        if count > 1:
            verdict.doubled += 1
            verdict.broken.append(f"{user} saw {text!r} {count} times ({state})")
        if count == 0 and state not in MAY_BE_MISSING:
            verdict.lost += 1
            verdict.broken.append(f"{user} never saw {text!r}, which is {state}")
        if state == "unknown":
            verdict.unknown += 1
            verdict.told.append(f"{user} {text!r}: unknown, a {answer['method']}, seen {count} times; {answer['error']}")
            if not answer["was_unclear"]:
                verdict.broken.append(f"{user} {text!r} is called unknown, but no answer was unclear")
        elif state == "failed":
            verdict.told.append(f"{user} {text!r}: failed, seen {count} times; {answer['error']}")
    places = [numbers[text] for text in dict.fromkeys(shown) if text in numbers]
    swapped = sum(later < earlier for earlier, later in pairwise(places))
    if swapped:
        verdict.reordered += swapped
        verdict.broken.append(f"{user} saw the answers in the order {places}")


def judge_rest(verdict: Verdict, found: Mapping[str, Any], customers: int) -> None:
    """What else must hold once everything has come to rest."""
    for error in found["dead"]:
        verdict.lost += 1
        verdict.broken.append(f"a dead letter: {error}")
    if found["conversations"] != customers:
        verdict.broken.append(f"{customers} customers have {found['conversations']} conversations")
    waiting = {name: count for name, count in found["waiting"].items() if count}
    if waiting:
        verdict.broken.append(f"still waiting: {waiting}")
    unwell = Counter(found["pictures"]) - Counter(ready=len(found["pictures"]))
    if unwell:
        verdict.broken.append(f"pictures that aren't ready: {dict(unwell)}")
