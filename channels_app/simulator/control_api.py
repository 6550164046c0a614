"""The control API below /sim/: makes channels and customers, plays what customers do, shows what was asked."""

import asyncio
import base64
import binascii
from collections.abc import Callable
from typing import Any

from . import identifiers
from .asgi import Handler, Request, Response, Router, json_response
from .control_input import ControlError, read_number, read_object, read_text
from .picture_api import portrait_url
from .platform import Platform
from .rate_limits import are_limits
from .refusals import LineError, Refused
from .request_log import RequestLog
from .state import Channel, Chat, Group, State, User
from .webhooks import Outcome, WebhookSender, encode_body, sign

STREAMED = "streamed"
LONGEST_WAIT_SECONDS = 25.0
# What a caller may set on a channel: name in the request → its type.
CHANNEL_FIELDS: dict[str, tuple[type, ...]] = {
    "channel_secret": (str,),
    "access_token": (str,),
    "webhook_url": (str,),
    "display_name": (str,),
    "basic_id": (str,),
    "bot_user_id": (str,),
    "picture_url": (str,),
    "provider": (str,),
    "chat_mode": (str,),
    "token_kind": (str,),
    "webhook_active": (bool,),
    "redelivery": (bool,),
    "verified": (bool,),
    "may_mark_by_user": (bool,),
    "quota": (int, type(None)),
    "quota_reserved": (int,),
    "rate_limits": (dict,),
    "token_expires_at": (int, type(None)),
}


class ControlApi:
    """`answer` runs one request. Errors are `{"error": words}` with 400, 404 or 405."""

    def __init__(self, state: State, platform: Platform, webhooks: WebhookSender, log: RequestLog) -> None:
        self.state = state
        self.platform = platform
        self.webhooks = webhooks
        self.log = log
        self.on_reset: Callable[[], None] = lambda: None
        self.closing = asyncio.Event()
        self.router = Router()
        routes: list[tuple[str, str, Handler]] = [
            ("GET", "/sim/health", self.health),
            ("POST", "/sim/reset", self.reset),
            ("GET", "/sim/clock", self.clock),
            ("POST", "/sim/clock", self.advance_clock),
            ("GET", "/sim/channels", self.list_channels),
            ("POST", "/sim/channels", self.put_channel),
            ("PATCH", "/sim/channels/{channel_id}", self.change_channel),
            ("GET", "/sim/users", self.list_users),
            ("POST", "/sim/users", self.put_user),
            ("GET", "/sim/users/{user_id}/chat", self.show_chat),
            ("POST", "/sim/users/{user_id}/send", self.send),
            ("POST", "/sim/users/{user_id}/unsend", self.unsend),
            ("POST", "/sim/users/{user_id}/block", self.block),
            ("POST", "/sim/users/{user_id}/unblock", self.unblock),
            ("POST", "/sim/users/{user_id}/age", self.age),
            ("POST", "/sim/events", self.send_events),
            ("GET", "/sim/requests", self.list_requests),
        ]
        for method, pattern, handler in routes:
            self.router.add(method, pattern, handler)

    def reads_itself(self, request: Request) -> bool:
        """Whether the endpoint takes the body as it comes."""
        found = self.router.find(request.method, request.path)
        return found is not None and found[0].name == STREAMED

    async def answer(self, request: Request) -> Response:
        found = self.router.find(request.method, request.path)
        try:
            if found is None:
                raise ControlError(404, "no such endpoint of the control API")
            return await found[0].handler(request, **found[1])
        except ControlError as error:
            return json_response({"error": str(error)}, error.status)
        except LineError as error:
            return json_response({"error": str(error)}, error.status)
        except Refused as error:
            return json_response({"error": str(error)}, 400)

    # --- The simulator itself ------------------------------------------------------------------------

    async def health(self, request: Request) -> Response:
        return json_response({"status": "ok", "channels": len(self.state.channels), "users": len(self.state.users)})

    async def reset(self, request: Request) -> Response:
        self.state.reset()
        self.log.clear()
        self.webhooks.schedule_changed.set()
        self.on_reset()
        return json_response({"status": "ok"})

    async def clock(self, request: Request) -> Response:
        return json_response({"now": self.state.now(), "offset_ms": self.state.clock_offset_ms})

    async def advance_clock(self, request: Request) -> Response:
        """Moves the platform's time on: reply tokens, retry keys, token lives and redeliveries follow it."""
        seconds = read_object(request).get("advance_seconds")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds < 0:
            raise ControlError(400, "advance_seconds must be a number of seconds, 0 or more")
        self.state.clock_offset_ms += int(seconds * 1000)
        self.webhooks.schedule_changed.set()
        return await self.clock(request)

    async def list_requests(self, request: Request) -> Response:
        since = read_number(request.query.get("since", "0"), "since")
        return json_response({"requests": self.log.after(since), "last": self.state.request_count})

    # --- Channels ------------------------------------------------------------------------------------

    async def list_channels(self, request: Request) -> Response:
        return json_response({"channels": [_public(channel) for channel in self.state.channels.values()]})

    async def put_channel(self, request: Request) -> Response:
        """Makes a channel, or changes the one with this id; what is left out stays as it was."""
        data = read_object(request)
        channel_id = read_text(data, "channel_id")
        channel = self.state.channels.get(channel_id)
        if channel is None:
            channel = Channel(
                channel_id=channel_id,
                channel_secret=read_text(data, "channel_secret"),
                access_token=read_text(data, "access_token"),
                bot_user_id=identifiers.bot_user_id_for(channel_id),
                display_name=f"Account {channel_id}",
                basic_id=identifiers.basic_id_for(channel_id),
            )
            bot_user_id = str(data.get("bot_user_id") or channel.bot_user_id)
            channel.picture_url = portrait_url(request.headers.get("host", ""), bot_user_id)
        self._apply(channel, data)
        self.state.channels[channel_id] = channel
        return json_response(_public(channel))

    async def change_channel(self, request: Request, channel_id: str) -> Response:
        channel = self.channel(channel_id)
        self._apply(channel, read_object(request))
        return json_response(_public(channel))

    def _apply(self, channel: Channel, data: dict[str, Any]) -> None:
        for name, kinds in CHANNEL_FIELDS.items():
            if name in data and (not isinstance(data[name], kinds) or (isinstance(data[name], bool) and bool not in kinds)):
                raise ControlError(400, f"{name} has the wrong type")
        if not are_limits(data.get("rate_limits", {})):
            raise ControlError(400, "rate_limits must be an object of [requests, seconds] by endpoint")
        token = data.get("access_token", channel.access_token)
        if any(other.access_token == token and other.channel_id != channel.channel_id for other in self.state.channels.values()):
            raise ControlError(400, "access_token belongs to another channel already")
        for name in CHANNEL_FIELDS:
            if name in data:
                setattr(channel, name, data[name])

    # --- Customers -----------------------------------------------------------------------------------

    async def list_users(self, request: Request) -> Response:
        channel_id = request.query.get("channel_id", "")
        rows = []
        for user in self.state.users.values():
            chat = self.state.chats.get((channel_id, user.user_id))
            if not channel_id or chat is not None:
                rows.append({**vars(user), **_chat_facts(chat)})
        return json_response({"users": rows})

    async def put_user(self, request: Request) -> Response:
        """Makes a customer who adds the account as a friend; with a known `user_id`, that one adds this account too."""
        data = read_object(request)
        channel = self.channel(read_text(data, "channel_id"))
        user = self.state.users.get(str(data.get("user_id")))
        if user is None:
            user = User(str(data.get("user_id") or identifiers.new_user_id()), read_text(data, "display_name"), provider=channel.provider)
            user.picture_url = portrait_url(request.headers.get("host", ""), user.user_id)
        for name in ("display_name", "language", "picture_url", "status_message"):
            if isinstance(data.get(name), str):
                setattr(user, name, data[name])
        user.without_id = bool(data.get("without_id", user.without_id))
        self.state.users[user.user_id] = user
        outcome = await self.platform.befriend(channel, user, bool(data.get("silent")))
        return json_response({"user_id": user.user_id, **webhook_facts(outcome)})

    async def show_chat(self, request: Request, user_id: str) -> Response:
        """The bubbles as the customer sees them.

        With `since` (a revision) it answers as soon as there is something newer, or after `wait` seconds.
        """
        channel = self.channel(request.query.get("channel_id", ""))
        if "since" in request.query:
            since = read_number(request.query["since"], "since")
            wait = min(read_number(request.query.get("wait", "20"), "wait"), LONGEST_WAIT_SECONDS)
            await self._wait_for_change(request, (channel.channel_id, user_id), since, wait)
        chat = self.state.chats.get((channel.channel_id, user_id))
        if chat is None and user_id not in self.state.users and user_id not in self.state.groups:
            raise ControlError(404, "no such customer")
        bubbles = chat.bubbles if chat is not None else []
        loading_until = chat.loading_until if chat is not None else 0
        return json_response({**_chat_facts(chat), "bubbles": bubbles, "loading_until": loading_until, "now": self.state.now()})

    async def _wait_for_change(self, request: Request, key: tuple[str, str], since: int, seconds: float) -> None:
        def unchanged() -> bool:
            chat = self.state.chats.get(key)
            return (chat.revision if chat is not None else 0) == since

        async def watch() -> None:
            while unchanged() and not self.closing.is_set():
                await self.state.next_change()

        waits = [asyncio.ensure_future(watch()), asyncio.ensure_future(request.disconnected())]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in waits:
                waiting.cancel()

    async def send(self, request: Request, user_id: str) -> Response:
        data = read_object(request)
        channel, user, group = self.place(data, user_id)
        message = data.get("message")
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise ControlError(400, "message must be an object with a type")
        event, outcome = await self.platform.write(channel, user, message, group)
        return json_response(
            {"message_id": event["message"]["id"], "webhook_event_id": event["webhookEventId"], **webhook_facts(outcome)},
        )

    async def unsend(self, request: Request, user_id: str) -> Response:
        data = read_object(request)
        channel, user, group = self.place(data, user_id)
        return json_response(webhook_facts(await self.platform.unsend(channel, user, read_text(data, "message_id"), group)))

    async def block(self, request: Request, user_id: str) -> Response:
        channel, user = self.channel(read_text(read_object(request), "channel_id")), self.user(user_id)
        return json_response(webhook_facts(await self.platform.block(channel, user)))

    async def unblock(self, request: Request, user_id: str) -> Response:
        channel, user = self.channel(read_text(read_object(request), "channel_id")), self.user(user_id)
        return json_response(webhook_facts(await self.platform.befriend(channel, user, silent=False)))

    async def age(self, request: Request, user_id: str) -> Response:
        """Everything in this chat that hasn't been aged yet happened `seconds` ago, with `spread_seconds` between two bubbles more."""
        data = read_object(request)
        channel = self.channel(read_text(data, "channel_id"))
        if user_id not in self.state.groups:
            self.user(user_id)
        seconds, spread = (read_number(str(data.get(name, 0)), name) for name in ("seconds", "spread_seconds"))
        chat = self.state.chat(channel.channel_id, user_id)
        fresh = [bubble for bubble in chat.bubbles if not bubble.get("aged")]
        back = self.state.now() - max((bubble["at"] for bubble in fresh), default=0) + seconds * 1000
        for later, bubble in enumerate(reversed(fresh)):
            bubble.update(at=bubble["at"] - back - later * spread * 1000, aged=True)
        self.state.touch(chat)
        return json_response({"bubbles": len(fresh)})

    # --- Webhooks as they are ------------------------------------------------------------------------

    async def send_events(self, request: Request) -> Response:
        """Signs and sends `events` as they are; or, for what JSON can't say, a `body` of text or `body_base64`.

        `signature` replaces the right one (null: no signature at all), `destination` the channel's bot.
        """
        data = read_object(request)
        channel = self.channel(read_text(data, "channel_id"))
        if "events" in data and "signature" not in data and "destination" not in data and isinstance(data["events"], list):
            outcome = await self.webhooks.send_events(channel, data["events"])
        else:
            body = _raw_body(data, channel)
            signature = data.get("signature", sign(channel.channel_secret, body))
            outcome = await self.webhooks.post(self._webhook_url(channel), body, signature)
        return json_response({**webhook_facts(outcome), "elapsed_ms": outcome.elapsed_ms})

    def _webhook_url(self, channel: Channel) -> str:
        if not channel.webhook_url:
            raise ControlError(400, "the channel has no webhook_url")
        return channel.webhook_url

    # --- Gates ---------------------------------------------------------------------------------------

    def channel(self, channel_id: str) -> Channel:
        channel = self.state.channels.get(channel_id)
        if channel is None:
            raise ControlError(404, f"no such channel: {channel_id or '(channel_id is missing)'}")
        return channel

    def place(self, data: dict[str, Any], user_id: str) -> tuple[Channel, User, Group | None]:
        """Who does something, and where: in a chat with the account, or with `group_id` in a group."""
        channel, user = self.channel(read_text(data, "channel_id")), self.user(user_id)
        if data.get("group_id") is None:
            return channel, user, None
        group = self.state.groups.get(str(data["group_id"]))
        if group is None or group.channel_id != channel.channel_id:
            raise ControlError(404, f"no such group: {data['group_id']}")
        return channel, user, group

    def user(self, user_id: str) -> User:
        user = self.state.users.get(user_id)
        if user is None:
            raise ControlError(404, f"no such customer: {user_id}")
        return user


def _raw_body(data: dict[str, Any], channel: Channel) -> bytes:
    if isinstance(data.get("body"), str):
        return str(data["body"]).encode("utf-8", "surrogatepass")
    if "body_base64" in data:
        try:
            return base64.b64decode(str(data["body_base64"]), validate=True)
        except binascii.Error:
            raise ControlError(400, "body_base64 is not base64") from None
    if "events" not in data:
        raise ControlError(400, "events, body or body_base64 is missing")
    return encode_body({"destination": data.get("destination", channel.bot_user_id), "events": data["events"]})


def _public(channel: Channel) -> dict[str, Any]:
    """A channel without its secrets and its keys."""
    hidden = {"channel_secret", "access_token", "retry_keys"}
    return {name: value for name, value in vars(channel).items() if name not in hidden}


def _chat_facts(chat: Chat | None) -> dict[str, Any]:
    if chat is None:
        return {"friend": False, "blocked": False, "revision": 0, "last_text": None, "last_type": None, "last_at": None}
    last = chat.bubbles[-1] if chat.bubbles else {}
    return {
        "friend": chat.friend,
        "blocked": chat.blocked,
        "revision": chat.revision,
        "last_text": last.get("text"),
        "last_type": last.get("type"),
        "last_at": last.get("at"),
    }


def webhook_facts(outcome: Outcome | None) -> dict[str, Any]:
    """`webhook_status` is None when nothing was sent or no answer came; `webhook_reason` says which."""
    if outcome is None:
        return {"webhook_status": None, "webhook_reason": "NOT_SENT"}
    return {"webhook_status": outcome.status, "webhook_reason": outcome.reason}
