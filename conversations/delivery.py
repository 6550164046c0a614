"""What became of a message: told by `channels_app.outcomes` in its transaction."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from channels_app.models import Bubble, Delivery, DeliveryState
from conversations import journal, live, withdrawal
from conversations.models import Conversation, Message
from workstreams.rows import placeholders, update_each

JOURNAL_VERBS = {DeliveryState.FAILED: "delivery_failed", DeliveryState.UNKNOWN: "delivery_unknown"}


def changed(deliveries: Sequence[tuple[Delivery, Sequence[Bubble]]]) -> None:
    """Keep the platform's message ids, write what a person must know into the journal, and refresh the threads."""
    found = _messages_of([bubble for _delivery, bubbles in deliveries for bubble in bubbles])
    by_bubble = {message.bubble_id: message for message in found}
    _note_ids(deliveries, by_bubble)
    unremarkable: set[int] = set()
    for delivery, bubbles in deliveries:
        messages = [by_bubble[bubble.pk] for bubble in bubbles if bubble.pk in by_bubble]
        if delivery.state in (DeliveryState.RETRY, DeliveryState.REFUSED):
            withdrawal.cancel_late_answers(messages)
        conversations = {message.conversation_id for message in messages}
        if verb := JOURNAL_VERBS.get(DeliveryState(delivery.state)):
            _tell(conversations, verb, words=delivery.error)
        else:
            unremarkable |= conversations
    live.messages_changed_in(unremarkable)


def _tell(conversation_ids: Iterable[int], verb: str, *, words: str) -> None:
    for conversation_id in sorted(conversation_ids):
        conversation = Conversation.objects.select_related("queue", "agent", "holder").get(pk=conversation_id)
        journal.record(conversation, verb, words=words)
        live.conversation_changed(conversation)


def _messages_of(bubbles: Sequence[Bubble]) -> Iterable[Message]:
    """By hand: every answer that goes out asks for them, and the ORM builds the statement longer than the database works."""
    statement = f"SELECT * FROM conversations_message WHERE bubble_id IN ({placeholders(bubbles)})"  # noqa: S608 - no input in it
    return Message.objects.raw(statement, [bubble.pk for bubble in bubbles]) if bubbles else ()


def _note_ids(deliveries: Sequence[tuple[Delivery, Sequence[Bubble]]], messages: Mapping[int | None, Message]) -> None:
    """By its id the customer's quotes find a message; with its token we can quote it."""
    rows: dict[int, tuple[str, dict[str, Any]]] = {}
    for delivery, bubbles in deliveries:
        if delivery.state != DeliveryState.ACCEPTED:
            continue
        for bubble, line_id, token in zip_longest(bubbles, delivery.message_ids[: len(bubbles)], delivery.quote_tokens[: len(bubbles)]):
            message = messages.get(bubble.pk)
            if message and line_id:
                rows[message.pk] = line_id, message.data | ({"quoteToken": token} if token else {})
    update_each(Message, rows, sets=["line_message_id", "data"], where="line_message_id = ''")
