"""*Set up LINE*: account, Language, Behaviors, User features, Summary. The state is a row, so it can be left and resumed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channels_app import channel_setup, replay
from channels_app.access import channel_to_configure, find_account
from channels_app.channel_setup import ACCOUNT, BEHAVIORS, LANGUAGE, SUMMARY, USER_FEATURES
from channels_app.models import Channel, ChannelDraft
from channels_app.texts import texts_for
from workstreams.access import require_administrator, workstream_to_configure
from workstreams.admin.pages import sent_data, show_page
from workstreams.admin.workstream_pages import workstream_crumbs
from workstreams.models import Workstream

from .channel_forms import AccountForm, BehaviorsForm, LanguageForm, UserFeaturesForm
from .wizard import progress

PAGES = {"account": ACCOUNT, "language": LANGUAGE, "behaviors": BEHAVIORS, "user-features": USER_FEATURES, "summary": SUMMARY}
TEMPLATES = {
    ACCOUNT: "wizard/setup_account.html",
    LANGUAGE: "wizard/setup_language.html",
    BEHAVIORS: "wizard/setup_behaviors.html",
    USER_FEATURES: "wizard/setup_user_features.html",
    SUMMARY: "wizard/setup_summary.html",
}


@require_safe
def start(request: HttpRequest, public_id: str) -> HttpResponse:
    """Begin or take up the set-up of a workstream; `?account=` preselects one."""
    workstream = workstream_to_configure(request.user, public_id)
    is_begun = ChannelDraft.objects.filter(workstream=workstream).exists()
    if not is_begun and not channel_setup.available_accounts(workstream.channel_type).exists():
        # There is nothing to set up: a draft would only be something to discard.
        form = page_form(ACCOUNT, request, workstream.channel_type, {})
        return _show(request, workstream, ChannelDraft(workstream=workstream), ACCOUNT, form=form)
    account = find_account(request.GET.get("account", ""))
    channel_setup.start_setup(actor=require_administrator(request.user), workstream=workstream, account=account)
    return redirect("admin:channel_setup_page", workstream.public_id, "account")


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, public_id: str, name: str) -> HttpResponse:
    """One page of the wizard; a page that isn't reached yet leads to the furthest one that is."""
    workstream = workstream_to_configure(request.user, public_id)
    draft = ChannelDraft.objects.select_related("account").filter(workstream=workstream).first()
    if draft is None:
        return redirect("admin:workstream_page", workstream.public_id)
    number = PAGES[name]
    if number > draft.reached:
        return redirect("admin:channel_setup_page", workstream.public_id, page_name(draft.reached))
    if number == SUMMARY:
        return _summary(request, workstream, draft)
    form = page_form(number, request, workstream.channel_type, initial_values(draft))
    if request.method == "POST" and form.is_valid():
        channel_setup.save_page(draft=draft, page=number, **form.cleaned_data)
        return redirect("admin:channel_setup_page", workstream.public_id, page_name(number + 1))
    return _show(request, workstream, draft, number, form=form)


@require_POST
def discard(request: HttpRequest, public_id: str) -> HttpResponse:
    """Forget the set-up in progress."""
    workstream = workstream_to_configure(request.user, public_id)
    draft = ChannelDraft.objects.filter(workstream=workstream).first()
    if draft:
        channel_setup.discard_setup(draft=draft)
        messages.success(request, _("The set-up is discarded."))
    return redirect("admin:workstream_page", workstream.public_id)


@require_safe
def configured(request: HttpRequest, public_id: str) -> HttpResponse:
    """After *Finish*: what was reached, what came in before, and what comes next."""
    channel = channel_to_configure(request.user, public_id)
    context: dict[str, Any] = {
        "channel": channel,
        "texts": texts_for(channel.account.channel_type),
        "waiting_events": replay.unattached_events(channel.account).count(),
    }
    crumbs = workstream_crumbs(channel.workstream, str(context["texts"].set_up))
    return show_page(request, "admin/console/channel_configured.html", title=context["texts"].set_up, crumbs=crumbs, **context)


@require_POST
def replay_events(request: HttpRequest, public_id: str) -> HttpResponse:
    """Process what customers wrote before the channel existed."""
    channel = channel_to_configure(request.user, public_id)
    count = replay.replay(replay.unattached_events(channel.account))
    messages.success(request, _("%(count)s stored events are being processed.") % {"count": count})
    return redirect("admin:workstream_page", channel.workstream.public_id)


def page_form(number: int, request: HttpRequest, channel_type: str, initial: dict[str, Any]) -> forms.Form:
    """The form of one page, filled from the request or from what is kept."""
    data, texts = sent_data(request), texts_for(channel_type)
    if number == ACCOUNT:
        available = channel_setup.available_accounts(channel_type)
        return AccountForm(data, initial=initial, available=available, texts=texts)
    if number == LANGUAGE:
        return LanguageForm(data, initial=initial)
    if number == BEHAVIORS:
        return BehaviorsForm(data, initial=initial, channel_type=channel_type, texts=texts)
    return UserFeaturesForm(data, initial=initial)


def _summary(request: HttpRequest, workstream: Workstream, draft: ChannelDraft) -> HttpResponse:
    error = ""
    if request.method == "POST":
        try:
            channel = channel_setup.finish_setup(actor=require_administrator(request.user), draft=draft)
        except channel_setup.CannotSetUp as problem:
            error = str(problem)
        else:
            return redirect("admin:channel_configured", channel.public_id)
    return _show(request, workstream, draft, SUMMARY, error=error)


def _show(request: HttpRequest, workstream: Workstream, draft: ChannelDraft, number: int, **context: Any) -> HttpResponse:
    texts = texts_for(workstream.channel_type)
    titles = page_titles(workstream.channel_type)
    addresses = [(title, reverse("admin:channel_setup_page", args=[workstream.public_id, page_name(at)])) for at, title in titles]
    context |= {"progress": progress(addresses, current=number, reached=draft.reached)}
    context |= {"workstream": workstream, "channel": draft, "texts": texts}
    crumbs = workstream_crumbs(workstream, str(texts.set_up))
    return show_page(request, TEMPLATES[number], title=texts.set_up, crumbs=crumbs, **context)


def page_titles(channel_type: str) -> list[tuple[int, str]]:
    """Number and title of every page, in order."""
    account = str(texts_for(channel_type).account_page)
    titles = [account, _("Language"), _("Behaviors"), _("User features"), _("Summary")]
    return list(zip(PAGES.values(), titles, strict=True))


def initial_values(draft: ChannelDraft | Channel) -> dict[str, Any]:
    """What a page shows at first. A language isn't chosen for anybody (there is no default)."""
    return {"account": draft.account, **{name: getattr(draft, name) for name in channel_setup.SETTINGS}}


def page_name(number: int) -> str:
    if number not in PAGES.values():
        raise Http404
    return next(name for name, at in PAGES.items() if at == number)
