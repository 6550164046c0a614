"""The journal: nothing happens to a conversation without a line."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from workstreams.models import User

from .conversation import Conversation


class ActorKind(models.TextChoices):
    """Who did it."""

    SYSTEM = "system", _("Trunkline")
    CUSTOMER = "customer", _("Customer")
    PERSON = "person", _("Person")


class JournalEntry(models.Model):
    """One line. Append only; `data` never holds content that can be withdrawn."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="journal")
    at = models.DateTimeField()
    verb = models.CharField(max_length=40)
    actor_kind = models.CharField(max_length=10, choices=ActorKind.choices, default=ActorKind.SYSTEM)
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    data: "models.JSONField[Any, Any]" = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")
        indexes = [models.Index(fields=["conversation", "id"], name="journal_of_conversation")]

    def __str__(self) -> str:
        return f"{self.verb} {self.conversation_id}"
