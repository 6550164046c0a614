"""Files that customers send: each lies on disk beside the state file, and is never in memory as a whole."""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from .state import Media, State

SAMPLES = Path(__file__).resolve().parent / "samples"
MAX_MEDIA_BYTES = 220 * 1024 * 1024  # beyond the 200 MB that LINE lets anybody send, so that limits can be tried
KINDS = ("image", "video", "audio", "file")
PREPARED_KINDS = ("video", "audio")  # LINE transcodes these before it gives them out
CONTENT_TYPES = {"image": "image/jpeg", "video": "video/mp4", "audio": "audio/x-m4a", "file": "application/pdf"}
# What a customer sends who names no file of their own.
SAMPLE_FILES = {"image": "image.jpg", "video": "video.mp4", "audio": "audio.m4a", "file": "file.pdf"}
SAMPLE_NAME = "order-2026-1142.pdf"
SAMPLE_DURATIONS = {"video": 2000, "audio": 3000}
VIDEO_PREVIEW = SAMPLES / "video-preview.jpg"


class TooLarge(Exception):
    """More bytes came than anybody may send."""


class Interrupted(Exception):
    """The sender went away before the end."""


def sample(kind: str) -> Media:
    size = (SAMPLES / SAMPLE_FILES[kind]).stat().st_size
    return Media("", "", kind, CONTENT_TYPES[kind], size, SAMPLE_NAME, SAMPLE_DURATIONS.get(kind))


class MediaStore:
    """The folder of the files, next to the state file; without a state file a folder that goes with the process."""

    def __init__(self, state_file: Path | None, state: State) -> None:
        self.state = state
        self.temporary = state_file is None
        if state_file is None:
            self.folder = Path(tempfile.mkdtemp(prefix="line-simulator-"))
        else:
            self.folder = state_file.with_name(f"{state_file.name}.media")

    def sweep(self) -> None:
        """After a sudden end: remove files that the state doesn't know, and give up messages whose file has gone."""
        for path in self.folder.glob("*"):
            if path.name not in self.state.media:
                path.unlink(missing_ok=True)
        self.state.media = {name: media for name, media in self.state.media.items() if (self.folder / name).exists()}
        for content in self.state.contents.values():
            if content.media_id and content.media_id not in self.state.media:
                content.gone, content.media_id = True, ""

    def path_of(self, media: Media) -> Path:
        return self.folder / media.media_id if media.media_id else SAMPLES / SAMPLE_FILES[media.kind]

    async def keep(self, chunks: AsyncIterator[bytes]) -> tuple[str, int]:
        """Write a file as it comes; returns its id and size. Raises TooLarge or Interrupted, and then nothing is left."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        media_id = secrets.token_hex(12)
        unfinished = self.folder / f"{media_id}.part"
        try:
            size = await _write(unfinished, chunks)
            os.replace(unfinished, self.folder / media_id)
        finally:
            unfinished.unlink(missing_ok=True)
        return media_id, size

    def forget(self, media_id: str) -> None:
        """Remove a file that no message shows any more."""
        if media_id and not any(content.media_id == media_id for content in self.state.contents.values()):
            self.state.media.pop(media_id, None)
            (self.folder / media_id).unlink(missing_ok=True)

    def clear(self) -> None:
        for path in self.folder.glob("*"):
            if path.suffix != ".part":  # somebody is still sending that one
                path.unlink(missing_ok=True)

    def close(self) -> None:
        if self.temporary:
            shutil.rmtree(self.folder, ignore_errors=True)


async def _write(path: Path, chunks: AsyncIterator[bytes]) -> int:
    """What comes beyond the limit is read to its end, so that the sender hears the refusal, but written nowhere."""
    size = 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        async for chunk in chunks:
            size += len(chunk)
            if size <= MAX_MEDIA_BYTES:
                await asyncio.to_thread(file.write, chunk)
    if size > MAX_MEDIA_BYTES:
        raise TooLarge
    return size
