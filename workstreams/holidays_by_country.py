"""The public holidays of countries and their subdivisions, as the package `holidays` knows them. Loaded on first use."""

import datetime
from functools import lru_cache


@lru_cache(maxsize=512)
def holidays_of(code: str, year: int, language: str = "") -> dict[datetime.date, str]:
    """The holidays of a year by day, in `language` if the package knows them in it, else in English or the country's own.

    `code` is ISO 3166 ("DK", "DE-BY"); nothing is known of an empty code or one that the package doesn't have.
    """
    if not code:
        return {}
    from holidays import country_holidays

    country, _hyphen, subdivision = code.partition("-")
    try:
        return dict(country_holidays(country, subdiv=subdivision or None, years=year, language=_known(country, language)))
    except NotImplementedError:
        return {}


@lru_cache(maxsize=1)
def countries() -> dict[str, str]:
    """The names of all countries and parts of them that the package knows, by code: "DE-BY" is "Germany, Bayern"."""
    import holidays
    from holidays.registry import COUNTRIES

    modules = {codes[1]: name for name, codes in COUNTRIES.items()}
    found: dict[str, str] = {}
    for code, parts in holidays.list_supported_countries(include_aliases=False).items():
        country = " ".join(word if word in ("and", "of", "the") else word.capitalize() for word in modules.get(code, code).split("_"))
        names = {part: name for name, part in getattr(holidays, code).subdivisions_aliases.items()}
        found |= {code: country} | {f"{code}-{part}": f"{country}, {names.get(part, part)}" for part in parts}
    return found


def _known(country: str, language: str) -> str | None:
    """The package's name of the language; None if it knows but one. (Asked for none, it would take the machine's.)"""
    known = _languages().get(country, [])
    for wanted in (language.partition("-")[0], "en"):
        for each in known:
            if each.partition("_")[0] == wanted:
                return each
    return known[0] if known else None


@lru_cache(maxsize=1)
def _languages() -> dict[str, list[str]]:
    from holidays import list_localized_countries

    return dict(list_localized_countries(include_aliases=False))
