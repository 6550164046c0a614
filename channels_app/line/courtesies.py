"""LINE's read marks and loading animation."""

import json

from channels_app.adapter import Credentials, Outcome

from .client import Answer, Unclear, Unreachable, call

CHAT_OFF = "bot"


def lets_mark_read(chat_mode: str) -> bool:
    """LINE: with the chat function off it marks everything as read itself."""
    return chat_mode != CHAT_OFF


def mark_read(*, credentials: Credentials, token: str) -> Outcome:
    """That message and all before it. LINE: the token has no end."""
    return _call(credentials, "/v2/bot/chat/markAsRead", {"markAsReadToken": token})


def show_typing(*, credentials: Credentials, recipient: str, seconds: int) -> Outcome:
    """The loading animation, in a chat with one customer who is looking at it. LINE: 5 to 60 seconds in steps of 5."""
    return _call(credentials, "/v2/bot/chat/loading/start", {"chatId": recipient, "loadingSeconds": seconds})


def _call(credentials: Credentials, path: str, body: dict[str, str | int]) -> Outcome:
    try:
        answer = call("POST", path, token=credentials.access_token, body=json.dumps(body))
    except Unreachable:
        return Outcome.UNREACHABLE
    except Unclear:
        return Outcome.UNCLEAR
    return _outcome(answer)


def _outcome(answer: Answer) -> Outcome:
    if answer.ok:
        return Outcome.ACCEPTED
    if answer.status == 429:
        return Outcome.RATE_LIMITED
    if answer.status in (401, 403):
        return Outcome.UNAUTHORIZED
    return Outcome.UNCLEAR if answer.status >= 500 else Outcome.REJECTED
