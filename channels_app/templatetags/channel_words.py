"""Words for values of channels in templates."""

from django import template

from workstreams import languages

register = template.Library()


@register.filter
def language_name(code: str) -> str:
    """The name of a language in the reader's language."""
    return languages.language_name(code)
