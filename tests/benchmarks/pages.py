"""Fifty open inboxes while messages come in: what web and worker need for each."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

from config.demo.processes import Installation

from .live import Place, customer_writes, staged
from .said import at, say, table
from .visitor import Visitor

PAGES, PER_SECOND, SECONDS, QUIET_SECONDS = 50, 5, 40, 10
# Pages fetch everything when they open, and again every half minute.
SETTLING_SECONDS, WHOLE_ROUND_SECONDS = 10, 30
PROCESSES = ("web", "worker")


def used(installation: Installation) -> dict[str, tuple[float, float]]:
    """Resident MiB and CPU seconds so far, by process."""
    found = {}
    for name in PROCESSES:
        pid = installation.children[name].pid
        resident = int(Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0]) / 1024
        times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        found[name] = (resident, (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK"))
    return found


async def measure(installation: Installation, places: list[Place]) -> dict[str, Any]:
    """Without pages and messages, with pages alone, with messages alone, and with both."""
    moments = {}
    moments["nothing"], _none_late = await _during(installation, [], QUIET_SECONDS)
    moments["messages"], late_alone = await _during(installation, places, SECONDS // 2)
    say(f"messages alone: {late_alone} webhooks not taken in time; now {PAGES} pages open …")
    visitors = [Visitor(installation.web_port, place["session"], place["conversation"]) for place in places]
    waits: list[float] = []
    for place in places:
        place["words"] = ""  # what was sent before a page was open isn't waited for
    for visitor, place in zip(visitors, places, strict=True):
        visitor.seen = _noting(place, waits)
    staying = [asyncio.create_task(visitor.stay()) for visitor in visitors]
    await asyncio.gather(*(visitor.is_open.wait() for visitor in visitors))
    await asyncio.sleep(SETTLING_SECONDS)
    moments["pages"], _none_late = await _during(installation, [], WHOLE_ROUND_SECONDS)
    say("… and messages come in")
    before = sum(visitor.fetched for visitor in visitors)
    moments["both"], late = await _during(installation, places, SECONDS)
    fetched = sum(visitor.fetched for visitor in visitors) - before
    failed = sum(visitor.failed for visitor in visitors)
    for task in staying:
        task.cancel()
    counts = {
        "parts_per_second": round(fetched / SECONDS, 1),
        "parts_failed": failed,
        "late_webhooks": late,
        "late_without_pages": late_alone,
    }
    return {"moments": moments, "counts": counts, "waits": waits}


def _noting(place: Place, waits: list[float]) -> Any:
    def seen(path: str, text: str) -> None:
        began, words = float(place.get("began", 0)), place.get("words", "")
        if words and path.endswith("/thread/") and words in text:
            waits.append(time.perf_counter() - began)
            place["words"] = ""

    return seen


async def _during(installation: Installation, places: list[Place], seconds: int) -> tuple[dict[str, dict[str, float]], int]:
    """CPU in percent of one core while customers write in turn (or nobody does), and MiB at the end; how many webhooks came too late."""
    before, began, late = used(installation), time.perf_counter(), 0
    if places:
        sending = set()
        for number in range(seconds * PER_SECOND):
            await asyncio.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
            place = places[number % len(places)]
            place["words"], place["began"] = f"wort-{time.monotonic_ns()}", str(time.perf_counter())
            sending.add(asyncio.create_task(customer_writes(installation, place, place["words"])))
        late = (await asyncio.gather(*sending)).count(False)
    await asyncio.sleep(max(0.0, began + seconds - time.perf_counter()))
    lasted, after = time.perf_counter() - began, used(installation)
    found = {
        name: {"mib": round(after[name][0], 1), "cpu_percent": round((after[name][1] - before[name][1]) / lasted * 100, 1)}
        for name in PROCESSES
    }
    return found, late


def section() -> Any:
    """Prints the table; returns the same for the report."""
    say(f"\n{PAGES} open inboxes, {PER_SECOND} messages a second for {SECONDS} s, {os.cpu_count()} cores, load on the same machine")
    with staged(PAGES) as (installation, places):
        found = asyncio.run(measure(installation, places))
    moments = found["moments"]
    report: dict[str, Any] = found["counts"] | moments
    rows = []
    for name in PROCESSES:
        mib = (moments["both"][name]["mib"] - moments["messages"][name]["mib"]) / PAGES
        cpu = (moments["both"][name]["cpu_percent"] - moments["messages"][name]["cpu_percent"]) / PAGES
        report[f"{name}_per_page"] = {"mib": round(mib, 2), "cpu_percent": round(cpu, 2)}
        cells = [f"{moments[when][name]['mib']:.0f} MiB, {moments[when][name]['cpu_percent']:.0f} %" for when in moments]
        rows.append([name, *cells, f"{mib:.2f} MiB, {cpu:.2f} %"])
    table(["process", "nothing", "messages alone", "pages alone", "both", "a page, with messages"], rows)
    if found["waits"]:
        words = report["words_ms"] = {"p50": at(found["waits"], 0.5), "p95": at(found["waits"], 0.95), "seen": len(found["waits"])}
        say(f"\nwebhook to words on the page: p50 {words['p50']} ms, p95 {words['p95']} ms, {words['seen']} seen")
    counts = found["counts"]
    say(f"{counts['parts_per_second']} parts fetched a second, {counts['parts_failed']} failed; ")
    say(f"webhooks not taken in time: {counts['late_webhooks']} of {PER_SECOND * SECONDS}")
    return report
