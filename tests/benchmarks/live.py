"""From a customer's message to the words on an open page, and from *Send* to the platform's yes."""

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

from config.demo.processes import Installation, fetch_json
from tests.installation import running_installation

from .said import CHANNEL_ID, SECRET, TOKEN, at, say, table
from .visitor import Visitor, ask

MESSAGES = 60
PATIENCE = 20.0
# A machine that has other work to do takes its time.
SETTING_UP = 600.0
Place = dict[str, str]


@contextlib.contextmanager
def staged(count: int) -> Iterator[tuple[Installation, list[Place]]]:
    """Everything runs; so many agents hold a conversation with a customer of the simulator each."""
    with running_installation() as installation:
        installation.simulator().start()
        installation.wait_for_simulator()
        channel = {"channel_id": CHANNEL_ID, "channel_secret": SECRET, "access_token": TOKEN}
        fetch_json(f"{installation.line_url}/sim/channels", channel)
        friend = {"channel_id": CHANNEL_ID, "silent": True}
        users = [
            fetch_json(f"{installation.line_url}/sim/users", friend | {"display_name": f"Customer {n}"})["user_id"] for n in range(count)
        ]
        installation.run("migrate", "manage.py", "migrate", "--verbosity", "0", seconds=SETTING_UP)
        file = installation.data / "stage.json"
        installation.run("stage", "-m", "tests.benchmarks.stage", str(file), *users, seconds=SETTING_UP)
        found = json.loads(file.read_text())
        fetch_json(f"{installation.line_url}/sim/channels/{CHANNEL_ID}", {"webhook_url": found["callback"]}, method="PATCH")
        for child in (installation.web(), installation.worker(), installation.beat()):
            child.start()
        installation.wait_until_well()
        yield installation, found["places"]


async def customer_writes(installation: Installation, place: Place, text: str) -> bool:
    """Whether the webhook was taken within the time that LINE waits."""
    body = json.dumps({"channel_id": CHANNEL_ID, "message": {"type": "text", "text": text}}).encode()
    status, answer = await ask(installation.line_port, f"/sim/users/{place['user']}/send", body=body, kind="application/json")
    return status == 200 and json.loads(answer)["webhook_status"] == 200


class Watch:
    """Notes when a page is told of something and when it shows it."""

    def __init__(self, visitor: Visitor) -> None:
        self.hints: list[float] = []
        self.shown: dict[str, float] = {}
        self.wanted: list[str] = []
        visitor.hinted = self._hinted
        visitor.seen = self._seen

    def _hinted(self, topics: list[str]) -> None:
        if any(topic.startswith(("conversation:", "thread:")) for topic in topics):
            self.hints.append(time.perf_counter())

    def _seen(self, path: str, text: str) -> None:
        if path.endswith("/thread/"):
            for words in self.wanted:
                _before, found, behind = text.partition(words)
                if found:
                    self.shown.setdefault(words, time.perf_counter())
                if found and "✓" in behind:
                    self.shown.setdefault(f"✓ {words}", time.perf_counter())

    def hint_after(self, began: float) -> float | None:
        return next((moment for moment in self.hints if moment >= began), None)


async def _until(what: str, condition: Any) -> Any:
    give_up_at = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > give_up_at:
            raise SystemExit(f"bench: not on the page after {PATIENCE:.0f} s: {what}")
        await asyncio.sleep(0.002)
    return found


async def _reach(installation: Installation, place: Place) -> dict[str, list[float]]:
    visitor = Visitor(installation.web_port, place["session"], place["conversation"])
    watch = Watch(visitor)
    staying = asyncio.create_task(visitor.stay())
    await visitor.is_open.wait()
    found: dict[str, list[float]] = {}
    for number in range(-3, MESSAGES):  # the first ones warm up
        if number >= 0 and number % 20 == 0:
            say(f"{number} of {MESSAGES} …")
        for name, seconds in (await _in(installation, place, watch, number) | await _out(installation, place, watch, number)).items():
            if number >= 0:
                found.setdefault(name, []).append(seconds)
    staying.cancel()
    return found


async def _in(installation: Installation, place: Place, watch: Watch, number: int) -> dict[str, float]:
    words = f"frage-{number}-{uuid.uuid4().hex[:6]}"
    watch.wanted = [words]
    began = time.perf_counter()
    if not await customer_writes(installation, place, words):
        raise SystemExit("bench: a webhook wasn't taken")
    shown = await _until(words, lambda: watch.shown.get(words))
    hint = watch.hint_after(began)
    await asyncio.sleep(0.3)  # what else the page fetches isn't counted to the next one
    return {"webhook to hint": (hint or shown) - began, "webhook to words on the page": shown - began}


async def _out(installation: Installation, place: Place, watch: Watch, number: int) -> dict[str, float]:
    words = f"antwort-{number}-{uuid.uuid4().hex[:6]}"
    watch.wanted = [words]
    path = f"/inbox/{place['conversation']}/send/"
    fields = {"text": words, "client_id": str(uuid.uuid4())}
    arrival = asyncio.create_task(_arrived(installation, place, words))
    began = time.perf_counter()
    status, answer = await ask(installation.web_port, path, session=place["session"], fields=fields)
    taken = time.perf_counter()
    if status != 204:
        raise SystemExit(f"bench: {path} answered {status} {answer[:200]}")
    arrived = await arrival
    shown = await _until(f"✓ {words}", lambda: watch.shown.get(f"✓ {words}"))
    await asyncio.sleep(0.3)
    return {
        "Send to answer": taken - began,
        "Send to the simulator's chat": arrived - began,
        "Send to accepted on the page": shown - began,
    }


async def _arrived(installation: Installation, place: Place, words: str) -> float:
    give_up_at = time.monotonic() + PATIENCE
    while time.monotonic() < give_up_at:
        await asyncio.sleep(0.01)
        _status, chat = await ask(installation.line_port, f"/sim/users/{place['user']}/chat?channel_id={CHANNEL_ID}")
        if words in chat:
            return time.perf_counter()
    raise SystemExit("bench: the simulator never saw what was sent")


def section() -> Any:
    """Prints the table; returns the same for the report."""
    say(f"\n{MESSAGES} messages in and {MESSAGES} out, one after the other, one page open")
    with staged(1) as (installation, places):
        found = asyncio.run(_reach(installation, places[0]))
    report = [{"way": name, "p50_ms": at(seconds, 0.5), "p95_ms": at(seconds, 0.95)} for name, seconds in found.items()]
    table(["way", "p50 ms", "p95 ms"], [[str(value) for value in line.values()] for line in report])
    return report
