"""What became of a message: told by `channels_app.outcomes` in its transaction."""

from collections.abc import Iterable, Sequence

from channels_app.models import Bubble, Delivery, DeliveryState
from conversations import journal, live, withdrawal
from conversations.models import Conversation, Message

JOURNAL_VERBS = {DeliveryState.FAILED: "delivery_failed", DeliveryState.UNKNOWN: "delivery_unknown"}


def changed(delivery: Delivery, bubbles: Sequence[Bubble]) -> None:
    """Keep the platform's message ids, write what a person must know into the journal, and refresh the thread."""
    messages = {message.bubble_id: message for message in _messages_of(bubbles)}
    for position, bubble in enumerate(bubbles):
        message = messages.get(bubble.pk)
        if message and delivery.state == DeliveryState.ACCEPTED and position < len(delivery.message_ids):
            _note_ids(message, delivery, position)
    if delivery.state in (DeliveryState.RETRY, DeliveryState.REFUSED):
        withdrawal.cancel_late_answers(list(messages.values()))
    verb = JOURNAL_VERBS.get(DeliveryState(delivery.state))
    for conversation_id in sorted({message.conversation_id for message in messages.values()}):
        if verb:
            conversation = Conversation.objects.select_related("queue", "agent", "holder").get(pk=conversation_id)
            journal.record(conversation, verb, words=delivery.error)
            live.conversation_changed(conversation)
        else:
            live.messages_changed_in(conversation_id)


def _messages_of(bubbles: Sequence[Bubble]) -> Iterable[Message]:
    """By hand: every answer that goes out asks for them, and the ORM builds the statement longer than the database works."""
    places = ", ".join(["%s"] * len(bubbles))
    statement = f"SELECT * FROM conversations_message WHERE bubble_id IN ({places})"  # noqa: S608 - no input in it
    return Message.objects.raw(statement, [bubble.pk for bubble in bubbles]) if bubbles else ()


def _note_ids(message: Message, delivery: Delivery, position: int) -> None:
    """By its id the customer's quotes find it; with its token we can quote it."""
    token = delivery.quote_tokens[position] if position < len(delivery.quote_tokens) else ""
    data = message.data | {"quoteToken": token} if token else message.data
    Message.objects.filter(pk=message.pk, line_message_id="").update(line_message_id=delivery.message_ids[position], data=data)
