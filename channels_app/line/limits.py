"""LINE's limits: how it counts, and the small tools of the checks. What it would refuse is `Refused`, in the user's words.

A place is a path of nouns: "Column 2 › Button 1 › Label". OpenAPI knows few of these limits; they stand in LINE's reference.
"""

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from .text import utf16_units

ADDRESS_LIMIT = 2000
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Refused(Exception):
    """LINE would refuse this. `str()` says what and where."""


def graphemes(text: str) -> int:
    """The length of `text` as LINE counts labels and template texts: what people see as one character is one."""
    # A tenth of a second and its tables, for few texts.
    from wcwidth import iter_graphemes

    return sum(1 for _cluster in iter_graphemes(text))


def inside(place: str, noun: str) -> str:
    """A place within a place."""
    return f"{place} › {noun}" if place else noun


def refuse(place: str, words: str) -> Refused:
    """What is wrong, after where."""
    return Refused(f"{place}: {words}." if place else f"{words}.")


def text_of(
    holder: Mapping[str, Any], name: str, place: str, limit: int, *, count: Callable[[str], int] = utf16_units, required: bool = True
) -> str:
    """The text of a property, empty where it isn't there and needn't be."""
    value = holder.get(name)
    if value is None or value == "":
        if required:
            raise refuse(place, _("missing"))
        return ""
    if not isinstance(value, str):
        raise refuse(place, _("must be text"))
    # No way of counting finds more than UTF-16 units.
    if utf16_units(value) > limit and (length := count(value)) > limit:
        raise refuse(place, _("too long for LINE: %(count)d of at most %(limit)d characters") % {"count": length, "limit": limit})
    return value


def address_of(holder: Mapping[str, Any], name: str, place: str, *, required: bool = True) -> None:
    """A web address that LINE's servers or the customer's phone fetch: https, at most 2,000 characters, percent-encoded."""
    address = text_of(holder, name, place, ADDRESS_LIMIT, required=required)
    if address and not _is_fetchable(address):
        raise refuse(place, _("must be an https address"))


def _is_fetchable(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    if not host or not address.isascii() or any(letter.isspace() or not letter.isprintable() for letter in address):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and settings.ALLOW_INSECURE_LOOPBACK and host in LOOPBACK)


def choice_of(holder: Mapping[str, Any], name: str, place: str, choices: Collection[str], *, required: bool = True) -> str:
    """One of LINE's words."""
    value = holder.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or value not in choices:
        raise refuse(place, _("LINE doesn't know “%(value)s” here") % {"value": str(value)[:40]})
    return value


def number_of(holder: Mapping[str, Any], name: str, place: str, low: float, high: float, *, whole: bool = False) -> None:
    """A number within LINE's bounds."""
    value: Any = holder.get(name)
    is_number = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not low <= value <= high:
        raise refuse(place, _("must be a number from %(low)s to %(high)s") % {"low": f"{low:,}", "high": f"{high:,}"})


def object_of(holder: Mapping[str, Any], name: str, place: str, *, required: bool = True) -> Mapping[str, Any] | None:
    """An object; None where it isn't there and needn't be."""
    value = holder.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, Mapping):
        raise refuse(place, _("missing"))
    return value


def objects_of(
    holder: Mapping[str, Any], name: str, place: str, low: int, high: int, noun: Callable[[int], str], *, together: str = ""
) -> list[tuple[str, Mapping[str, Any]]]:
    """The objects of a list, each with its place; `noun` names the n-th, from 1, and `together` all of them."""
    entries = holder.get(name)
    if not isinstance(entries, list | tuple):
        raise refuse(inside(place, together) if together else place, _("missing"))
    if not low <= len(entries) <= high:
        words = _("has %(count)d, but LINE takes from %(low)d to %(high)d")
        raise refuse(inside(place, together) if together else place, words % {"count": len(entries), "low": low, "high": high})
    placed = [(inside(place, noun(number)), entry) for number, entry in enumerate(entries, 1)]
    for where, entry in placed:
        if not isinstance(entry, Mapping):
            raise refuse(where, _("missing"))
    return placed
