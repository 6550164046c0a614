"""*People*: the list, the one form of a person, and the link with which they set their own password."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from workstreams.access import person_to_configure, require_administrator
from workstreams.configuration import units_of_a_conversation
from workstreams.models import Agent, BasePresence, PasswordLink, User
from workstreams.password_links import make_link
from workstreams.staffing import reactivate, save_person

from .pages import Crumb, sent_data, show_page
from .person_forms import PersonForm

ON_A_PAGE = 50


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Everybody: role, queues, who is there, how much they have; the deactivated last."""
    require_administrator(request.user)
    words = request.GET.get("q", "").strip()[:100]
    page = Paginator(_found(words), ON_A_PAGE).get_page(request.GET.get("page"))
    units = units_of_a_conversation()
    rows = [(person, _agent_columns(getattr(person, "agent", None), units)) for person in page]
    return show_page(
        request, "admin/console/people.html", title=_("People"), crumbs=[Crumb(_("People"))], rows=rows, page=page, words=words
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """*New person*. The answer to saving is the page with the link, which nobody can load again."""
    actor = require_administrator(request.user)
    form = PersonForm(sent_data(request))
    if request.method == "POST" and form.is_valid():
        try:
            person = save_person(actor=actor, person=form.filled_person(), **form.work())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return show_link(request, actor, person, _("%(name)s was added.") % {"name": person.shown_name})
    return _show_form(request, _("New person"), form)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """The same form, filled; below it what else can be done about the person."""
    actor = require_administrator(request.user)
    person = person_to_configure(actor, public_id)
    name = person.shown_name
    form = PersonForm(sent_data(request), person=person)
    if request.method == "POST" and form.is_valid():
        try:
            save_person(actor=actor, person=form.filled_person(), **form.work())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("admin:people")
    link = PasswordLink.objects.filter(person=person).first()
    return _show_form(request, name, form, person=person, link=link, is_self=person.pk == actor.pk)


@never_cache
@require_POST
def new_link(request: HttpRequest, public_id: str) -> HttpResponse:
    """*Make a new link*, for people who lost theirs or their password. The former link stops working."""
    actor = require_administrator(request.user)
    person = person_to_configure(actor, public_id)
    if not person.is_active:
        messages.error(request, _("%(name)s is deactivated. Reactivate the account first.") % {"name": person.shown_name})
        return redirect("admin:person", person.public_id)
    return show_link(request, actor, person, _("The former link doesn't work any more."))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def come_back(request: HttpRequest, public_id: str) -> HttpResponse:
    """*Reactivate*: asks first, then shows a new link, for the old password is gone."""
    actor = require_administrator(request.user)
    person = person_to_configure(actor, public_id)
    if person.is_active:
        return redirect("admin:person", person.public_id)
    if request.method == "POST":
        person = reactivate(actor=actor, person=person)
        return show_link(request, actor, person, _("%(name)s may sign in again.") % {"name": person.shown_name})
    title = _("Reactivate %(name)s") % {"name": person.shown_name}
    return show_page(request, "admin/console/person_reactivate.html", title=title, crumbs=person_crumbs(person, title), person=person)


def show_link(request: HttpRequest, actor: User, person: User, done: str) -> HttpResponse:
    """Make a link and show it, once: it is in this answer and nowhere else."""
    address = make_link(actor=actor, person=person)
    link = PasswordLink.objects.get(person=person)
    crumbs = person_crumbs(person, _("Password link"))
    context: dict[str, Any] = {"person": person, "address": address, "link": link, "done": done}
    return show_page(request, "admin/console/person_link.html", title=_("Password link"), crumbs=crumbs, **context)


def person_crumbs(person: User, title: str) -> list[Crumb]:
    """The way back to the person and to the list."""
    own = Crumb(person.shown_name, reverse("admin:person", args=[person.public_id]))
    return [Crumb(_("People"), reverse("admin:people")), own, Crumb(title)]


def _found(words: str) -> QuerySet[User]:
    found = User.objects.select_related("agent__presence__custom").prefetch_related("agent__queues")
    for word in words.split():
        names = Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(username__icontains=word) | Q(email__icontains=word)
        found = found.filter(names | Q(agent__public_name__icontains=word))
    return found.order_by("-is_active", "first_name", "username", "pk")


def _agent_columns(agent: Agent | None, units: int) -> dict[str, Any] | None:
    if agent is None:
        return None
    presence = getattr(agent, "presence", None)
    state = presence.state if presence else BasePresence.OFFLINE
    return {
        "public_name": agent.public_name,
        "queues": ", ".join(sorted(queue.name for queue in agent.queues.all())),
        "presence": state,
        "presence_name": presence.shown_name if presence else BasePresence.OFFLINE.label,
        "used": -(-agent.units_used // units),
        "total": agent.units_total // units,
    }


def _show_form(request: HttpRequest, title: str, form: PersonForm, **context: Any) -> HttpResponse:
    crumbs = [Crumb(_("People"), reverse("admin:people")), Crumb(title)]
    return show_page(request, "admin/console/person.html", title=title, crumbs=crumbs, form=form, **context)
