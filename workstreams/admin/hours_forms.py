"""The form of operating hours: name, time zone and country. Periods and holidays are rows (`hours_week`)."""

from django import forms
from django.utils.translation import gettext_lazy

from .pages import ConsoleForm, text_input
from .place_fields import CountryField, TimeZoneField


class HoursForm(ConsoleForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100, widget=text_input())
    time_zone = TimeZoneField()
    holiday_country = CountryField(
        label=gettext_lazy("Public holidays of"),
        help_text=gettext_lazy("Type a part of a country's name. On its public holidays nothing is open. Left empty, there are none."),
    )
