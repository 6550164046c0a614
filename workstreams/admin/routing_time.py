"""What the facts of time mean in a document: a time zone, and whose holidays count."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from . import routing_controls as controls
from .routing_controls import Control


def time_controls(content: dict[str, Any]) -> list[Control]:
    """Both may stay empty: the installation's time zone, and no holidays."""
    zone = controls.text(
        "time_zone", _("Time zone"), content.get("time_zone", ""), quiet=False, placeholder=settings.TIME_ZONE, maxlength=64
    )
    country = controls.text(
        "holidays", _("Holidays of the country"), content.get("holidays", ""), quiet=False, placeholder="JP", maxlength=10
    )
    return [zone, country]
