"""An ASGI layer that stops reading a webhook where it is too long: Django would keep all of it in a temporary file first."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.conf import settings

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]
PREFIX = "/webhooks/"


def stop_at_the_limit(application: Application) -> Application:
    """Hand on at most one byte more than `WEBHOOK_MAX_BYTES`, which is what the view needs to see to refuse it."""

    async def limited(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await application(scope, receive, send)
            return
        left, complete = settings.WEBHOOK_MAX_BYTES + 1, False

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
