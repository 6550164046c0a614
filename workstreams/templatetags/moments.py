"""Moments in templates, as `<time>` elements (docs/decisions/118)."""

import datetime

from django import template
from django.utils.safestring import SafeString

from workstreams import moments

register = template.Library()
register.filter("duration", moments.duration)
# Without an element: for attributes.
register.filter("moment_in_words", moments.on_the_minute)


@register.filter
def moment(at: datetime.datetime) -> SafeString:
    """Day and time."""
    return moments.element(at, moments.on_the_minute(at))


@register.filter
def moment_to_the_second(at: datetime.datetime) -> SafeString:
    """Day and time with the second."""
    return moments.element(at, moments.to_the_second(at))


@register.filter
def moment_ago(at: datetime.datetime, now: datetime.datetime) -> SafeString:
    """How long before `now` it was."""
    return moments.element(at, moments.how_long_ago(at, now))
