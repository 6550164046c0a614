"""*Routing rules* of a workstream: one document, edited as a whole and published as the next version.

Every button sends the whole page and changes only what is shown; nothing counts before *Publish*.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from workstreams.access import require_administrator, workstream_to_configure
from workstreams.models import Ruleset, Workstream
from workstreams.routing.problems import InvalidRules
from workstreams.rulesets import current_ruleset, publish

from .routing_draft import CLASSIFICATION, ROUTES, TRY, Draft, as_draft
from .routing_page import show_rules
from .routing_problems import Problems
from .routing_sealed import unseal


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the version in force or the one that is taken up again, do what a button says, or publish."""
    workstream = workstream_to_configure(request.user, public_id)
    current = current_ruleset(workstream)
    version = current.version if current else 0
    if request.method != "POST" and request.GET.get("show") == TRY:
        return redirect("admin:routing_try", workstream.public_id)
    if request.method != "POST":
        return show_rules(request, workstream, first_draft(request, workstream, current), version=version)
    draft = received_draft(request, workstream, current)
    if "publish" in request.POST:
        return _publish(request, workstream, draft, version)
    draft.obey(request.POST.get("do", ""))
    return show_rules(request, workstream, draft, version=version)


def received_draft(request: HttpRequest, workstream: Workstream, current: Ruleset | None) -> Draft:
    """The draft that a page sent; the version in force if it isn't one."""
    return unseal(request.POST, workstream) or first_draft(request, workstream, current)


def first_draft(request: HttpRequest, workstream: Workstream, current: Ruleset | None) -> Draft:
    """What is in force, or an old version that is taken up again."""
    show = CLASSIFICATION if request.GET.get("show") == CLASSIFICATION else ROUTES
    wanted = request.GET.get("version", "")
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 9:
        again = Ruleset.objects.filter(workstream=workstream, version=int(wanted)).first()
        if again is not None:
            return Draft(as_draft(again.content), show=show, changed=current is not None and again.pk != current.pk)
    return Draft(as_draft(current.content if current else {}), show=show)


def _publish(request: HttpRequest, workstream: Workstream, draft: Draft, version: int) -> HttpResponse:
    if request.POST.get("version") != str(version):
        error = _("Version %(number)s was published meanwhile. Publish again to replace it by what you see here.") % {"number": version}
        return show_rules(request, workstream, draft, version=version, error=error)
    current = current_ruleset(workstream)
    if current is not None and as_draft(current.content) == draft.content:
        messages.info(request, _("Nothing has changed: version %(number)s stays.") % {"number": version})
        return redirect("admin:routing_rules", workstream.public_id)
    try:
        ruleset = publish(workstream=workstream, content=draft.content, actor=require_administrator(request.user))
    except InvalidRules as refusal:
        problems = Problems.of(refusal.problems, draft)
        draft.obey(f"open {draft.open if draft.open in problems.of_rules else problems.first}")
        error = _("Not published: some rules aren't complete.")
        return show_rules(request, workstream, draft, version=version, error=error, problems=problems)
    messages.success(request, _("Version %(number)s is published and counts from now on.") % {"number": ruleset.version})
    return redirect("admin:workstream_page", workstream.public_id)
