"""Whom a page is about: a conversation's customer, or a contact. Both show the same card, tags and notes, changed at the same paths."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from conversations import access, friendship
from conversations.inbox import contact_form, thread
from conversations.inbox.frame import PersonRequest, wants_fragment
from conversations.inbox.wording import GRAVE_VERBS, friendship_words, journal_sentence
from conversations.models import Contact, ContactField, ContactNote, Conversation, SocialProfile, Tag
from workstreams.models import User, WorkState

PREVIOUS_SHOWN = 8
JOURNAL_SHOWN = 40
FRIENDSHIP_SHOWN = 10
NOTES_SHOWN = 30
CONVERSATIONS_SHOWN = 30
PEOPLE_SHOWN = 50
TAGS_OFFERED = 300
PROBLEMS = ("tag", "note", "own_name")


@dataclass(frozen=True, slots=True)
class Subject:
    """`base` is the address below which it is changed; `target` the element that shows it."""

    base: str
    target: str
    may_change: bool
    contact: Contact | None
    profile: SocialProfile | None = None
    conversation: Conversation | None = None

    @property
    def tags(self) -> list[Tag]:
        owner = self.contact or self.profile
        return list(owner.tags.all()) if owner is not None else []

    @property
    def notes(self) -> list[ContactNote]:
        found = ContactNote.objects.select_related("author").order_by("-id")
        about = found.filter(contact=self.contact) if self.contact else found.filter(profile=self.profile)
        return list(about[: NOTES_SHOWN + 1])


def customer_of(conversation: Conversation) -> Subject:
    """The customer of a conversation that came through a gate: who may read it may change them."""
    return Subject(
        base=reverse("inbox:customer", args=[conversation.public_id]),
        target="#customer",
        may_change=True,
        contact=conversation.profile.contact,
        profile=conversation.profile,
        conversation=conversation,
    )


def contact_page_of(user: User, contact: Contact) -> Subject:
    return Subject(
        base=reverse("inbox:contact", args=[contact.public_id]),
        target="#contact",
        may_change=access.may_change_contact(user, contact),
        contact=contact,
    )


def get_subject(request: PersonRequest, public_id: str, contact_id: str) -> Subject:
    """By one of the two ids in the address; 404 for what isn't theirs."""
    if public_id:
        return customer_of(access.get_conversation(request.user, public_id))
    return contact_page_of(request.user, access.get_contact(request.user, contact_id))


def get_subject_to_change(request: PersonRequest, public_id: str, contact_id: str) -> Subject:
    """The same for who may change it; 404 otherwise."""
    subject = get_subject(request, public_id, contact_id)
    if not subject.may_change:
        raise Http404
    return subject


def card_context(
    subject: Subject,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    problem: Mapping[str, Any] | None = None,
    focus: str = "",
) -> dict[str, Any]:
    """What the templates below `inbox/customer/` show of a subject; with `typed` the card is a form.

    `problem` is what was typed elsewhere and why it can't be kept; `focus` is the element where the person goes on.
    """
    definitions = list(ContactField.objects.all()) if subject.contact else []
    notes = subject.notes
    context: dict[str, Any] = {
        "subject": subject,
        "contact": subject.contact,
        "tags": subject.tags,
        "notes": notes[:NOTES_SHOWN],
        "more_notes": len(notes) > NOTES_SHOWN,
        "all_tags": list(Tag.objects.all()[:TAGS_OFFERED]),
        "problem": problem or {},
        "focus": focus,
    }
    if subject.contact is not None:
        context["card"] = contact_form.lines(subject.contact, definitions)
    if typed is not None:
        context |= form_context(subject.contact, definitions, typed, errors or {})
    return context


def form_context(
    contact: Contact | None, definitions: list[ContactField], typed: Mapping[str, str], errors: Mapping[str, str]
) -> dict[str, Any]:
    """The contact's form."""
    return {
        "editing": True,
        "inputs": contact_form.inputs(contact, definitions, typed, errors),
        "form_error": errors.get("", ""),
        "is_organisation": contact_form.is_organisation(contact, typed),
    }


def pane_context(request: PersonRequest, conversation: Conversation, **card: Any) -> dict[str, Any]:
    """What `inbox/customer.html` shows."""
    entries = list(conversation.journal.exclude(verb="received").select_related("actor").order_by("-id")[:JOURNAL_SHOWN])
    names = contact_names(entry.data for entry in entries)
    lines = [{"at": entry.at, "words": journal_sentence(entry, names), "grave": entry.verb in GRAVE_VERBS} for entry in entries]
    for change, again in friendship.history_of(conversation.profile, at_most=FRIENDSHIP_SHOWN):
        lines.append({"at": change.at, "words": friendship_words(change, again=again), "grave": False})
    return {
        "conversation": conversation,
        "journal": sorted(lines, key=lambda line: line["at"], reverse=True),
        "previous": thread.earlier_conversations(request.user, conversation, at_most=PREVIOUS_SHOWN),
        **card_context(customer_of(conversation), **card),
    }


def contact_names(data: Any) -> dict[str, str]:
    """The contacts that journal lines are about, by public id, as they are called now."""
    ids = {each["contact"] for each in data if isinstance(each, dict) and each.get("contact")}
    return dict(Contact.objects.filter(public_id__in=ids).values_list("public_id", "name")) if ids else {}


def page_context(request: PersonRequest, subject: Subject, **card: Any) -> dict[str, Any]:
    """What `contacts/contact.html` shows."""
    found = access.visible_conversations(request.user).filter(profile__contact=subject.contact)
    found = found.select_related("profile__contact", "channel__account", "queue", "agent__user", "closed_by").order_by("-id")
    conversations = list(found[: CONVERSATIONS_SHOWN + 1])
    return {
        "section": "contacts",
        "agent": access.agent_of(request.user),
        "conversations": conversations[:CONVERSATIONS_SHOWN],
        "live_conversations": [each.public_id for each in conversations if each.state != WorkState.CLOSED],
        "more_conversations": len(conversations) > CONVERSATIONS_SHOWN,
        "profiles": list(subject.contact.profiles.select_related("account").order_by("pk")) if subject.contact else [],
        "people": list(subject.contact.people.order_by("sort_key", "pk")[:PEOPLE_SHOWN]) if subject.contact else [],
        "may_delete": request.user.is_supervisor,
        **card_context(subject, **card),
    }


def shown_again(request: PersonRequest, subject: Subject, **card: Any) -> HttpResponse:
    """The subject as it is now: its part of the page for a script; else its page, with the form if it is being filled."""
    again = _as_it_is_now(request, subject)
    fragment = wants_fragment(request)
    if fragment and again.conversation is not None:
        return render(request, "inbox/customer.html", pane_context(request, again.conversation, **card))
    for words in (str(value) for name, value in (card.get("problem") or {}).items() if name in PROBLEMS and not fragment):
        messages.error(request, words)
    if again.conversation is not None and not (card.get("typed") is not None and again.contact):
        return redirect("inbox:conversation", public_id=again.conversation.public_id)
    if again.contact is None:
        return redirect("inbox:contacts")
    page = contact_page_of(request.user, again.contact)
    return render(request, "contacts/card.html" if fragment else "contacts/contact.html", page_context(request, page, **card))


def refused(request: PersonRequest, subject: Subject, words: str) -> HttpResponse:
    """The same, with why not above it."""
    messages.error(request, words)
    return shown_again(request, subject)


def _as_it_is_now(request: PersonRequest, subject: Subject) -> Subject:
    if subject.conversation is not None:
        return customer_of(access.get_conversation(request.user, subject.conversation.public_id))
    assert subject.contact is not None  # noqa: S101 - a subject is one of the two
    return contact_page_of(request.user, access.get_contact(request.user, subject.contact.public_id))
