"""What people are writing: kept for each person and conversation, until it is sent or emptied."""

import datetime

from django.db import transaction
from django.utils import timezone

from conversations.models import Conversation, Draft
from workstreams.models import User

# Far more than may be sent; what is beyond that is nobody's answer.
LONGEST = 20_000


class Outdated(Exception):
    """The text wasn't kept: a customer took back or edited words that it may quote, or the person wrote elsewhere since it was written."""


def get_draft(*, conversation: Conversation, person: User) -> Draft | None:
    """The person's draft in this conversation."""
    return Draft.objects.filter(conversation=conversation, person=person).first()


def save_draft(
    *, conversation: Conversation, person: User, text: str, seen: int, written_at: datetime.datetime | None = None
) -> datetime.datetime:
    """Keep `text`, and say when; nothing but white space forgets the draft. The last one to save wins.

    `seen`: the `words_version` that its writer has followed; with any other the text may quote what is gone. `written_at` is given
    for what comes late, from a browser that couldn't tell it at once. Raises `Outdated`. Locks the conversation, as taking back does.
    """
    text = text.replace("\r\n", "\n").replace("\x00", "")[:LONGEST]
    with transaction.atomic():
        locked = Conversation.objects.select_for_update(no_key=True).only("words_version").get(pk=conversation.pk)
        own = Draft.objects.filter(conversation=conversation, person=person)
        if locked.words_version != seen or (written_at is not None and own.filter(saved_at__gt=written_at).exists()):
            raise Outdated
        now = timezone.now()
        if text.strip():
            own.update_or_create(conversation=conversation, person=person, defaults={"text": text, "saved_at": now})
        else:
            own.delete()
    return now


def read_draft(*, conversation: Conversation, person: User) -> tuple[str, int]:
    """The person's draft as it is now, and the `words_version` that it has followed, or an earlier one."""
    version = Conversation.objects.values_list("words_version", flat=True).get(pk=conversation.pk)
    draft = get_draft(conversation=conversation, person=person)
    return draft.text if draft else "", version


def forget_draft(*, conversation: Conversation, person: User) -> None:
    """It was sent, or isn't wanted any more."""
    Draft.objects.filter(conversation=conversation, person=person).delete()
