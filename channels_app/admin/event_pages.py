"""Events of an account that weren't processed: what they were, why, and another try."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from channels_app import event_journal, replay
from channels_app.access import account_to_configure
from channels_app.models import AccountState
from workstreams.admin.pages import Crumb, show_page

SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
def unprocessed(request: HttpRequest, public_id: str) -> HttpResponse:
    """The newest of them with their reasons, never their content; POST processes all that another try can help."""
    account = account_to_configure(request.user, public_id)
    if request.method == "POST" and account.state != AccountState.DISABLED:
        count = replay.replay(replay.replayable_events(account))
        messages.success(request, _("%(count)s stored events are being processed.") % {"count": count})
        return redirect("admin:accounts")
    events = replay.unprocessed_events(account).order_by("-received_at").defer("payload")
    title = _("Events that weren't processed")
    crumbs = [Crumb(_("Channels"), reverse("admin:channels")), Crumb(_("Accounts and channels"), reverse("admin:accounts"))]
    context: dict[str, Any] = {
        "account": account,
        "rows": [(event, event_journal.reason_words(event)) for event in events[:SHOWN]],
        "replayable": replay.replayable_events(account).count(),
        "days": replay.REPLAY_DAYS,
    }
    crumbs += [Crumb(account.name, reverse("admin:account_channel_details", args=[account.public_id])), Crumb(title)]
    return show_page(request, "admin/console/unprocessed_events.html", title=title, crumbs=crumbs, **context)
