"""What LINE takes as an action: what a tap on a button, a picture or a quick reply does (reference, *Action objects*)."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from .limits import choice_of, graphemes, inside, object_of, refuse, text_of

DATA_LIMIT, WORDS_LIMIT, URI_LIMIT, CLIPBOARD_LIMIT = 300, 300, 1000, 1000
LABEL_LIMIT, IMAGE_LABEL_LIMIT, FLEX_LABEL_LIMIT = 20, 12, 40
SCHEMES = ("http", "https", "line", "tel")
PICKED = {
    "date": re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])|2100-\d\d-\d\d"),
    "time": re.compile(r"([01]\d|2[0-3]):[0-5]\d"),
    "datetime": re.compile(r"((19|20)\d\d|2100)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d"),
}


def check_action(action: Mapping[str, Any], place: str, *, label_limit: int, label_required: bool, quick_reply: bool = False) -> None:
    """Raises `Refused`. Camera, camera roll and location are for quick replies only, switching rich menus for rich menus only."""
    checks = _EVERYWHERE | _QUICK_REPLY if quick_reply else _EVERYWHERE
    kind = choice_of(action, "type", inside(place, _("Action")), checks)
    text_of(action, "label", inside(place, _("Label")), label_limit, count=graphemes, required=label_required or kind in _QUICK_REPLY)
    checks[kind](action, place)


def _postback(action: Mapping[str, Any], place: str) -> None:
    text_of(action, "data", inside(place, _("Data")), DATA_LIMIT)
    for name in ("displayText", "text"):
        text_of(action, name, inside(place, _("Shown words")), WORDS_LIMIT, count=graphemes, required=False)
    if action.get("displayText") and action.get("text"):
        raise refuse(inside(place, _("Shown words")), _("given twice"))
    options = ("closeRichMenu", "openRichMenu", "openKeyboard", "openVoice")
    option = choice_of(action, "inputOption", inside(place, _("Input")), options, required=False)
    if text_of(action, "fillInText", inside(place, _("Words to fill in")), WORDS_LIMIT, count=graphemes, required=False) and (
        option != "openKeyboard"
    ):
        raise refuse(inside(place, _("Words to fill in")), _("need the keyboard to be opened"))


def _message(action: Mapping[str, Any], place: str) -> None:
    text_of(action, "text", inside(place, _("Words")), WORDS_LIMIT, count=graphemes)


def _uri(action: Mapping[str, Any], place: str) -> None:
    _check_uri(action, "uri", inside(place, _("Address")))
    desktop = object_of(action, "altUri", inside(place, _("Address")), required=False)
    if desktop is not None:
        _check_uri(desktop, "desktop", inside(place, _("Address")))


def _check_uri(holder: Mapping[str, Any], name: str, place: str) -> None:
    uri = text_of(holder, name, place, URI_LIMIT)
    scheme, colon, rest = uri.partition(":")
    if scheme.lower() not in SCHEMES or not colon or not rest or not uri.isascii() or any(letter.isspace() for letter in uri):
        raise refuse(place, _("must be an address that begins with http, https, line or tel"))


def _datetimepicker(action: Mapping[str, Any], place: str) -> None:
    text_of(action, "data", inside(place, _("Data")), DATA_LIMIT)
    mode = choice_of(action, "mode", inside(place, _("Mode")), PICKED)
    given = [text_of(action, name, inside(place, _("Date or time")), 30, required=False) for name in ("min", "initial", "max")]
    in_order = [value.upper() for value in given if value]
    if not all(PICKED[mode].fullmatch(value) for value in given if value) or in_order != sorted(in_order):
        raise refuse(inside(place, _("Date or time")), _("must be written as LINE wants it, the earliest first"))


def _clipboard(action: Mapping[str, Any], place: str) -> None:
    text_of(action, "clipboardText", inside(place, _("Words to copy")), CLIPBOARD_LIMIT)


def _nothing_more(action: Mapping[str, Any], place: str) -> None:
    pass


_Check = Callable[[Mapping[str, Any], str], None]
_EVERYWHERE: dict[str, _Check] = {
    "postback": _postback,
    "message": _message,
    "uri": _uri,
    "datetimepicker": _datetimepicker,
    "clipboard": _clipboard,
}
_QUICK_REPLY: dict[str, _Check] = {"camera": _nothing_more, "cameraRoll": _nothing_more, "location": _nothing_more}
