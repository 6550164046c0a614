"""What is done to a conversation's customer or to a contact: each view parses, goes through a gate, calls one action, shows it again."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from conversations import access, contact_search, contacts, linking
from conversations.inbox.customer import Subject, customer_of, get_subject_to_change, refused, shown_again
from conversations.inbox.frame import PersonRequest, signed_in
from conversations.models import SocialProfile


def _customer(request: PersonRequest, public_id: str) -> tuple[Subject, SocialProfile]:
    conversation = access.get_conversation(request.user, public_id)
    return customer_of(conversation), conversation.profile


@require_POST
@signed_in
def new_contact(request: PersonRequest, public_id: str) -> HttpResponse:
    """One click: the contact is there and linked; its form is open to add what the profile doesn't tell."""
    conversation = access.get_conversation(request.user, public_id)
    try:
        linking.create_contact_for(conversation_id=conversation.pk, actor=request.user)
    except linking.CannotLink as refusal:
        return refused(request, customer_of(conversation), str(refusal))
    return shown_again(request, customer_of(conversation), typed={})


@require_GET
@signed_in
def find_contacts(request: PersonRequest, public_id: str) -> HttpResponse:
    """The options of the link dialog: what was looked for, or, before anything is typed, who it may be."""
    conversation = access.get_conversation(request.user, public_id)
    query = request.GET.get("q", "")
    contacts_shown = access.visible_contacts(request.user)
    context: dict[str, Any] = {"conversation": conversation, "query": query}
    if query.strip():
        context["page"] = contact_search.find_contacts(contacts_shown, query, after=request.GET.get("after", ""))
    else:
        context["suggestions"] = contact_search.suggest_contacts(contacts_shown, conversation)
    return render(request, "inbox/customer/found.html", context)


@require_POST
@signed_in
def link_contact(request: PersonRequest, public_id: str) -> HttpResponse:
    """The contact that was chosen in the dialog."""
    conversation = access.get_conversation(request.user, public_id)
    contact = access.get_contact(request.user, request.POST.get("contact", ""))
    try:
        linking.link_contact(conversation_id=conversation.pk, actor=request.user, contact_id=contact.pk)
    except linking.CannotLink as refusal:
        messages.error(request, str(refusal))
    return shown_again(request, customer_of(conversation))


@require_POST
@signed_in
def unlink_contact(request: PersonRequest, public_id: str) -> HttpResponse:
    """The contact that the person saw; if it is linked to another one meanwhile, nothing happens."""
    conversation = access.get_conversation(request.user, public_id)
    contact = access.get_contact(request.user, request.POST.get("contact", ""))
    linking.unlink_contact(conversation_id=conversation.pk, actor=request.user, contact_id=contact.pk)
    return shown_again(request, customer_of(conversation))


@require_http_methods(["GET", "POST"])
@signed_in
def edit_contact(request: PersonRequest, public_id: str = "", contact_id: str = "") -> HttpResponse:
    """The card as a form, and what was entered in it. What can't be kept stays in the form with words about why."""
    subject = get_subject_to_change(request, public_id, contact_id)
    if subject.contact is None:
        return shown_again(request, subject)
    if request.method == "GET":
        return shown_again(request, subject, typed={})
    sent = request.POST.dict()
    seen = sent.get("version", "")
    version = int(seen) if seen.isdecimal() and len(seen) < 10 else 0
    try:
        contacts.save_contact(contact_id=subject.contact.pk, actor=request.user, raw=sent, version=version)
    except contacts.CannotSave as refusal:
        return shown_again(request, subject, typed=sent, errors=refusal.errors)
    return shown_again(request, subject)


@require_POST
@signed_in
def set_own_name(request: PersonRequest, public_id: str) -> HttpResponse:
    """What we call this profile."""
    subject, profile = _customer(request, public_id)
    try:
        contacts.set_own_name(profile_id=profile.pk, actor=request.user, name=request.POST.get("own_name", ""))
    except contacts.CannotSave as refusal:
        return shown_again(request, subject, problem={"own_name": str(refusal), "own_name_typed": request.POST.get("own_name", "")})
    return shown_again(request, subject)


@require_POST
@signed_in
def refresh_profile(request: PersonRequest, public_id: str) -> HttpResponse:
    """Name, picture and language, fetched anew in the background."""
    subject, profile = _customer(request, public_id)
    contacts.refresh_profile(profile_id=profile.pk, actor=request.user)
    messages.success(request, _("The profile is being fetched. It changes here when it has come."))
    return shown_again(request, subject)
