"""A time zone, and a country whose holidays count: typed, with a list to choose from; the same on every page."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from workstreams.holidays_by_country import countries
from workstreams.hours import is_time_zone

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


def time_zone_named(typed: str) -> str:
    """The name of a zone, in any case and with spaces, as people type it; what was typed if there is none."""
    wanted = typed.strip().replace(" ", "_")
    return next((name for name in time_zones() if name.lower() == wanted.lower()), wanted)


def country_coded(typed: str) -> str:
    """The code of a country: typed itself, or at the end of an entry of the list; what was typed if there is none."""
    code = typed.rpartition(" – ")[2].strip()
    return next((each for each in holiday_choices() if each.lower() == code.lower()), typed.strip())


def country_shown(code: str) -> str:
    """A code as it stands in the list."""
    return holiday_choices().get(code, code) if code else ""


def offered(list_id: str, words: Iterable[str]) -> SafeString:
    """The list that a browser offers in the inputs that name it, while one types."""
    options = format_html_join("", '<option value="{}"></option>', ((each,) for each in words))
    return format_html('<datalist id="{}">{}</datalist>', list_id, options)


class ListedInput(UnfoldAdminTextInputWidget):
    """A text input with its list; `list` among the attributes names one that stands elsewhere."""

    def __init__(self, listed: Callable[[], Iterable[str]], shown: Callable[[str], str] = str) -> None:
        self.listed, self.shown = listed, shown
        super().__init__({"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"})

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        attrs, list_id = attrs or {}, f"{name}-list"
        box = super().render(name, self.shown(value or ""), {"list": list_id, **attrs}, renderer)
        return box if "list" in attrs else format_html("{}{}", box, offered(list_id, self.listed()))


def time_zone_input() -> ListedInput:
    return ListedInput(time_zones)


def country_input() -> ListedInput:
    return ListedInput(lambda: holiday_choices().values(), country_shown)


class TimeZoneField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"label": gettext_lazy("Time zone"), "help_text": gettext_lazy("Type a part of a city's name to find it.")} | kwargs
        super().__init__(max_length=64, widget=time_zone_input(), **kwargs)

    def clean(self, value: Any) -> str:
        found = time_zone_named(super().clean(value))
        if found and not is_time_zone(found):
            raise ValidationError(_("This time zone isn't known. Choose one from the list."))
        return found


class CountryField(forms.CharField):
    """Whose public holidays count; none if it stays empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=100, required=False, widget=country_input(), **kwargs)

    def clean(self, value: Any) -> str:
        found = country_coded(super().clean(value))
        if found and found not in holiday_choices():
            raise ValidationError(_("The holidays of this country aren't known. Choose one from the list, or enter them by hand below."))
        return found
