"""Replies and pushes: the frozen body, one try, and what LINE's answer means for the delivery."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from channels_app.adapter import Credentials, Outcome, SendResult, Unsendable

from . import health
from .bubbles import message_object, problem_with
from .client import Answer, Unclear, Unreachable, call
from .text import storable

REPLY = "/v2/bot/message/reply"
PUSH = "/v2/bot/message/push"
RETRY_KEY_HEADER = "X-Line-Retry-Key"
# LINE: "You have reached your monthly limit." and "The API rate limit has been exceeded. Try again later."
QUOTA_WORDS = "monthly limit"
RATE_WORDS = ("rate limit", "try again later")


def freeze(*, contents: Sequence[Mapping[str, Any]], recipient: str, push: bool, to_group: bool) -> str:
    """The exact request body; a reply's token is added at the moment of sending, for it lies encrypted elsewhere.

    Raises `Unsendable`: what was checked when it was queued may have lost its file since, and LINE refuses all five for one.
    """
    messages = []
    for position, content in enumerate(contents):
        problem = problem_with(content, to_group=to_group)
        if problem:
            raise Unsendable(position, problem)
        messages.append(message_object(content))
    document: dict[str, Any] = {"to": recipient} if push else {}
    return storable(json.dumps(document | {"messages": messages}, ensure_ascii=False, separators=(",", ":")))


def send(*, credentials: Credentials, body: str, reply_token: str, retry_key: str) -> SendResult:
    """One try with the stored body, byte for byte. LINE answers 400 to a retry key on a reply, so only a push carries one."""
    headers = {}
    if reply_token:
        path, body = REPLY, f'{{"replyToken":{json.dumps(reply_token)},{body[1:]}'
    else:
        path, headers[RETRY_KEY_HEADER] = PUSH, retry_key
    try:
        answer = call("POST", path, token=credentials.access_token, body=body, headers=headers, status_suffices=True)
    except Unreachable as error:
        return SendResult(outcome=Outcome.UNREACHABLE, error=str(error))
    except Unclear as error:
        return SendResult(outcome=Outcome.UNCLEAR, error=str(error))
    outcome = _outcome(answer, is_reply=bool(reply_token))
    if outcome is Outcome.RATE_LIMITED and not reply_token and not any(word in answer.words.lower() for word in RATE_WORDS):
        outcome = _told_by_the_figures(credentials)
    return _result(answer, outcome)


def _told_by_the_figures(credentials: Credentials) -> Outcome:
    """Which of the two 429s it was, when LINE's words don't tell."""
    quota = health.fetch_quota(credentials)
    used_up = quota is not None and quota.limit is not None and quota.used >= quota.limit
    return Outcome.QUOTA_REACHED if used_up else Outcome.RATE_LIMITED


def _result(answer: Answer, outcome: Outcome) -> SendResult:
    accepted = outcome is Outcome.ACCEPTED
    request_id = answer.request_id
    if answer.status == 409:
        request_id = str(answer.headers.get("x-line-accepted-request-id") or request_id)[:100]
    return SendResult(
        outcome=outcome,
        status=answer.status,
        request_id=request_id,
        message_ids=_sent(answer, "id", 100) if accepted else (),
        quote_tokens=_sent(answer, "quoteToken", 500) if accepted else (),
        error="" if accepted else answer.words,
    )


def _outcome(answer: Answer, *, is_reply: bool) -> Outcome:
    """By status; only the two kinds of 429 and the dead reply token can't be told without LINE's words. Replies have no quota."""
    words = answer.words.lower()
    if answer.ok or (answer.status == 409 and not is_reply):
        return Outcome.ACCEPTED
    if answer.status >= 500:
        return Outcome.UNCLEAR
    if answer.status == 429:
        return Outcome.QUOTA_REACHED if QUOTA_WORDS in words and not is_reply else Outcome.RATE_LIMITED
    if answer.status in (401, 403):
        return Outcome.UNAUTHORIZED
    if is_reply and answer.status == 400 and "invalid reply token" in words:
        return Outcome.REPLY_TOKEN_INVALID
    return Outcome.REJECTED


def _sent(answer: Answer, name: str, limit: int) -> tuple[str, ...]:
    """A field of each sent message; LINE's reference calls ids numbers, its examples are strings."""
    sent = answer.body.get("sentMessages")
    return tuple(storable(str(item.get(name, "")))[:limit] for item in sent if isinstance(item, dict)) if isinstance(sent, list) else ()
