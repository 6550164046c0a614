"""What people are writing: kept for each person and conversation, until it is sent or emptied."""

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from conversations import former_words
from conversations.models import Conversation, Draft
from workstreams.models import User

# Far more than may be sent; what is beyond that is nobody's answer.
LONGEST = 20_000


class Outdated(Exception):
    """The text wasn't kept: since it was written the person wrote elsewhere."""


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """When it was saved, up to which `words_version` it follows the customer's words, and what was quoted anew for that."""

    at: datetime.datetime
    words_version: int
    replaced: list[tuple[str, str]]


def get_draft(*, conversation: Conversation, person: User) -> Draft | None:
    """The person's draft in this conversation."""
    return Draft.objects.filter(conversation=conversation, person=person).first()


def save_draft(
    *, conversation: Conversation, person: User, text: str, seen: int, written_at: datetime.datetime | None = None
) -> SavedDraft:
    """Keep `text`; nothing but white space forgets the draft. The last one to save wins.

    `seen`: the `words_version` up to which its writer's page has followed the customer's words. What was edited or taken back since
    is quoted as it is now, or no more. `written_at` is given for what comes late, from a browser that couldn't tell it at once.
    Raises `Outdated`. Locks the conversation, as whoever takes words back does.
    """
    text = _clean(text)
    with transaction.atomic():
        version = Conversation.objects.select_for_update(no_key=True).values_list("words_version", flat=True).get(pk=conversation.pk)
        own = Draft.objects.filter(conversation=conversation, person=person)
        if written_at is not None and own.filter(saved_at__gt=written_at).exists():
            raise Outdated
        replaced = _quoted_anew(text, conversation, version, seen)
        text, now = former_words.quote_all_anew(text, replaced), timezone.now()
        if text.strip():
            own.update_or_create(conversation=conversation, person=person, defaults={"text": text, "saved_at": now})
        else:
            own.delete()
    return SavedDraft(at=now, words_version=version, replaced=replaced)


def look_through(*, conversation: Conversation, text: str, seen: int) -> tuple[int, list[tuple[str, str]]]:
    """The `words_version`, and what `save_draft` would quote anew; the text isn't saved, for another device may have newer words."""
    version = Conversation.objects.values_list("words_version", flat=True).get(pk=conversation.pk)
    return version, _quoted_anew(_clean(text), conversation, version, seen)


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\x00", "")[:LONGEST]


def _quoted_anew(text: str, conversation: Conversation, version: int, seen: int) -> list[tuple[str, str]]:
    return former_words.quoted_in(text, former_words.newer_than(seen, conversation)) if version > seen else []


def forget_draft(*, conversation: Conversation, person: User) -> None:
    """It was sent, or isn't wanted any more."""
    Draft.objects.filter(conversation=conversation, person=person).delete()
