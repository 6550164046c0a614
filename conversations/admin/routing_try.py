"""*Try it*: what would become of a conversation with the rules on the page, published or not. Nothing is written."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from conversations import what_if
from conversations.decisions import Explained
from conversations.models import Conversation, RoutingDecision
from workstreams.access import workstream_to_configure
from workstreams.admin import routing_controls as controls
from workstreams.admin.routing_draft import Draft
from workstreams.admin.routing_page import show_rules
from workstreams.admin.routing_pages import first_draft, received_draft
from workstreams.admin.routing_problems import Problems
from workstreams.admin.routing_trial import trial_groups
from workstreams.models import Workstream
from workstreams.routing.explanation import outputs_in_words
from workstreams.routing.problems import InvalidRules
from workstreams.rulesets import current_ruleset

RECENT = 30
COUNTS = (10, 50, 200)


@dataclass(frozen=True, slots=True)
class Line:
    """One conversation as it was decided and as it would be."""

    customer: str
    address: str
    first_text: str
    then: str
    now: str
    differs: bool


@require_http_methods(["GET", "HEAD", "POST"])
def try_rules(request: HttpRequest, public_id: str) -> HttpResponse:
    """Type facts or take those of a conversation, and see the decision; or run the last conversations again."""
    workstream = workstream_to_configure(request.user, public_id)
    current = current_ruleset(workstream)
    draft = first_draft(request, workstream, current)
    if request.method == "POST":
        draft = received_draft(request, workstream, current)
    draft.obey("show try")
    context: dict[str, Any] = {"version": current.version if current else 0}
    verb, _space, rest = request.POST.get("do", "").partition(" ")
    try:
        if verb == "take":
            draft.trial = _facts_of(workstream, request.POST.get("recent", ""))
        elif verb == "try":
            context["told"] = what_if.try_facts(workstream, draft.content, draft.trial)
            draft.focus, draft.said = "tried", _("The decision is there.")
        elif verb == "compare" and rest in {str(count) for count in COUNTS}:
            context |= _compared(workstream, draft, int(rest))
    except InvalidRules as refusal:
        context |= {
            "problems": Problems.of(refusal.problems, draft),
            "error": _("These rules aren't complete, so they can't be tried."),
        }
    context |= {"recent": _recent(workstream), "counts": COUNTS, "trial_groups": trial_groups(draft.trial)}
    return show_rules(request, workstream, draft, fallback=workstream.fallback_queue.name, **context)


def _facts_of(workstream: Workstream, public_id: str) -> dict[str, Any]:
    """The facts with which a conversation was decided; none if there is no such conversation here."""
    stored = _decisions(workstream).filter(conversation__public_id=public_id).values_list("facts", flat=True).first()
    return stored if isinstance(stored, dict) else {}


def _recent(workstream: Workstream) -> controls.Control | None:
    """The newest conversations that were routed, to take facts from."""
    rows = _decisions(workstream).select_related("conversation__profile__contact")[:RECENT]
    choices = {row.conversation.public_id: _label(row.conversation) for row in rows}
    return controls.choice("recent", _("A recent conversation"), "", choices.items(), quiet=False) if choices else None


def _label(conversation: Conversation) -> str:
    return f"{conversation.profile.shown_name} · {conversation.first_text[:60]}"


def _decisions(workstream: Workstream) -> QuerySet[RoutingDecision]:
    """The newest first."""
    return RoutingDecision.objects.filter(conversation__channel__workstream=workstream).order_by("-id")


def _compared(workstream: Workstream, draft: Draft, count: int) -> dict[str, Any]:
    """The newest conversations decided again; those that differ come first."""
    found = what_if.run_last(workstream, draft.content, count)
    lines = sorted((_line(each) for each in found), key=lambda line: not line.differs)
    words = ngettext(
        "%(different)s of %(count)s conversation would be treated differently.",
        "%(different)s of %(count)s conversations would be treated differently.",
        len(lines),
    ) % {"different": sum(line.differs for line in lines), "count": len(lines)}
    draft.focus, draft.said = "compared", words
    return {"compared": lines, "compared_words": words}


def _line(each: what_if.Compared) -> Line:
    return Line(
        customer=each.conversation.profile.shown_name,
        address=reverse("inbox:routing", args=[each.conversation.public_id]),
        first_text=each.conversation.first_text,
        then=_where(each.then, each.now, each.then_queue_id),
        now=_where(each.now, each.now, each.now_queue_id),
        differs=each.differs,
    )


def _where(explained: Explained, named: Explained, queue_id: int) -> str:
    """The queue, and what was set on the conversation; everything as it is called now."""
    queue = named.names.queue(queue_id)
    where = _("%(queue)s, ended") % {"queue": queue} if explained.decision.ends else queue
    outputs = outputs_in_words(explained.decision.outputs, named.names)
    return f"{where} · {outputs}" if outputs else where
