"""The languages that people, channels and rules can be given, by BCP 47 tag."""

from django.utils.translation import gettext_lazy as _

LANGUAGES = [
    ("ar", _("Arabic")),
    ("da", _("Danish")),
    ("de", _("German")),
    ("en", _("English")),
    ("es", _("Spanish")),
    ("fr", _("French")),
    ("id", _("Indonesian")),
    ("it", _("Italian")),
    ("ja", _("Japanese")),
    ("ko", _("Korean")),
    ("pt", _("Portuguese")),
    ("th", _("Thai")),
    ("vi", _("Vietnamese")),
    ("zh", _("Chinese")),
    ("zh-hant", _("Chinese (traditional)")),
    ("zh-hans", _("Chinese (simplified)")),
]


def language_name(code: str) -> str:
    """The name of a language in the reader's language; the code itself for one that isn't listed."""
    return str(dict(LANGUAGES).get(code.lower(), code))
