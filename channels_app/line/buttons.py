"""Buttons in what was sent to LINE: actions of templates, Flex messages and quick replies, wherever they stand in them."""

from collections.abc import Iterator
from typing import Any

from .text import storable

# LINE: these actions send their data back as a postback event.
WITH_DATA = ("postback", "datetimepicker")
WORDS_LENGTH = 300


def find_button(*, content: Any, data: str) -> str:
    """What the button of this data says in a bubble: the text that tapping says, else the label; empty without such a button."""
    for action in _actions(content):
        if action.get("data") == data:
            words = next((action[key] for key in ("displayText", "text", "label") if isinstance(action.get(key), str)), "")
            return storable(words or data)[:WORDS_LENGTH]
    return ""


def _actions(message: Any) -> Iterator[dict[str, Any]]:
    """Every action in a bubble, without recursion."""
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
