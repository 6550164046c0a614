"""What people are writing: kept for each person and conversation, until it is sent or emptied."""

from django.utils import timezone

from conversations.models import Conversation, Draft
from workstreams.models import User

# Far more than may be sent; what is beyond that is nobody's answer.
LONGEST = 20_000


def get_draft(*, conversation: Conversation, person: User) -> Draft | None:
    """The person's draft in this conversation."""
    return Draft.objects.filter(conversation=conversation, person=person).first()


def save_draft(*, conversation: Conversation, person: User, text: str) -> None:
    """Keep `text`; nothing but white space forgets the draft. The last one to save wins."""
    text = text.replace("\r\n", "\n").replace("\x00", "")[:LONGEST]
    if not text.strip():
        forget_draft(conversation=conversation, person=person)
        return
    Draft.objects.update_or_create(conversation=conversation, person=person, defaults={"text": text, "saved_at": timezone.now()})


def forget_draft(*, conversation: Conversation, person: User) -> None:
    """It was sent, or isn't wanted any more."""
    Draft.objects.filter(conversation=conversation, person=person).delete()
