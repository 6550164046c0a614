"""What goes out: bubbles in their place, frozen into deliveries that are counted once."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .account import MessagingAccount
from .inbound import Lane, ReplyToken


class DeliveryMethod(models.TextChoices):
    """A reply is free and has seconds; a push is counted against the plan."""

    REPLY = "reply", _("Reply")
    PUSH = "push", _("Push")


class DeliveryState(models.TextChoices):
    """Sending and retry block the lane. Refused: clearly not sent, its bubbles go into another delivery."""

    SENDING = "sending", _("Sending")
    RETRY = "retry", _("To be retried")
    ACCEPTED = "accepted", _("Accepted")
    UNKNOWN = "unknown", _("Unknown")
    FAILED = "failed", _("Failed")
    REFUSED = "refused", _("Refused")


IN_FLIGHT = (DeliveryState.SENDING, DeliveryState.RETRY)


class Delivery(models.Model):
    """One request with one to five bubbles: fixed before it goes, never edited, only blanked.

    `body` is the exact request body (without the reply token, which lies encrypted in its own row). `retry_key` is
    set on pushes before the first try (LINE keeps retry keys 24 h). `first_unclear_at` is the first try of which nobody
    knows whether it arrived. One delivery in flight per lane, by constraint.
    """

    lane = models.ForeignKey(Lane, on_delete=models.PROTECT, related_name="deliveries")
    method = models.CharField(max_length=10, choices=DeliveryMethod.choices)
    body = models.TextField(blank=True)
    reply_token = models.OneToOneField(ReplyToken, null=True, blank=True, on_delete=models.SET_NULL, related_name="delivery")
    retry_key = models.UUIDField(null=True, blank=True, unique=True)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.SENDING)
    attempts = models.PositiveIntegerField(default=0)
    unclear_attempts = models.PositiveIntegerField(default=0)
    first_unclear_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    request_id = models.CharField(max_length=100, blank=True)
    message_ids: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    quote_tokens: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["lane"], condition=Q(state__in=["sending", "retry"]), name="delivery_one_in_flight"),
            models.CheckConstraint(
                name="delivery_push_has_retry_key",
                condition=Q(method="push", retry_key__isnull=False) | Q(method="reply", retry_key__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state__in=["sending", "retry"]), name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.method} {self.state}"


class Bubble(models.Model):
    """What is to be said, in its place in the lane. Queued until it is frozen into a delivery.

    `client_id` is made by the sender's page, so a double click is one bubble.
    """

    lane = models.ForeignKey(Lane, on_delete=models.PROTECT, related_name="bubbles")
    sequence = models.PositiveBigIntegerField()
    content: "models.JSONField[Any, Any]" = models.JSONField()
    client_id = models.CharField(max_length=64)
    delivery = models.ForeignKey(Delivery, null=True, blank=True, on_delete=models.SET_NULL, related_name="bubbles")
    position = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("bubble")
        verbose_name_plural = _("bubbles")
        constraints = [
            models.UniqueConstraint(fields=["lane", "sequence"], name="bubble_sequence_unique"),
            models.UniqueConstraint(fields=["lane", "client_id"], name="bubble_client_id_unique"),
            models.UniqueConstraint(fields=["delivery", "position"], name="bubble_position_unique"),
            models.CheckConstraint(
                name="bubble_position_with_delivery",
                condition=Q(delivery__isnull=True, position__isnull=True) | Q(delivery__isnull=False, position__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["lane", "sequence"], condition=Q(delivery__isnull=True), name="bubble_queued")]

    def __str__(self) -> str:
        return f"bubble {self.sequence} of lane {self.lane_id}"


class EndpointPause(models.Model):
    """A pause after "too many requests": nothing goes to this endpoint of this account before `until`."""

    account = models.ForeignKey(MessagingAccount, on_delete=models.CASCADE, related_name="endpoint_pauses")
    method = models.CharField(max_length=10, choices=DeliveryMethod.choices)
    until = models.DateTimeField()
    seconds = models.FloatField()

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        constraints = [models.UniqueConstraint(fields=["account", "method"], name="endpoint_pause_unique")]

    def __str__(self) -> str:
        return f"{self.method} until {self.until}"


class CallWindow(models.Model):
    """How often an endpoint with a small allowance was called since `began_at`; `channels_app.windows` knows how often it may be."""

    account = models.ForeignKey(MessagingAccount, on_delete=models.CASCADE, related_name="call_windows", db_index=False)
    endpoint = models.CharField(max_length=20)
    began_at = models.DateTimeField()
    calls = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("counted window")
        verbose_name_plural = _("counted windows")
        constraints = [models.UniqueConstraint(fields=["account", "endpoint"], name="call_window_unique")]

    def __str__(self) -> str:
        return f"{self.calls} x {self.endpoint} since {self.began_at}"
