"""Tags and notes of a customer or a contact: each view parses, goes through a gate, calls one action, shows it again."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from conversations import access, customer_notes, tags
from conversations.contacts import CannotSave
from conversations.inbox.customer import get_subject_to_change, shown_again
from conversations.inbox.frame import PersonRequest, signed_in


@require_POST
@signed_in
def add_tag(request: PersonRequest, public_id: str = "", contact_id: str = "") -> HttpResponse:
    """By name; a name that isn't a tag yet becomes one."""
    subject = get_subject_to_change(request, public_id, contact_id)
    name = request.POST.get("tag", "")
    try:
        tags.add_tag(actor=request.user, name=name, contact=subject.contact, profile=subject.profile)
    except CannotSave as refusal:
        return shown_again(request, subject, problem={"tag": str(refusal), "tag_typed": name})
    return shown_again(request, subject, focus="add-tag")


@require_POST
@signed_in
def remove_tag(request: PersonRequest, public_id: str = "", contact_id: str = "") -> HttpResponse:
    """From this customer only."""
    subject = get_subject_to_change(request, public_id, contact_id)
    tag = access.get_tag(request.user, request.POST.get("tag", ""))
    tags.remove_tag(actor=request.user, tag=tag, contact=subject.contact, profile=subject.profile)
    return shown_again(request, subject, focus="add-tag")


@require_POST
@signed_in
def add_note(request: PersonRequest, public_id: str = "", contact_id: str = "") -> HttpResponse:
    """What the person wrote down."""
    subject = get_subject_to_change(request, public_id, contact_id)
    text = request.POST.get("text", "")
    try:
        customer_notes.add_note(actor=request.user, text=text, contact=subject.contact, profile=subject.profile)
    except CannotSave as refusal:
        return shown_again(request, subject, problem={"note": str(refusal), "note_typed": text})
    return shown_again(request, subject, focus="add-note")


@require_POST
@signed_in
def edit_note(request: PersonRequest, note_id: int, public_id: str = "", contact_id: str = "") -> HttpResponse:
    """Other words for one's own note."""
    subject = get_subject_to_change(request, public_id, contact_id)
    note = access.get_own_customer_note(request.user, note_id, contact=subject.contact, profile=subject.profile)
    text = request.POST.get("text", "")
    try:
        customer_notes.edit_note(actor=request.user, note=note, text=text)
    except CannotSave as refusal:
        return shown_again(request, subject, problem={"note_id": note.pk, "note": str(refusal), "note_typed": text})
    return shown_again(request, subject, focus="add-note")


@require_POST
@signed_in
def delete_note(request: PersonRequest, note_id: int, public_id: str = "", contact_id: str = "") -> HttpResponse:
    """One's own note; the page has asked before."""
    subject = get_subject_to_change(request, public_id, contact_id)
    note = access.get_own_customer_note(request.user, note_id, contact=subject.contact, profile=subject.profile)
    customer_notes.delete_note(actor=request.user, note=note)
    return shown_again(request, subject, focus="add-note")
