"""What LINE says of an account and of a customer: the token's owner, the bot, the plan, a profile."""

from typing import Any
from urllib.parse import quote, urlencode

from channels_app.adapter import AccountCheck, Credentials, FetchedProfile, ProfileUnavailable, Quota

from .client import Answer, Unclear, Unreachable, call
from .text import storable


def check_account(credentials: Credentials) -> AccountCheck:
    """Whether the token lives, belongs to this channel, and what the bot is called. Never raises."""
    try:
        verified = _verify(credentials.access_token)
        if verified.status >= 500 or verified.status == 429:
            return AccountCheck(problem="unreachable", detail=verified.words)
        if not verified.ok:
            return AccountCheck(problem="token_invalid", detail=verified.words)
        if str(verified.body.get("client_id", "")) != credentials.channel_id:
            return AccountCheck(problem="token_of_another_channel")
        return _check_bot(call("GET", "/v2/bot/info", token=credentials.access_token))
    except (Unreachable, Unclear) as error:
        return AccountCheck(problem="unreachable", detail=str(error))


def _verify(token: str) -> Answer:
    """Whose token this is. LINE knows tokens of version 2.1 and stateless ones at another address than those without end."""
    answer = call("POST", "/v2/oauth/verify", form={"access_token": token})
    if answer.status != 400:
        return answer
    return call("GET", f"/oauth2/v2.1/verify?{urlencode({'access_token': token})}")


def _check_bot(info: Answer) -> AccountCheck:
    if info.status in (401, 403, 404):
        # A LINE Login channel has tokens too, but no bot.
        return AccountCheck(problem="token_of_another_channel", detail=info.words)
    if not info.ok:
        return AccountCheck(problem="unreachable" if info.status >= 500 or info.status == 429 else "refused", detail=info.words)
    return AccountCheck(
        bot_user_id=_field(info.body, "userId", 100),
        bot_name=_field(info.body, "displayName", 200),
        bot_picture_url=_field(info.body, "pictureUrl", 2000),
        bot_basic_id=_field(info.body, "basicId", 100),
        chat_mode=_field(info.body, "chatMode", 20),
    )


def fetch_quota(credentials: Credentials) -> Quota | None:
    """The plan's messages of this month and those that are used. LINE: both include what was sent in its own Manager."""
    try:
        allowed = call("GET", "/v2/bot/message/quota", token=credentials.access_token)
        used = call("GET", "/v2/bot/message/quota/consumption", token=credentials.access_token)
    except (Unreachable, Unclear):
        return None
    limit, total = _number(allowed.body, "value"), _number(used.body, "totalUsage")
    limited = allowed.body.get("type") == "limited"
    if not (allowed.ok and used.ok) or total is None or (limited and limit is None):
        return None
    return Quota(limit=limit if limited else None, used=total)


def fetch_profile(*, credentials: Credentials, kind: str, source_id: str, member_id: str = "") -> FetchedProfile:
    """A customer's, group's or member's profile. 404 means that LINE shows none (blocked, unknown, no consent)."""
    paths = {"user": "/v2/bot/profile/{id}", "group": "/v2/bot/group/{id}/summary"}
    if member_id and kind in ("group", "room"):
        path = f"/v2/bot/{kind}/{quote(source_id, safe='')}/member/{quote(member_id, safe='')}"
    elif kind in paths:
        path = paths[kind].format(id=quote(source_id, safe=""))
    else:
        return FetchedProfile(missing=True)
    try:
        answer = call("GET", path, token=credentials.access_token)
    except (Unreachable, Unclear) as error:
        raise ProfileUnavailable(str(error)) from error
    if answer.status in (400, 403, 404):
        return FetchedProfile(missing=True)
    if not answer.ok:
        raise ProfileUnavailable(f"{answer.status} {answer.words}")
    return FetchedProfile(
        display_name=_field(answer.body, "displayName", 200) or _field(answer.body, "groupName", 200),
        picture_url=_field(answer.body, "pictureUrl", 2000),
        language=_field(answer.body, "language", 20),
        status_message=_field(answer.body, "statusMessage", 500),
    )


def _field(body: dict[str, Any], name: str, limit: int) -> str:
    value = body.get(name)
    return storable(value)[:limit] if isinstance(value, str) else ""


def _number(body: dict[str, Any], name: str) -> int | None:
    value = body.get(name)
    return value if isinstance(value, int) and 0 <= value < 2**53 else None
