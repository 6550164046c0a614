"""A channel that is set up: the pages of its wizard as tabs, and its removal."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from channels_app import channel_setup
from channels_app.access import channel_to_configure
from channels_app.channel_setup import ACCOUNT, SUMMARY
from channels_app.models import Channel
from channels_app.texts import texts_for
from workstreams.access import require_administrator
from workstreams.admin.pages import Tab, show_page
from workstreams.admin.workstream_pages import workstream_crumbs

from .channel_setup_wizard import PAGES, TEMPLATES, initial_values, page_form, page_name, page_titles


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, public_id: str, name: str) -> HttpResponse:
    """One tab of a channel. The account is shown; another account needs another channel."""
    channel = channel_to_configure(request.user, public_id)
    number = PAGES[name]
    if number == SUMMARY:
        raise Http404
    if number == ACCOUNT:
        return _show(request, channel, ACCOUNT)
    form = page_form(number, request, channel.account.channel_type, initial_values(channel))
    if request.method == "POST" and form.is_valid():
        channel_setup.change_channel(actor=require_administrator(request.user), channel=channel, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("admin:channel_edit", channel.public_id, name)
    return _show(request, channel, number, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, public_id: str) -> HttpResponse:
    """Detach the account from the workstream, after a page that names what is affected."""
    channel = channel_to_configure(request.user, public_id)
    if request.method == "POST":
        channel_setup.remove_channel(actor=require_administrator(request.user), channel=channel)
        messages.success(request, _("The channel is removed. %(name)s is available again.") % {"name": channel.account.name})
        return redirect("admin:workstream_page", channel.workstream.public_id)
    title = _("Remove the channel?")
    crumbs = workstream_crumbs(channel.workstream, title)
    context: dict[str, Any] = {
        "channel": channel,
        "live_conversations": channel_setup.unfinished_work(Channel.objects.filter(pk=channel.pk)),
    }
    return show_page(request, "admin/console/channel_remove.html", title=title, crumbs=crumbs, **context)


def channel_tabs(channel: Channel, number: int | None = None) -> list[Tab]:
    """The pages of the wizard, and what can only be said afterwards. `number` is the page that is open; None: *Automatic closing*."""
    titles = [(at, title) for at, title in page_titles(channel.account.channel_type) if at != SUMMARY]
    tabs = [Tab(title, reverse("admin:channel_edit", args=[channel.public_id, page_name(at)]), at == number) for at, title in titles]
    return [*tabs, Tab(_("Automatic closing"), reverse("admin:channel_auto_close", args=[channel.public_id]), number is None)]


def _show(request: HttpRequest, channel: Channel, number: int, **context: Any) -> HttpResponse:
    context |= {
        "channel": channel,
        "workstream": channel.workstream,
        "texts": texts_for(channel.account.channel_type),
        "tabs": channel_tabs(channel, number),
    }
    crumbs = workstream_crumbs(channel.workstream, channel.account.name)
    return show_page(request, TEMPLATES[number], title=channel.account.name, crumbs=crumbs, **context)
