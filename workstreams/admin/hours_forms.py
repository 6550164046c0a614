"""The form of operating hours: name, time zone and country. Periods and holidays are rows (`hours_week`)."""

from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workstreams.holidays_by_country import countries
from workstreams.hours import is_time_zone

from .pages import ConsoleForm, text_input

# Names that are no place: they are for machines and would only lengthen the list.
NO_PLACES = ("Etc/", "SystemV/", "posix/", "right/")


@lru_cache(maxsize=1)
def time_zones() -> list[str]:
    """The places that can be chosen, and UTC."""
    return [*sorted(name for name in available_timezones() if "/" in name and not name.startswith(NO_PLACES)), "UTC"]


@lru_cache(maxsize=1)
def holiday_choices() -> dict[str, str]:
    """Countries and their parts by code, as they stand in the list: "Germany, Bayern – DE-BY"."""
    return {code: f"{name} – {code}" for code, name in sorted(countries().items(), key=lambda each: each[1])}


class HoursForm(ConsoleForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100, widget=text_input())
    time_zone = forms.CharField(
        label=gettext_lazy("Time zone"),
        max_length=64,
        help_text=gettext_lazy("Type a part of a city's name to find it."),
        widget=text_input(list="time-zones", autocomplete="off", spellcheck="false"),
    )
    holiday_country = forms.CharField(
        label=gettext_lazy("Public holidays of"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Type a part of a country's name. On its public holidays nothing is open. Left empty, there are none."),
        widget=text_input(list="countries", autocomplete="off", spellcheck="false"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.initial.get("holiday_country", "")
        self.initial["holiday_country"] = holiday_choices().get(code, code)

    def clean_time_zone(self) -> str:
        """In any case, as people type it."""
        typed = self.cleaned_data["time_zone"].replace(" ", "_")
        found = next((name for name in time_zones() if name.lower() == typed.lower()), typed)
        if not is_time_zone(found):
            raise ValidationError(_("This time zone isn't known. Choose one from the list."))
        return str(found)

    def clean_holiday_country(self) -> str:
        """A code, or an entry of the list, which ends with its code."""
        typed = self.cleaned_data["holiday_country"]
        code = typed.rpartition(" – ")[2].strip()
        found = next((each for each in holiday_choices() if each.lower() == code.lower()), None)
        if typed and found is None:
            raise ValidationError(_("The holidays of this country aren't known. Choose one from the list, or enter them by hand below."))
        return found or ""
