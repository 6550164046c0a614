"""What LINE's messages hold beside text: files, stickers, emoji, mentions, sets of pictures. Read tolerantly; nothing here raises."""

import bisect
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from django.conf import settings

from channels_app.inbound import InboundFile, InboundPicture, MessageKind

MARKS_AT_MOST = 100
PICTURES_AT_MOST = 30
LARGEST = 2**40


@dataclass(slots=True)
class Found:
    """What was found; `details` goes into the message's."""

    file: InboundFile | None = None
    pictures: tuple[InboundPicture, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)


def read(kind: MessageKind, text: str, message: dict[str, Any]) -> Found:
    """The parts of a message of this kind."""
    found = Found()
    if kind in ("image", "video", "audio", "file"):
        found.file = _file(kind, message)
    if kind == "image":
        _note_set(message, found)
    elif kind == "sticker":
        found.pictures = _sticker_picture(message)
    elif kind == "text":
        _note_marks(text, message, found)
    return found


def _file(kind: Any, message: dict[str, Any]) -> InboundFile:
    provider = message.get("contentProvider")
    address = ""
    if isinstance(provider, dict) and provider.get("type") == "external":
        # An address that can't be read is one that can't be fetched: the guarded fetch says so.
        address = (_word(provider.get("originalContentUrl")) or "about:blank")[:2000]
    return InboundFile(
        kind=kind,
        name=_word(message.get("fileName"))[:200],
        size=_number(message.get("fileSize")),
        duration_ms=_number(message.get("duration")),
        address=address,
    )


def _note_set(message: dict[str, Any], found: Found) -> None:
    """LINE: parts of a set come in any order; index and total may be missing."""
    given = message.get("imageSet")
    if isinstance(given, dict) and _word(given.get("id")):
        found.details["set"] = {"id": _word(given["id"])[:100], "index": _number(given.get("index")), "total": _number(given.get("total"))}


def sticker_address(sticker_id: str) -> str:
    """Where the picture of a sticker lies; empty if pictures are switched off."""
    base = settings.STICKER_PICTURE_BASE
    return f"{base}/stickershop/v1/sticker/{quote(sticker_id, safe='')}/android/sticker.png" if base else ""


def _sticker_picture(message: dict[str, Any]) -> tuple[InboundPicture, ...]:
    sticker_id = _word(message.get("stickerId"))[:40]
    address = sticker_address(sticker_id) if sticker_id else ""
    return (InboundPicture(address, sticker_words(message)),) if address else ()


def sticker_words(message: dict[str, Any]) -> str:
    """What a sticker says: its own text, else LINE's keywords for it."""
    keywords = message.get("keywords")
    words = [_word(word) for word in keywords[:3]] if isinstance(keywords, list) else []
    return (_word(message.get("text")) or ", ".join(filter(None, words)))[:200]


def _emoji_address(product_id: str, emoji_id: str) -> str:
    base = settings.STICKER_PICTURE_BASE
    return f"{base}/sticonshop/v1/sticon/{quote(product_id, safe='')}/android/{quote(emoji_id, safe='')}.png" if base else ""


def _note_marks(text: str, message: dict[str, Any], found: Found) -> None:
    """Emoji and mentions with their places. LINE counts UTF-16 units, and an index may lie behind the text's end."""
    starts = _unit_starts(text)
    marks: list[dict[str, Any]] = []
    pictures: list[InboundPicture] = []
    for given in _objects(message.get("emojis"))[:PICTURES_AT_MOST]:
        address = _emoji_address(_word(given.get("productId"))[:40], _word(given.get("emojiId"))[:40])
        place = _place(given, starts)
        if place and address:
            marks.append({"kind": "emoji", "start": place[0], "end": place[1], "picture": len(pictures)})
            pictures.append(InboundPicture(address, text[slice(*place)][:100]))
    mention = message.get("mention")
    for given in _objects(mention.get("mentionees") if isinstance(mention, dict) else None):
        if place := _place(given, starts):
            marks.append({"kind": "mention", "start": place[0], "end": place[1], "self": given.get("isSelf") is True})
    if marks:
        found.details["marks"] = _apart(marks[:MARKS_AT_MOST])
        found.pictures = tuple(pictures)


def _unit_starts(text: str) -> list[int]:
    """For each character the number of UTF-16 units before it, and the whole length at the end."""
    starts, units = [], 0
    for letter in text:
        starts.append(units)
        units += 2 if ord(letter) > 0xFFFF else 1
    return [*starts, units]


def _place(given: dict[str, Any], starts: list[int]) -> tuple[int, int] | None:
    index, length = given.get("index"), given.get("length")
    if not isinstance(index, int) or not isinstance(length, int) or index < 0 or length < 1 or index >= starts[-1]:
        return None
    start = bisect.bisect_right(starts, index) - 1
    end = bisect.bisect_left(starts, min(index + length, starts[-1]))
    return (start, end) if start < end else None


def _apart(marks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """In order, without those that begin inside another."""
    kept: list[dict[str, Any]] = []
    for mark in sorted(marks, key=lambda mark: (mark["start"], mark["end"])):
        if not kept or mark["start"] >= kept[-1]["end"]:
            kept.append(mark)
    return kept


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _word(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LARGEST else 0
