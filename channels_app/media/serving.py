"""Handing files out: by signed address only, in pieces, with ranges, and so that no browser runs what is in them.

A browser may keep what was sent, but asks before it shows it again: what has been taken back meanwhile is gone at once.
"""

import hashlib
import re
from collections.abc import AsyncIterator, Iterator
from typing import IO, Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from channels_app.media import kinds, links, storing
from channels_app.models import MediaFile, MediaKind, MediaOrigin, MediaState

CHUNK = 128 * 1024
# Nothing in the file may run, load or be framed, wherever it is opened.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; img-src 'self'; sandbox"
RANGE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})$")


@require_safe
def serve_media(request: HttpRequest, public_id: str, variant: str, until: int, signature: str, name: str) -> HttpResponseBase:
    """One file, or the part that is asked for. 404 for a wrong or ended address, 410 for what was taken back."""
    if not links.is_valid(public_id, variant, str(until), signature):
        raise Http404
    file = MediaFile.objects.filter(public_id=public_id).first()
    if file is None:
        raise Http404
    stored = file.preview if variant == links.PREVIEW else file.stored
    if file.state != MediaState.READY or not stored:
        return _nothing(410 if file.state == MediaState.PURGED else 404)
    tag = f'"{hashlib.sha256(stored.encode()).hexdigest()[:32]}"'
    known = get_conditional_response(request, etag=tag)
    if known is not None:
        return _describe(known, file, variant, tag)
    try:
        opened = storing.storage().open(stored, "rb")
        size = storing.storage().size(stored)
    except FileNotFoundError:
        return _nothing(404)
    response = _describe(_response(request, opened, size, tag), file, variant, tag)
    # A long download must not keep a database connection.
    if not connection.in_atomic_block:
        connection.close()
    return response


def _nothing(status: int) -> HttpResponse:
    """No file: it was taken back (410), or isn't there yet (404)."""
    return HttpResponse(status=status, headers={"Cache-Control": "no-store"})


def _response(request: HttpRequest, opened: IO[bytes], size: int, tag: str) -> HttpResponseBase:
    """Everything (200), the part that is asked for (206), or 416 for a part that isn't there."""
    part_of_this = request.headers.get("If-Range", tag) == tag
    asked = _range(request.headers.get("Range", ""), size) if part_of_this else None
    if asked == (0, -1):
        opened.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    first, last = asked or (0, size - 1)
    headers = {"Content-Length": str(last - first + 1), "Accept-Ranges": "bytes"}
    if asked:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    status = 206 if asked else 200
    if request.method == "HEAD":
        opened.close()
        return HttpResponse(status=status, headers=headers)
    opened.seek(first)
    pieces: Any = _pieces(opened, last - first + 1)
    response = StreamingHttpResponse(_in_turn(pieces) if isinstance(request, ASGIRequest) else pieces, status=status, headers=headers)
    response._resource_closers.append(opened.close)  # type: ignore[attr-defined]
    return response


def _range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte; None for the whole file, (0, -1) for a part that it doesn't have. Only a single range is known."""
    found = RANGE.match(header.strip())
    if found is None or not size or not (found[1] or found[2]):
        return None
    if not found[1]:
        length = int(found[2])
        return (max(size - length, 0), size - 1) if length else (0, -1)
    first = int(found[1])
    last = min(int(found[2]) if found[2] else size - 1, size - 1)
    return (first, last) if first <= last else (0, -1)


def _pieces(opened: IO[bytes], left: int) -> Iterator[bytes]:
    while left > 0 and (piece := opened.read(min(CHUNK, left))):
        left -= len(piece)
        yield piece


async def _in_turn(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Piece by piece: Django would first collect all of a plain iterator in memory under ASGI."""
    following = sync_to_async(lambda: next(pieces, None), thread_sensitive=False)
    while (piece := await following()) is not None:
        yield piece


def _describe(response: HttpResponseBase, file: MediaFile, variant: str, tag: str) -> HttpResponseBase:
    """The headers; a 304 has them too, since a browser puts them in the place of those that it kept."""
    media_type = "image/jpeg" if variant == links.PREVIEW else file.media_type
    inline = variant == links.PREVIEW or (media_type in kinds.SHOWN_INLINE and file.kind != MediaKind.FILE)
    response["Content-Type"] = media_type if inline or media_type == "application/pdf" else kinds.OCTETS
    response["Content-Disposition"] = content_disposition_header(not inline, file.name or "file") or "attachment"
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    # LINE's own pages, and the simulator's, show pictures from here.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Referrer-Policy"] = "no-referrer"
    # Stickers and portraits, kept by their address: nobody takes them back, and a list shows many.
    response["Cache-Control"] = "private, max-age=3600" if file.origin == MediaOrigin.LINK else "private, no-cache"
    response["ETag"] = tag
    return response
