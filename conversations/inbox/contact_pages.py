"""The pages of contacts: the list with its search, a new one, one with its conversations, and its end."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from conversations import access, contact_search, contacts
from conversations.inbox.customer import contact_page_of, form_context, page_context
from conversations.inbox.frame import PersonRequest, signed_in, wants_fragment
from conversations.models import Contact, ContactField


@require_GET
@signed_in
def show_contacts(request: PersonRequest) -> HttpResponse:
    """The contacts in the order of their names, or those that were looked for; with `after` the next of them."""
    access.require_contacts(request.user)
    query, after = request.GET.get("q", ""), request.GET.get("after", "")
    page = contact_search.find_contacts(access.visible_contacts(request.user), query, after=after)
    context: dict[str, Any] = {"page": page, "query": query.strip(), "is_first": not after}
    if wants_fragment(request):
        return render(request, "contacts/rows.html", context)
    return render(request, "contacts/list.html", context | {"section": "contacts", "agent": access.agent_of(request.user)})


@require_GET
@signed_in
def show_contact(request: PersonRequest, contact_id: str) -> HttpResponse:
    """One contact."""
    contact = access.get_contact(request.user, contact_id)
    template = "contacts/card.html" if wants_fragment(request) else "contacts/contact.html"
    return render(request, template, page_context(request, contact_page_of(request.user, contact)))


@require_http_methods(["GET", "POST"])
@signed_in
def add_contact(request: PersonRequest) -> HttpResponse:
    """A contact who hasn't written yet, or an organisation."""
    access.require_contacts(request.user)
    typed, errors = request.POST.dict(), {}
    if request.method == "POST":
        try:
            contact = contacts.add_contact(actor=request.user, raw=typed)
        except contacts.CannotSave as refusal:
            errors = refusal.errors
        else:
            return redirect("inbox:contact", contact_id=contact.public_id)
    form = form_context(None, list(ContactField.objects.all()), typed, errors)
    return render(request, "contacts/new.html", form | {"section": "contacts", "agent": access.agent_of(request.user)})


@require_http_methods(["GET", "POST"])
@signed_in
def delete_contact(request: PersonRequest, contact_id: str) -> HttpResponse:
    """Asks first and names what is lost."""
    contact = access.get_contact_to_delete(request.user, contact_id)
    if request.method == "GET":
        return render(request, "contacts/delete.html", _lost(contact) | {"section": "contacts", "agent": access.agent_of(request.user)})
    contacts.delete_contact(contact_id=contact.pk, actor=request.user)
    messages.success(request, _("%(name)s has been deleted.") % {"name": contact.name})
    return redirect("inbox:contacts")


def _lost(contact: Contact) -> dict[str, Any]:
    return {
        "contact": contact,
        "notes_lost": contact.notes.filter(profile=None).count(),
        "notes_kept": contact.notes.exclude(profile=None).count(),
        "tags_lost": list(contact.tags.all()),
        "people_left": contact.people.count(),
        "profiles_left": list(contact.profiles.select_related("account").order_by("pk")[:10]),
    }
