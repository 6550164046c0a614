"""Webhooks as LINE sends them: compact UTF-8 JSON, signed, two seconds, and once more later if the channel asks for it."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

from .state import Channel, Redelivery, State
from .webhook_client import CallFailed, WebhookClient

USER_AGENT = "LineBotWebhook/2.0"


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

    async def send_events(self, channel: Channel, events: list[Any], attempt: int = 0) -> Outcome:
        """Sign and send; plan a redelivery when nobody took it and the channel has redelivery switched on."""
        if not channel.webhook_url or not channel.webhook_active:
            return Outcome(None, "NOT_SET", "the channel has no webhook URL in use", 0)
        self._register_reply_tokens(channel, events)
        body = encode_body({"destination": channel.bot_user_id, "events": events})
        outcome = await self.post(channel.webhook_url, body, sign(channel.channel_secret, body))
        if not outcome.received and channel.redelivery and events:
            self._plan_redelivery(channel, events, attempt)
        return outcome

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
            source = event.get("source")
            user_id = source.get("userId") if isinstance(source, dict) else None
            if isinstance(user_id, str):
                self.state.register_reply_token(event["replyToken"], channel.channel_id, user_id, self._issued_at(event))

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
                    task = asyncio.create_task(self._redeliver(item))
                    self.tasks.add(task)
                    task.add_done_callback(self.tasks.discard)
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
