"""What a channel can tell us: the events of any platform, in the product's own terms."""

import datetime
from dataclasses import dataclass, field
from typing import Any, Literal

SourceKind = Literal["user", "group", "room", "unknown"]
EventKind = Literal["message", "edited", "unsent", "followed", "unfollowed", "postback", "notice"]
MALFORMED_BODY = "malformed_body"
MALFORMED_EVENT = "malformed_event"
# What this console adds to a message's details; a platform's property of the same name isn't kept.
OUR_DETAILS = {"marks", "set", "edited_at", "original_missing", "client_id"}
MessageKind = Literal["text", "image", "video", "audio", "file", "location", "sticker", "button", "unsupported"]


@dataclass(frozen=True, slots=True)
class Source:
    """Who the conversation is with. `member_id` is the person who spoke in a group or room, if the platform says so."""

    kind: SourceKind
    id: str
    member_id: str = ""


@dataclass(frozen=True, slots=True)
class InboundFile:
    """A picture, video, sound or document. Without an `address` the platform itself keeps it under the message's id.

    `size` in bytes and `duration_ms` as far as the platform tells them (0: it doesn't).
    """

    kind: Literal["image", "video", "audio", "file"]
    name: str = field(default="", repr=False)
    size: int = 0
    duration_ms: int = 0
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class InboundPicture:
    """A public picture that stands for something: a sticker, or an emoji of the platform's own. `name` is what it is in words."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One message. `details` holds what the kind needs beyond text (sticker ids, coordinates …).

    In it are `marks`, parts of the text by position in Python's characters: {"kind": "emoji", "start", "end", "picture": the
    place in `pictures`} or {"kind": "mention", "start", "end", "self"}; and `set`, {"id", "index", "total"}, for a picture
    that was sent as one of several. Intake adds `edited_at` (the time of the newest edit) and `original_missing` (only an
    edit of it has come so far).
    """

    id: str
    kind: MessageKind
    text: str = field(default="", repr=False)
    details: dict[str, Any] = field(default_factory=dict, repr=False)
    quoted_id: str = ""
    file: InboundFile | None = None
    pictures: tuple[InboundPicture, ...] = ()


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """One event. `name` is the platform's own word for it; `notice` is anything that is neither message nor follow state.

    `webhook_event_id` is the primary key of the stored row; times are UTC. `standby`: another tool holds the chat, so
    nothing may be sent; None if the event doesn't tell. Upward goes what the newest event of the lane told.
    `withdrawn_at`: the sender had taken the message back before it came.
    """

    webhook_event_id: int
    lane_id: int
    account_id: int
    kind: EventKind
    name: str
    source: Source
    occurred_at: datetime.datetime
    received_at: datetime.datetime
    message: InboundMessage | None = None
    target_message_id: str = ""
    details: dict[str, Any] = field(default_factory=dict, repr=False)
    reply_token: str = field(default="", repr=False)
    standby: bool | None = None
    redelivered: bool = False
    withdrawn_at: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class RawEvent:
    """One event of a webhook body, ready to be stored: its dedupe key, its lane, and itself as ASCII JSON bytes.

    `always`: handled even while the account is switched off, because somebody took something back.
    """

    event_id: str
    kind: str
    lane_key: str
    line_message_id: str
    occurred_at: datetime.datetime | None
    payload: bytes = field(repr=False)
    error: str = ""
    always: bool = False
