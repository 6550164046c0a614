"""Distribution under fire: `make chaos-routing`, or `make chaos-routing SHORT=1` with a fraction of it.

Many processes distribute, accept, decline, finish, come and go at once on a PostgreSQL of their own, and are killed outright.
Meanwhile somebody looks: no agent above capacity, no conversation with two agents, and none that waits while somebody who may
take it has been free for longer than a sweep. At the end everything must have been finished.
"""

import argparse
import multiprocessing
import os
import random
import signal
import sys
import time
from typing import Any

from tests.chaos import servers

from . import plan

LOOK_SECONDS, ARRIVALS_A_SECOND = 1.0, 2


def say(words: str) -> None:
    print(f"routing-chaos: {words}", flush=True)


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.chaos_routing", description=__doc__)
    options.add_argument("--short", action="store_true", help="a fraction of it")
    options.add_argument("--seed", type=int, default=random.randrange(10**6))
    chosen = options.parse_args()
    size = plan.SHORT if chosen.short else plan.FULL
    say(f"seed {chosen.seed}; {size.workers} processes, {size.agents} agents, {size.items} conversations, {size.kills} kills")
    with servers.own_postgres() as (_postgres, url):
        os.environ |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.chaos_routing.settings"}
        # A database is met only in children: a connection doesn't survive a fork.
        return fire(size, chosen.seed)


def fire(size: plan.Size, seed: int) -> int:
    import django

    django.setup()
    from tests.chaos_routing import worker

    context = multiprocessing.get_context("fork")
    shared = worker.Shared(context.Event(), context.Value("d", 0.0), context.Value("b", 1), context.Array("d", 2))
    _in_child(context, _build, size, seed)
    workers = {number: _start(context, worker.work, shared, seed * 1_000 + number) for number in range(size.workers)}
    result = context.Queue()
    watcher = _start(context, _watch, shared, result, size)
    customers = _start(context, _customers, shared, size, seed)
    chance, killed, began = random.Random(seed + 1), 0, time.monotonic()
    deaths = sorted(chance.uniform(1, size.seconds) for _ in range(size.kills))
    while watcher.is_alive():
        if deaths and time.monotonic() - began >= deaths[0]:
            deaths.pop(0)
            number = chance.randrange(size.workers)
            _kill(workers[number])
            killed += 1
            workers[number] = _start(context, worker.work, shared, seed * 1_000 + 100 * killed + number)
        time.sleep(0.05)
    for process in workers.values():
        _kill(process)
    customers.join()
    told, line, broken = result.get(timeout=10) if watcher.exitcode == 0 else (["the watcher died"], "routing-chaos: no verdict", True)
    for words in told:
        say(words)
    say(f"{killed} processes killed; {time.monotonic() - began:.0f} s")
    print(line, flush=True)
    return 1 if broken else 0


def _start(context: Any, target: Any, *arguments: Any) -> Any:
    process = context.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def _in_child(context: Any, target: Any, *arguments: Any) -> None:
    process = _start(context, target, *arguments)
    process.join()
    if process.exitcode:
        sys.exit("routing-chaos: could not be set up")


def _kill(process: Any) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.join()


def _build(size: plan.Size, seed: int) -> None:
    from django.core.management import call_command

    from tests.chaos_routing import rows

    call_command("migrate", verbosity=0)
    rows.build(size, random.Random(seed))


def _customers(shared: Any, size: plan.Size, seed: int) -> None:
    """They come evenly while the storm blows, a few at a time."""
    from channels_app import hints
    from tests.chaos_routing import rows

    hints.thread.add = lambda name: shared.hinted.set()  # type: ignore[method-assign]
    chance, portions = random.Random(seed + 2), max(int(size.seconds * ARRIVALS_A_SECOND), 1)
    began = time.monotonic()
    for number in range(portions):
        rows.let_come(size.items * (number + 1) // portions - size.items * number // portions, chance)
        time.sleep(max(began + (number + 1) / ARRIVALS_A_SECOND - time.monotonic(), 0))
    rows.everybody_works()
    shared.storm.value = 0


def _watch(shared: Any, result: Any, size: plan.Size) -> None:
    from tests.chaos_routing import rows
    from tests.chaos_routing.watch import Watcher

    watcher, began = Watcher(lambda: shared.passes[0]), time.monotonic()
    while (shared.storm.value or rows.unfinished()) and time.monotonic() < began + size.patience:
        watcher.look()
        time.sleep(LOOK_SECONDS)
    watcher.look()
    verdict = watcher.verdict
    if left := rows.unfinished():
        verdict.other.append(f"never finished, by state: {left}")
    told = [f"{verdict.looks} looks; the longest that a free agent and work for them stood side by side: {verdict.longest_wait:.1f} s"]
    told += sorted(set(verdict.other))[:20]
    told += [f"over capacity: {sorted(verdict.over_capacity)[:10]}"] if verdict.over_capacity else []
    told += [f"two agents: {sorted(verdict.double)[:10]}"] if verdict.double else []
    told += [f"stranded (conversation, agent): {sorted(verdict.stranded)[:10]}"] if verdict.stranded else []
    result.put((told, verdict.line, verdict.broken))


if __name__ == "__main__":
    sys.exit(main())
