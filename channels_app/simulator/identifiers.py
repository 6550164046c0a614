"""Identifiers in the forms that LINE gives them."""

import base64
import hashlib
import secrets
import time
import uuid

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_user_id() -> str:
    return f"U{secrets.token_hex(16)}"


def new_group_id(kind: str) -> str:
    return f"{'C' if kind == 'group' else 'R'}{secrets.token_hex(16)}"


def bot_user_id_for(channel_id: str) -> str:
    """The same channel is always the same bot, so that a reset here does not make the product's account a stranger."""
    return f"U{hashlib.sha256(f'bot:{channel_id}'.encode()).hexdigest()[:32]}"


def basic_id_for(channel_id: str) -> str:
    digest = hashlib.sha256(f"basic:{channel_id}".encode()).digest()
    return "@" + base64.b32encode(digest).decode().lower()[:8]


def new_reply_token() -> str:
    return uuid.uuid4().hex


def new_opaque_token() -> str:
    """Quote tokens and mark-as-read tokens: long, URL-safe, without meaning."""
    return secrets.token_urlsafe(48)


def new_request_id() -> str:
    return str(uuid.uuid4())


def new_ulid(timestamp_ms: int) -> str:
    """A ULID: 48 bits of time and 80 random bits in Crockford's base 32 (LINE: `webhookEventId`)."""
    value = (timestamp_ms & ((1 << 48) - 1)) << 80 | secrets.randbits(80)
    return "".join(CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))


def next_message_id(previous: int) -> int:
    """The next message id after `previous`: 18 digits, always growing, also across restarts and resets."""
    return max(previous + 1, (time.time_ns() // 1_000_000) << 18)
