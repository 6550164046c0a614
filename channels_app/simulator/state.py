"""What the simulated platform knows: channels, users, chats, tokens and retry keys. Times are milliseconds of the simulated clock."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

from . import identifiers

REPLY_TOKEN_MS = 60_000  # LINE: use within one minute of receiving the webhook
REPLY_TOKEN_CEILING_MS = 20 * 60_000  # LINE: a redelivered token ends 20 minutes after the event
RETRY_KEY_MS = 24 * 3_600_000  # LINE: retry keys live 24 h
NON_FRIEND_MS = 7 * 24 * 3_600_000  # LINE: a non-friend who wrote can be answered for seven days
JAPAN_MS = 9 * 3_600_000  # LINE counts months in UTC+9


@dataclass
class Channel:
    channel_id: str
    channel_secret: str
    access_token: str
    bot_user_id: str
    display_name: str
    basic_id: str
    webhook_url: str = ""
    webhook_active: bool = True
    redelivery: bool = False
    quota: int | None = None
    quota_reserved: int = 0
    rate_limits: dict[str, list[int]] = field(default_factory=dict)
    chat_mode: str = "chat"
    picture_url: str = ""
    provider: str = "default"
    verified: bool = False
    may_mark_by_user: bool = False
    token_kind: str = "long-lived"  # noqa: S105 - a kind, no token
    token_expires_at: int | None = None
    usage: dict[str, int] = field(default_factory=dict)
    retry_keys: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class User:
    user_id: str
    display_name: str
    language: str | None = None
    provider: str = "default"
    picture_url: str = ""
    status_message: str = ""
    without_id: bool = False  # LINE: who never used it on a phone has no user ID in groups


@dataclass
class Group:
    """A group or a room. LINE: only one account can be in a group."""

    group_id: str
    kind: str
    channel_id: str
    name: str = ""
    picture_url: str = ""
    member_ids: list[str] = field(default_factory=list)
    has_account: bool = False

    def source(self, user: User | None) -> dict[str, str]:
        """The source of an event here, with the user whom it names."""
        found = {"type": self.kind, f"{self.kind}Id": self.group_id}
        return found if user is None or user.without_id else {**found, "userId": user.user_id}


@dataclass
class Chat:
    """One user's chat with one account, as that user sees it on any device; a group's has the group's id for `user_id`."""

    channel_id: str
    user_id: str
    friend: bool = False
    blocked: bool = False
    last_wrote_at: int | None = None
    last_event_at: int = 0
    loading_until: int = 0
    standby: bool = False
    revision: int = 0
    bubbles: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class ReplyToken:
    channel_id: str
    user_id: str
    issued_at: int
    usable_until: int
    used: bool = False


@dataclass
class Redelivery:
    """Events that the endpoint did not take, waiting to be sent once more."""

    channel_id: str
    events: list[Any]
    attempt: int
    due_at: int


@dataclass
class Media:
    """A file that a customer picked. Without a `media_id` it is one of the drawn samples."""

    media_id: str
    channel_id: str
    kind: str
    content_type: str
    size: int
    file_name: str = ""
    duration: int | None = None
    preparing_ms: int = 0
    fails: bool = False


@dataclass
class Content:
    """What the content endpoints give out for one message, until it is unsent."""

    message_id: str
    channel_id: str
    kind: str
    media_id: str
    ready_at: int = 0
    fails: bool = False
    gone: bool = False


class State:
    """Everything that survives a restart, and the look-ups over it."""

    def __init__(self) -> None:
        self.channels: dict[str, Channel] = {}
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self.chats: dict[tuple[str, str], Chat] = {}
        self.reply_tokens: dict[str, ReplyToken] = {}
        self.redeliveries: list[Redelivery] = []
        self.media: dict[str, Media] = {}
        self.contents: dict[str, Content] = {}
        self.last_message_id = 0
        self.revision = 0
        self.clock_offset_ms = 0
        self.request_count = 0
        self.on_change: Callable[[], None] = lambda: None
        self._change = asyncio.Event()

    def reset(self) -> None:
        """Forget everything but the message counter: ids are never given twice."""
        self.announce()
        last_message_id, revision, on_change = self.last_message_id, self.revision, self.on_change
        self.__init__()  # type: ignore[misc]
        self.last_message_id, self.revision, self.on_change = last_message_id, revision + 1, on_change

    def now(self) -> int:
        return time.time_ns() // 1_000_000 + self.clock_offset_ms

    def month(self) -> str:
        return time.strftime("%Y-%m", time.gmtime((self.now() + JAPAN_MS) / 1000))

    def channel_of_token(self, access_token: str) -> Channel | None:
        for channel in self.channels.values():
            if channel.access_token == access_token:
                expired = channel.token_expires_at is not None and channel.token_expires_at <= self.now()
                return None if expired else channel
        return None

    def chat(self, channel_id: str, user_id: str) -> Chat:
        return self.chats.setdefault((channel_id, user_id), Chat(channel_id, user_id))

    def touch(self, chat: Chat) -> None:
        self.revision += 1
        chat.revision = self.revision
        self.announce()
        self.on_change()

    async def next_change(self) -> None:
        """Returns after the next change of any chat."""
        await self._change.wait()

    def announce(self) -> None:
        self._change.set()
        self._change = asyncio.Event()

    def next_message_id(self) -> str:
        self.last_message_id = identifiers.next_message_id(self.last_message_id)
        return str(self.last_message_id)

    def may_receive(self, channel: Channel, user_id: str) -> bool:
        """Whether something pushed now would arrive: in a group where the account is; to friends, and writers of the last seven days,
        unless they blocked."""
        group = self.groups.get(user_id)
        if group is not None:
            return group.has_account and group.channel_id == channel.channel_id
        chat = self.chats.get((channel.channel_id, user_id))
        if chat is None or chat.blocked:
            return False
        return chat.friend or (chat.last_wrote_at is not None and self.now() - chat.last_wrote_at <= NON_FRIEND_MS)

    def recipients(self, channel: Channel, to: str) -> int:
        """How many people get what is sent there: LINE counts every member of a group."""
        group = self.groups.get(to)
        return int(self.may_receive(channel, to)) if group is None else len(group.member_ids)

    def register_reply_token(self, token: str, channel_id: str, user_id: str, issued_at: int) -> None:
        """A webhook with this token goes out now: one more minute, unless it was used already."""
        known = self.reply_tokens.setdefault(token, ReplyToken(channel_id, user_id, issued_at, 0))
        known.usable_until = min(self.now() + REPLY_TOKEN_MS, known.issued_at + REPLY_TOKEN_CEILING_MS)
        if len(self.reply_tokens) % 1000 == 0:
            self.forget_old_tokens()

    def forget_old_tokens(self) -> None:
        """Drop what answers `Invalid reply token` either way."""
        horizon = self.now() - REPLY_TOKEN_CEILING_MS
        self.reply_tokens = {name: token for name, token in self.reply_tokens.items() if token.issued_at > horizon}

    def used_retry_key(self, channel: Channel, key: str) -> dict[str, Any] | None:
        record = channel.retry_keys.get(key)
        if record is not None and self.now() - record["at"] >= RETRY_KEY_MS:
            del channel.retry_keys[key]
            return None
        return record

    def to_json(self) -> str:
        self.forget_old_tokens()
        return json.dumps(
            {
                "version": 1,
                "channels": [vars(channel) for channel in self.channels.values()],
                "users": [vars(user) for user in self.users.values()],
                "groups": [vars(group) for group in self.groups.values()],
                "chats": [vars(chat) for chat in self.chats.values()],
                "reply_tokens": {name: vars(token) for name, token in self.reply_tokens.items()},
                "redeliveries": [vars(item) for item in self.redeliveries],
                "media": [vars(item) for item in self.media.values()],
                "contents": [vars(item) for item in self.contents.values()],
                "last_message_id": self.last_message_id,
                "revision": self.revision,
                "clock_offset_ms": self.clock_offset_ms,
                "request_count": self.request_count,
            },
            separators=(",", ":"),
        )

    def load_json(self, text: str) -> None:
        """Take over what `to_json` wrote. Unknown fields are left out, so that an older file still starts.

        Raises ValueError, KeyError or TypeError when the text is not such a state.
        """
        data = json.loads(text)
        self.channels = {row["channel_id"]: _build(Channel, row) for row in data["channels"]}
        self.users = {row["user_id"]: _build(User, row) for row in data["users"]}
        self.groups = {row["group_id"]: _build(Group, row) for row in data.get("groups", [])}
        self.chats = {(row["channel_id"], row["user_id"]): _build(Chat, row) for row in data["chats"]}
        self.reply_tokens = {name: _build(ReplyToken, row) for name, row in data["reply_tokens"].items()}
        self.redeliveries = [_build(Redelivery, row) for row in data["redeliveries"]]
        self.media = {row["media_id"]: _build(Media, row) for row in data.get("media", [])}
        self.contents = {row["message_id"]: _build(Content, row) for row in data.get("contents", [])}
        for name in ("last_message_id", "revision", "clock_offset_ms", "request_count"):
            setattr(self, name, int(data[name]))


def _build(kind: type, row: dict[str, Any]) -> Any:
    known = {item.name for item in fields(kind)}
    return kind(**{name: value for name, value in row.items() if name in known})
