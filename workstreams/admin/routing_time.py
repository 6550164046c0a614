"""What the facts of time mean in a document: a time zone, and whose holidays count."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from .place_fields import country_input, holiday_choices, offered, time_zone_input, time_zones
from .routing_controls import Control


def time_controls(content: dict[str, Any]) -> list[Control]:
    """Both may stay empty: the installation's time zone, and no holidays."""
    return [
        _control("time_zone", _("Time zone"), time_zone_input(), content, list="time-zones", placeholder=settings.TIME_ZONE),
        _control("holidays", _("Public holidays of"), country_input(), content, list="countries"),
    ]


def time_lists() -> list[SafeString]:
    """What both offer. They stand beside the part of the page that each command sends anew, for they are long."""
    return [offered("time-zones", time_zones()), offered("countries", holiday_choices().values())]


def _control(name: str, label: str, widget: forms.Widget, content: dict[str, Any], **attrs: Any) -> Control:
    return Control(name, label, widget.render(name, content.get(name, ""), {"id": name, "maxlength": 100, **attrs}))
