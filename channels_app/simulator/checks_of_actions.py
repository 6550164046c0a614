"""Checks of actions: what a tap on a button, a picture or a quick reply does."""

from typing import Any

from .checker import Checker

ACTION_TYPES = ["postback", "message", "uri", "datetimepicker", "camera", "cameraRoll", "location", "richmenuswitch", "clipboard"]

URI_SCHEMES = {"http", "https", "line", "tel"}


def check_actions(checker: Checker, holder: dict[str, Any], path: str, low: int, high: int) -> None:
    for where, action in checker.items(holder, "actions", path, low, high):
        check_action_fields(checker, action, where, 20)


def check_action(checker: Checker, holder: dict[str, Any], name: str, path: str, label: int) -> None:
    action = checker.value(holder, name, path, dict, True)
    if action is not None:
        check_action_fields(checker, action, f"{path}.{name}", label)


def check_action_fields(checker: Checker, action: dict[str, Any], path: str, label: int) -> None:
    kind = checker.one_of(action, "type", path, ACTION_TYPES)
    checker.words(action, "label", path, label, required=False)
    if kind == "postback":
        checker.text(action, "data", path, 300)
        for name in ("displayText", "text", "fillInText"):
            checker.words(action, name, path, 300, required=False)
    elif kind == "message":
        checker.words(action, "text", path, 300)
    elif kind == "uri":
        address = checker.text(action, "uri", path, 1000)
        if address and address.partition(":")[0].lower() not in URI_SCHEMES:
            checker.complain(f"{path}.uri", "Must be a URI whose scheme is http, https, line or tel")
    elif kind == "datetimepicker":
        checker.text(action, "data", path, 300)
        checker.one_of(action, "mode", path, ["date", "time", "datetime"])
    elif kind == "clipboard":
        checker.text(action, "clipboardText", path, 1000)
