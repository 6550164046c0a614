"""Warnings about accounts, and who was told of them."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .account import MessagingAccount


class AlertKind(models.TextChoices):
    """What is wrong. The words with figures are `channels_app.alert_words`."""

    LIMIT = "limit", _("Messages of the month")
    HELD = "held", _("Sending is held")
    PUSHES_HELD = "pushes_held", _("Counted messages are held")
    WRONG_SIGNATURE = "wrong_signature", _("Wrong signatures")
    EVENTS_WAIT = "events_wait", _("Events wait")
    SENDS_WAIT = "sends_wait", _("Messages to customers wait")


class Alert(models.Model):
    """One warning, from when it began until it ended. What has a `subject` (a month and its limit) is raised once for it, ever.

    `level` is the per cent of a limit that was reached, 0 for what has no levels. `figures` are those of the moment it began.
    """

    account = models.ForeignKey(MessagingAccount, on_delete=models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=20, choices=AlertKind.choices)
    level = models.PositiveSmallIntegerField(default=0)
    subject = models.CharField(max_length=40, blank=True)
    figures: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    raised_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = [
            models.UniqueConstraint(fields=["account", "kind", "level", "subject"], condition=Q(ended_at=None), name="alert_open_once"),
            models.UniqueConstraint(fields=["account", "kind", "level", "subject"], condition=~Q(subject=""), name="alert_subject_once"),
        ]
        indexes = [models.Index(fields=["account"], condition=Q(ended_at=None), name="alert_open")]

    def __str__(self) -> str:
        return f"{self.kind} {self.level or ''}".strip()


class AlertChange(models.TextChoices):
    RAISED = "raised", _("Raised")
    ENDED = "ended", _("Ended")


class NoticeMeans(models.TextChoices):
    MAIL = "mail", _("Mail")
    WEBHOOK = "webhook", _("Webhook")


class NoticeState(models.TextChoices):
    PENDING = "pending", _("Pending")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


class AlertNotice(models.Model):
    """That somebody is told of one change of one alert by one means: once, by constraint. `due_at` is also the sender's lease."""

    # No index of its own: `alert_notice_once` begins with it.
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="notices", db_index=False)
    change = models.CharField(max_length=10, choices=AlertChange.choices)
    means = models.CharField(max_length=10, choices=NoticeMeans.choices)
    state = models.CharField(max_length=10, choices=NoticeState.choices, default=NoticeState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [models.UniqueConstraint(fields=["alert", "change", "means"], name="alert_notice_once")]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="pending"), name="alert_notice_due")]

    def __str__(self) -> str:
        return f"{self.change} by {self.means}: {self.state}"
