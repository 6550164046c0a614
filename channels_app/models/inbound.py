"""What came in: webhook events as they were sent, the lanes that keep their order, and the tokens for free replies."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels_app.secrets import EncryptedBytesField, EncryptedTextField

from .account import MessagingAccount


class EventState(models.TextChoices):
    """Pending is due; the others rest. Not processed: the account was disabled or had no channel; may be replayed."""

    PENDING = "pending", _("Pending")
    PROCESSED = "processed", _("Processed")
    NOT_PROCESSED = "not_processed", _("Not processed")
    DEAD = "dead", _("Dead letter")


class WebhookEvent(models.Model):
    """One event as the platform sent it, kept once (`event_id`), whatever happens next.

    `payload` is the event as ASCII JSON, encrypted; retention blanks it, and the bare row stays as the dedupe key until
    nobody can send it again. `kind` is the platform's own word.
    `lane_key` names the customer, group or room whose events are handled one after the other.
    """

    # No index of its own: `webhook_event_once` begins with it.
    account = models.ForeignKey(MessagingAccount, on_delete=models.PROTECT, related_name="webhook_events", db_index=False)
    event_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=60)
    lane_key = models.CharField(max_length=160)
    line_message_id = models.CharField(max_length=100, blank=True)
    payload = EncryptedBytesField(null=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=15, choices=EventState.choices, default=EventState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("webhook event")
        verbose_name_plural = _("webhook events")
        constraints = [models.UniqueConstraint(fields=["account", "event_id"], name="webhook_event_once")]
        indexes = [
            models.Index(
                fields=["account", "lane_key", "occurred_at", "event_id"], condition=Q(state="pending"), name="webhook_event_pending"
            ),
            models.Index(fields=["received_at"], condition=Q(state="pending"), name="webhook_event_waiting"),
            models.Index(fields=["account", "received_at"], condition=Q(payload__isnull=False), name="webhook_event_content"),
            models.Index(fields=["account", "line_message_id"], condition=~Q(line_message_id=""), name="webhook_event_message"),
            models.Index(
                fields=["account", "received_at"], condition=Q(state__in=["not_processed", "dead"]), name="webhook_event_unprocessed"
            ),
            models.Index(fields=["account", "-received_at"], name="webhook_event_recent"),
            # The journal's: everything, one type, one customer; each in the order of arrival.
            models.Index(fields=["received_at"], name="webhook_event_arrival"),
            models.Index(fields=["kind", "received_at"], name="webhook_event_kind"),
            models.Index(fields=["lane_key", "received_at"], name="webhook_event_lane"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class Lane(models.Model):
    """One customer, group or room at an account: one worker at a time, in order.

    Locked with `no_key` only: rows point here. `inbound_held_until` is at once the lease of the worker that handles the
    lane's oldest event and the back-off after operational trouble. `last_sequence` numbers the bubbles. `standby`: the
    newest event that tells (at `mode_at`) says that another tool holds the chat, so nothing may be sent.
    """

    account = models.ForeignKey(MessagingAccount, on_delete=models.PROTECT, related_name="lanes")
    key = models.CharField(max_length=160)
    inbound_held_until = models.DateTimeField(null=True, blank=True)
    inbound_backoff_seconds = models.FloatField(default=0)
    last_sequence = models.PositiveBigIntegerField(default=0)
    standby = models.BooleanField(default=False)
    mode_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("lane")
        verbose_name_plural = _("lanes")
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="lane_unique")]

    def __str__(self) -> str:
        return self.key


class ReplyTokenState(models.TextChoices):
    """Unknown: it was used and the answer was unclear; it may be spent."""

    FRESH = "fresh", _("Fresh")
    SPENT = "spent", _("Spent")
    EXPIRED = "expired", _("Expired")
    UNKNOWN = "unknown", _("Unknown")


class ReplyToken(models.Model):
    """The right to answer one event for free, once, while fresh. `usable_until` already holds the safety margin."""

    event = models.OneToOneField(WebhookEvent, on_delete=models.CASCADE, related_name="reply_token")
    lane = models.ForeignKey(Lane, on_delete=models.CASCADE, related_name="reply_tokens")
    value = EncryptedTextField(null=True)
    usable_until = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ReplyTokenState.choices, default=ReplyTokenState.FRESH)

    class Meta:
        verbose_name = _("reply token")
        verbose_name_plural = _("reply tokens")
        indexes = [models.Index(fields=["lane", "usable_until"], condition=Q(state="fresh"), name="reply_token_fresh")]
        constraints = [
            models.CheckConstraint(name="reply_token_fresh_has_value", condition=~Q(state="fresh") | Q(value__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.state} until {self.usable_until}"


class Withdrawn(models.Model):
    """A message that its sender took back. It stays withdrawn even if the message itself comes later."""

    account = models.ForeignKey(MessagingAccount, on_delete=models.CASCADE, related_name="withdrawn")
    line_message_id = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("withdrawn message")
        verbose_name_plural = _("withdrawn messages")
        constraints = [models.UniqueConstraint(fields=["account", "line_message_id"], name="withdrawn_once")]

    def __str__(self) -> str:
        return self.line_message_id
