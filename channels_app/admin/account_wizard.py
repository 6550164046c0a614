"""*New account*: Channel details, Account details, Callback information, Done. A draft row from the first page on.

A finished account opens the first three pages as tabs; the views are the same, only the frame and the button differ.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channels_app import accounts, registry, setup_test
from channels_app.access import account_to_configure
from channels_app.models import AccountState, MessagingAccount, SecretKind
from channels_app.quarantine import kept_bodies
from channels_app.texts import texts_for
from workstreams.access import require_administrator
from workstreams.admin.pages import Crumb, Tab, sent_data, show_page

from .account_forms import AccountDetailsForm, AcknowledgementForm, ChannelDetailsForm
from .upgrade import unapplied_migrations
from .wizard import Progress, progress

CHANNEL_DETAILS, ACCOUNT_DETAILS, CALLBACK, DONE = 1, 2, 3, 4
PAGES = ("account_channel_details", "account_details", "account_callback", "account_done")


@require_http_methods(["GET", "HEAD", "POST"])
def new_account(request: HttpRequest) -> HttpResponse:
    """The first page of a new account; leaving it makes the draft."""
    actor = require_administrator(request.user)
    if missing := unapplied_migrations():
        return _page(request, "wizard/upgrade_first.html", None, CHANNEL_DETAILS, missing=missing)
    if not registry.offered_types():
        return _page(request, "wizard/no_channel_type.html", None, CHANNEL_DETAILS)
    form = ChannelDetailsForm(sent_data(request))
    if request.method == "POST" and form.is_valid():
        account = accounts.create_draft(actor=actor, **form.cleaned_data)
        return redirect("admin:account_details", account.public_id)
    return _page(request, "wizard/channel_details.html", None, CHANNEL_DETAILS, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def channel_details(request: HttpRequest, public_id: str) -> HttpResponse:
    """The first page again; of a finished account also how long raw events are kept. The channel type is fixed once the draft exists."""
    account = account_to_configure(request.user, public_id)
    finished = account.state != AccountState.DRAFT
    initial = {"name": account.name, "provider_key": account.provider_key, "content_days": account.content_days}
    form = ChannelDetailsForm(sent_data(request), initial=initial, fixed_type=account.channel_type, finished=finished)
    if request.method == "POST" and form.is_valid():
        actor, given = require_administrator(request.user), form.cleaned_data
        accounts.rename_account(actor=actor, account=account, name=given["name"], provider_key=given["provider_key"])
        if finished:
            accounts.keep_content_for(actor=actor, account=account, days=given["content_days"])
        return _onward(request, account, "admin:account_details", "admin:account_channel_details")
    return _page(request, "wizard/channel_details.html", account, CHANNEL_DETAILS, form=form)


@sensitive_post_parameters("channel_secret", "access_token")
@sensitive_variables("form")
@require_http_methods(["GET", "HEAD", "POST"])
def account_details(request: HttpRequest, public_id: str) -> HttpResponse:
    """Channel ID, secret and token. Leaving the page asks the platform whether they fit together."""
    account = account_to_configure(request.user, public_id)
    form = AccountDetailsForm(
        sent_data(request),
        initial={"channel_id": account.channel_id},
        texts=texts_for(account.channel_type),
        saved_secret=accounts.current_secret(account, SecretKind.CHANNEL_SECRET),
        saved_token=accounts.current_secret(account, SecretKind.ACCESS_TOKEN),
        id_is_fixed=account.state != AccountState.DRAFT,
    )
    if request.method == "POST" and form.is_valid() and _save_details(request, account, form):
        return _onward(request, account, "admin:account_callback", "admin:account_details")
    account.refresh_from_db()
    problem = "" if form.errors else account.verification_error
    context: dict[str, Any] = {"form": form, "problem": _words(account, problem), "quarantined": kept_bodies(account).count()}
    return _page(request, "wizard/account_details.html", account, ACCOUNT_DETAILS, **context)


@sensitive_variables("form", "token", "secrets")
def _save_details(request: HttpRequest, account: MessagingAccount, form: AccountDetailsForm) -> bool:
    """Whether everything is saved and the platform agrees. A draft keeps what it was given even if the platform doesn't."""
    actor, token = require_administrator(request.user), form.cleaned_data["access_token"]
    try:
        if account.state != AccountState.DRAFT and token:
            problem = accounts.try_token(account=account, channel_id=account.channel_id, access_token=token).problem
            if problem in accounts.REFUSALS:
                form.add_error("access_token", _words(account, problem))
                return False
        account = accounts.save_credentials(actor=actor, account=account, **form.cleaned_data)
        problem = accounts.check_account(actor=actor, account=account).problem
    except accounts.CannotSave as error:
        form.add_error(error.field or None, str(error))
        return False
    secrets = [accounts.current_secret(account, kind) for kind in (SecretKind.CHANNEL_SECRET, SecretKind.ACCESS_TOKEN)]
    form.note_saved(*secrets)
    if problem in accounts.REFUSALS:
        form.add_error("access_token", _words(account, problem))
    return not problem


@require_POST
def check(request: HttpRequest, public_id: str) -> HttpResponse:
    """*Check again*: ask the platform once more about the saved token."""
    account = account_to_configure(request.user, public_id)
    try:
        problem = accounts.check_account(actor=require_administrator(request.user), account=account).problem
    except accounts.CannotSave as error:
        messages.error(request, str(error))
        return redirect("admin:account_details", account.public_id)
    if problem:
        return redirect("admin:account_details", account.public_id)
    return _onward(request, account, "admin:account_callback", "admin:account_details")


@require_safe
def callback(request: HttpRequest, public_id: str) -> HttpResponse:
    """The address that the platform has to call, and whether it has called."""
    account = account_to_configure(request.user, public_id)
    if not accounts.has_credentials(account):
        return redirect("admin:account_details", account.public_id)
    context = {
        "address_warning": texts_for(account.channel_type).address_problems.get(setup_test.address_problem(account), ""),
        "played_here": setup_test.is_played_here(account),
        "setup_items": setup_test.checklist(account),
    }
    return _page(request, "wizard/callback.html", account, CALLBACK, **context)


@require_POST
def test_setup(request: HttpRequest, public_id: str) -> HttpResponse:
    """*Set it and test*, or *Look again*: ask the platform, and show what it said on the page of the callback."""
    account = account_to_configure(request.user, public_id)
    actor = require_administrator(request.user)
    try:
        if request.POST.get("what") == "test":
            setup_test.set_and_test(actor=actor, account=account)
        else:
            setup_test.look(actor=actor, account=account)
    except setup_test.CannotTest as error:
        messages.error(request, str(error))
    return redirect("admin:account_callback", account.public_id)


@require_POST
def confirm_setup(request: HttpRequest, public_id: str, item: str) -> HttpResponse:
    """Somebody says that what no platform tells is done."""
    account = account_to_configure(request.user, public_id)
    setup_test.confirm(actor=require_administrator(request.user), account=account, item=item, done=bool(request.POST.get("done")))
    return redirect("admin:account_callback", account.public_id)


@require_safe
def secret_proof(request: HttpRequest, public_id: str) -> HttpResponse:
    """The line that says whether a signed call has come; the page fetches it every few seconds until one has."""
    account = account_to_configure(request.user, public_id)
    context: dict[str, Any] = {"account": account, "texts": texts_for(account.channel_type)}
    return render(request, "wizard/secret_proof.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def done(request: HttpRequest, public_id: str) -> HttpResponse:
    """The privacy notice, its acknowledgement, and the end of the wizard."""
    account = account_to_configure(request.user, public_id)
    if account.state != AccountState.DRAFT:
        return redirect("admin:account_finished", account.public_id)
    if not accounts.has_credentials(account):
        return redirect("admin:account_details", account.public_id)
    form = AcknowledgementForm(sent_data(request))
    if request.method == "POST" and form.is_valid():
        try:
            accounts.finish_account(actor=require_administrator(request.user), account=account)
        except accounts.CannotSave as error:
            form.add_error(None, str(error))
        else:
            return redirect("admin:account_finished", account.public_id)
    return _page(request, "wizard/done.html", account, DONE, form=form, version=accounts.PRIVACY_TEXT_VERSION)


def _onward(request: HttpRequest, account: MessagingAccount, next_page: str, same_page: str) -> HttpResponse:
    """A draft goes on to the next page; a finished account stays on the tab."""
    if account.state == AccountState.DRAFT:
        return redirect(next_page, account.public_id)
    messages.success(request, _("Saved."))
    return redirect(same_page, account.public_id)


def _words(account: MessagingAccount, problem: str) -> str:
    if problem == "unreachable" and account.state != AccountState.DRAFT:
        problem = "unreachable_later"
    return str(texts_for(account.channel_type).token_problems.get(problem, problem))


def _page(request: HttpRequest, template: str, account: MessagingAccount | None, page: int, **context: Any) -> HttpResponse:
    """One page, as a step of the wizard for a draft and as a tab of a finished account."""
    if account is not None and account.state != AccountState.DRAFT:
        return account_tab(request, template, account, PAGES[page - 1], **context)
    if account is not None:
        context |= {"account": account, "texts": texts_for(account.channel_type)}
    title = _("New account")
    return show_page(request, template, title=title, crumbs=_crumbs(title), progress=_progress(account, page), **context)


def account_tab(request: HttpRequest, template: str, account: MessagingAccount, name: str, **context: Any) -> HttpResponse:
    """One of the tabs of a finished account; `name` is its address's."""
    context = {"account": account, "texts": texts_for(account.channel_type), "tabs": _tabs(account, name)} | context
    return show_page(request, template, title=account.name, crumbs=_crumbs(account.name), **context)


def _crumbs(title: str) -> list[Crumb]:
    return [Crumb(_("Channels"), reverse("admin:channels")), Crumb(_("Accounts and channels"), reverse("admin:accounts")), Crumb(title)]


def _pages(account: MessagingAccount | None) -> list[tuple[str, str]]:
    """Title and address of every page, in order."""
    titles = [_("Channel details"), _("Account details"), _("Callback information"), _("Done")]
    if account is None:
        return [(title, reverse("admin:account_new")) for title in titles]
    return [(title, reverse(f"admin:{name}", args=[account.public_id])) for title, name in zip(titles, PAGES, strict=True)]


def _progress(account: MessagingAccount | None, page: int) -> Progress:
    if account is None:
        reached = CHANNEL_DETAILS
    else:
        reached = DONE if accounts.has_credentials(account) else ACCOUNT_DETAILS
    return progress(_pages(account), current=page, reached=reached)


def _tabs(account: MessagingAccount, current: str) -> list[Tab]:
    """The wizard's pages, but for *Done*, and what only a finished account has."""
    pages = [(name, title) for name, (title, _url) in zip(PAGES, _pages(account)[:CALLBACK], strict=False)]
    pages += [("account_health", _("Health"))]
    return [Tab(title, reverse(f"admin:{name}", args=[account.public_id]), current=name == current) for name, title in pages]
