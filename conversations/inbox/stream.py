"""`/live/`: server-sent events that say which topics are stale. The page fetches what it shows of them.

Topics are fixed when the stream opens: the agent, its queues, the conversations that the browser shows, and the floor for
supervisors. A stream ends after five minutes and the page opens the next one, so rights that were lost don't last longer.
"""

import asyncio
from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _

from conversations import access
from conversations.inbox.hub import Subscription, hub
from conversations.live import FLOOR, agent_topic, conversation_topic, thread_topic, work_topic
from workstreams.models import Queue

STREAM_SECONDS = 5 * 60
PING_SECONDS = 15
LISTENING_SECONDS = 2
CONVERSATIONS_AT_MOST = 20


async def live(request: HttpRequest) -> HttpResponseBase:
    """Open a stream: 401 for strangers, 501 where the server can't hold streams open (WSGI)."""
    if not isinstance(request, ASGIRequest):
        return HttpResponse(
            _("Live updates need an ASGI server; pages fetch everything again each 30 seconds without them."),
            status=501,
            content_type="text/plain; charset=utf-8",
        )
    topics = await sync_to_async(_topics_of)(request)
    if topics is None:
        return HttpResponse(status=401)
    response = StreamingHttpResponse(_events(topics), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    # nginx would keep the events back until its buffer is full.
    response["X-Accel-Buffering"] = "no"
    return response


def _topics_of(request: HttpRequest) -> set[str] | None:
    """The topics that this person may hear of. Gives the database connection back: a stream must not hold one."""
    try:
        person = request.user
        if not person.is_authenticated:
            return None
        topics = {FLOOR} if person.is_supervisor else set()
        agent = access.agent_of(person)
        if agent is not None:
            topics |= {agent_topic(agent), work_topic(agent)}
            topics |= {f"queue:{public_id}" for public_id in Queue.objects.filter(agents=agent).values_list("public_id", flat=True)}
        wanted = request.GET.getlist("c")[:CONVERSATIONS_AT_MOST]
        if wanted:
            for found in access.visible_conversations(person).filter(public_id__in=wanted):
                topics |= {conversation_topic(found), thread_topic(found)}
        return topics
    finally:
        connection.close()


async def _events(topics: set[str]) -> AsyncIterator[bytes]:
    """Hints as they come, a ping when there are none, and a good-bye. Never touches the database."""
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + STREAM_SECONDS
    subscription = Subscription(topics)
    hub.join(subscription)
    try:
        # What is published before the reader listens is lost, and pages fetch everything once, when the stream is open.
        await asyncio.to_thread(hub.wait_until_listening, LISTENING_SECONDS)
        yield b": open\n\n"
        while (left := ends_at - loop.time()) > 0:
            stale = await subscription.stale_topics(min(PING_SECONDS, left))
            yield f"event: hint\ndata: {' '.join(stale)}\n\n".encode() if stale else b"event: ping\ndata: -\n\n"
        yield b"event: bye\ndata: -\n\n"
    finally:
        hub.leave(subscription)
