"""Webhooks as LINE sends them: compact UTF-8 JSON, signed, two seconds, and once more later if the channel asks for it."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from .delivery import Delivery
from .state import Channel, Redelivery, State
from .webhook_client import CallFailed, WebhookClient

USER_AGENT = "LineBotWebhook/2.0"
HELD_SECONDS = 1.0  # how long an event waits to be overtaken when nothing follows it
TWICE_WITHIN_SECONDS = 0.5


@dataclass(frozen=True)
class Outcome:
    """What became of one webhook call. `status` is None when no answer came; `reason` is LINE's word."""

    status: int | None
    reason: str
    detail: str
    elapsed_ms: float

    @property
    def received(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def sign(channel_secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(channel_secret.encode(), body, hashlib.sha256).digest()).decode()


def encode_body(data: Any) -> bytes:
    """Compact, raw UTF-8. What only an escape can carry (a lone surrogate) is escaped, for then UTF-8 has no form."""
    try:
        return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(data, separators=(",", ":")).encode()


class WebhookSender:
    def __init__(self, state: State, client: WebhookClient, redelivery_seconds: tuple[float, ...]) -> None:
        self.state = state
        self.client = client
        self.redelivery_seconds = redelivery_seconds
        self.schedule_changed = asyncio.Event()
        self.tasks: set[asyncio.Task[None]] = set()
        self.under_way: set[int] = set()
        self.delivery = Delivery()
        self.held: dict[str, asyncio.Event] = {}

    async def send_events(
        self, channel: Channel, events: list[Any], attempt: int = 0, on_end: Callable[[Outcome], None] = lambda outcome: None
    ) -> Outcome:
        """Sign and send as the rules of `delivery` say; what goes later answers `LATER` now, and tells `on_end` what became of it."""
        if not channel.webhook_url or not channel.webhook_active:
            outcome = Outcome(None, "NOT_SET", "the channel has no webhook URL in use", 0)
            on_end(outcome)
            return outcome
        rules, chat = self.delivery, _chat_of(channel, events)
        held = attempt == 0 and rules.dice.falls(rules.reorder, f"reorder {chat}")
        twice = attempt == 0 and rules.dice.falls(rules.duplicate, f"duplicate {chat}")
        if twice:
            seconds = rules.delay_ms / 1000 + rules.dice.between(0, TWICE_WITHIN_SECONDS, f"apart {chat}")
            self._start(self._send_later(channel, events, chat, seconds, held=False))
        if held or (rules.delay_ms and attempt == 0):
            self._start(self._send_later(channel, events, chat, rules.delay_ms / 1000, held, on_end))
            return Outcome(None, "LATER", "goes out later", 0)
        outcome = await self._send_now(channel, events, attempt, chat)
        on_end(outcome)
        return outcome

    async def _send_later(
        self,
        channel: Channel,
        events: list[Any],
        chat: str,
        seconds: float,
        held: bool,
        on_end: Callable[[Outcome], None] = lambda outcome: None,
    ) -> None:
        """After the delay; a held one when another of the same chat has gone first."""
        await asyncio.sleep(seconds)
        if held:
            overtaken = self.held.setdefault(chat, asyncio.Event())
            with suppress(TimeoutError):
                async with asyncio.timeout(HELD_SECONDS):
                    await overtaken.wait()
        if self.state.channels.get(channel.channel_id) is channel:  # a reset forgets what was still to go
            on_end(await self._send_now(channel, events, 0, chat))

    async def _send_now(self, channel: Channel, events: list[Any], attempt: int, chat: str) -> Outcome:
        """Plan a redelivery when nobody took it and it is switched on."""
        self._register_reply_tokens(channel, events)
        body = encode_body({"destination": channel.bot_user_id, "events": events})
        outcome = await self.post(channel.webhook_url, body, sign(channel.channel_secret, body))
        own = self.delivery.redeliver_on_failure
        if not outcome.received and events and (channel.redelivery if own is None else own):
            self._plan_redelivery(channel, events, attempt)
        if waiting := self.held.pop(chat, None):
            waiting.set()
        return outcome

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def post(self, url: str, body: bytes, signature: str | None) -> Outcome:
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": USER_AGENT}
        if signature is not None:
            headers["x-line-signature"] = signature
        started = time.perf_counter()
        try:
            status = await self.client.post(url, body, headers)
        except CallFailed as failure:
            return Outcome(None, failure.reason, failure.detail, _elapsed_ms(started))
        if 200 <= status < 300:
            return Outcome(status, "OK", str(status), _elapsed_ms(started))
        return Outcome(status, "ERROR_STATUS_CODE", str(status), _elapsed_ms(started))

    def _register_reply_tokens(self, channel: Channel, events: list[Any]) -> None:
        for event in events:
            if not isinstance(event, dict) or not isinstance(event.get("replyToken"), str):
                continue
            where = _chat_of(channel, [event])
            if where != channel.channel_id:
                self.state.register_reply_token(event["replyToken"], channel.channel_id, where, self._issued_at(event))

    def _issued_at(self, event: dict[str, Any]) -> int:
        """Only a redelivered event is as old as it says; others are sent when they happen."""
        context = event.get("deliveryContext")
        timestamp = event.get("timestamp")
        if isinstance(context, dict) and context.get("isRedelivery") is True and isinstance(timestamp, int):
            return timestamp
        return self.state.now()

    def _plan_redelivery(self, channel: Channel, events: list[Any], attempt: int) -> None:
        if attempt >= len(self.redelivery_seconds):
            return
        due_at = self.state.now() + int(self.redelivery_seconds[attempt] * 1000)
        self.state.redeliveries.append(Redelivery(channel.channel_id, _as_redelivered(events), attempt + 1, due_at))
        self.state.on_change()
        self.schedule_changed.set()

    async def redeliver_forever(self) -> None:
        """Send what is due. Each call is a task of its own: one slow endpoint must not hold up the others."""
        while True:
            self.schedule_changed.clear()
            now = self.state.now()
            waiting = [item for item in self.state.redeliveries if id(item) not in self.under_way]
            for item in waiting:
                if item.due_at <= now:
                    self.under_way.add(id(item))
                    self._start(self._redeliver(item))
            wait_ms = min((item.due_at - now for item in waiting if item.due_at > now), default=3_600_000)
            try:
                async with asyncio.timeout(wait_ms / 1000):
                    await self.schedule_changed.wait()
            except TimeoutError:
                continue

    async def _redeliver(self, item: Redelivery) -> None:
        """The item stays in the state until its call is over, so that a process that dies meanwhile makes it again."""
        channel = self.state.channels.get(item.channel_id)
        if channel is not None:
            await self.send_events(channel, item.events, item.attempt)
        self.under_way.discard(id(item))
        self.state.redeliveries = [other for other in self.state.redeliveries if other is not item]
        self.state.on_change()


def _chat_of(channel: Channel, events: list[Any]) -> str:
    """Where the first event happened: order means something within one chat only."""
    source = events[0].get("source") if events and isinstance(events[0], dict) else None
    where = source if isinstance(source, dict) else {}
    names = (where.get(name) for name in ("groupId", "roomId", "userId"))
    return next((name for name in names if isinstance(name, str)), channel.channel_id)


def _as_redelivered(events: list[Any]) -> list[Any]:
    """Identical but for the flag (LINE: same id, same reply token, same timestamp)."""
    marked = []
    for event in events:
        if isinstance(event, dict) and isinstance(event.get("deliveryContext"), dict):
            event = {**event, "deliveryContext": {**event["deliveryContext"], "isRedelivery": True}}
        marked.append(event)
    return marked


def _elapsed_ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)
