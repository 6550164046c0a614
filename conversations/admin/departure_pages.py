"""*Deactivate*: first what would go back, then, in one action, the end of somebody's access."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from conversations.departure import deactivate_person, live_work
from conversations.models import Conversation
from workstreams.access import person_to_configure, require_administrator
from workstreams.admin.pages import show_page
from workstreams.admin.people_pages import person_crumbs
from workstreams.models import Agent, User, WorkState

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SHOWN_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Loss:
    """One conversation that the person has, and what becomes of it."""

    customer: str
    channel: str
    state: "StrOrPromise"
    outcome: str


@require_http_methods(["GET", "HEAD", "POST"])
def deactivate(request: HttpRequest, public_id: str) -> HttpResponse:
    """Asks with the list of live conversations; on confirming, whatever is live at that moment goes back."""
    actor = require_administrator(request.user)
    person = person_to_configure(actor, public_id)
    if request.method == "POST":
        try:
            returned = deactivate_person(actor=actor, person=person)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("admin:person", person.public_id)
        messages.success(request, _told(person, returned))
        return redirect("admin:people")
    if not person.is_active:
        return redirect("admin:person", person.public_id)
    if person.pk == actor.pk:
        messages.error(request, _("You can't deactivate yourself. Another administrator can."))
        return redirect("admin:person", person.public_id)
    return _ask(request, person)


def _ask(request: HttpRequest, person: User) -> HttpResponse:
    agent = Agent.objects.filter(user=person).first()
    rows, total = _losses(agent) if agent else ([], 0)
    title = _("Deactivate %(name)s") % {"name": person.shown_name}
    return show_page(
        request,
        "admin/console/person_deactivate.html",
        title=title,
        crumbs=person_crumbs(person, title),
        person=person,
        rows=rows,
        total=total,
        more=total - len(rows),
    )


def _losses(agent: Agent) -> tuple[list[Loss], int]:
    """The first of them, and how many there are. Those that are only kept for their former agent aren't theirs to lose."""
    live = live_work([agent])
    theirs = live.filter(agent=agent) | live.filter(holder=agent)
    page = theirs.select_related("profile__contact", "channel__account", "queue").order_by("state", "pk")[:SHOWN_AT_MOST]
    return [_loss(conversation) for conversation in page], theirs.count()


def _loss(conversation: Conversation) -> Loss:
    queue = {"queue": conversation.queue}
    state: StrOrPromise = WorkState(conversation.state).label
    outcome = _("goes back to the queue “%(queue)s”") % queue
    if conversation.state == WorkState.OPEN:
        state, outcome = _("Offered"), _("stays in the queue “%(queue)s” and is offered to somebody else") % queue
    elif conversation.state == WorkState.WAITING:
        outcome = _("goes on waiting for the customer, then comes to the queue “%(queue)s”") % queue
    elif conversation.state == WorkState.WRAP_UP:
        outcome = _("is closed")
    return Loss(conversation.profile.shown_name, conversation.channel.account.name, state, outcome)


def _told(person: User, returned: int) -> str:
    name = {"name": person.shown_name}
    if not returned:
        return _("%(name)s is deactivated.") % name
    words = ngettext(
        "%(name)s is deactivated; %(number)s conversation was taken from them.",
        "%(name)s is deactivated; %(number)s conversations were taken from them.",
        returned,
    )
    return words % {**name, "number": returned}
