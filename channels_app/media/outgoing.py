"""Bubbles with files as they go out: the addresses are made when a delivery is frozen, and fixed with it."""

from typing import Any

from channels_app.media import links, words
from channels_app.models import Bubble, MediaFile, MediaState


def contents_of(bubbles: list[Bubble]) -> list[dict[str, Any]]:
    """What the adapter freezes: each bubble's content, with addresses for those that have a file. One query for all of them.

    A file that was taken away meanwhile has none, and the adapter refuses its bubble.
    """
    wanted = [bubble.content["media"] for bubble in bubbles if bubble.content.get("media")]
    files = {file.public_id: file for file in MediaFile.objects.filter(public_id__in=wanted)} if wanted else {}
    return [_with_links(bubble.content, files.get(bubble.content.get("media", ""))) for bubble in bubbles]


def _with_links(content: dict[str, Any], file: MediaFile | None) -> dict[str, Any]:
    if file is None or file.state != MediaState.READY:
        return content
    return content | {
        "original_url": links.public_link(file),
        "preview_url": links.public_link(file, links.PREVIEW),
        "duration_ms": file.duration_ms,
        "name": file.name,
        "size_words": words.size(file.size),
    }
