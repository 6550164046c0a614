"""Files: their bytes, or an honest reason why not."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from workstreams.identifiers import new_public_id

from .account import MessagingAccount


class MediaOrigin(models.TextChoices):
    """Content: what a customer sent, fetched from the platform. Link: behind an address. Upload: an agent's own file."""

    CONTENT = "content", _("Sent by a customer")
    LINK = "link", _("Behind an address")
    UPLOAD = "upload", _("Uploaded by an agent")


class MediaState(models.TextChoices):
    """Pending is due for a worker. Purged: the bytes go, because somebody took them back."""

    PENDING = "pending", _("Pending")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")
    PURGED = "purged", _("Purged")


class MediaKind(models.TextChoices):
    """How a file is shown and sent."""

    IMAGE = "image", _("Picture")
    VIDEO = "video", _("Video")
    AUDIO = "audio", _("Audio")
    FILE = "file", _("File")


class MediaReason(models.TextChoices):
    """Why there are no bytes. The words are `channels_app.media.words`."""

    OFF = "off"
    TOO_LARGE = "too_large"
    BLOCKED = "blocked"
    EMPTY = "empty"
    DAMAGED = "damaged"
    GONE = "gone"
    NOT_PREPARED = "not_prepared"
    UNREACHABLE = "unreachable"
    FORBIDDEN = "forbidden"
    NO_SPACE = "no_space"


class MediaFile(models.Model):
    """One file. `stored` and `preview` are names in the storage "media"; `source` is where the bytes come from.

    `source`: the platform's message id (content), the hash of `address` (link), the page's own id of the file (upload).
    Content has an address only where the platform doesn't keep it itself. `media_type` is what the bytes are, never what
    somebody says they are. `purged`: `stored` and `preview` are blanked once the bytes are gone.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    account = models.ForeignKey(MessagingAccount, null=True, blank=True, on_delete=models.PROTECT, related_name="media")
    origin = models.CharField(max_length=10, choices=MediaOrigin.choices)
    source = models.CharField(max_length=100)
    address = models.CharField(max_length=2000, blank=True)
    kind = models.CharField(max_length=10, choices=MediaKind.choices)
    name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=MediaState.choices, default=MediaState.PENDING)
    reason = models.CharField(max_length=20, choices=MediaReason.choices, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    checksum = models.CharField(max_length=64, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    duration_ms = models.PositiveBigIntegerField(default=0)
    stored = models.CharField(max_length=200, blank=True)
    preview = models.CharField(max_length=200, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = [
            models.UniqueConstraint(fields=["account", "source"], condition=Q(origin="content"), name="media_content_once"),
            models.UniqueConstraint(fields=["source"], condition=Q(origin="link"), name="media_link_once"),
            models.UniqueConstraint(fields=["account", "source"], condition=Q(origin="upload"), name="media_upload_once"),
            models.CheckConstraint(
                name="media_pending_is_due",
                condition=Q(state="pending", due_at__isnull=False) | (~Q(state="pending") & Q(due_at__isnull=True)),
            ),
            models.CheckConstraint(name="media_ready_has_bytes", condition=~Q(state="ready") | (~Q(stored="") & ~Q(media_type=""))),
            models.CheckConstraint(
                name="media_failed_has_reason", condition=Q(state="failed") & ~Q(reason="") | ~Q(state="failed") & Q(reason="")
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="pending"), name="media_due"),
            models.Index(fields=["id"], condition=Q(state="purged") & ~Q(stored="", preview=""), name="media_to_be_purged"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}: {self.state}"
