"""The product's bubbles as LINE's message objects. LINE takes no files: media must lie at a public https address of ours."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from .checks import PLACEHOLDERS, problem_with_message
from .checks_of_flex import ALT_TEXT_LIMIT
from .text import shortened

FILE_COLOUR = "#5B6576"
QUOTING = ("text", "textV2", "sticker")
# For checks before a file has its address, which is made when a delivery is frozen.
STAND_INS = {
    "original_url": "https://stand.in/",
    "preview_url": "https://stand.in/",
    "duration_ms": 1,
    "name": "",
    "size_words": "",
}


class UnknownKind(Exception):
    """LINE has no message of this kind."""


def message_object(content: Mapping[str, Any]) -> dict[str, Any]:
    """One message object of LINE's reference; a document becomes a card, for LINE has no file message. Raises `UnknownKind`."""
    maker = _MAKERS.get(str(content.get("kind")))
    if maker is None:
        raise UnknownKind(str(content.get("kind")))
    made = maker(content)
    if content.get("quote_token") and made["type"] in QUOTING:
        made["quoteToken"] = content["quote_token"]
    if content.get("quick_replies"):
        made["quickReply"] = {"items": [_renamed({"type": "action"} | item) for item in content["quick_replies"]]}
    if content.get("sender"):
        made["sender"] = _renamed(content["sender"])
    return made


def problem_with(content: Mapping[str, Any], *, to_group: bool) -> str:
    """Why LINE would refuse this bubble, in the user's words; empty if it would not."""
    try:
        return problem_with_message(message_object(content), to_group=to_group)
    except (UnknownKind, AttributeError, KeyError, TypeError, ValueError):
        return _("This kind of message can't be sent.")


def with_stand_ins(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """A bubble whose file has no address yet, as if it had."""
    return {**STAND_INS, **content} if content.get("media") else content


def words_of(content: Mapping[str, Any]) -> str:
    """What a bubble says, for the thread: its text with what is put into it, or the words that stand for it."""
    marks = content.get("marks")
    if marks is None:
        return str(content.get("text") or content.get("alt_text") or "")
    return PLACEHOLDERS.sub(lambda found: _shown(marks, found), str(content.get("text")))


def _shown(marks: Mapping[str, Any], found: re.Match[str]) -> str:
    if found[1] is None:
        return found[0][0]
    mark = marks.get(found[1]) or {}
    return str(mark.get("words") or ("@" if mark.get("kind") == "mention" else "🙂"))


def _renamed(given: Mapping[str, Any]) -> dict[str, Any]:
    """Our names of properties as LINE's; what stands under `action` is LINE's already."""
    return {LINE_NAMES.get(name, name): value for name, value in given.items()}


LINE_NAMES = {
    "image_url": "imageUrl",
    "icon_url": "iconUrl",
    "alt_text": "altText",
    "package_id": "packageId",
    "sticker_id": "stickerId",
    "product_id": "productId",
    "emoji_id": "emojiId",
    "original_url": "originalContentUrl",
    "preview_url": "previewImageUrl",
    "tracking_id": "trackingId",
    "user_id": "userId",
}


def _text(content: Mapping[str, Any]) -> dict[str, Any]:
    """Words; with something to put into them LINE's second kind of text."""
    if "marks" not in content:
        return {"type": "text", "text": content.get("text")}
    return {"type": "textV2", "text": content.get("text"), "substitution": {key: _mark(mark) for key, mark in content["marks"].items()}}


def _mark(mark: Mapping[str, Any]) -> dict[str, Any]:
    if mark.get("kind") == "mention":
        user_id = mark.get("user_id")
        return {"type": "mention", "mentionee": {"type": "user", "userId": user_id} if user_id else {"type": "all"}}
    return {"type": mark.get("kind"), "productId": mark.get("product_id"), "emojiId": mark.get("emoji_id")}


def _as_it_is(*names: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A maker that takes these properties over, those that are there, under LINE's names."""

    def make(content: Mapping[str, Any]) -> dict[str, Any]:
        return {"type": content["kind"]} | {LINE_NAMES.get(name, name): content[name] for name in names if content.get(name) is not None}

    return make


def _audio(content: Mapping[str, Any]) -> dict[str, Any]:
    # LINE refuses a sound without a length.
    return {"type": "audio", "originalContentUrl": content.get("original_url"), "duration": max(int(content.get("duration_ms") or 0), 1)}


def _document(content: Mapping[str, Any]) -> dict[str, Any]:
    """A card with the name, the size and a button. Its alternative text holds the address, for where cards aren't shown."""
    name, size, url = content.get("name") or "📄", content.get("size_words") or "-", content.get("original_url")
    words = [
        {"type": "text", "text": name, "weight": "bold", "wrap": True, "maxLines": 3},
        {"type": "text", "text": size, "size": "xs", "color": FILE_COLOUR, "margin": "sm"},
    ]
    row = {
        "type": "box",
        "layout": "horizontal",
        "spacing": "md",
        "contents": [{"type": "text", "text": "📄", "size": "xxl", "flex": 0}, {"type": "box", "layout": "vertical", "contents": words}],
    }
    button = {"type": "button", "style": "link", "height": "sm", "action": {"type": "uri", "label": content["open_label"][:20], "uri": url}}
    return {
        "type": "flex",
        "altText": shortened(f"📄 {name} {url}", ALT_TEXT_LIMIT),
        "contents": {
            "type": "bubble",
            "size": "kilo",
            "body": {"type": "box", "layout": "vertical", "contents": [row]},
            "footer": {"type": "box", "layout": "vertical", "contents": [button]},
        },
    }


_MAKERS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "text": _text,
    "image": _as_it_is("original_url", "preview_url"),
    "video": _as_it_is("original_url", "preview_url", "tracking_id"),
    "audio": _audio,
    "sticker": _as_it_is("package_id", "sticker_id"),
    "location": _as_it_is("title", "address", "latitude", "longitude"),
    "template": _as_it_is("alt_text", "template"),
    "flex": _as_it_is("alt_text", "contents"),
    "file": _document,
}
