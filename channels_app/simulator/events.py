"""A webhook event in LINE's form."""

from typing import Any

from . import identifiers
from .state import Chat, State


def make_event(state: State, chat: Chat, kind: str, source: dict[str, str], answerable: bool, **fields: Any) -> dict[str, Any]:
    """In standby another channel has the chat: LINE gives no reply token then.

    The events of a chat bear growing times, also where the clock is put back between two of them.
    """
    timestamp = chat.last_event_at = max(state.now(), chat.last_event_at + 1)
    event: dict[str, Any] = {"type": kind, **fields}
    event["webhookEventId"] = identifiers.new_ulid(timestamp)
    event["deliveryContext"] = {"isRedelivery": False}
    event["timestamp"] = timestamp
    event["source"] = source
    if answerable and not chat.standby:
        event["replyToken"] = identifiers.new_reply_token()
    event["mode"] = "standby" if chat.standby else "active"
    return event
