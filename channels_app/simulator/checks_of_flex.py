"""Checks of Flex messages: bubbles, carousels, and every component inside them."""

import json
from typing import Any

from .checker import Checker
from .checks_of_actions import check_action

IN_A_BOX = ["box", "button", "image", "icon", "text", "separator", "filler"]
BLOCKS = {"header": ["box"], "hero": ["box", "image", "video"], "body": ["box"], "footer": ["box"]}
SIZES = ["nano", "micro", "deca", "hecto", "kilo", "mega", "giga"]
LAYOUTS = ["horizontal", "vertical", "baseline"]
LOOKS = {
    "adjustMode": ["shrink-to-fit"],
    "align": ["start", "end", "center"],
    "alignItems": ["center", "flex-start", "flex-end"],
    "aspectMode": ["fit", "cover"],
    "decoration": ["none", "underline", "line-through"],
    "gravity": ["top", "bottom", "center"],
    "justifyContent": ["center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"],
    "position": ["relative", "absolute"],
    "weight": ["regular", "bold"],
}
MEASURES: dict[str, type] = {
    **dict.fromkeys(("wrap", "animated", "scaling"), bool),
    **dict.fromkeys(("flex", "maxLines"), int),
    **dict.fromkeys(("size", "color", "margin", "spacing", "width", "height"), str),
}
BUBBLE_BYTES = 30 * 1024
CAROUSEL_BYTES = 50 * 1024
ANIMATED_PICTURES = 10
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
    if not checker.details and _animated(contents) > ANIMATED_PICTURES:
        checker.complain(where, f"The number of animated images must be {ANIMATED_PICTURES} or less")


def _check_bubble(checker: Checker, bubble: dict[str, Any], path: str) -> None:
    if _json_size(bubble) > BUBBLE_BYTES:
        checker.complain(path, "The size of the bubble must be 30 KB or less")
        return
    checker.one_of(bubble, "size", path, SIZES, required=False)
    checker.one_of(bubble, "direction", path, ["ltr", "rtl"], required=False)
    for name, allowed in BLOCKS.items():
        block = checker.value(bubble, name, path, dict, False)
        if block is not None:
            _check_component(checker, block, f"{path}.{name}", allowed, 0)
    _check_own_action(checker, bubble, path)


def _check_component(
    checker: Checker, component: dict[str, Any], path: str, allowed: list[str], depth: int, *, of_baseline: bool = False
) -> None:
    kind = checker.one_of(component, "type", path, allowed)
    _check_looks(checker, component, path)
    if kind == "box":
        _check_box(checker, component, path, depth)
    elif kind == "text":
        _check_text(checker, component, path)
    elif kind in ("image", "icon"):
        checker.url(component, "url", path)
    elif kind == "video":
        _check_video(checker, component, path, depth)
    if kind == "icon" and not of_baseline:
        checker.complain(path, "An icon can only be placed in a baseline box")
    elif kind is not None:
        _check_own_action(checker, component, path, required=kind == "button")


def _check_looks(checker: Checker, component: dict[str, Any], path: str) -> None:
    for name, choices in LOOKS.items():
        checker.one_of(component, name, path, choices, required=False)
    for name, kind in MEASURES.items():
        checker.value(component, name, path, kind, False)


def _check_box(checker: Checker, box: dict[str, Any], path: str, depth: int) -> None:
    layout = checker.one_of(box, "layout", path, LAYOUTS)
    if depth > DEEPEST:
        checker.complain(path, "The nesting is too deep")
        return
    for where, child in checker.items(box, "contents", path, 0, 2**31):
        _check_component(checker, child, where, IN_A_BOX, depth + 1, of_baseline=layout == "baseline")


def _check_text(checker: Checker, text: dict[str, Any], path: str) -> None:
    """A text holds words of its own, or spans."""
    if not text.get("contents"):
        checker.text(text, "text", path, 2**31)
        return
    for where, span in checker.items(text, "contents", path, 0, 2**31):
        checker.one_of(span, "type", where, ["span"])
        _check_looks(checker, span, where)
        checker.text(span, "text", where, 2**31)


def _check_video(checker: Checker, video: dict[str, Any], path: str, depth: int) -> None:
    checker.url(video, "url", path)
    checker.url(video, "previewUrl", path)
    alternative = checker.value(video, "altContent", path, dict, True)
    if alternative is not None:
        _check_component(checker, alternative, f"{path}.altContent", ["box", "image"], depth + 1)


def _check_own_action(checker: Checker, holder: dict[str, Any], path: str, *, required: bool = False) -> None:
    """Only a button shows its action's label, so only there it has to be."""
    check_action(checker, holder, path, LABEL, required=required, label_required=required)


def _animated(document: Any) -> int:
    if isinstance(document, list):
        return sum(map(_animated, document))
    if not isinstance(document, dict):
        return 0
    own = document.get("type") == "image" and document.get("animated") is True
    return own + sum(map(_animated, document.values()))


def _json_size(data: Any) -> int:
    return len(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
