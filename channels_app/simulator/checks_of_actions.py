"""Checks of actions: what a tap on a button, a picture or a quick reply does."""

import re
from typing import Any

from .checker import Checker

EVERYWHERE = ["postback", "message", "uri", "datetimepicker", "clipboard"]
# What switches rich menus is for rich menus alone, which no message holds.
IN_QUICK_REPLIES = ["camera", "cameraRoll", "location"]
URI_SCHEMES = {"http", "https", "line", "tel"}
INPUT_OPTIONS = ["closeRichMenu", "openRichMenu", "openKeyboard", "openVoice"]
DATE = r"((19|20)\d\d|2100)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
TIME = r"([01]\d|2[0-3]):[0-5]\d"
PICKED = {"date": DATE, "time": TIME, "datetime": f"{DATE}[Tt]{TIME}"}


def check_actions(checker: Checker, holder: dict[str, Any], path: str, low: int, high: int) -> None:
    for where, action in checker.items(holder, "actions", path, low, high):
        check_action_fields(checker, action, where, 20)


def check_action(
    checker: Checker, holder: dict[str, Any], path: str, label: int, *, name: str = "action", required: bool = True, **rules: bool
) -> None:
    """The action that `holder` has under this name; `rules` as in `check_action_fields`."""
    action = checker.value(holder, name, path, dict, required)
    if action is not None:
        check_action_fields(checker, action, f"{path}.{name}", label, **rules)


def check_action_fields(
    checker: Checker, action: dict[str, Any], path: str, label: int, *, label_required: bool = True, quick_reply: bool = False
) -> None:
    """`label` is how long its label may be, in graphemes."""
    kind = checker.one_of(action, "type", path, EVERYWHERE + IN_QUICK_REPLIES if quick_reply else EVERYWHERE)
    checker.words(action, "label", path, label, required=label_required)
    if kind == "postback":
        _check_postback(checker, action, path)
    elif kind == "message":
        checker.words(action, "text", path, 300)
    elif kind == "uri":
        _check_uri(checker, action, "uri", path)
        desktop = checker.value(action, "altUri", path, dict, False)
        if desktop is not None:
            _check_uri(checker, desktop, "desktop", f"{path}.altUri")
    elif kind == "datetimepicker":
        _check_picker(checker, action, path)
    elif kind == "clipboard":
        checker.text(action, "clipboardText", path, 1000)


def _check_postback(checker: Checker, action: dict[str, Any], path: str) -> None:
    checker.text(action, "data", path, 300)
    for name in ("displayText", "text", "fillInText"):
        checker.words(action, name, path, 300, required=False)
    if action.get("displayText") and action.get("text"):
        checker.complain(f"{path}.text", "Can't be specified together with displayText")
    option = checker.one_of(action, "inputOption", path, INPUT_OPTIONS, required=False)
    if action.get("fillInText") and option != "openKeyboard":
        checker.complain(f"{path}.fillInText", "Can only be specified when inputOption is openKeyboard")


def _check_uri(checker: Checker, holder: dict[str, Any], name: str, path: str) -> None:
    address = checker.text(holder, name, path, 1000)
    if not address:
        return
    scheme, _colon, rest = address.partition(":")
    if scheme.lower() not in URI_SCHEMES:
        checker.complain(f"{path}.{name}", "Must be a URI whose scheme is http, https, line or tel")
    elif not rest or not address.isascii() or any(character.isspace() for character in address):
        checker.complain(f"{path}.{name}", "Must be a valid URI")


def _check_picker(checker: Checker, action: dict[str, Any], path: str) -> None:
    checker.text(action, "data", path, 300)
    mode = checker.one_of(action, "mode", path, list(PICKED))
    given = {name: checker.text(action, name, path, 30, required=False) for name in ("min", "initial", "max")}
    moments = {name: value.upper() for name, value in given.items() if value}
    if mode is None:
        return
    odd = [name for name, value in moments.items() if not re.fullmatch(PICKED[mode], value)]
    for name in odd:
        checker.complain(f"{path}.{name}", f"Must be a {mode}")
    if not odd and list(moments.values()) != sorted(moments.values()):
        checker.complain(path, "min, initial and max must be in this order")
