"""Getting a file ready: its bytes from the platform, an address or an upload; looked at, re-encoded, kept; or a reason why not.

Nothing here trusts a name or a declared type. Everything may run twice, at once or late: only a pending row becomes ready.
Once a row is taken back, a running download stops; what was fetched is deleted, also if the worker dies over it, because the
row knows the names of its bytes before they are written. A worker holds its file half a minute at a time, so that one that
died doesn't keep a picture from everybody for as long as the longest video may take.
"""

import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import QuerySet

from channels_app import gates, guarded_fetch, tally
from channels_app.adapter import ContentGone, ContentNotReady, ContentUnavailable
from channels_app.credentials import live_credentials_of
from channels_app.media import keeping, kinds, storing, workshop
from channels_app.models import MediaFile, MediaKind, MediaOrigin, MediaReason, MediaState
from channels_app.reasons import type_and_place
from channels_app.registry import adapter_for
from channels_app.secrets import Undecryptable
from workstreams.clock import Now, seconds_from_now

logger = logging.getLogger(__name__)

LEASE_SECONDS = 30
# The storage takes a file in one call, in which nothing can be prolonged: bytes a second of one that is still of use.
SLOWEST_STORAGE = 1024 * 1024
WORKSHOP_SECONDS = 120
# How often a running try looks whether its file is still wanted, and prolongs its lease.
LOOK_SECONDS = 2.0
# A profile picture or a sticker; LINE's own are some ten kilobytes.
PICTURE_LIMIT = 5 * 1024 * 1024
# After 1, 2, 4 … 64 s: two minutes in all. The platform keeps what it prepares for long, so it may be asked for again.
MAXIMUM_ATTEMPTS = 8
LONGEST_PAUSE_SECONDS = 60


class _NoFile(Exception):
    """There are no bytes, for good."""

    def __init__(self, reason: MediaReason) -> None:
        super().__init__(reason)
        self.reason = reason


class _Later(Exception):
    """Not now; `reason` if it goes on like this."""

    def __init__(self, reason: MediaReason) -> None:
        super().__init__(reason)
        self.reason = reason


class _Refused(Exception):
    """The platform doesn't let the account in, or not to this file."""


class _TakenBack(Exception):
    """Nobody wants the file any more, or not from this worker."""


@dataclass(slots=True)
class _Result:
    """What becomes of the row, and its bytes: where they lie on this disk, and how their names in the storage end."""

    fields: dict[str, Any]
    made: dict[str, tuple[Path, str]]


class RefusedUpload(Exception):
    """A file is refused at first sight."""

    def __init__(self, reason: MediaReason) -> None:
        super().__init__(reason)
        self.reason = reason


def keep_upload(pieces: Iterable[bytes]) -> tuple[str, storing.Written, kinds.Sniffed]:
    """Keep an upload's bytes as they came: its name in the storage, its size, its type. Raises `RefusedUpload`."""
    limit = limit_of(MediaFile(origin=MediaOrigin.UPLOAD))
    with storing.workplace() as folder:
        try:
            written = storing.write(pieces, folder / "upload", limit=limit)
        except storing.TooLarge:
            raise RefusedUpload(MediaReason.TOO_LARGE) from None
        if not written.size:
            raise RefusedUpload(MediaReason.EMPTY)
        sniffed = kinds.sniff(written.head)
        if sniffed.is_script:
            raise RefusedUpload(MediaReason.BLOCKED)
        try:
            return storing.keep(folder / "upload", suffix="upload"), written, sniffed
        except OSError as error:
            logger.error("An upload can't be kept: %s.", type(error).__name__)
            raise RefusedUpload(MediaReason.NO_SPACE) from None


def discard(stored: str) -> None:
    """Delete what `keep_upload` kept."""
    storing.forget(stored)


def claim(file: MediaFile) -> bool:
    """Take a due file for this worker; another one may take it when the lease is over. `attempts` says whose it is."""
    due = keeping.wanted_files().filter(pk=file.pk, due_at__lte=Now(), attempts=file.attempts)
    taken = due.update(due_at=seconds_from_now(LEASE_SECONDS), attempts=file.attempts + 1)
    file.attempts += 1
    return bool(taken)


def prepare(file: MediaFile) -> None:
    """One try for a file that was claimed. Never raises for what the bytes are or what the other side does.

    A file at which workers die is given up after as many claims as any other; one that nobody foresaw is no reason to leave
    the others.
    """
    if file.attempts > MAXIMUM_ATTEMPTS:
        _fail(file, MediaReason.DAMAGED)
        return
    try:
        with storing.workplace() as folder:
            if file.origin != MediaOrigin.UPLOAD:  # of an upload these are the bytes that came
                _forget_bytes(file)
            _keep(file, _prepared(file, folder))
    except _TakenBack:
        logger.info("File %d was taken back, or taken over, while it was fetched.", file.pk)
    except _NoFile as end:
        _fail(file, end.reason)
    except _Later as pause:
        _try_later(file, pause.reason)
    except _Refused:
        _wait_for_token(file)
    except OSError as error:
        # A full or vanished disk: kept and tried again, and at last shown as such.
        logger.error("File %d can't be kept: %s.", file.pk, type(error).__name__)
        _try_later(file, MediaReason.NO_SPACE)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.error("File %d can't be prepared: %s.", file.pk, type_and_place(error))
        _try_later(file, MediaReason.UNREACHABLE)


def limit_of(file: MediaFile) -> int:
    """How many bytes it may have."""
    return PICTURE_LIMIT if file.origin == MediaOrigin.LINK else settings.ATTACHMENT_MAX_MB * 1024 * 1024


def _prepared(file: MediaFile, folder: Path) -> _Result:
    raw = folder / "raw"
    try:
        with _source(file, folder) as pieces:
            written = storing.write(_while_wanted(file, pieces), raw, limit=limit_of(file))
    except storing.TooLarge:
        raise _NoFile(MediaReason.TOO_LARGE) from None
    if not written.size:
        raise _NoFile(MediaReason.EMPTY)
    sniffed = kinds.sniff(written.head)
    if sniffed.is_script or (file.name and kinds.is_blocked_name(file.name)):
        raise _NoFile(MediaReason.BLOCKED)
    kind = _kind(file, sniffed)
    found = _look(file, kind, raw, folder) if kind != MediaKind.FILE and not _is_sticker(file) else {}
    if found is None:
        found, kind = {}, MediaKind.FILE
    sent = folder / found["sent"] if "sent" in found else raw
    media_type = found.get("media_type") or sniffed.media_type
    if file.origin == MediaOrigin.UPLOAD and kind != MediaKind.FILE and "sent" not in found:
        kind = MediaKind.FILE  # can be looked at, but the platform wouldn't play it: it goes as a document
    fields = {
        "kind": kind,
        "media_type": media_type,
        "name": kinds.clean_name(_renamed(file.name, media_type, found), media_type=media_type),
        "size": sent.stat().st_size,
        "checksum": written.checksum,
        "width": found.get("width", 0),
        "height": found.get("height", 0),
        "duration_ms": found.get("duration_ms", 0) or file.duration_ms,
    }
    made = {"stored": (sent, "bin")}
    if "preview" in found:
        made["preview"] = (folder / found["preview"], "jpg")
    return _Result(fields, made)


def _while_wanted(file: MediaFile, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces, as long as the row waits for them."""
    looked = time.monotonic()
    for piece in pieces:
        if time.monotonic() - looked >= LOOK_SECONDS:
            _hold(file, LEASE_SECONDS)
            looked = time.monotonic()
        yield piece


def _mine(file: MediaFile) -> QuerySet[MediaFile]:
    """The row, while it waits for this very try."""
    return MediaFile.objects.filter(pk=file.pk, state=MediaState.PENDING, attempts=file.attempts)


def _hold(file: MediaFile, seconds: float, **fields: Any) -> None:
    """Prolong the lease, and write `fields` with it. Raises `_TakenBack` if there is nothing to prolong."""
    if not _mine(file).update(due_at=seconds_from_now(seconds), **fields):
        raise _TakenBack


def _is_sticker(file: MediaFile) -> bool:
    """Pictures of the platform's own: small, many at once, and never sent on; nothing is gained by opening each."""
    base = settings.STICKER_PICTURE_BASE
    return bool(base) and file.origin == MediaOrigin.LINK and file.address.startswith((f"{base}/stickershop/", f"{base}/sticonshop/"))


def _kind(file: MediaFile, sniffed: kinds.Sniffed) -> MediaKind:
    """A picture must be one. A document may be anything; what an agent uploads is what its bytes are."""
    if file.origin == MediaOrigin.UPLOAD:
        return sniffed.kind
    if file.kind == MediaKind.FILE:
        return MediaKind.FILE
    # Sound in an MP4 is told from video only by opening it.
    same = sniffed.kind == file.kind or {sniffed.kind, MediaKind(file.kind)} == {MediaKind.AUDIO, MediaKind.VIDEO}
    if not same:
        raise _NoFile(MediaReason.DAMAGED)
    return MediaKind(file.kind)


def _look(file: MediaFile, kind: MediaKind, raw: Path, folder: Path) -> dict[str, Any] | None:
    """What the workshop found; None for an upload that it can't read, which may still go out as a document."""
    task = "send" if file.origin == MediaOrigin.UPLOAD else "look"
    try:
        found = json.loads(_said_by_workshop(file, [task, kind, str(raw), str(folder)]))
    except ValueError:
        found = None
    if found is None and (kind == MediaKind.IMAGE or file.origin != MediaOrigin.UPLOAD):
        raise _NoFile(MediaReason.DAMAGED)
    return found


def _said_by_workshop(file: MediaFile, arguments: list[str]) -> bytes:
    """What it prints; nothing if it fails or takes too long."""
    command = [sys.executable, "-I", workshop.__file__, *arguments]
    end = time.monotonic() + WORKSHOP_SECONDS
    no, pipe = subprocess.DEVNULL, subprocess.PIPE
    with subprocess.Popen(command, stdin=no, stdout=pipe, stderr=no) as process:  # noqa: S603 - our own program and file names
        try:
            while time.monotonic() < end:
                with suppress(subprocess.TimeoutExpired):
                    said, _nothing = process.communicate(timeout=LOOK_SECONDS)
                    return said if process.returncode == 0 else b""
                _hold(file, LEASE_SECONDS)
            return b""
        finally:
            process.kill()


def _renamed(name: str, media_type: str, found: dict[str, Any]) -> str:
    """A re-encoded file has another extension."""
    if not name or "sent" not in found:
        return name
    return f"{name.rpartition('.')[0] or name}.{kinds.EXTENSIONS[media_type]}"


@contextmanager
def _source(file: MediaFile, folder: Path) -> Iterator[Iterator[bytes]]:
    """The bytes as they come."""
    if file.origin == MediaOrigin.UPLOAD:
        upload = folder / "upload"
        storing.bring(file.stored, upload)
        with upload.open("rb") as opened:
            yield iter(lambda: opened.read(storing.CHUNK), b"")
        return
    try:
        if file.address:
            with guarded_fetch.open_address(file.address) as pieces:
                yield pieces
        else:
            assert file.account is not None  # noqa: S101 - content belongs to an account
            adapter = adapter_for(file.account.channel_type)
            tokens = live_credentials_of(file.account)
            # As long as a new token isn't proved, every other try is made with the former.
            token = tokens[(file.attempts - 1) % len(tokens)]
            with adapter.open_content(credentials=token, message_id=file.source) as pieces:
                yield pieces
    except guarded_fetch.Refused:
        raise _NoFile(MediaReason.FORBIDDEN) from None
    except guarded_fetch.NotFetched as error:
        raise (_NoFile(MediaReason.GONE) if error.status in (400, 404, 410) else _Later(MediaReason.UNREACHABLE)) from None
    except ContentGone as error:
        raise _NoFile(MediaReason.NOT_PREPARED if error.failed else MediaReason.GONE) from None
    except ContentNotReady:
        raise _Later(MediaReason.NOT_PREPARED) from None
    except ContentUnavailable as error:
        raise (_Refused() if error.forbidden else _Later(MediaReason.UNREACHABLE)) from None
    except Undecryptable:
        raise _Refused from None


def _forget_bytes(file: MediaFile) -> None:
    """Delete what the row names, as a worker that died may have left it; a name is blanked after its bytes are gone."""
    names = _mine(file).exclude(stored="", preview="").values_list("stored", "preview").first()
    if names:
        storing.forget(*names)
        _mine(file).update(stored="", preview="")


def _keep(file: MediaFile, result: _Result) -> None:
    """Names into the row, bytes into the storage, then ready; if the row was taken back meanwhile, the bytes go again.

    The names come first, so that whoever takes the row back knows what to delete even if this worker dies. Not those of an
    upload, whose row holds the name of what came until it is ready.
    """
    names = {place: storing.new_name(suffix) for place, (_path, suffix) in result.made.items()}
    size = sum(path.stat().st_size for path, _suffix in result.made.values())
    named = {} if file.origin == MediaOrigin.UPLOAD else names
    _hold(file, LEASE_SECONDS + size / SLOWEST_STORAGE, **named)
    try:
        for place, (path, _suffix) in result.made.items():
            storing.keep(path, name=names[place])
    except OSError:
        storing.forget(*names.values())
        raise
    if not _mine(file).filter(**named).update(state=MediaState.READY, due_at=None, **result.fields, **names):
        storing.forget(*names.values())
        raise _TakenBack
    if file.origin == MediaOrigin.UPLOAD:
        storing.forget(file.stored)


def _fail(file: MediaFile, reason: MediaReason) -> None:
    """The end of it. Bytes that can't be deleted now keep their names: whoever tries again, or takes the file back, deletes them."""
    try:
        _forget_bytes(file)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.error("The bytes of file %d can't be deleted: %s.", file.pk, type(error).__name__)
    if _mine(file).update(state=MediaState.FAILED, reason=reason, due_at=None) and file.account_id:
        tally.count(file.account_id, tally.MEDIA_FAILED)


def _try_later(file: MediaFile, reason: MediaReason) -> None:
    """1, 2, 4 … s, at last a failure that can be tried again by hand."""
    if file.attempts >= MAXIMUM_ATTEMPTS:
        _fail(file, reason)
        return
    pause = min(2 ** (file.attempts - 1), LONGEST_PAUSE_SECONDS)
    _mine(file).update(due_at=seconds_from_now(pause))


def _wait_for_token(file: MediaFile) -> None:
    """The file waits at the gate if the token is dead, and the try doesn't count; a file that is refused by itself is given up in time."""
    assert file.account is not None  # noqa: S101 - nobody else is refused
    if _may_be_fetched(file):
        gates.hold_if_refused(file.account)
    if _may_be_fetched(file):
        _try_later(file, MediaReason.FORBIDDEN)
    else:
        _mine(file).update(due_at=Now(), attempts=file.attempts - 1)


def _may_be_fetched(file: MediaFile) -> bool:
    return keeping.wanted_files().filter(pk=file.pk).exists()
