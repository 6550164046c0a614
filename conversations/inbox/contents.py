"""What a bubble holds, ready for its template: text in pieces, files with their addresses, places, stickers, and what it answers to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from channels_app.media import keeping, links, words
from channels_app.models import MediaFile, MediaKind, MediaReason, MediaState
from conversations.inbox.wording import message_words
from conversations.models import Attachment, Conversation, Direction, Message, MessageKind, ProfileKind

LINK = re.compile(r"https?://[^\s<>\"'「」『』（）、。，；：！？]+[^\s<>\"'「」『』（）、。，；：！？.,;:!?)\]]")
QUOTE_LENGTH = 120
# Behind every place that a platform tells.
LAST_PLACE = 1_000_000
MAP = "https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=17/{latitude}/{longitude}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text: plain, a link, a mention, or an emoji of the platform's with its picture's address (if it is there)."""

    kind: str
    text: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file as its bubble shows it. `problem` says why there is nothing to see."""

    attachment: Attachment
    kind: str
    state: str
    name: str
    size: str = ""
    length: str = ""
    address: str = ""
    preview: str = ""
    width: int = 0
    height: int = 0
    problem: str = ""
    can_fetch_again: bool = False

    @classmethod
    def of(cls, attachment: Attachment) -> "ShownFile":
        file = attachment.file
        ready = file.state == MediaState.READY
        return cls(
            attachment=attachment,
            kind=file.kind,
            state=file.state,
            name=attachment.shown_name or file.name or str(MediaKind(file.kind).label),
            size=words.size(file.size) if ready else "",
            length=words.length(file.duration_ms) if file.duration_ms else "",
            address=links.page_link(file) if ready else "",
            preview=_preview(file) if ready else "",
            width=file.width,
            height=file.height,
            problem=_problem(file),
            can_fetch_again=file.state == MediaState.FAILED and file.reason in keeping.WORTH_ANOTHER_TRY,
        )


@dataclass(frozen=True, slots=True)
class Place:
    """A location; `address` leads to a map, and is empty where the coordinates make no sense."""

    title: str
    street: str
    address: str


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a bubble: pieces of text, or a file, a place or a sticker. None of them: the bubble's words are all there is."""

    pieces: list[Piece]
    file: ShownFile | None = None
    place: Place | None = None
    sticker: ShownFile | None = None


@dataclass(frozen=True, slots=True)
class GridCell:
    """One picture of a set; empty where it was taken back."""

    message: Message
    file: ShownFile | None

    @classmethod
    def of(cls, message: Message) -> "GridCell":
        return cls(message, _first_file(message))


@dataclass(frozen=True, slots=True)
class Quote:
    """What a message answers to."""

    message_id: int
    author: str
    words: str
    preview: str = ""


def content_of(message: Message) -> Content:
    """The content of one bubble, from what was read with it."""
    if message.withdrawn_at is not None or message.direction == Direction.NOTICE:
        return Content([])
    file = _first_file(message)
    if message.kind == MessageKind.TEXT:
        return Content(list(_pieces(message)))
    if message.kind == MessageKind.LOCATION:
        return Content([], place=_place(message.data))
    if message.kind == MessageKind.STICKER:
        return Content([], sticker=file if file and file.address else None)
    return Content([], file=file)


def _first_file(message: Message) -> ShownFile | None:
    found = list(message.attachments.all())[:1]
    return ShownFile.of(found[0]) if found and message.withdrawn_at is None else None


def _preview(file: MediaFile) -> str:
    if file.preview:
        return links.page_link(file, links.PREVIEW)
    return links.page_link(file) if file.kind == MediaKind.IMAGE else ""


def _problem(file: MediaFile) -> str:
    if file.state != MediaState.FAILED:
        return ""
    if file.reason == MediaReason.OFF:
        return _("The customer sent a file; attachments are off for this channel")
    return words.reason(file.reason)


def _pieces(message: Message) -> Iterator[Piece]:
    """The text cut at emoji, mentions and links. Marks were made by us, but rows may be older than the code: nothing is believed."""
    text, end = message.text, 0
    pictures = [attachment.file for attachment in message.attachments.all()]
    marks = message.data.get("marks")
    for mark in marks if isinstance(marks, list) else []:
        start, stop = mark.get("start", 0), mark.get("end", 0)
        if not end <= start < stop <= len(text):
            continue
        yield from _linked(text[end:start])
        yield _marked(mark, text[start:stop], pictures)
        end = stop
    yield from _linked(text[end:])


def _marked(mark: dict[str, Any], text: str, pictures: list[MediaFile]) -> Piece:
    if mark.get("kind") == "mention":
        return Piece("own-mention" if mark.get("self") else "mention", text)
    number = mark.get("picture", -1)
    file = pictures[number] if 0 <= number < len(pictures) else None
    return Piece("emoji", text, links.page_link(file) if file and file.state == MediaState.READY else "")


def _linked(text: str) -> Iterator[Piece]:
    end = 0
    for found in LINK.finditer(text):
        if found.start() > end:
            yield Piece("text", text[end : found.start()])
        yield Piece("link", found[0], found[0])
        end = found.end()
    if end < len(text):
        yield Piece("text", text[end:])


def _place(data: dict[str, Any]) -> Place:
    latitude, longitude = data.get("latitude"), data.get("longitude")
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (latitude, longitude))
    sensible = numbers and abs(latitude) <= 90 and abs(longitude) <= 180  # type: ignore[arg-type]
    address = MAP.format(latitude=f"{latitude:.6f}", longitude=f"{longitude:.6f}") if sensible else ""
    title, street = data.get("title"), data.get("address")
    return Place(title if isinstance(title, str) else "", street if isinstance(street, str) else "", address)


def set_of(message: Message) -> str:
    """The set that a picture belongs to, if it was sent as one of several; also after it was taken back nothing else does."""
    given = message.data.get("set")
    return str(given.get("id", "")) if message.kind == MessageKind.IMAGE and isinstance(given, dict) else ""


def place_in_set(message: Message) -> tuple[int, int]:
    """Where a picture stands in its set. Parts of a set come in any order, and LINE may not tell their places."""
    given = message.data.get("set")
    index = given.get("index") if isinstance(given, dict) else 0
    return (index if isinstance(index, int) and index > 0 else LAST_PLACE, message.pk)


def quotes_of(messages: list[Message], conversation: Conversation) -> dict[str, Quote]:
    """What these messages answer to, by the platform's id of it; one query. Only messages of the same customer are shown."""
    wanted = {message.quoted_message_id for message in messages if message.quoted_message_id and message.withdrawn_at is None}
    if not wanted:
        return {}
    found = Message.objects.filter(
        account_id=conversation.channel.account_id, line_message_id__in=wanted, conversation__profile_id=conversation.profile_id
    ).select_related("author", "sender_profile__contact")
    known = {quoted.line_message_id: _quote(quoted, conversation) for quoted in found.prefetch_related("attachments__file")}
    return {wanted_id: known.get(wanted_id) or Quote(0, "", _("a message this console has not seen")) for wanted_id in wanted}


def sender_name(message: Message, conversation: Conversation) -> str:
    """Who wrote it on the customer's side. LINE doesn't tell every member of a group."""
    if message.sender_profile is not None:
        return str(message.sender_profile.shown_name)
    return str(conversation.profile.shown_name) if conversation.profile.kind == ProfileKind.USER else _("a member")


def _quote(quoted: Message, conversation: Conversation) -> Quote:
    if quoted.direction == Direction.IN:
        author = sender_name(quoted, conversation)
    else:
        author = quoted.author.shown_name if quoted.author else _("automatic")
    if quoted.withdrawn_at is not None:
        return Quote(quoted.pk, author, _("A message was taken back."))
    file = _first_file(quoted)
    preview = file.preview if file and quoted.kind in (MessageKind.IMAGE, MessageKind.VIDEO) else ""
    return Quote(quoted.pk, author, message_words(quoted)[:QUOTE_LENGTH], preview)
