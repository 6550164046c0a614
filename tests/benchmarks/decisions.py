"""How long a routing decision takes with 10, 100 and 1,000 rules: work classification and route-to-queue, parsed once, facts at hand."""

import gc
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings

from workstreams.routing.decide import decide
from workstreams.routing.document import parse
from workstreams.routing.queue_states import QueueState
from workstreams.routing.trace import trace

from .said import say, table

# Rulesets of work classification, rules in each, routes: all that a document may hold is 10 × 100 and 200.
SIZES = {10: (1, 5, 5), 100: (2, 25, 50), 1_000: (8, 100, 200)}
WARM_UP, DECISIONS = 50, 1_000
GOAL_MS = 5.0
WORDS = ("返品", "割れ", "退貨", "คืน", "return", "refund", "交換", "キャンセル", "ยกเลิก", "領収書", "invoice", "配送")
MESSAGE = "先週注文した急須が割れて届きました。写真を送ります。交換をお願いできますか？ KH-20418 " * 3
# Eight queues are known; nothing but the last route leads anywhere, so every rule is looked at.
QUEUES = {number: QueueState(number, f"Queue {number}", waiting=number) for number in range(1, 9)}


def conditions(number: int) -> dict[str, Any]:
    """Two or three tests, as administrators write them. None of them holds: the words get a number."""
    words = [f"{word}{number}" for word in random.Random(number).sample(WORDS, 5)]
    nodes: list[dict[str, Any]] = [{"fact": "message.first_text", "operator": "contains_any", "value": words}]
    if number % 3 == 0:
        nodes = [{"fact": "customer.language", "operator": "in", "value": ["ja", "zh"]}, *nodes]
    if number % 5 == 0:
        nodes = [{"fact": "time.hour", "operator": "between", "value": [0, 23]}, *nodes]
    if number % 7 == 0:
        nodes = [{"any": [{"fact": "customer.tags", "operator": "has_any", "value": ["wholesale"]}, nodes[-1]]}, *nodes]
    return {"all": nodes}


def document(rulesets: int, rules: int, routes: int) -> dict[str, Any]:
    numbers = iter(range(1, 10_000))
    then = {"priority": 1}
    classification = [
        {
            "name": f"{at}",
            "rules": [{"id": f"c{n}", "when": conditions(n), "then": then} for n in (next(numbers) for _rule in range(rules))],
        }
        for at in range(rulesets)
    ]
    made = [
        {"id": f"r{n}", "when": conditions(n), "to": [{"queue": n % 8 + 1, "percent": 100}]}
        for n in (next(numbers) for _r in range(routes))
    ]
    return {"classification": classification, "routes": [*made[:-1], made[-1] | {"when": {"all": []}}]}


def facts(number: int) -> dict[str, Any]:
    """A customer's; every message is another, so that nothing is compared twice."""
    return {
        "message.first_text": f"{MESSAGE} {number}",
        "customer.language": "ja",
        "customer.tags": ["VIP", "new"],
        "time.hour": number % 24,
        "conversation.priority": 0,
        "conversation.skills": [],
    }


def section() -> Any:
    """Prints the table; returns the same for the report."""
    say(f"\nRouting decisions, {DECISIONS:,} of each size in turn; the goal is a p95 under {GOAL_MS:g} ms at 1,000 rules")
    if not settings.configured:
        # The engine knows no rows; only its words need to know that they aren't translated.
        settings.configure(USE_I18N=False)
    documents = {size: document(*parts) for size, parts in SIZES.items()}
    rules = {size: parse(content) for size, content in documents.items()}
    took: dict[int, list[Took]] = {size: [] for size in SIZES}
    gc.collect()
    for number in range(WARM_UP + DECISIONS):
        for size in SIZES:
            each = _time(partial(decide, rules[size], facts(number), QUEUES, 0.5))
            if number >= WARM_UP:
                took[size].append(each)
    report, lines = [], []
    least = _percentile([each.processor for each in took[min(SIZES)]], 0.5)
    for size in SIZES:
        clock, processor = [each.clock for each in took[size]], [each.processor for each in took[size]]
        decision = decide(rules[size], facts(0), QUEUES, 0.5)
        found = {
            "rules": size,
            "p50_ms": _percentile(clock, 0.5),
            "p95_ms": _percentile(clock, 0.95),
            "processor_p50_ms": _percentile(processor, 0.5),
            "processor_p95_ms": _percentile(processor, 0.95),
            "growth_of_processor_p50": round(_percentile(processor, 0.5) / least, 1),
            "explained_ms": round(_time(partial(trace, rules[size], decision, QUEUES)).processor * 1000, 1),
            "parsed_ms": round(_time(partial(parse, documents[size])).processor * 1000, 1),
        }
        report.append(found)
        lines.append([f"{size:,}", *(str(value) for name, value in found.items() if name != "rules")])
    head = ["rules", "p50 ms", "p95 ms", "processor p50 ms", "p95 ms", "growth of p50", "explained, ms", "parsed, ms"]
    table(head, lines)
    return report


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds by the clock, and those in which the processor was really ours: a busy machine shows in the first only."""

    clock: float
    processor: float


def _time(action: Callable[[], object]) -> Took:
    clock, processor = time.perf_counter(), time.thread_time()
    action()
    return Took(time.perf_counter() - clock, time.thread_time() - processor)


def _percentile(seconds: Sequence[float], share: float) -> float:
    """In milliseconds, finer than pages need."""
    ordered = sorted(seconds)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 3)
