"""Buttons in what was sent to LINE: actions of templates, Flex messages and quick replies, wherever they stand in them."""

import json
from collections.abc import Iterator
from typing import Any

from .text import storable

# LINE: these actions send their data back as a postback event.
WITH_DATA = ("postback", "datetimepicker")
WORDS_LENGTH = 300


def find_button(*, body: str, data: str) -> tuple[int, str] | None:
    """The place of the message with a button of this data, and what it says: the text that tapping says, else the label."""
    if not any(kind in body for kind in WITH_DATA):
        return None
    try:
        messages = json.loads(body).get("messages")
    except (ValueError, AttributeError, RecursionError):
        return None
    for position, message in enumerate(messages if isinstance(messages, list) else []):
        for action in _actions(message):
            if action.get("data") == data:
                words = next((action[key] for key in ("displayText", "text", "label") if isinstance(action.get(key), str)), "")
                return position, storable(words or data)[:WORDS_LENGTH]
    return None


def _actions(message: Any) -> Iterator[dict[str, Any]]:
    """Every action in a message, without recursion."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if part.get("type") in WITH_DATA:
                yield part
            waiting.extend(reversed(part.values()))
        elif isinstance(part, list):
            waiting.extend(reversed(part))


def said_by(params: Any) -> str:
    """What a tap brought beside its data: the day or time that the customer picked."""
    if not isinstance(params, dict):
        return ""
    picked = next((params[key] for key in ("datetime", "date", "time") if isinstance(params.get(key), str)), "")
    return storable(picked)[:40].replace("T", " ")
