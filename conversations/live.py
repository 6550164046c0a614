"""Live hints: which topics are stale. They carry no content and may be lost; pages are right on a plain reload.

Topics: `conversation:<public id>` (all that is shown of it), `thread:<public id>` (its bubbles and what stands below them),
`agent:<public id>` (that agent's work list, offers, presence and capacity), `work:<public id>` (that agent's work list alone),
`queue:<public id>` (the list of waiting work), `floor` (what supervisors see). The narrow ones are for what happens most: each
hint makes every page that hears it fetch what it shows of the topic.
"""

from collections.abc import Collection, Iterable
from functools import lru_cache

import redis
from django.conf import settings
from django.db import connection, transaction

from conversations.models import Conversation
from workstreams.clock import now_sql
from workstreams.models import Agent, WorkState
from workstreams.rows import placeholders

CHANNEL = "trunkline:live"
FLOOR = "floor"


def conversation_topic(conversation: Conversation) -> str:
    return f"conversation:{conversation.public_id}"


def thread_topic(conversation: Conversation) -> str:
    return f"thread:{conversation.public_id}"


def work_topic(agent: Agent) -> str:
    return f"work:{agent.public_id}"


def agent_topic(agent: Agent) -> str:
    return f"agent:{agent.public_id}"


def conversation_changed(conversation: Conversation) -> None:
    """Its page, its agent's and holder's lists and the floor are stale, and the list of its queue if it stands there."""
    publish(_topics_of(conversation) | (_queue_topics(conversation) if conversation.state == WorkState.OPEN else set()))


def conversation_moved(conversation: Conversation) -> None:
    """Its state, agent or queue changed: the list of its queue is stale, whether it came there or left."""
    publish(_topics_of(conversation) | _queue_topics(conversation))


def conversations_moved(conversations: Iterable[Conversation]) -> None:
    """The same of many, told once."""
    publish({topic for each in conversations for topic in _topics_of(each) | _queue_topics(each)})


def messages_changed(conversation: Conversation) -> None:
    """Nothing but its messages changed: its thread, its agent's list and the floor are stale.

    Of one that waits, offers and the lists of its queue show the words; so do offers of one that is handed over.
    """
    if conversation.state == WorkState.OPEN or conversation.receiver_id is not None:
        conversation_changed(conversation)
        return
    publish({thread_topic(conversation), FLOOR} | ({work_topic(conversation.agent)} if conversation.agent else set()))


def messages_changed_in(conversation_ids: Collection[int]) -> None:
    """As `messages_changed`, of conversations of which only the ids are at hand. One statement, by hand, for each answer that went out."""
    if not conversation_ids:
        return
    statement = (
        "SELECT c.id, c.state, c.public_id, a.public_id FROM conversations_conversation c "  # noqa: S608 - no input in it
        f"LEFT JOIN workstreams_agent a ON a.id = c.agent_id WHERE c.id IN ({placeholders(conversation_ids)})"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, list(conversation_ids))
        found = cursor.fetchall()
    waiting = [conversation_id for conversation_id, state, _public_id, _agent in found if state == WorkState.OPEN]
    for conversation in Conversation.objects.select_related("queue", "agent", "holder").filter(pk__in=waiting) if waiting else ():
        conversation_changed(conversation)
    topics = {f"thread:{public_id}" for _pk, state, public_id, _agent in found if state != WorkState.OPEN}
    if topics:
        publish(topics | {FLOOR} | {f"work:{agent}" for _pk, state, _public_id, agent in found if agent and state != WorkState.OPEN})


def _topics_of(conversation: Conversation) -> set[str]:
    agents = {agent_topic(agent) for agent in (conversation.agent, conversation.holder, conversation.receiver) if agent}
    return {conversation_topic(conversation), FLOOR} | agents


def _queue_topics(conversation: Conversation) -> set[str]:
    return {f"queue:{conversation.queue.public_id}"} if conversation.queue else set()


def customers_changed(profile_ids: Iterable[int]) -> None:
    """What is shown of these customers is stale wherever they have a live conversation."""
    found = Conversation.objects.filter(profile__in=list(profile_ids)).exclude(state=WorkState.CLOSED)
    for conversation in found.select_related("queue", "agent", "holder"):
        conversation_changed(conversation)


def agent_changed(agent: Agent) -> None:
    """The agent's offers, presence or capacity changed."""
    publish({agent_topic(agent), FLOOR})


def work_changed(agent: Agent) -> None:
    """What the agent's work list says of unread messages changed."""
    publish({work_topic(agent)})


def publish(topics: set[str]) -> None:
    """Tell every open page. With Redis after commit; without, as rows of the same transaction."""
    if not topics:
        return
    if settings.REDIS_URL:
        transaction.on_commit(lambda: _publish_to_redis(topics), robust=True)
    else:
        rows = ", ".join([f"(%s, {now_sql()})"] * len(topics))
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO conversations_livehint (topic, at) VALUES {rows}", sorted(topics))  # noqa: S608 - no input in it


@lru_cache(maxsize=1)
def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.2, socket_timeout=0.5)


def _publish_to_redis(topics: set[str]) -> None:
    """Hints may be lost: a dead Redis costs a page at most its 30 s refetch."""
    try:
        _redis().publish(CHANNEL, "\n".join(sorted(topics)))
    except redis.RedisError:
        return
