"""Routing decisions of a workstream, and everything about one of them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conversations.inbox.wording import kind_words
from conversations.models import MessageKind, RoutingDecision
from conversations.telling import tell_decision, tell_offers
from workstreams.access import workstream_to_configure
from workstreams.admin.pages import Crumb, show_page
from workstreams.admin.workstream_pages import workstream_crumbs
from workstreams.models import Workstream

DECISIONS_SHOWN = 50
SHOWN_WITH = ("conversation__profile__contact", "queue", "ruleset")


@never_cache
@require_safe
def decisions(request: HttpRequest, public_id: str) -> HttpResponse:
    """The newest decisions, older ones page by page."""
    workstream = workstream_to_configure(request.user, public_id)
    rows = RoutingDecision.objects.filter(conversation__channel__workstream=workstream).order_by("-id")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 18:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.select_related(*SHOWN_WITH).defer("ruleset__content")[: DECISIONS_SHOWN + 1])
    title = _("Decisions")
    return show_page(
        request,
        "admin/console/routing_decisions.html",
        title=title,
        crumbs=_crumbs(workstream, Crumb(title)),
        workstream=workstream,
        rows=[(row, _first_words(row)) for row in sorted(found[:DECISIONS_SHOWN], key=lambda row: row.decided_at, reverse=True)],
        older=found[DECISIONS_SHOWN - 1].pk if len(found) > DECISIONS_SHOWN else None,
    )


@never_cache
@require_safe
def decision(request: HttpRequest, public_id: str, decision_id: int) -> HttpResponse:
    """One decision, stage by stage, and to whom the conversation was offered since."""
    workstream = workstream_to_configure(request.user, public_id)
    rows = RoutingDecision.objects.filter(conversation__channel__workstream=workstream, pk=decision_id)
    row = rows.select_related(*SHOWN_WITH).first()
    if row is None:
        raise Http404
    title = _("Decision about %(customer)s") % {"customer": row.conversation.profile.shown_name}
    back = Crumb(_("Decisions"), reverse("admin:routing_decisions", args=[workstream.public_id]))
    return show_page(
        request,
        "admin/console/routing_decision.html",
        title=title,
        crumbs=_crumbs(workstream, back, Crumb(title)),
        workstream=workstream,
        row=row,
        told=tell_decision(row),
        fallback=row.queue.name,
        offers=tell_offers(row.conversation),
    )


def _first_words(row: RoutingDecision) -> str:
    """What the conversation began with: its words, or which kind of message it was."""
    kind = str(row.facts.get("message.kind") or MessageKind.TEXT)
    return row.conversation.first_text or (kind_words(kind) if kind != MessageKind.TEXT else "")


def _crumbs(workstream: Workstream, *more: Crumb) -> list[Crumb]:
    rules = Crumb(_("Routing rules"), reverse("admin:routing_rules", args=[workstream.public_id]))
    return [*workstream_crumbs(workstream, "")[:-1], rules, *more]
