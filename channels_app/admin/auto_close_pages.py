"""A channel's own times of automatic closing, as a tab of the channel."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from channels_app import channel_setup
from channels_app.access import channel_to_configure
from channels_app.auto_close import FIELDS, usual_minutes
from channels_app.models import Channel
from workstreams.access import require_administrator
from workstreams.admin.durations import DAY, HOUR, MINUTE, DurationField, in_words
from workstreams.admin.pages import ConsoleForm, sent_data, show_page
from workstreams.admin.workstream_pages import workstream_crumbs
from workstreams.models import WorkState, WrapUpBlock
from workstreams.models.workstream import MOST_MINUTES

from .channel_pages import channel_tabs

LABELS = {
    WorkState.OPEN: gettext_lazy("While it is open, in a queue"),
    WorkState.ACTIVE: gettext_lazy("While it is active, with an agent"),
    WorkState.WAITING: gettext_lazy("While it waits for its customer"),
    WorkState.WRAP_UP: gettext_lazy("In wrap-up"),
}


class AutoCloseForm(ConsoleForm):
    """One optional time a state; empty is as usual, and the help says what that is."""

    def __init__(self, *args: object, channel: Channel, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for state, name in FIELDS.items():
            self.fields[name] = _field(channel, state)


def _field(channel: Channel, state: WorkState) -> forms.Field:
    usual = _("Usually %(time)s.") % {"time": in_words(usual_minutes(channel, state) * MINUTE)}
    if state == WorkState.WRAP_UP and channel.workstream.wrap_up_block != WrapUpBlock.ALWAYS:
        usual = _("Not used here: in this workstream the wrap-up has a time of its own.")
    return DurationField(
        label=LABELS[state], units=(MINUTE, HOUR, DAY), base=MINUTE, least=1, most=MOST_MINUTES, required=False, help_text=usual
    )


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """*Automatic closing*: after how much silence a conversation closes, by its state."""
    channel = channel_to_configure(request.user, public_id)
    initial = {name: getattr(channel, name) for name in FIELDS.values()}
    form = AutoCloseForm(sent_data(request), channel=channel, initial=initial)
    if request.method == "POST" and form.is_valid():
        channel_setup.change_channel(actor=require_administrator(request.user), channel=channel, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("admin:channel_auto_close", channel.public_id)
    crumbs = workstream_crumbs(channel.workstream, channel.account.name)
    context = {"channel": channel, "workstream": channel.workstream, "form": form, "tabs": channel_tabs(channel)}
    return show_page(request, "admin/console/channel_auto_close.html", title=channel.account.name, crumbs=crumbs, **context)
