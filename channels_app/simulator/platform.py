"""What LINE itself does: takes what a customer does in the app, turns it into events, and shows the customer what an account sends."""

import re
from collections.abc import Callable
from typing import Any

from . import identifiers
from .events import make_event
from .media import KINDS, MediaStore, sample
from .refusals import Refused
from .state import Channel, Chat, Content, Group, Media, State, User
from .webhooks import Outcome, WebhookSender

QUOTABLE_INBOUND = {"text", "sticker", "image", "video"}
QUOTABLE_OUTBOUND = {"text", "textV2", "sticker", "image", "video", "template", "flex"}
PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([0-9a-zA-Z_]{1,20})\}")
KNOWN_INBOUND = {"text", "image", "video", "audio", "file", "location", "sticker"}
INBOUND_DEFAULTS: dict[str, dict[str, Any]] = {
    "image": {"contentProvider": {"type": "line"}},
    "video": {"contentProvider": {"type": "line"}},
    "audio": {"contentProvider": {"type": "line"}},
    "location": {"latitude": 35.68116, "longitude": 139.76716},
    "sticker": {"packageId": "446", "stickerId": "1988", "stickerResourceType": "STATIC"},
}


class Platform:
    def __init__(self, state: State, webhooks: WebhookSender, store: MediaStore) -> None:
        self.state = state
        self.store = store
        self.on_shown: Callable[[Chat, dict[str, Any]], None] = lambda chat, bubble: None
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
        return await self.webhooks.send_events(
            channel, [self._event(chat, user, None, "follow", True, follow={"isUnblocked": was_blocked})]
        )

    async def block(self, channel: Channel, user: User) -> Outcome | None:
        chat = self.state.chat(channel.channel_id, user.user_id)
        if chat.blocked:
            return None
        chat.blocked = True
        self.state.touch(chat)
        return await self.webhooks.send_events(channel, [self._event(chat, user, None, "unfollow", False)])

    async def write(
        self, channel: Channel, user: User, message: dict[str, Any], group: Group | None = None
    ) -> tuple[dict[str, Any], Outcome]:
        """The customer sends a message; returns the event and what became of its webhook. Raises Refused while blocked."""
        chat = self._chat_to_write_in(channel, user, group)
        content = self._inbound_message(channel, message)
        event = self._event(chat, user, group, "message", True, message=content)
        chat.last_wrote_at = event["timestamp"]
        # LINE: an account without the chat function reads everything at once.
        bubble = _bubble(content, "inbound", event["timestamp"], user_id=user.user_id, read=channel.chat_mode != "chat")
        bubble["read_token"] = content.get("markAsReadToken")
        if content["id"] in self.state.contents:
            bubble["content_url"] = f"/sim/content/{content['id']}"
        chat.bubbles.append(bubble)
        self.state.touch(chat)

        def note(outcome: Outcome) -> None:
            bubble.update(webhook_status=outcome.status, webhook_reason=outcome.reason)
            self.state.touch(chat)

        return event, await self.webhooks.send_events(channel, [event], on_end=note)

    def _chat_to_write_in(self, channel: Channel, user: User, group: Group | None) -> Chat:
        if group is None:
            chat = self.state.chat(channel.channel_id, user.user_id)
            if chat.blocked:
                raise Refused("the customer has blocked this account")
            return chat
        if user.user_id not in group.member_ids:
            raise Refused("the customer is not in this group")
        if not group.has_account:
            raise Refused("the account is not in this group")
        return self.state.chat(channel.channel_id, group.group_id)

    def _own_bubble(self, chat: Chat, user: User, message_id: str) -> dict[str, Any]:
        found = next((bubble for bubble in chat.bubbles if bubble["message_id"] == message_id), None)
        if found is None or found["direction"] != "inbound" or found["type"] == "unsent":
            raise Refused("no such message of this customer in this chat")
        if found.get("user_id", user.user_id) != user.user_id:
            raise Refused("somebody else wrote this message")
        return found

    async def edit(self, channel: Channel, user: User, group: Group, message_id: str, text: str) -> tuple[dict[str, Any], Outcome]:
        """The member changes one of their texts: the same id, a new quote token, no token to mark it as read."""
        chat = self._chat_to_write_in(channel, user, group)
        bubble = self._own_bubble(chat, user, message_id)
        if bubble["type"] != "text":
            raise Refused("only a text can be edited")
        content = {"type": "text", "id": message_id, "quoteToken": identifiers.new_opaque_token(), "text": text}
        earlier = [*bubble.get("earlier_quote_tokens", []), bubble["quote_token"]]
        bubble.update(message=content, text=text, quote_token=content["quoteToken"], earlier_quote_tokens=earlier, edited=True)
        self.state.touch(chat)
        event = self._event(chat, user, group, "messageEdited", True, message=content)
        return event, await self.webhooks.send_events(channel, [event])

    async def tap(
        self, channel: Channel, user: User, group: Group | None, postback: dict[str, Any], shown: str, tapped_id: str
    ) -> tuple[dict[str, Any], Outcome]:
        """The customer taps a postback button: its words are shown as theirs, but no message is sent. Quick replies go."""
        chat = self._chat_to_write_in(channel, user, group)
        for bubble in chat.bubbles:
            if bubble["message_id"] == tapped_id:
                bubble["tapped"] = True
        if shown:
            content = {"type": "text", "id": self.state.next_message_id(), "text": shown}
            chat.bubbles.append({**_bubble(content, "inbound", self.state.now(), user_id=user.user_id), "postback": True})
        self.state.touch(chat)
        event = self._event(chat, user, group, "postback", True, postback=postback)
        return event, await self.webhooks.send_events(channel, [event])

    async def unsend(self, channel: Channel, user: User, message_id: str, group: Group | None = None) -> Outcome:
        """The customer takes back one of their own messages: its content goes, here too."""
        chat = self.state.chat(channel.channel_id, user.user_id if group is None else group.group_id)
        bubble = self._own_bubble(chat, user, message_id)
        if bubble.get("postback"):
            raise Refused("what a tap shows is no message")
        bubble.update(type="unsent", message={}, quote_token=None)
        bubble.pop("text", None)
        bubble.pop("content_url", None)
        self._forget_content(message_id)
        self.state.touch(chat)
        event = self._event(chat, user, group, "unsend", False, unsend={"messageId": message_id})
        return await self.webhooks.send_events(channel, [event])

    def _inbound_message(self, channel: Channel, message: dict[str, Any]) -> dict[str, Any]:
        kind = message["type"]
        media = self._media(channel, message)
        content: dict[str, Any] = {"type": kind, "id": self.state.next_message_id()}
        if kind in QUOTABLE_INBOUND:
            content["quoteToken"] = identifiers.new_opaque_token()
        if kind in KNOWN_INBOUND:
            content["markAsReadToken"] = identifiers.new_opaque_token()
        given = {name: value for name, value in message.items() if name not in ("id", "media_id")}
        content |= {**INBOUND_DEFAULTS.get(kind, {}), **_media_properties(media), **given}
        if media is not None and _is_kept_by_line(content):
            self._offer(channel, content["id"], media)
        return content

    def _media(self, channel: Channel, message: dict[str, Any]) -> Media | None:
        """What the message carries: the named file, or a drawn sample; None for a kind without content."""
        kind = message["type"]
        if "media_id" not in message:
            return sample(kind) if kind in KINDS else None
        media = self.state.media.get(message["media_id"]) if isinstance(message["media_id"], str) else None
        if media is None or media.channel_id != channel.channel_id:
            raise Refused("media_id names no file of this account")
        if media.kind != kind:
            raise Refused(f"the file was uploaded as {media.kind}, not as {kind}")
        return media

    def _offer(self, channel: Channel, message_id: str, media: Media) -> None:
        """From now on LINE has the content, or prepares it."""
        ready_at = self.state.now() + media.preparing_ms
        self.state.contents[message_id] = Content(message_id, channel.channel_id, media.kind, media.media_id, ready_at, media.fails)

    def _forget_content(self, message_id: str) -> None:
        content = self.state.contents.get(message_id)
        if content is not None:
            content.gone = True
            media_id, content.media_id = content.media_id, ""
            self.store.forget(media_id)

    def _event(self, chat: Chat, user: User, group: Group | None, kind: str, answerable: bool, **fields: Any) -> dict[str, Any]:
        source = {"type": "user", "userId": user.user_id} if group is None else group.source(user)
        return make_event(self.state, chat, kind, source, answerable, **fields)

    # --- What an account sends -----------------------------------------------------------------------

    def accept(self, channel: Channel, user_id: str, messages: list[dict[str, Any]], via: str, request_id: str) -> list[dict[str, str]]:
        """Take one request's messages and show them, in order, to a customer who can get them.

        Returns LINE's `sentMessages`; to a customer who blocks it is the same, only nothing arrives.
        """
        is_answer_to_person = via == "reply" and user_id not in self.state.groups
        arrives = self.state.may_receive(channel, user_id) or (is_answer_to_person and not self._blocks(channel, user_id))
        chat = self.state.chat(channel.channel_id, user_id) if arrives else None
        sent = []
        for message in messages:
            receipt = {"id": self.state.next_message_id()}
            if message["type"] in QUOTABLE_OUTBOUND:
                receipt["quoteToken"] = identifiers.new_opaque_token()
            sent.append(receipt)
            if chat is not None:
                content = {**message, "id": receipt["id"], "quoteToken": receipt.get("quoteToken")}
                bubble = _bubble(content, "outbound", self.state.now(), via=via, request_id=request_id, shown=message)
                chat.bubbles.append(bubble)
                self.on_shown(chat, bubble)
        if chat is not None:
            chat.loading_until = 0  # LINE: the animation ends with the next message
            self.state.touch(chat)
        return sent

    def _blocks(self, channel: Channel, user_id: str) -> bool:
        chat = self.state.chats.get((channel.channel_id, user_id))
        return chat is not None and chat.blocked

    def chat_knows_quote(self, chat: Chat | None, quote_token: str) -> bool:
        bubbles = chat.bubbles if chat is not None else []
        return any(quote_token in (bubble["quote_token"], *bubble.get("earlier_quote_tokens", ())) for bubble in bubbles)


def _is_kept_by_line(content: dict[str, Any]) -> bool:
    """A file always is; of the others the provider tells."""
    return content.get("contentProvider", {"type": "line"}) == {"type": "line"}


def _media_properties(media: Media | None) -> dict[str, Any]:
    """What an event tells about the file. LINE leaves out what it doesn't know."""
    if media is None:
        return {}
    if media.kind == "file":
        return {"fileName": media.file_name or "file", "fileSize": media.size}
    return {} if media.duration is None else {"duration": media.duration}


def _bubble(
    content: dict[str, Any],
    direction: str,
    at: int,
    via: str | None = None,
    request_id: str | None = None,
    shown: dict[str, Any] | None = None,
    **more: Any,
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
        **more,
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
