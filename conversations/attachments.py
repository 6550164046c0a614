"""Files of messages: what a customer sends is fetched by a worker, what an agent uploads is prepared by one; both are rows first."""

import datetime
import time
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from channels_app.hints import hint
from channels_app.inbound import InboundMessage
from channels_app.media import keeping, kinds, preparing
from channels_app.models import Channel, MediaFile, MediaOrigin, MediaReason, MediaState, MessagingAccount
from channels_app.turns import SLOW_SECONDS, Turns
from conversations import automatic_texts, journal, live, standby
from conversations.hints import FETCH_MEDIA
from conversations.models import Attachment, Conversation, Message, SocialProfile
from workstreams.clock import Now, database_now
from workstreams.models import User, WorkState

RUN_SECONDS = 20
BATCH = 30
# The sweep comes every five seconds; a file that is due sooner is waited for.
WAIT_SECONDS = 2.0
UNSENT_UPLOAD_HOURS = 24
_turns = Turns(limit=2)


def hint_fetching() -> None:
    """Say that files wait."""
    hint(FETCH_MEDIA)


# --- What a customer sent -----------------------------------------------------------------------------


def attach_inbound(message: Message, inbound: InboundMessage, channel: Channel) -> str:
    """The rows of a message's files and pictures. Returns the reason if the file is refused from the start, else nothing.

    Inside intake's transaction; nothing is fetched here.
    """
    refusal = ""
    if inbound.file is not None:
        refusal = _refusal(inbound, channel)
        file = keeping.ask_for_content(
            account=message.account,
            message_id=inbound.id,
            kind=inbound.file.kind,
            name=kinds.clean_name(inbound.file.name) if inbound.file.name else "",
            duration_ms=inbound.file.duration_ms,
            address=inbound.file.address,
            reason=refusal,
        )
        Attachment.objects.create(message=message, file=file, shown_name=file.name)
    _attach_pictures(message, inbound)
    if inbound.file is not None or inbound.pictures:
        hint_fetching()
    return refusal


def replace_pictures(message: Message, inbound: InboundMessage) -> None:
    """The emoji of a text that was edited, in place of those it had. Inside intake's transaction."""
    message.attachments.exclude(file__origin=MediaOrigin.CONTENT).delete()
    if inbound.pictures:
        _attach_pictures(message, inbound)
        hint_fetching()


def _attach_pictures(message: Message, inbound: InboundMessage) -> None:
    """Stickers and emoji: files that many messages share."""
    if inbound.pictures:
        files = keeping.ask_for_links([picture.address for picture in inbound.pictures])
        Attachment.objects.bulk_create(
            Attachment(message=message, file=files[picture.address], position=position, shown_name=picture.name)
            for position, picture in enumerate(inbound.pictures)
        )


def _refusal(inbound: InboundMessage, channel: Channel) -> str:
    assert inbound.file is not None  # noqa: S101
    if not (channel.attachments_enabled and channel.customers_send_attachments):
        return MediaReason.OFF
    if inbound.file.name and kinds.is_blocked_name(inbound.file.name):
        return MediaReason.BLOCKED
    if inbound.file.size > preparing.limit_of(MediaFile(origin=MediaOrigin.CONTENT)):
        return MediaReason.TOO_LARGE
    return ""


def tell_customer(conversation: Conversation, refusal: str) -> None:
    """An automated text for a file that isn't taken: once a conversation for each of the two reasons. The journal has what can't be said.

    A group is told nothing: its members write to each other. The caller holds the lane's lock.
    """
    from conversations import composer

    if standby.is_standby(conversation) or conversation.profile.kind != "user":
        return
    texts = {MediaReason.OFF: automatic_texts.ATTACHMENTS_OFF, MediaReason.TOO_LARGE: automatic_texts.FILE_TOO_LARGE}
    text = texts.get(MediaReason(refusal))
    if text:
        words = automatic_texts.in_language(text, conversation.language, conversation.profile.language, conversation.channel.language)
        if composer.say_automatically(conversation=conversation, text=words, client_id=f"{refusal}:{conversation.public_id}") is None:
            journal.record(conversation, "refusal_unsaid")


def take_back(message: Message) -> None:
    """The customer unsent it: its own file goes; stickers and emoji are everybody's. Inside the caller's transaction."""
    own = MediaFile.objects.filter(attachments__message=message, origin=MediaOrigin.CONTENT)
    keeping.take_back(MediaFile.objects.filter(pk__in=list(own.values_list("pk", flat=True))))
    message.attachments.all().delete()
    hint_fetching()


def fetch_again(*, attachment: Attachment) -> bool:
    """Try once more what couldn't be fetched. The caller went through the gate; harmless twice."""
    message = attachment.message
    channel = message.conversation.channel
    if attachment.file.reason == MediaReason.OFF and not (channel.attachments_enabled and channel.customers_send_attachments):
        return False
    with transaction.atomic():
        asked = keeping.ask_again(attachment.file)
        if asked:
            hint_fetching()
            live.conversation_changed(message.conversation)
    return asked


# --- What an agent sends ------------------------------------------------------------------------------


class CannotTake(Exception):
    """An uploaded file is refused; `reason` is one of `MediaReason`."""

    def __init__(self, reason: MediaReason) -> None:
        super().__init__(reason)
        self.reason = reason


def take_upload(*, account: MessagingAccount, actor: User, name: str, client_id: str, pieces: Iterable[bytes]) -> MediaFile:
    """Keep an agent's file until it is sent, and have it prepared. Raises `CannotTake` for what is refused at first sight.

    The same `client_id` again is the same file, as long as it is the same person's.
    """
    shown = kinds.clean_name(name)
    if kinds.is_blocked_name(shown):
        raise CannotTake(MediaReason.BLOCKED)
    source = f"{actor.pk}:{client_id}"
    known = MediaFile.objects.filter(account=account, origin=MediaOrigin.UPLOAD, source=source).first()
    if known is not None:
        return known
    try:
        stored, written, sniffed = preparing.keep_upload(pieces)
    except preparing.RefusedUpload as refusal:
        raise CannotTake(refusal.reason) from None
    with transaction.atomic():
        file, made = MediaFile.objects.get_or_create(
            account=account,
            origin=MediaOrigin.UPLOAD,
            source=source,
            defaults={
                "kind": sniffed.kind,
                "name": shown,
                "size": written.size,
                "stored": stored,
                "due_at": Now(),
                "uploaded_by": actor,
            },
        )
        hint_fetching()
    if not made:
        preparing.discard(stored)
    return MediaFile.objects.get(pk=file.pk)


def discard_upload(*, file: MediaFile) -> None:
    """The agent doesn't want to send it after all; what was sent already stays."""
    unsent = ~Exists(Attachment.objects.filter(file=OuterRef("pk")))
    with transaction.atomic():
        if keeping.take_back(MediaFile.objects.filter(unsent, pk=file.pk)):
            hint_fetching()


# --- The worker's part --------------------------------------------------------------------------------


def work(*, seconds: float = RUN_SECONDS) -> int:
    """Fetch and prepare what is due until nothing is, or the time is up; returns how many tries were made."""
    end = time.monotonic() + seconds
    keeping.purge()
    tried = 0
    while time.monotonic() < end:
        before = tried
        for file in keeping.due_files()[:BATCH]:
            if time.monotonic() >= end:
                break
            tried += _try_in_turn(file)
        if tried == before and not _wait_for_next(end):
            break
    return tried


def _wait_for_next(end: float) -> bool:
    """Sleep until a file is due that will be soon; whether there is one."""
    due_at = keeping.wanted_files().order_by("due_at").values_list("due_at", flat=True).first()
    if due_at is None:
        return False
    wait = (due_at - database_now()).total_seconds()
    if not 0 < wait <= WAIT_SECONDS or time.monotonic() + wait > end:
        return False
    time.sleep(wait + 0.01)
    return True


def _try_in_turn(file: MediaFile) -> int:
    """One try, unless another worker has the file or its account has enough under way."""
    place = file.account_id or 0
    if not _turns.take(place):
        return 0
    began = time.monotonic()
    try:
        if not preparing.claim(file):
            return 0
        preparing.prepare(file)
        _tell_pages(file)
        return 1
    finally:
        _turns.give_back(place, seconds=min(time.monotonic() - began, SLOW_SECONDS))


def _tell_pages(file: MediaFile) -> None:
    """Whoever shows this file sees what became of it. A profile's picture is shown wherever its live conversation is."""
    now = MediaFile.objects.get(pk=file.pk)
    if now.state == MediaState.PENDING:
        return
    conversations = Conversation.objects.select_related("queue", "agent", "holder")
    shown = conversations.filter(pk__in=Message.objects.filter(attachments__file=file).values("conversation_id"))
    pictured = conversations.exclude(state=WorkState.CLOSED).filter(profile__in=SocialProfile.objects.filter(picture=file))
    with transaction.atomic():
        # Two queries: with "or" between them all conversations are read.
        for conversation in shown[:BATCH]:
            live.messages_changed(conversation)
        for conversation in pictured[:BATCH]:
            live.conversation_changed(conversation)
    if now.origin == MediaOrigin.CONTENT and now.reason == MediaReason.TOO_LARGE:
        _tell_that_it_is_too_large(now)


def _tell_that_it_is_too_large(file: MediaFile) -> None:
    from conversations import composer

    attachment = Attachment.objects.filter(file=file).select_related("message").first()
    if attachment is not None:
        with transaction.atomic():
            conversation = composer.lock_with_lane(attachment.message.conversation_id)
            if conversation.state != WorkState.CLOSED:
                tell_customer(conversation, MediaReason.TOO_LARGE)
                live.conversation_changed(conversation)


def forget_unsent_uploads() -> int:
    """Files that an agent chose and never sent go after a day."""
    old = timezone.now() - datetime.timedelta(hours=UNSENT_UPLOAD_HOURS)
    unsent = MediaFile.objects.filter(
        ~Exists(Attachment.objects.filter(file=OuterRef("pk"))), origin=MediaOrigin.UPLOAD, created_at__lt=old
    )
    count = keeping.take_back(MediaFile.objects.filter(pk__in=list(unsent.values_list("pk", flat=True)[:500])))
    keeping.purge()
    return count
