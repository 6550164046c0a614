"""The interface of a channel type. A second type is a sibling folder of `line/` plus one line in `registry.py`."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from .inbound import InboundEvent, RawEvent


class Outcome(StrEnum):
    """What became of one request, as `docs/architecture.md` tabulates it.

    `clearly not sent` outcomes may be tried again in any way; after an unclear one nobody knows.
    """

    ACCEPTED = "accepted"
    UNREACHABLE = "unreachable"  # clearly not sent: no connection
    UNCLEAR = "unclear"  # time-out, reset, 5xx
    RATE_LIMITED = "rate_limited"  # clearly not sent
    QUOTA_REACHED = "quota_reached"  # clearly not sent; free replies still work
    UNAUTHORIZED = "unauthorized"  # clearly not sent: token dead or account not allowed
    REPLY_TOKEN_INVALID = "reply_token_invalid"  # noqa: S105 - an outcome; clear on a first try, unclear after an unclear one
    REJECTED = "rejected"  # refused for good, with the platform's words


@dataclass(frozen=True, slots=True)
class SendResult:
    """The platform's answer to one delivery. `message_ids` and `quote_tokens` are in the order of the bubbles; `error` is in its words.

    A quote token (empty where there is none) is what a later message needs to quote this one.
    """

    outcome: Outcome
    status: int | None = None
    request_id: str = ""
    message_ids: Sequence[str] = ()
    quote_tokens: Sequence[str] = field(default=(), repr=False)
    error: str = ""


@dataclass(frozen=True, slots=True)
class AccountCheck:
    """What the platform says of an account's token.

    `problem` is empty when all is well, else one of: `unreachable`, `token_invalid`, `token_of_another_channel`, `refused`.
    """

    problem: str = ""
    detail: str = ""
    bot_user_id: str = ""
    bot_name: str = ""
    bot_picture_url: str = ""
    bot_basic_id: str = ""
    chat_mode: str = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """How many messages the plan allows this month (`limit`, None without one) and how many were counted so far."""

    limit: int | None
    used: int


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """Where the platform sends an account's events (empty: nowhere), and whether it does."""

    address: str
    active: bool


@dataclass(frozen=True, slots=True)
class WebhookTest:
    """What came of a call that the platform made to an address, in its words."""

    success: bool
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FetchedProfile:
    """A profile as the platform shows it; `missing` when it shows none (blocked, unknown, no consent)."""

    display_name: str = ""
    picture_url: str = ""
    language: str = ""
    status_message: str = ""
    missing: bool = False


class ProfileUnavailable(Exception):
    """The platform could not be asked now; try again later."""


class Unsendable(Exception):
    """The bubble at `position` would be refused; `str()` says why, in the user's words."""

    def __init__(self, position: int, words: str) -> None:
        super().__init__(words)
        self.position = position


class ContentNotReady(Exception):
    """The platform is still preparing the content; ask again in seconds."""


class ContentGone(Exception):
    """The platform doesn't have the content (any more), or could not prepare it; `failed` then."""

    def __init__(self, words: str = "", *, failed: bool = False) -> None:
        super().__init__(words)
        self.failed = failed


class ContentUnavailable(Exception):
    """The platform can't be asked now, or refuses the account (`forbidden`); try again later."""

    def __init__(self, words: str = "", *, forbidden: bool = False) -> None:
        super().__init__(words)
        self.forbidden = forbidden


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account's identity and live secrets, in memory for one call; never logged."""

    account_id: int
    channel_id: str
    access_token: str = field(repr=False)


class ChannelAdapter(Protocol):
    """Everything a channel type must be able to do. Methods block and may be called from any worker thread."""

    type_name: str
    label: str
    text_limit_units: int
    bubbles_per_delivery: int
    # Calls and the seconds that they may be made in, for endpoints with a small allowance (`channels_app.windows`).
    allowances: Mapping[str, tuple[int, float]]
    reply_seconds: int
    reply_seconds_from_event: int
    calendar: datetime.tzinfo

    def get_ready(self) -> None:
        """Import what is slow to import; called once when a worker starts."""
        ...

    def is_played_here(self) -> bool:
        """Whether the settings say that this machine plays the platform, for trying out."""
        ...

    def verify_signature(self, *, secret: str, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether `body` was signed with `secret` (constant time)."""
        ...

    def signature_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers that a signature is checked with; empty if there is none, or nothing of its shape."""
        ...

    def addressee(self, body: bytes) -> str:
        """The bot's user id that a body, believed or not, names as its receiver; empty if it names none. Never raises."""
        ...

    def split_body(self, body: bytes) -> list[RawEvent]:
        """The events of a verified body. Never raises: what can't be read becomes one event of kind `malformed_body`."""
        ...

    def parse_event(
        self,
        *,
        payload: bytes,
        webhook_event_id: int,
        lane_id: int,
        account_id: int,
        occurred_at: datetime.datetime,
        received_at: datetime.datetime,
    ) -> InboundEvent:
        """One stored event in our terms. Never raises on unknown kinds: they become a `notice`."""
        ...

    def problem_with_text(self, given: str) -> str:
        """Why this text can't be sent, in the user's words; empty if it can."""
        ...

    def find_button(self, *, content: Mapping[str, Any], data: str) -> str:
        """What the button of this data says in a bubble; empty without such a button."""
        ...

    def problem_with_bubble(self, content: Mapping[str, Any], *, to_group: bool) -> str:
        """Why this bubble can't be sent, in the user's words; empty if it can. Asked before a bubble is queued.

        A bubble is a dictionary with its `kind` and, beside what every kind may have, what the kind needs:

        - text: `text`; with `marks` its `{name}` are replaced: {name: {"kind": "mention", "user_id" (none: everybody)} or
          {"kind": "emoji", "product_id", "emoji_id"}}, each with `words` for our own thread; {{ and }} are braces then
        - sticker: `package_id`, `sticker_id` - image, video, audio, file: `media` (a MediaFile's public id), or addresses:
          `original_url`, `preview_url`, `duration_ms`; video also `tracking_id`
        - location: `title`, `address`, `latitude`, `longitude`
        - template: `alt_text`, `template`; flex: `alt_text`, `contents`; both in the platform's own shape, and so is `action`
        - every kind: `quick_replies` [{"action", "image_url"}], `sender` {"name", "icon_url"}; some kinds `quote_token`
        """
        ...

    def words_of(self, content: Mapping[str, Any]) -> str:
        """What a bubble says, as words for the thread; empty for those that are shown otherwise."""
        ...

    def freeze(self, *, contents: Sequence[Mapping[str, Any]], recipient: str, push: bool, to_group: bool = False) -> str:
        """The exact request body for these bubbles, without a reply token. Raises `Unsendable` for the first that would be refused."""
        ...

    def send(self, *, credentials: Credentials, body: str, reply_token: str, retry_key: str) -> SendResult:
        """One try. A reply if `reply_token` is given, else a push with `retry_key`. Never raises."""
        ...

    def check_account(self, credentials: Credentials) -> AccountCheck:
        """Whether the token lives and belongs to the channel."""
        ...

    def fetch_quota(self, credentials: Credentials) -> Quota | None:
        """What the plan allows and what was counted this month; None if the platform can't say now. Never raises."""
        ...

    def fetch_webhook(self, credentials: Credentials) -> WebhookSettings | None:
        """Where the platform sends events; None if it can't say now. Never raises."""
        ...

    def set_webhook(self, credentials: Credentials, address: str) -> str:
        """Let the platform send events to `address`; why it won't, in its words, or empty. Never raises."""
        ...

    def test_webhook(self, credentials: Credentials, address: str) -> WebhookTest | None:
        """Let the platform make a signed call without events to `address`; None if it can't be asked now. Never raises."""
        ...

    def fetch_profile(self, *, credentials: Credentials, kind: str, source_id: str, member_id: str = "") -> FetchedProfile:
        """The profile of a customer, group or room. Raises `ProfileUnavailable`."""
        ...

    def may_send_sticker(self, package_id: str, sticker_id: str) -> bool:
        """Whether the platform takes this sticker from an account."""
        ...

    def sticker_address(self, sticker_id: str) -> str:
        """Where the picture of a sticker lies; empty if there is none or pictures are switched off."""
        ...

    def sticker_packages(self) -> Mapping[str, Sequence[str]]:
        """The stickers that may be sent: package id to sticker ids; empty for a platform without stickers."""
        ...

    def open_content(self, *, credentials: Credentials, message_id: str) -> AbstractContextManager[Iterator[bytes]]:
        """The bytes of what a customer sent, in pieces. Raises `ContentNotReady`, `ContentGone` or `ContentUnavailable`."""
        ...

    def is_group(self, lane_key: str) -> bool:
        """Whether a lane leads to several people."""
        ...

    def lets_mark_read(self, chat_mode: str) -> bool:
        """Whether an account in this mode (`AccountCheck.chat_mode`; empty if nobody knows) marks messages as read itself."""
        ...

    def mark_read(self, *, credentials: Credentials, token: str) -> Outcome:
        """Show the customer that a message and all before it were read; may be done twice. Never raises."""
        ...

    def show_typing(self, *, credentials: Credentials, recipient: str, seconds: int) -> Outcome:
        """Show one customer that somebody is writing. Never raises."""
        ...

    def recipient_of(self, lane_key: str) -> str:
        """The address to push to, from a lane's key."""
        ...
