"""Workstreams with their channels: the list, *New workstream*, and the page with its sections in the order of set-up."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_safe

from channels_app import registry
from channels_app.access import account_to_configure
from channels_app.models import Channel, ChannelDraft
from channels_app.texts import texts_for
from workstreams.access import require_administrator, workstream_to_configure
from workstreams.admin.distribution_words import distribution_in_words
from workstreams.admin.pages import Crumb, sent_data, show_page
from workstreams.admin.routing_words import Wording
from workstreams.admin.timeout_form import rule_in_words
from workstreams.admin.workstream_forms import NewWorkstreamForm
from workstreams.configuration import create_workstream
from workstreams.models import Workstream
from workstreams.rulesets import current_ruleset, names

# A section that the page will have; it stays absent until it does something, but translators know it already.
SECTION_TO_COME = gettext_noop("Bot")


@require_safe
def workstream_list(request: HttpRequest) -> HttpResponse:
    """Every workstream with its mode, its channels and its fallback queue."""
    require_administrator(request.user)
    live = Count("channels", filter=Q(channels__removed_at=None))
    workstreams = Workstream.objects.select_related("fallback_queue").annotate(channel_count=live)
    rows = [(workstream, texts_for(workstream.channel_type).label) for workstream in workstreams]
    crumbs = [Crumb(_("Workstreams"))]
    return show_page(request, "admin/console/workstreams.html", title=_("Workstreams"), crumbs=crumbs, rows=rows)


@require_http_methods(["GET", "HEAD", "POST"])
def new_workstream(request: HttpRequest) -> HttpResponse:
    """*New workstream*. `?set_up=` names an account: the set-up of its channel follows at once."""
    actor = require_administrator(request.user)
    account = account_to_configure(request.user, request.GET["set_up"]) if request.GET.get("set_up") else None
    offered = [(name, texts_for(name).label) for name in registry.offered_types()]
    form = NewWorkstreamForm(sent_data(request), channel_types=offered)
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name not in ("work_type", "fallback")}
        try:
            workstream = create_workstream(actor=actor, **values)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            if account is None:
                return redirect("admin:workstream_page", workstream.public_id)
            return redirect(f"{reverse('admin:channel_setup', args=[workstream.public_id])}?account={account.public_id}")
    title = _("New workstream")
    crumbs = [Crumb(_("Workstreams"), reverse("admin:workstreams")), Crumb(title)]
    return show_page(request, "admin/console/workstream_new.html", title=title, crumbs=crumbs, form=form, account=account)


@require_safe
def workstream_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """A workstream: its channel, its routing rules, its work distribution. Sections that do nothing yet are absent."""
    workstream = workstream_to_configure(request.user, public_id)
    ruleset = current_ruleset(workstream)
    context: dict[str, Any] = {
        "workstream": workstream,
        "texts": texts_for(workstream.channel_type),
        "channels": Channel.objects.filter(workstream=workstream, removed_at=None).select_related("account"),
        "draft": ChannelDraft.objects.select_related("account").filter(workstream=workstream).first(),
        "ruleset": ruleset,
        "lists": Wording(names()).document(ruleset.content) if ruleset else [],
        "distribution": distribution_in_words(workstream),
        "timeouts": [(rule, rule_in_words(rule)) for rule in workstream.timeout_rules.all()],
        "variables": workstream.context_variables.all(),
    }
    crumbs = [Crumb(_("Workstreams"), reverse("admin:workstreams")), Crumb(workstream.name)]
    return show_page(request, "admin/console/workstream.html", title=workstream.name, crumbs=crumbs, **context)
