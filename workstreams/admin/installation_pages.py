"""What is the same for all workstreams: how often an agent is asked, and what an unanswered offer says about them."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from workstreams.access import require_administrator
from workstreams.configuration import SETTINGS_OF_ALL, change_settings_of_all
from workstreams.models import DistributionSettings, TransferTo
from workstreams.models.settings import FEWEST_DECLINES, MOST_DECLINES

from .pages import ConsoleForm, Crumb, checkbox, number_input, radio_buttons, sent_data, show_page
from .place_fields import TimeZoneField


class SettingsForm(ConsoleForm):
    decline_limit = forms.IntegerField(
        label=gettext_lazy("Declines of one agent"),
        min_value=FEWEST_DECLINES,
        max_value=MOST_DECLINES,
        help_text=gettext_lazy("An agent who declined or missed a conversation so often (1 to 5) isn't offered it again."),
        widget=number_input(),
    )
    missed_makes_inactive = forms.BooleanField(
        label=gettext_lazy("Whoever misses an offer becomes inactive"),
        required=False,
        help_text=gettext_lazy("Nothing is offered to them until they come back."),
        widget=checkbox(),
    )
    declined_makes_do_not_disturb = forms.BooleanField(
        label=gettext_lazy("Whoever declines an offer isn't disturbed any more"),
        required=False,
        help_text=gettext_lazy("Their presence becomes Do not disturb, until they choose another."),
        widget=checkbox(),
    )
    most_sessions = forms.IntegerField(
        label=gettext_lazy("Most open sessions"),
        min_value=1,
        max_value=1000,
        help_text=gettext_lazy("An agent with so many conversations is offered no other, whatever room is left."),
        widget=number_input(),
    )
    transfer_to = forms.ChoiceField(
        label=gettext_lazy("Agents may transfer conversations"),
        choices=TransferTo.choices,
        help_text=gettext_lazy("A colleague is asked first and may decline. Supervisors may ask everybody."),
        widget=radio_buttons(),
    )
    consults = forms.BooleanField(
        label=gettext_lazy("Agents may consult colleagues"),
        required=False,
        help_text=gettext_lazy("Up to five, who read along and write notes. It takes no capacity."),
        widget=checkbox(),
    )
    time_zone = TimeZoneField(
        help_text=gettext_lazy("At its midnight the places of a day are free again. Type a part of a city's name to find it.")
    )


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """*Work distribution* of all workstreams."""
    actor = require_administrator(request.user)
    current = DistributionSettings.current()
    form = SettingsForm(sent_data(request), initial={name: getattr(current, name) for name in SETTINGS_OF_ALL})
    if request.method == "POST" and form.is_valid():
        change_settings_of_all(actor=actor, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("admin:distribution_settings")
    title = _("Work distribution of all workstreams")
    crumbs = [Crumb(_("Workstreams"), reverse("admin:workstreams")), Crumb(title)]
    return show_page(request, "admin/console/distribution_settings.html", title=title, crumbs=crumbs, form=form)
