"""What people are writing: kept for each person and conversation, until it is sent or emptied."""

import datetime

from django.utils import timezone

from conversations.models import Conversation, Direction, Draft
from workstreams.models import User

# Far more than may be sent; what is beyond that is nobody's answer.
LONGEST = 20_000


class Outdated(Exception):
    """The text wasn't kept: since it was written the person wrote elsewhere, or a customer took something back that it may hold."""


def get_draft(*, conversation: Conversation, person: User) -> Draft | None:
    """The person's draft in this conversation."""
    return Draft.objects.filter(conversation=conversation, person=person).first()


def save_draft(*, conversation: Conversation, person: User, text: str, written_at: datetime.datetime | None = None) -> datetime.datetime:
    """Keep `text`, and say when; nothing but white space forgets the draft. The last one to save wins.

    `written_at` is given for what comes late, from a browser that couldn't tell it at once. Raises `Outdated`.
    """
    if written_at is not None and _is_outdated(conversation, person, written_at):
        raise Outdated
    now = timezone.now()
    text = text.replace("\r\n", "\n").replace("\x00", "")[:LONGEST]
    if text.strip():
        Draft.objects.update_or_create(conversation=conversation, person=person, defaults={"text": text, "saved_at": now})
    else:
        forget_draft(conversation=conversation, person=person)
    return now


def _is_outdated(conversation: Conversation, person: User, written_at: datetime.datetime) -> bool:
    newer = Draft.objects.filter(conversation=conversation, person=person, saved_at__gt=written_at)
    return newer.exists() or conversation.messages.filter(direction=Direction.IN, withdrawn_at__gt=written_at).exists()


def forget_draft(*, conversation: Conversation, person: User) -> None:
    """It was sent, or isn't wanted any more."""
    Draft.objects.filter(conversation=conversation, person=person).delete()
