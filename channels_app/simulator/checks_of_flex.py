"""Checks of Flex messages: bubbles, carousels, and every component inside them."""

import json
from typing import Any

from .checker import Checker, InvalidProperty
from .checks_of_actions import check_action_fields

COMPONENTS = ["box", "button", "image", "video", "icon", "text", "span", "separator", "filler"]
SIZES = ["nano", "micro", "deca", "hecto", "kilo", "mega", "giga"]
LAYOUTS = ["horizontal", "vertical", "baseline"]
BUBBLE_BYTES = 30 * 1024
CAROUSEL_BYTES = 50 * 1024
LABEL = 40
DEEPEST = 50


def check_flex(checker: Checker, message: dict[str, Any], path: str) -> None:
    checker.text(message, "altText", path, 1500)
    contents = checker.value(message, "contents", path, dict, True)
    if contents is None:
        return
    where = f"{path}.contents"
    kind = checker.one_of(contents, "type", where, ["bubble", "carousel"])
    if kind == "bubble":
        _check_bubble(checker, contents, where)
    elif kind == "carousel":
        for bubble_path, bubble in checker.items(contents, "contents", where, 1, 12):
            checker.one_of(bubble, "type", bubble_path, ["bubble"])
            _check_bubble(checker, bubble, bubble_path)
        if _json_size(contents) > CAROUSEL_BYTES:
            checker.complain(where, "The size of the carousel must be 50 KB or less")


def _check_bubble(checker: Checker, bubble: dict[str, Any], path: str) -> None:
    if _json_size(bubble) > BUBBLE_BYTES:
        checker.complain(path, "The size of the bubble must be 30 KB or less")
        return
    if bubble.get("size") is not None:
        checker.one_of(bubble, "size", path, SIZES)
    for name in ("header", "hero", "body", "footer"):
        block = checker.value(bubble, name, path, dict, False)
        if block is not None:
            allowed = ["box", "image", "video"] if name == "hero" else ["box"]
            if checker.one_of(block, "type", f"{path}.{name}", allowed) is not None:
                _check_component(checker, block, f"{path}.{name}", 0)


def _check_component(checker: Checker, component: dict[str, Any], path: str, depth: int) -> None:
    kind = checker.one_of(component, "type", path, COMPONENTS)
    if kind == "box":
        _check_box(checker, component, path, depth)
    elif kind == "text":
        _check_text(checker, component, path)
    elif kind in ("image", "icon"):
        checker.url(component, "url", path)
    elif kind == "video":
        checker.url(component, "url", path)
        checker.url(component, "previewUrl", path)
    action = checker.value(component, "action", path, dict, kind == "button")
    if action is not None:
        check_action_fields(checker, action, f"{path}.action", LABEL)


def _check_box(checker: Checker, box: dict[str, Any], path: str, depth: int) -> None:
    checker.one_of(box, "layout", path, LAYOUTS)
    if depth > DEEPEST:
        checker.complain(path, "The nesting is too deep")
        return
    for where, child in checker.items(box, "contents", path, 0, 2**31):
        _check_component(checker, child, where, depth + 1)


def _check_text(checker: Checker, text: dict[str, Any], path: str) -> None:
    """A text holds words of its own, or spans."""
    if text.get("contents"):
        for where, span in checker.items(text, "contents", path, 0, 2**31):
            if span.get("type") != "span":
                raise InvalidProperty(f"{where}.type")
        return
    checker.text(text, "text", path, 2**31)


def _json_size(data: Any) -> int:
    return len(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
