"""Messages: one bubble, once, in its place."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels_app.models import Bubble, MediaFile, MessagingAccount, WebhookEvent
from workstreams.clock import milliseconds
from workstreams.models import User

from .contact import SocialProfile
from .conversation import Conversation


class Direction(models.TextChoices):
    """In: the customer. Out: an agent or an automated message. Notice: a labelled line between the bubbles. Note: for colleagues alone."""

    IN = "in", _("From the customer")
    OUT = "out", _("To the customer")
    NOTICE = "notice", _("Notice")
    NOTE = "note", _("Note for colleagues")


class MessageKind(models.TextChoices):
    """What a bubble holds. Button: the customer tapped one that was sent here, and `text` is what it says.

    A notice names the platform's event in `data["name"]`.
    """

    TEXT = "text", _("Text")
    IMAGE = "image", _("Picture")
    VIDEO = "video", _("Video")
    AUDIO = "audio", _("Audio")
    FILE = "file", _("File")
    LOCATION = "location", _("Location")
    STICKER = "sticker", _("Sticker")
    BUTTON = "button", _("Button")
    UNSUPPORTED = "unsupported", _("Unsupported message")
    NOTICE = "notice", _("Notice")


class Message(models.Model):
    """One bubble. Shown by (`occurred_at`, `id`); unread by `id`, which is the order of arrival.

    An inbound message comes from its webhook event, an outbound one points to its Bubble, which knows what became of it.
    `withdrawn_at`: its sender took it back; text and data are gone. `author` is empty for automated messages.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    account = models.ForeignKey(MessagingAccount, on_delete=models.PROTECT, related_name="+")
    direction = models.CharField(max_length=10, choices=Direction.choices)
    kind = models.CharField(max_length=20, choices=MessageKind.choices, default=MessageKind.TEXT)
    text = models.TextField(blank=True)
    data: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    line_message_id = models.CharField(max_length=100, blank=True)
    quoted_message_id = models.CharField(max_length=100, blank=True)
    sender_profile = models.ForeignKey(SocialProfile, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    webhook_event = models.OneToOneField(WebhookEvent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    bubble = models.OneToOneField(Bubble, null=True, blank=True, on_delete=models.SET_NULL, related_name="message")
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["account", "line_message_id"], condition=~Q(line_message_id=""), name="message_once"),
            models.CheckConstraint(name="message_withdrawn_is_blank", condition=Q(withdrawn_at__isnull=True) | Q(text="", data={})),
            models.CheckConstraint(
                name="message_note_is_never_sent", condition=~Q(direction="note") | Q(bubble__isnull=True, line_message_id="")
            ),
        ]
        indexes = [models.Index(fields=["conversation", "occurred_at", "id"], name="message_shown_order")]

    def __str__(self) -> str:
        return f"{self.direction} {self.kind} {self.pk}"

    def as_last(self) -> dict[str, Any]:
        """What the work list shows of a conversation's newest message: fields of the conversation."""
        return {
            "last_message_text": self.text[: Conversation._meta.get_field("last_message_text").max_length],
            "last_message_kind": "withdrawn" if self.withdrawn_at else self.kind,
            "last_message_direction": self.direction,
            "last_message_at": self.occurred_at,
        }


class Attachment(models.Model):
    """A file of a message, in its place. Stickers and emoji are shared files; what customers and agents send is their own."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    file = models.ForeignKey(MediaFile, on_delete=models.PROTECT, related_name="attachments")
    position = models.PositiveSmallIntegerField(default=0)
    shown_name = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["message", "position"], name="attachment_position_unique")]

    def __str__(self) -> str:
        return f"{self.file_id} of message {self.message_id}"


class Draft(models.Model):
    """What somebody is writing in a conversation and hasn't sent."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="drafts")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    text = models.TextField()
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [models.UniqueConstraint(fields=["conversation", "person"], name="draft_one_each")]

    def __str__(self) -> str:
        return f"draft of {self.person_id} in {self.conversation_id}"

    @property
    def saved_ms(self) -> int:
        """When it was saved, as a browser's clock counts."""
        return milliseconds(self.saved_at)


class FormerWords(models.Model):
    """Words that a message had until it was edited or taken back, as a keyed fingerprint; `line` of its `lines`, or all of them.

    `length` is theirs, in code points. `conversations.former_words` finds them in drafts.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="former_words")
    profile = models.ForeignKey(SocialProfile, on_delete=models.CASCADE, related_name="+")
    line = models.PositiveIntegerField(null=True)
    lines = models.PositiveIntegerField()
    length = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("former words")
        verbose_name_plural = _("former words")

    def __str__(self) -> str:
        return f"{self.length} letters of message {self.message_id}"
