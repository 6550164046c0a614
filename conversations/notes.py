"""Notes in a conversation: for colleagues, in their place between the bubbles, and never for the customer."""

import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from conversations import drafts, lifecycle, live
from conversations.models import Conversation, Direction, Message
from workstreams.models import User

LONGEST = 5000


class CannotNote(Exception):
    """Nothing was noted; `str()` says why, in the user's words."""


def add_note(*, conversation: Conversation, actor: User, text: str, client_id: str) -> Message:
    """Write a note; what was noted is no draft any more. The same `client_id` of the same person is the same note.

    The caller went through the gate. Raises `CannotNote`.
    """
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        raise CannotNote(_("The note is empty."))
    if len(text) > LONGEST:
        raise CannotNote(_("The note is too long: %(count)d of at most %(limit)d characters.") % {"count": len(text), "limit": LONGEST})
    with transaction.atomic():
        locked = lifecycle.lock_conversation(conversation.pk)
        known = locked.messages.filter(direction=Direction.NOTE, author=actor, data__client_id=client_id).first()
        if known is not None:
            return known
        newest = locked.messages.order_by("-occurred_at").values_list("occurred_at", flat=True).first()
        now = timezone.now()
        note = Message.objects.create(
            conversation=locked,
            account=conversation.channel.account,
            direction=Direction.NOTE,
            text=text,
            data={"client_id": client_id},
            author=actor,
            occurred_at=max(now, newest) if newest else now,
        )
        draft = drafts.get_draft(conversation=locked, person=actor)
        if draft is not None and draft.text.strip() == text:
            drafts.forget_draft(conversation=locked, person=actor)
        live.messages_changed(locked)
    return note


def keep(conversation: Conversation, *, actor: User, text: str, at: datetime.datetime) -> Message | None:
    """What somebody tells a colleague whom they ask, as a note in the locked conversation; none for none. Raises `NotAllowedNow`."""
    if not text.strip():
        return None
    try:
        return add_note(conversation=conversation, actor=actor, text=text, client_id=f"asks:{at:%Y%m%d%H%M%S%f}")
    except CannotNote as refusal:
        raise lifecycle.NotAllowedNow(str(refusal)) from refusal


def remove_note(*, note: Message, actor: User) -> None:
    """Take back one's own note; its words are gone, its place stays. The caller went through the gate; harmless twice."""
    with transaction.atomic():
        locked = lifecycle.lock_conversation(note.conversation_id)
        own = locked.messages.filter(pk=note.pk, direction=Direction.NOTE, author=actor, withdrawn_at=None)
        if own.update(text="", data={}, withdrawn_at=timezone.now()):
            live.messages_changed(locked)
