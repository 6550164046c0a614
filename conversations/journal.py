"""Writing the journal: one line for whatever happens to a conversation."""

from collections.abc import Iterable
from typing import Any

from django.db.models.functions import Now

from conversations.models import ActorKind, Conversation, JournalEntry
from workstreams.models import User


def record(conversation: Conversation, verb: str, *, actor: User | None = None, by_customer: bool = False, **data: Any) -> None:
    """Add a line. `verb` is a code of `conversations.inbox` wording; `data` never holds what a customer can withdraw."""
    kind = ActorKind.PERSON if actor else ActorKind.CUSTOMER if by_customer else ActorKind.SYSTEM
    JournalEntry.objects.create(conversation=conversation, verb=verb, actor_kind=kind, actor=actor, data=data, at=Now())


def record_all(lines: Iterable[tuple[Conversation, str, dict[str, Any]]]) -> None:
    """Add what nobody did, for many conversations (with verb and data) by one statement."""
    JournalEntry.objects.bulk_create(
        JournalEntry(conversation=conversation, verb=verb, actor_kind=ActorKind.SYSTEM, data=data, at=Now())
        for conversation, verb, data in lines
    )
