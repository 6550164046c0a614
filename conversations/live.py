"""Live hints: which topics are stale. They carry no content and may be lost; pages are right on a plain reload.

Topics: `conversation:<public id>` (its thread), `agent:<public id>` (that agent's work list, offers, presence and
capacity), `queue:<public id>` (the list of waiting work), `floor` (what supervisors see).
"""

from collections.abc import Iterable
from functools import lru_cache

import redis
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from conversations.models import Conversation, LiveHint
from workstreams.models import Agent, WorkState

CHANNEL = "trunkline:live"
FLOOR = "floor"


def conversation_topic(conversation: Conversation) -> str:
    return f"conversation:{conversation.public_id}"


def agent_topic(agent: Agent) -> str:
    return f"agent:{agent.public_id}"


def conversation_changed(conversation: Conversation) -> None:
    """Its thread, its agent's and holder's lists, its queue's list and the floor are stale."""
    topics = {conversation_topic(conversation), FLOOR}
    topics.update(agent_topic(agent) for agent in (conversation.agent, conversation.holder) if agent)
    if conversation.queue:
        topics.add(f"queue:{conversation.queue.public_id}")
    publish(topics)


def customers_changed(profile_ids: Iterable[int]) -> None:
    """What is shown of these customers is stale wherever they have a live conversation."""
    found = Conversation.objects.filter(profile__in=list(profile_ids)).exclude(state=WorkState.CLOSED)
    for conversation in found.select_related("queue", "agent", "holder"):
        conversation_changed(conversation)


def agent_changed(agent: Agent) -> None:
    """The agent's offers, presence or capacity changed."""
    publish({agent_topic(agent), FLOOR})


def publish(topics: set[str]) -> None:
    """Tell every open page. With Redis after commit; without, as rows of the same transaction."""
    if settings.REDIS_URL:
        transaction.on_commit(lambda: _publish_to_redis(topics), robust=True)
    else:
        LiveHint.objects.bulk_create([LiveHint(topic=topic, at=Now()) for topic in sorted(topics)])


@lru_cache(maxsize=1)
def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.2, socket_timeout=0.5)


def _publish_to_redis(topics: set[str]) -> None:
    """Hints may be lost: a dead Redis costs a page at most its 30 s refetch."""
    try:
        _redis().publish(CHANNEL, "\n".join(sorted(topics)))
    except redis.RedisError:
        return
