"""Words for values of channels in templates."""

from django import template

from channels_app import alert_words as alerting
from channels_app import event_journal
from channels_app.health_words import ERROR_WORDS
from channels_app.models import Alert
from workstreams import languages

register = template.Library()


@register.filter
def language_name(code: str) -> str:
    """The name of a language in the reader's language."""
    return languages.language_name(code)


@register.filter
def event_words(kind: str) -> str:
    """What a type of event is called."""
    return str(event_journal.kind_words(kind))


@register.filter
def error_words(name: str) -> str:
    """What a kind of error is called."""
    return str(ERROR_WORDS.get(name, name))


@register.filter
def alert_words(alert: Alert) -> str:
    """What is wrong."""
    return alerting.words(alert)


@register.filter
def alert_mend(alert: Alert) -> str:
    """What somebody can do about it."""
    return alerting.how_to_mend(alert)


@register.filter
def share(number: int, percent: int) -> int:
    """So many per cent of a number."""
    return number * percent // 100
