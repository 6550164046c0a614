"""What LINE takes as a Flex message: bubbles, carousels and every component inside them (reference, *Flex Message*)."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from .checks_of_actions import FLEX_LABEL_LIMIT, check_action
from .limits import address_of, choice_of, inside, object_of, objects_of, refuse, text_of

ALT_TEXT_LIMIT = 1500
BUBBLE_BYTES, CAROUSEL_BYTES, BUBBLES = 30 * 1024, 50 * 1024, 12
ANIMATED_PICTURES = 10
SIZES = ("nano", "micro", "deca", "hecto", "kilo", "mega", "giga")
FLAGS = ("wrap", "animated", "scaling")
WHOLE_NUMBERS = ("flex", "maxLines")
LOOKS = {
    "adjustMode": ("shrink-to-fit",),
    "align": ("start", "end", "center"),
    "alignItems": ("center", "flex-start", "flex-end"),
    "aspectMode": ("fit", "cover"),
    "decoration": ("none", "underline", "line-through"),
    "gravity": ("top", "bottom", "center"),
    "justifyContent": ("center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"),
    "position": ("relative", "absolute"),
    "weight": ("regular", "bold"),
}
DEEPEST = 30
MOST = 1000
BLOCKS = {"header": ("box",), "hero": ("box", "image", "video"), "body": ("box",), "footer": ("box",)}


def check_flex(message: Mapping[str, Any], place: str) -> None:
    """Raises `Refused`."""
    text_of(message, "altText", inside(place, _("Alternative text")), ALT_TEXT_LIMIT)
    contents = object_of(message, "contents", place) or {}
    if choice_of(contents, "type", place, ("bubble", "carousel")) == "bubble":
        _check_bubble(contents, place)
    else:
        for where, bubble in objects_of(contents, "contents", place, 1, BUBBLES, lambda number: _("Card %(number)d") % {"number": number}):
            choice_of(bubble, "type", where, ("bubble",))
            _check_bubble(bubble, where)
        _check_size(contents, place, CAROUSEL_BYTES)
    if _animated(contents) > ANIMATED_PICTURES:
        raise refuse(place, _("LINE takes at most %(limit)d animated pictures") % {"limit": ANIMATED_PICTURES})


def _check_bubble(bubble: Mapping[str, Any], place: str) -> None:
    # Its size first: nothing large is walked through.
    _check_size(bubble, place, BUBBLE_BYTES)
    choice_of(bubble, "size", inside(place, _("Size")), SIZES, required=False)
    choice_of(bubble, "direction", place, ("ltr", "rtl"), required=False)
    for name, kinds in BLOCKS.items():
        block = object_of(bubble, name, place, required=False)
        if block is not None:
            choice_of(block, "type", inside(place, name), kinds)
            _check_component(block, inside(place, name), 0)
    _check_own_action(bubble, place, required=False)


def _check_size(document: Mapping[str, Any], place: str, limit: int) -> None:
    size = len(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
    if size > limit:
        words = _("too large for LINE: %(size)d of at most %(limit)d KB")
        raise refuse(place, words % {"size": -(-size // 1024), "limit": limit // 1024})


def _check_component(component: Mapping[str, Any], place: str, depth: int, *, of_baseline: bool = False) -> None:
    kind = choice_of(component, "type", place, COMPONENTS)
    if kind == "icon" and not of_baseline:
        raise refuse(place, _("an icon stands in a baseline box only"))
    _check_looks(component, place)
    COMPONENTS[kind](component, place, depth)


def _check_looks(component: Mapping[str, Any], place: str) -> None:
    """Sizes, colours and the like are free texts to LINE's description too."""
    for name, choices in LOOKS.items():
        choice_of(component, name, inside(place, name), choices, required=False)
    for name in component.keys() & {*FLAGS, *WHOLE_NUMBERS, "size", "color", "margin", "spacing", "width", "height"}:
        kind = bool if name in FLAGS else int if name in WHOLE_NUMBERS else str
        if not isinstance(component[name], kind) or (kind is int and isinstance(component[name], bool)):
            raise refuse(inside(place, name), _("LINE doesn't know “%(value)s” here") % {"value": str(component[name])[:40]})


def _box(box: Mapping[str, Any], place: str, depth: int) -> None:
    layout = choice_of(box, "layout", place, ("horizontal", "vertical", "baseline"))
    if depth >= DEEPEST:
        raise refuse(place, _("too many boxes inside each other"))
    for where, child in objects_of(box, "contents", place, 0, MOST, str):
        if child.get("type") in ("span", "video"):
            raise refuse(where, _("LINE doesn't know “%(value)s” here") % {"value": child["type"]})
        _check_component(child, where, depth + 1, of_baseline=layout == "baseline")
    _check_own_action(box, place, required=False)


def _text(text: Mapping[str, Any], place: str, depth: int) -> None:
    """A text holds words of its own, or spans."""
    if text.get("contents"):
        for where, span in objects_of(text, "contents", place, 1, MOST, str):
            choice_of(span, "type", where, ("span",))
            _check_looks(span, where)
            text_of(span, "text", where, BUBBLE_BYTES)
    else:
        text_of(text, "text", inside(place, _("Words")), BUBBLE_BYTES)
    _check_own_action(text, place, required=False)


def _image(image: Mapping[str, Any], place: str, depth: int) -> None:
    address_of(image, "url", inside(place, _("Picture")))
    _check_own_action(image, place, required=False)


def _icon(icon: Mapping[str, Any], place: str, depth: int) -> None:
    address_of(icon, "url", inside(place, _("Picture")))


def _video(video: Mapping[str, Any], place: str, depth: int) -> None:
    """The alternative is shown where the film can't be."""
    address_of(video, "url", inside(place, _("Video")))
    address_of(video, "previewUrl", inside(place, _("Preview")))
    alternative = object_of(video, "altContent", inside(place, _("Alternative"))) or {}
    choice_of(alternative, "type", inside(place, _("Alternative")), ("box", "image"))
    _check_component(alternative, inside(place, _("Alternative")), depth + 1)
    _check_own_action(video, place, required=False)


def _button(button: Mapping[str, Any], place: str, depth: int) -> None:
    _check_own_action(button, place, required=True)


def _nothing_more(component: Mapping[str, Any], place: str, depth: int) -> None:
    pass


def _check_own_action(holder: Mapping[str, Any], place: str, *, required: bool) -> None:
    """Only a button shows its action's label, so only there it has to be."""
    action = object_of(holder, "action", inside(place, _("Action")), required=required)
    if action is not None:
        check_action(action, place, label_limit=FLEX_LABEL_LIMIT, label_required=required)


def _animated(document: Any) -> int:
    if isinstance(document, list | tuple):
        return sum(map(_animated, document))
    if not isinstance(document, Mapping):
        return 0
    own = document.get("type") == "image" and document.get("animated") is True
    return own + sum(map(_animated, document.values()))


COMPONENTS: dict[str, Callable[[Mapping[str, Any], str, int], None]] = {
    "box": _box,
    "button": _button,
    "image": _image,
    "icon": _icon,
    "text": _text,
    "video": _video,
    "separator": _nothing_more,
    "filler": _nothing_more,
}
