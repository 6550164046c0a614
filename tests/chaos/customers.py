"""The customers: their events go through LINE's stand-in, which signs them; twice, late and again until they were taken."""

import base64
import itertools
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from config.demo.processes import Installation, fetch_json

from .plan import Happening

THREADS = 8
GIVE_UP_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Customer:
    user_id: str
    channel_id: str


@dataclass
class Customers:
    """`expected` is every event that the platform has, by its id: whose it is, and its time if we set it."""

    installation: Installation
    people: Sequence[Customer]
    expected: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    _refused: dict[str, tuple[Customer, dict[str, Any]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    posts: int = 0

    def say_hello(self) -> None:
        """The first words of each, taken before anything goes wrong, so that later events have a conversation to be shown in."""
        began = time.time() - len(self.people)
        for number, customer in enumerate(self.people):
            event = self._event(customer, Happening(number, 0, "text", 0, ()), began)
            self._post(customer, event)
        self.insist()

    def write(self, happenings: Sequence[Happening]) -> None:
        """Everybody's events at their times; returns when all of them were sent."""
        began = time.time()
        events: dict[tuple[int, int], dict[str, Any]] = {}
        due = sorted(((at, each, number) for each in happenings for number, at in enumerate(each.sent_at)), key=lambda item: item[0])
        with ThreadPoolExecutor(THREADS) as threads:
            for at, each, number in due:
                time.sleep(max(0.0, began + at - time.time()))
                customer = self.people[each.customer]
                if each.kind == "image":
                    if number == 0:
                        threads.submit(self._guarded, self._send_picture, customer)
                    continue
                event = events.setdefault((each.customer, each.number), self._event(customer, each, began))
                threads.submit(self._guarded, self._post, customer, event)

    def insist(self) -> None:
        """What the platform couldn't deliver it delivers again, until somebody takes it."""
        give_up_at = time.monotonic() + GIVE_UP_SECONDS
        while self._refused:
            for customer, event in list(self._refused.values()):
                self._post(customer, event | {"deliveryContext": {"isRedelivery": True}})
            if time.monotonic() > give_up_at:
                raise SystemExit(f"chaos: {len(self._refused)} events are not taken within {GIVE_UP_SECONDS} s")

    def _guarded(self, send: Any, *arguments: Any) -> None:
        try:
            send(*arguments)
        except Exception as error:  # the storm is ours too: whatever it is, it must be seen
            print(f"chaos: a customer's event could not be sent: {error!r}", file=sys.stderr)

    def _post(self, customer: Customer, event: dict[str, Any]) -> None:
        answer = self._line("/sim/events", {"channel_id": customer.channel_id, "events": [event]})
        event_id = event["webhookEventId"]
        with self._lock:
            self.posts += 1
            self.expected[event_id] = (customer.user_id, event["timestamp"])
            if answer["webhook_status"] == 200:
                self._refused.pop(event_id, None)
            else:
                self._refused.setdefault(event_id, (customer, event))

    def _send_picture(self, customer: Customer) -> None:
        """By the customer's app, so that the platform has the picture; it redelivers what wasn't taken."""
        sent = {"channel_id": customer.channel_id, "message": {"type": "image"}}
        answer = self._line(f"/sim/users/{customer.user_id}/send", sent)
        with self._lock:
            self.posts += 1
            self.expected[answer["webhook_event_id"]] = (customer.user_id, None)

    def _line(self, path: str, body: Any) -> Any:
        return fetch_json(f"{self.installation.line_url}{path}", body, timeout=30)

    def _event(self, customer: Customer, each: Happening, began: float) -> dict[str, Any]:
        number = next(self._numbers)
        event: dict[str, Any] = {
            "type": "postback" if each.kind == "postback" else "message",
            "webhookEventId": f"01CHAOS{number:019d}",
            "deliveryContext": {"isRedelivery": False},
            "timestamp": int((began + each.at) * 1000),
            "source": {"type": "user", "userId": customer.user_id},
            "replyToken": base64.b16encode(number.to_bytes(16)).decode().lower(),
            "mode": "active",
        }
        contents: dict[str, dict[str, Any]] = {
            "text": {"text": f"in {each.number}", "quoteToken": f"q{number}"},
            "sticker": {"packageId": "446", "stickerId": "1988", "stickerResourceType": "STATIC", "quoteToken": f"q{number}"},
            "location": {"title": "店", "address": "東京", "latitude": 35.68, "longitude": 139.76},
        }
        if each.kind == "postback":
            return event | {"postback": {"data": f"in {each.number}"}}
        return event | {"message": {"type": each.kind, "id": f"77{number:016d}"} | contents[each.kind]}
