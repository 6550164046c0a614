"""The pages around the account wizard: Channels, Accounts and channels, what comes after Done, and taking accounts away."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from channels_app import accounts, replay
from channels_app.access import account_to_configure
from channels_app.alerts import open_alerts
from channels_app.channel_setup import unfinished_work
from channels_app.models import AccountState, Channel, MessagingAccount
from channels_app.texts import texts_for
from workstreams.access import require_administrator
from workstreams.admin.pages import Crumb, show_page
from workstreams.models import Workstream

if TYPE_CHECKING:
    from django.db.models import QuerySet


@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    """*Customer support › Channels*: a card for each kind of channel."""
    require_administrator(request.user)
    count = MessagingAccount.objects.exclude(state=AccountState.REMOVED).count()
    context = {"account_count": count, "alerts": open_alerts(), "pages": "admin:account_health"}
    return show_page(request, "admin/console/channels.html", title=_("Channels"), crumbs=[Crumb(_("Channels"))], **context)


@require_safe
def account_list(request: HttpRequest) -> HttpResponse:
    """*Accounts and channels*: every account with where it is used and what ails it."""
    require_administrator(request.user)
    title = _("Accounts and channels")
    crumbs = [Crumb(_("Channels"), reverse("admin:channels")), Crumb(title)]
    accounts_shown = list(_listed_accounts())
    unprocessed = replay.count_unprocessed([account.pk for account in accounts_shown])
    rows = [(account, texts_for(account.channel_type), unprocessed.get(account.pk, 0)) for account in accounts_shown]
    context = {"rows": rows, "alerts": open_alerts(), "pages": "admin:account_health"}
    return show_page(request, "admin/console/accounts.html", title=title, crumbs=crumbs, **context)


def _listed_accounts() -> "QuerySet[MessagingAccount]":
    live = Prefetch("channels", Channel.objects.filter(removed_at=None).select_related("workstream"), to_attr="live_channels")
    return MessagingAccount.objects.exclude(state=AccountState.REMOVED).prefetch_related(live).order_by("name", "pk")


@require_safe
def finished(request: HttpRequest, public_id: str) -> HttpResponse:
    """After *Done*: the account needs a workstream, a new one or one that exists."""
    account = account_to_configure(request.user, public_id)
    if account.state == AccountState.DRAFT:
        return redirect("admin:account_details", account.public_id)
    attached = Channel.objects.filter(account=account, removed_at=None).select_related("workstream").first()
    context: dict[str, Any] = {
        "account": account,
        "texts": texts_for(account.channel_type),
        "attached": attached,
        "has_workstreams": Workstream.objects.filter(channel_type=account.channel_type).exists(),
    }
    return show_page(request, "admin/console/account_finished.html", title=account.name, crumbs=account_crumbs(account), **context)


@require_safe
def choose_workstream(request: HttpRequest, public_id: str) -> HttpResponse:
    """*Choose an existing one*: the workstreams of the account's channel type."""
    account = account_to_configure(request.user, public_id)
    live = Channel.objects.filter(workstream=OuterRef("pk"), removed_at=None)
    workstreams = Workstream.objects.filter(channel_type=account.channel_type).annotate(has_channel=Exists(live))
    context: dict[str, Any] = {"account": account, "texts": texts_for(account.channel_type), "workstreams": workstreams}
    title = _("Choose a workstream")
    return show_page(request, "admin/console/choose_workstream.html", title=title, crumbs=account_crumbs(account, title), **context)


@require_http_methods(["GET", "HEAD", "POST"])
def change_state(request: HttpRequest, public_id: str, change: str) -> HttpResponse:
    """Disable, enable or remove, after a page that names what is affected."""
    account = account_to_configure(request.user, public_id)
    if request.method == "POST":
        actor = require_administrator(request.user)
        action = {"disable": accounts.disable_account, "enable": accounts.enable_account, "remove": accounts.remove_account}[change]
        action(actor=actor, account=account)
        messages.success(request, _change_words(change)[1] % {"name": account.name})
        if change == "enable" and replay.replayable_events(account).exists():
            return redirect("admin:account_unprocessed", account.public_id)
        return redirect("admin:accounts")
    attached = Channel.objects.filter(account=account, removed_at=None).select_related("workstream").first()
    title = _change_words(change)[0] % {"name": account.name}
    context: dict[str, Any] = {
        "account": account,
        "change": change,
        "attached": attached,
        "live_conversations": unfinished_work(Channel.objects.filter(account=account)),
    }
    return show_page(request, "admin/console/account_change_state.html", title=title, crumbs=account_crumbs(account, title), **context)


def _change_words(change: str) -> tuple[str, str]:
    """The question and what is said afterwards."""
    return {
        "disable": (_("Disable %(name)s?"), _("%(name)s is disabled.")),
        "enable": (_("Enable %(name)s?"), _("%(name)s is enabled.")),
        "remove": (_("Remove %(name)s?"), _("%(name)s is removed.")),
    }[change]


def account_crumbs(account: MessagingAccount, title: str = "") -> list[Crumb]:
    """The way back from a page about an account."""
    crumbs = [Crumb(_("Channels"), reverse("admin:channels")), Crumb(_("Accounts and channels"), reverse("admin:accounts"))]
    if not title:
        return [*crumbs, Crumb(account.name)]
    return [*crumbs, Crumb(account.name, reverse("admin:account_channel_details", args=[account.public_id])), Crumb(title)]
