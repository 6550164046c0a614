"""The rows of files: asked for, asked for again, taken back. None of it does any work; a worker does what is due."""

import datetime
import hashlib
import logging
from collections.abc import Iterable, Sequence

from django.db.models import F, Q, QuerySet

from channels_app.media import storing
from channels_app.models import AccountState, MediaFile, MediaKind, MediaOrigin, MediaReason, MediaState, MessagingAccount
from workstreams.clock import Now

logger = logging.getLogger(__name__)

# What only trouble kept away may come after all; what is damaged, blocked or too large stays so.
WORTH_ANOTHER_TRY = (
    MediaReason.GONE,
    MediaReason.NOT_PREPARED,
    MediaReason.UNREACHABLE,
    MediaReason.FORBIDDEN,
    MediaReason.NO_SPACE,
    MediaReason.OFF,
)
PURGED_AT_ONCE = 200
# What the platform keeps itself is fetched with the account's token.
NEEDS_TOKEN = Q(origin=MediaOrigin.CONTENT, address="")
# So long before the gate closed a token may have been dead without anybody noticing.
UNNOTICED = datetime.timedelta(hours=1)


def ask_for_content(
    *, account: MessagingAccount, message_id: str, kind: str, name: str = "", duration_ms: int = 0, address: str = "", reason: str = ""
) -> MediaFile:
    """A row for what a customer sent; with `reason` one that is refused from the start, so that nothing is fetched."""
    pending = not reason
    file, _made = MediaFile.objects.get_or_create(
        account=account,
        origin=MediaOrigin.CONTENT,
        source=message_id,
        defaults={
            "kind": kind,
            "name": name[:200],
            "duration_ms": duration_ms,
            "address": address,
            "state": MediaState.PENDING if pending else MediaState.FAILED,
            "reason": reason,
            "due_at": Now() if pending else None,
        },
    )
    return file


def ask_for_link(address: str, *, kind: str = MediaKind.IMAGE) -> MediaFile:
    """A row for a public picture (a sticker, a profile's), the same for everybody who asks."""
    file, _made = MediaFile.objects.get_or_create(
        origin=MediaOrigin.LINK,
        source=hashlib.sha256(address.encode()).hexdigest(),
        defaults={"kind": kind, "address": address[:2000], "due_at": Now()},
    )
    return file


def ask_for_links(addresses: Sequence[str]) -> dict[str, MediaFile]:
    """As `ask_for_link` for many, in two queries where they are known already."""
    sources = {hashlib.sha256(address.encode()).hexdigest(): address for address in addresses}
    links = MediaFile.objects.filter(origin=MediaOrigin.LINK, source__in=sources)
    missing = set(sources) - set(links.values_list("source", flat=True))
    for source in sorted(missing):
        ask_for_link(sources[source])
    return {sources[file.source]: file for file in links.all()}


def ask_again(file: MediaFile) -> bool:
    """Try once more what failed for a reason that may have passed; whether there is anything to try."""
    failed = MediaFile.objects.filter(pk=file.pk, state=MediaState.FAILED, reason__in=WORTH_ANOTHER_TRY).exclude(origin=MediaOrigin.UPLOAD)
    return bool(failed.update(state=MediaState.PENDING, reason="", due_at=Now(), attempts=0))


def ask_again_for_refused(account: MessagingAccount) -> None:
    """Try once more what this account was refused while its gate was closed, and shortly before; called before it is opened.

    The platform says itself what it has lost meanwhile. What came earlier was refused for another reason.
    """
    refused = MediaFile.objects.filter(NEEDS_TOKEN, account=account, state=MediaState.FAILED, reason=MediaReason.FORBIDDEN)
    came_since = refused.filter(created_at__gt=F("account__paused_since") - UNNOTICED)
    came_since.update(state=MediaState.PENDING, reason="", due_at=Now(), attempts=0)


def wanted_files() -> QuerySet[MediaFile]:
    """What may be fetched and prepared, now or later; what needs the token of an account whose gate is closed waits.

    The gate of an account that is removed opens no more: its files are tried, and refused.
    """
    closed = MessagingAccount.objects.exclude(paused_reason="").exclude(state=AccountState.REMOVED)
    return MediaFile.objects.filter(~(NEEDS_TOKEN & Q(account__in=closed.values("pk"))), state=MediaState.PENDING)


def due_files() -> QuerySet[MediaFile]:
    """What waits for a worker, the oldest first."""
    return wanted_files().filter(due_at__lte=Now()).select_related("account").order_by("due_at", "id")


def take_back(files: QuerySet[MediaFile]) -> int:
    """Nobody sees these any more from now on; `purge` deletes the bytes. Inside the caller's transaction."""
    return files.exclude(state=MediaState.PURGED).update(
        state=MediaState.PURGED, reason="", due_at=None, name="", media_type="", checksum="", address=""
    )


def purge() -> int:
    """Delete the bytes of what was taken back; returns how many files. Safe to run twice: a name is blanked after its bytes are gone."""
    waiting = MediaFile.objects.filter(~Q(stored="", preview=""), state=MediaState.PURGED).order_by("id")
    return _delete_bytes(waiting[:PURGED_AT_ONCE])


def _delete_bytes(files: Iterable[MediaFile]) -> int:
    count = 0
    for file in files:
        try:
            storing.forget(file.stored, file.preview)
        except Exception as error:
            # A storage that is away for one file keeps neither the others nor new ones; the next sweep comes back.
            logger.error("The bytes of file %d can't be deleted: %s.", file.pk, type(error).__name__)
            continue
        MediaFile.objects.filter(pk=file.pk).update(stored="", preview="")
        count += 1
    return count
