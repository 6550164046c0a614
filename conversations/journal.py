"""Writing the journal: one line for whatever happens to a conversation."""

from typing import Any

from django.db.models.functions import Now

from conversations.models import ActorKind, Conversation, JournalEntry
from workstreams.models import User


def record(conversation: Conversation, verb: str, *, actor: User | None = None, by_customer: bool = False, **data: Any) -> None:
    """Add a line. `verb` is a code of `conversations.inbox` wording; `data` never holds what a customer can withdraw."""
    kind = ActorKind.PERSON if actor else ActorKind.CUSTOMER if by_customer else ActorKind.SYSTEM
    JournalEntry.objects.create(conversation=conversation, verb=verb, actor_kind=kind, actor=actor, data=data, at=Now())
