"""What an account does for a customer besides answering."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .inbound import Lane


class Courtesy(models.Model):
    """What is still owed to a lane: the read mark up to a message, and the sign that somebody is writing.

    `read_up_to` is when the newest message that was, or is to be, marked happened: a mark never goes back. A due time means
    that it is still to be done. `typing_sequence` is the lane's newest bubble when somebody began to write: one that came
    after it makes the sign needless.
    """

    lane = models.OneToOneField(Lane, primary_key=True, on_delete=models.CASCADE, related_name="courtesy")
    read_up_to = models.DateTimeField(null=True, blank=True)
    read_token = models.TextField(blank=True)
    read_due_at = models.DateTimeField(null=True, blank=True)
    read_attempts = models.PositiveSmallIntegerField(default=0)
    typing_since = models.DateTimeField(null=True, blank=True)
    typing_sequence = models.PositiveBigIntegerField(default=0)
    typing_quiet_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("courtesy")
        verbose_name_plural = _("courtesies")
        constraints = [
            models.CheckConstraint(name="courtesy_read_mark_has_token", condition=Q(read_due_at__isnull=True) | ~Q(read_token="")),
        ]
        indexes = [
            models.Index(fields=["read_due_at"], condition=Q(read_due_at__isnull=False), name="courtesy_read_due"),
            models.Index(fields=["typing_since"], condition=Q(typing_since__isnull=False), name="courtesy_typing"),
        ]

    def __str__(self) -> str:
        return f"courtesies of lane {self.lane_id}"
