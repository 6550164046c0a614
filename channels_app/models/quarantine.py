"""Webhooks whose signature no known secret explains, kept for the half hour in which the right secret may be saved."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from channels_app.secrets import EncryptedBytesField

from .account import MessagingAccount


class QuarantinedBody(models.Model):
    """One body as it came, encrypted, with the headers that sign it. It was answered 401 and is believed by nobody yet.

    `checked_with` is the newest channel secret at its last check, 0 before its first.
    """

    account = models.ForeignKey(MessagingAccount, on_delete=models.CASCADE, related_name="quarantined_bodies")
    headers: "models.JSONField[Any, Any]" = models.JSONField()
    body = EncryptedBytesField()
    size = models.PositiveIntegerField()
    received_at = models.DateTimeField(db_index=True)
    checked_with = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("quarantined webhook")
        verbose_name_plural = _("quarantined webhooks")

    def __str__(self) -> str:
        return f"{self.size} bytes"
