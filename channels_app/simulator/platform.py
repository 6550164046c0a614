"""What LINE itself does: takes what a customer does in the app, turns it into events, and shows the customer what an account sends."""

import re
from typing import Any

from . import identifiers
from .state import Channel, Chat, State, User
from .webhooks import Outcome, WebhookSender

QUOTABLE_INBOUND = {"text", "sticker", "image", "video"}
QUOTABLE_OUTBOUND = {"text", "textV2", "sticker", "image", "video", "template", "flex"}
PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([0-9a-zA-Z_]{1,20})\}")
KNOWN_INBOUND = {"text", "image", "video", "audio", "file", "location", "sticker"}
INBOUND_DEFAULTS: dict[str, dict[str, Any]] = {
    "image": {"contentProvider": {"type": "line"}},
    "video": {"contentProvider": {"type": "line"}, "duration": 5000},
    "audio": {"contentProvider": {"type": "line"}, "duration": 5000},
    "file": {"fileName": "document.pdf", "fileSize": 2048},
    "location": {"latitude": 35.68116, "longitude": 139.76716},
    "sticker": {"packageId": "446", "stickerId": "1988", "stickerResourceType": "STATIC"},
}


class Refused(Exception):
    """A customer cannot do that in the app; the text says why."""


class Platform:
    def __init__(self, state: State, webhooks: WebhookSender) -> None:
        self.state = state
        self.webhooks = webhooks

    # --- What a customer does ------------------------------------------------------------------------

    async def befriend(self, channel: Channel, user: User, silent: bool) -> Outcome | None:
        """Add the account as a friend. LINE sends a follow event, with `isUnblocked` when it ends a block."""
        chat = self.state.chat(channel.channel_id, user.user_id)
        was_friend, was_blocked = chat.friend, chat.blocked
        chat.friend, chat.blocked = True, False
        self.state.touch(chat)
        if silent or (was_friend and not was_blocked):
            return None
        return await self.webhooks.send_events(channel, [self._event(user, "follow", True, follow={"isUnblocked": was_blocked})])

    async def block(self, channel: Channel, user: User) -> Outcome | None:
        chat = self.state.chat(channel.channel_id, user.user_id)
        if chat.blocked:
            return None
        chat.blocked = True
        self.state.touch(chat)
        return await self.webhooks.send_events(channel, [self._event(user, "unfollow", False)])

    async def write(self, channel: Channel, user: User, message: dict[str, Any]) -> tuple[dict[str, Any], Outcome]:
        """The customer sends a message; returns the event and what became of its webhook. Raises Refused while blocked."""
        chat = self.state.chat(channel.channel_id, user.user_id)
        if chat.blocked:
            raise Refused("the customer has blocked this account")
        content = self._inbound_message(message)
        event = self._event(user, "message", True, message=content)
        chat.last_wrote_at = event["timestamp"]
        bubble = _bubble(content, "inbound", event["timestamp"])
        chat.bubbles.append(bubble)
        self.state.touch(chat)
        outcome = await self.webhooks.send_events(channel, [event])
        bubble.update(webhook_status=outcome.status, webhook_reason=outcome.reason)
        self.state.touch(chat)
        return event, outcome

    async def unsend(self, channel: Channel, user: User, message_id: str) -> Outcome:
        """The customer takes back one of their own messages: its content goes, here too."""
        chat = self.state.chat(channel.channel_id, user.user_id)
        bubble = next((item for item in chat.bubbles if item["message_id"] == message_id and item["direction"] == "inbound"), None)
        if bubble is None or bubble["type"] == "unsent":
            raise Refused("no such message of this customer in this chat")
        bubble.update(type="unsent", message={}, quote_token=None)
        bubble.pop("text", None)
        self.state.touch(chat)
        return await self.webhooks.send_events(channel, [self._event(user, "unsend", False, unsend={"messageId": message_id})])

    def _inbound_message(self, message: dict[str, Any]) -> dict[str, Any]:
        kind = message["type"]
        content = {"type": kind, "id": self.state.next_message_id()}
        if kind in QUOTABLE_INBOUND:
            content["quoteToken"] = identifiers.new_opaque_token()
        if kind in KNOWN_INBOUND:
            content["markAsReadToken"] = identifiers.new_opaque_token()
        return {**content, **INBOUND_DEFAULTS.get(kind, {}), **{name: value for name, value in message.items() if name != "id"}}

    def _event(self, user: User, kind: str, answerable: bool, **fields: Any) -> dict[str, Any]:
        timestamp = self.state.now()
        event: dict[str, Any] = {"type": kind, **fields}
        event["webhookEventId"] = identifiers.new_ulid(timestamp)
        event["deliveryContext"] = {"isRedelivery": False}
        event["timestamp"] = timestamp
        event["source"] = {"type": "user", "userId": user.user_id}
        if answerable:
            event["replyToken"] = identifiers.new_reply_token()
        event["mode"] = "active"
        return event

    # --- What an account sends -----------------------------------------------------------------------

    def accept(self, channel: Channel, user_id: str, messages: list[dict[str, Any]], via: str, request_id: str) -> list[dict[str, str]]:
        """Take one request's messages and show them, in order, to a customer who can get them.

        Returns LINE's `sentMessages`; to a customer who blocks it is the same, only nothing arrives.
        """
        arrives = self.state.may_receive(channel, user_id) or (via == "reply" and not self._blocks(channel, user_id))
        chat = self.state.chat(channel.channel_id, user_id) if arrives else None
        sent = []
        for message in messages:
            receipt = {"id": self.state.next_message_id()}
            if message["type"] in QUOTABLE_OUTBOUND:
                receipt["quoteToken"] = identifiers.new_opaque_token()
            sent.append(receipt)
            if chat is not None:
                content = {**message, "id": receipt["id"], "quoteToken": receipt.get("quoteToken")}
                chat.bubbles.append(_bubble(content, "outbound", self.state.now(), via=via, request_id=request_id, shown=message))
        if chat is not None:
            self.state.touch(chat)
        return sent

    def _blocks(self, channel: Channel, user_id: str) -> bool:
        chat = self.state.chats.get((channel.channel_id, user_id))
        return chat is not None and chat.blocked

    def chat_knows_quote(self, chat: Chat | None, quote_token: str) -> bool:
        return chat is not None and any(bubble["quote_token"] == quote_token for bubble in chat.bubbles)


def _bubble(
    content: dict[str, Any],
    direction: str,
    at: int,
    via: str | None = None,
    request_id: str | None = None,
    shown: dict[str, Any] | None = None,
) -> dict[str, Any]:
    bubble = {
        "message_id": content["id"],
        "direction": direction,
        "type": content["type"],
        "via": via,
        "request_id": request_id,
        "at": at,
        "quote_token": content.get("quoteToken"),
        "message": content if shown is None else shown,
    }
    text = readable_text(content)
    if text is not None:
        bubble["text"] = text
    return bubble


def readable_text(message: dict[str, Any]) -> str | None:
    """What the customer can read of a message: its text, or the words that LINE shows instead of what it can't draw."""
    if message["type"] == "textV2":
        substitution = message.get("substitution") or {}
        return PLACEHOLDER.sub(lambda found: _substituted(substitution, found), str(message.get("text", "")))
    for name in ("text", "altText"):
        if isinstance(message.get(name), str):
            return message[name]
    return None


def _substituted(substitution: dict[str, Any], found: re.Match[str]) -> str:
    if found[1] is None:  # a doubled brace stands for itself
        return found[0][0]
    item = substitution.get(found[1])
    if not isinstance(item, dict):
        return found[0]
    return "@…" if item.get("type") == "mention" else "☺"
