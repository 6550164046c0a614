"""The health of an account: what came and went, what waits, what went wrong, and what the month has cost."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from channels_app import accounts, alerts
from channels_app.access import account_to_configure
from channels_app.health import health_of
from channels_app.models import LimitPolicy
from workstreams.access import require_administrator
from workstreams.admin.pages import ConsoleForm, number_input, radio_buttons, sent_data, show_page

from .account_pages import account_crumbs
from .account_wizard import account_tab


@require_safe
def account_health(request: HttpRequest, public_id: str) -> HttpResponse:
    """Figures of the database alone; the platform isn't asked."""
    account = account_to_configure(request.user, public_id)
    context = {"health": health_of(account), "alerts": alerts.open_alerts().filter(account=account)}
    return account_tab(request, "admin/console/account_health.html", account, "account_health", **context)


class LimitForm(ConsoleForm):
    monthly_budget = forms.IntegerField(
        label=gettext_lazy("Own budget (optional)"),
        min_value=0,
        max_value=10**9,
        required=False,
        help_text=gettext_lazy("Counted messages a month. Leave it empty to go by the platform's plan alone."),
        widget=number_input(),
    )
    limit_policy = forms.ChoiceField(
        label=gettext_lazy("When plan or budget is used up"),
        choices=[
            (LimitPolicy.WARN, gettext_lazy("Warn only: answers go out as long as the platform takes them")),
            (LimitPolicy.REPLIES, gettext_lazy("Free replies only: agents can answer within a minute after the customer has written")),
            (LimitPolicy.STOP, gettext_lazy("Send nothing: agents are told so before they send")),
        ],
        widget=radio_buttons(),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def account_limit(request: HttpRequest, public_id: str) -> HttpResponse:
    """The account's own budget, and what happens at the limit."""
    account = account_to_configure(request.user, public_id)
    form = LimitForm(sent_data(request), initial={"monthly_budget": account.monthly_budget, "limit_policy": account.limit_policy})
    if request.method == "POST" and form.is_valid():
        accounts.set_limit(actor=require_administrator(request.user), account=account, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("admin:account_health", account.public_id)
    title = _("Budget and limit")
    crumbs = account_crumbs(account, title)
    return show_page(request, "admin/console/account_limit.html", title=title, crumbs=crumbs, account=account, form=form)
