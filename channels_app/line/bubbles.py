"""The product's bubbles as LINE's message objects. LINE takes no files: media must lie at a public https address of ours."""

from collections.abc import Mapping
from typing import Any

ALT_TEXT_LIMIT = 1500
FILE_COLOUR = "#5B6576"


def message_object(content: Mapping[str, Any]) -> dict[str, Any]:
    """One message object of LINE's reference; a document becomes a card, for LINE has no file message."""
    made = _MAKERS[content["kind"]](content)
    if content.get("quote_token") and made["type"] in ("text", "sticker"):
        made["quoteToken"] = content["quote_token"]
    return made


def _text(content: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "text", "text": content["text"]}


def _picture(content: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": content["kind"], "originalContentUrl": content["original_url"], "previewImageUrl": content["preview_url"]}


def _audio(content: Mapping[str, Any]) -> dict[str, Any]:
    # LINE refuses a sound without a length.
    return {"type": "audio", "originalContentUrl": content["original_url"], "duration": max(int(content["duration_ms"]), 1)}


def _sticker(content: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "sticker", "packageId": content["package_id"], "stickerId": content["sticker_id"]}


def _document(content: Mapping[str, Any]) -> dict[str, Any]:
    """A card with the name, the size and a button. Its alternative text holds the address, for where cards aren't shown."""
    name, size, url = content["name"], content["size_words"], content["original_url"]
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
        "altText": f"📄 {name} {url}"[:ALT_TEXT_LIMIT],
        "contents": {
            "type": "bubble",
            "size": "kilo",
            "body": {"type": "box", "layout": "vertical", "contents": [row]},
            "footer": {"type": "box", "layout": "vertical", "contents": [button]},
        },
    }


_MAKERS = {"text": _text, "image": _picture, "video": _picture, "audio": _audio, "sticker": _sticker, "file": _document}
