"""Lines that the product itself puts into a thread, for colleagues alone: what happened there, between the bubbles."""

from django.utils import timezone

from conversations.models import Conversation, Direction, Message, MessageKind


def add(conversation: Conversation, name: str, *, text: str = "", **names: str) -> Message:
    """Add a line to a locked conversation, behind all that is shown. `conversations.inbox.notices` has the words of each `name`.

    `text`: the words themselves, where a person wrote them. The customer gets nothing of it.
    """
    newest = conversation.messages.order_by("-occurred_at").values_list("occurred_at", flat=True).first()
    now = timezone.now()
    return Message.objects.create(
        conversation=conversation,
        account=conversation.channel.account,
        direction=Direction.NOTICE,
        kind=MessageKind.NOTICE,
        text=text,
        data={"name": name, **names},
        occurred_at=max(now, newest) if newest else now,
    )
