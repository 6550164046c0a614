"""What a file is, by its bytes; never by its name or by what somebody says."""

import re
import unicodedata
from dataclasses import dataclass

from django.conf import settings

from channels_app.models import MediaKind

HEAD_BYTES = 8192
OCTETS = "application/octet-stream"
LONGEST_NAME = 150
# What a browser may show on its own; anything else is handed over as a download.
SHOWN_INLINE = {
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "video/mp4",
    "video/webm",
    "audio/mpeg",
    "audio/mp4",
    "audio/aac",
    "audio/ogg",
    "audio/x-wav",
}
# The same bytes under names that browsers know.
ALIASES = {"audio/m4a": "audio/mp4", "audio/x-m4a": "audio/mp4", "video/x-m4v": "video/mp4", "audio/wav": "audio/x-wav"}
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/quicktime": "mov",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "audio/ogg": "ogg",
    "audio/x-wav": "wav",
    "application/pdf": "pdf",
}
# Types that name no kind of their own but carry scripts or programs.
_MARKUP = re.compile(rb"^\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body|script|svg|\?xml|iframe|object|embed)", re.IGNORECASE)
_SVG = re.compile(rb"<svg[\s>]", re.IGNORECASE)
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class Sniffed:
    """`media_type` by the first bytes; `kind` is how it can be shown."""

    media_type: str
    kind: MediaKind
    is_script: bool = False


def sniff(head: bytes) -> Sniffed:
    """The type of a file by its first 8 KiB."""
    import filetype

    if _MARKUP.match(head) or _SVG.search(head[:1024]):
        return Sniffed("image/svg+xml" if _SVG.search(head) else "text/html", MediaKind.FILE, is_script=True)
    if head.startswith(b"MZ") or head.startswith(b"\x7fELF") or head.startswith(b"#!"):
        return Sniffed(OCTETS, MediaKind.FILE, is_script=True)
    guessed = filetype.guess(head)
    media_type = ALIASES.get(guessed.mime, guessed.mime) if guessed else ("text/plain" if _is_text(head) else OCTETS)
    kind = media_type.partition("/")[0]
    return Sniffed(media_type, MediaKind(kind) if kind in ("image", "video", "audio") else MediaKind.FILE)


def _is_text(head: bytes) -> bool:
    if not head or b"\x00" in head:
        return False
    try:
        head[: HEAD_BYTES - 4].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 8
    return True


def clean_name(name: str, *, media_type: str = "") -> str:
    """A file name fit to be shown and saved: no path, no control or direction characters, no more than 150 characters."""
    base = re.split(r"[/\\]", name)[-1]
    letters = "".join(letter for letter in unicodedata.normalize("NFC", base) if unicodedata.category(letter) not in _HIDDEN)
    shown = re.sub(r'[<>:"|?*]', "_", letters).strip(" .")
    if not shown:
        shown = f"file.{EXTENSIONS[media_type]}" if media_type in EXTENSIONS else "file"
    if len(shown) <= LONGEST_NAME:
        return shown
    stem, dot, extension = shown.rpartition(".")
    return f"{stem[: LONGEST_NAME - 12]}{dot}{extension[:10]}" if dot else shown[:LONGEST_NAME]


def is_blocked_name(name: str) -> bool:
    """Whether the installation's list forbids this name's extension: the last one (`bill.exe.pdf` is fine), without spaces after it."""
    extension = clean_name(name).rpartition(".")[2].casefold()
    return "." in name and extension in {name.strip(" .").casefold() for name in settings.ATTACHMENT_BLOCKED_EXTENSIONS}
