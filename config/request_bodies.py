"""An ASGI layer that stops reading a body where it is too long: Django would keep all of it in a temporary file first."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.conf import settings

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]
UPLOAD = re.compile(r"^/inbox/[^/]+/upload/$")


def limit_of(path: str) -> int:
    """How many bytes a body may have at this address: a file's, where files are uploaded, else a webhook's."""
    return settings.ATTACHMENT_MAX_MB * 1024 * 1024 if UPLOAD.match(path) else settings.WEBHOOK_MAX_BYTES


def stop_at_the_limit(application: Application) -> Application:
    """Hand on at most one byte more than is allowed, which is what the view needs to see to refuse it."""

    async def limited(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        left, complete = limit_of(scope["path"]) + 1, False

        async def receive_some() -> Message:
            nonlocal left, complete
            message = await receive()
            while complete and message["type"] == "http.request":
                message = await receive()  # the rest of a body that is refused already
            if message["type"] == "http.request":
                body = message.get("body", b"")[:left]
                left -= len(body)
                complete = not (left and message.get("more_body", False))
                message = {"type": "http.request", "body": body, "more_body": not complete}
            return message

        await application(scope, receive_some, send)

    return limited
