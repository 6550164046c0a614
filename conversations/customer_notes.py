"""Notes about customers. Locks: the profile, then the contact."""

from django.utils.translation import gettext as _

from conversations import contact_index, contacts, live
from conversations.contacts import CannotSave
from conversations.models import Contact, ContactNote, SocialProfile
from conversations.names import clean_text
from workstreams.clock import Now
from workstreams.models import User
from workstreams.transactions import retried

TEXT_LENGTH = 4000


@retried
def add_note(*, actor: User, text: str, contact: Contact | None, profile: SocialProfile | None) -> ContactNote:
    """Write a note about a contact, or about a profile; about both if the two are linked at this moment."""
    kept = _kept(text)
    contact, profile = contacts.locked(contact, profile)
    note = ContactNote.objects.create(contact=contact, profile=profile, text=kept, author=actor)
    _changed(note)
    return note


@retried
def edit_note(*, actor: User, note: ContactNote, text: str) -> ContactNote:
    """Change the words of one's own note."""
    note.text = _kept(text)
    ContactNote.objects.filter(pk=note.pk, author=actor).update(text=note.text, edited_at=Now())
    _changed(note)
    return note


@retried
def delete_note(*, actor: User, note: ContactNote) -> None:
    """Delete one's own note."""
    ContactNote.objects.filter(pk=note.pk, author=actor).delete()
    _changed(note)


def _kept(text: str) -> str:
    cleaned = clean_text(text)
    if not cleaned:
        raise CannotSave({"note": _("Write something first.")})
    if len(cleaned) > TEXT_LENGTH:
        count = {"count": len(cleaned), "limit": TEXT_LENGTH}
        raise CannotSave({"note": _("This note has %(count)d characters; at most %(limit)d fit.") % count})
    return cleaned


def _changed(note: ContactNote) -> None:
    if note.contact is not None:
        contact_index.reindex_by_id(note.contact.pk)
        contacts.tell(note.contact)
    elif note.profile_id is not None:
        live.customers_changed([note.profile_id])
