"""The languages that people, channels and rules can be given, by BCP 47 tag."""

import unicodedata

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


def languages_by_name() -> list[tuple[str, str]]:
    """What a form offers: the languages in the order of their names, in the reader's language. Accents don't count."""
    return sorted(((code, str(name)) for code, name in LANGUAGES), key=lambda each: _letters(each[1]))


def _letters(name: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", name.casefold()) if not unicodedata.combining(letter))
