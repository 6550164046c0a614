"""Where bytes lie: the storage "media" (`var/media`, or whatever the settings name), and files on this disk while they are worked on."""

import hashlib
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.core.files import File
from django.core.files.storage import Storage, storages

CHUNK = 256 * 1024


class TooLarge(Exception):
    """More bytes came than are allowed."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written to a file on this disk."""

    size: int
    checksum: str
    head: bytes


def storage() -> Storage:
    return storages["media"]


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder that is gone afterwards, however the work ends."""
    folder = Path(tempfile.mkdtemp(prefix="trunkline-media-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write(pieces: Iterable[bytes], path: Path, *, limit: int) -> Written:
    """Write the pieces to `path`, at most `limit` bytes; `TooLarge` as soon as there are more."""
    digest, size, head = hashlib.sha256(), 0, b""
    with path.open("wb") as file:
        for piece in pieces:
            size += len(piece)
            if size > limit:
                raise TooLarge
            if len(head) < 8192:
                head = (head + piece)[:8192]
            digest.update(piece)
            file.write(piece)
    return Written(size, digest.hexdigest(), head)


def new_name(suffix: str) -> str:
    """An unguessable name for a file in the storage."""
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name}.{suffix}"


def keep(path: Path, *, suffix: str = "", name: str = "") -> str:
    """Put a file into the storage under `name`, or under a new one, and return that."""
    with path.open("rb") as source:
        return storage().save(name or new_name(suffix), File(source))


def bring(name: str, path: Path) -> None:
    """Copy a file out of the storage onto this disk."""
    with storage().open(name, "rb") as source, path.open("wb") as target:
        shutil.copyfileobj(source, target, CHUNK)


def forget(*names: str) -> None:
    """Delete from the storage; what isn't there is gone already."""
    for name in filter(None, names):
        storage().delete(name)
