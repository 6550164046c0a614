"""Workstreams and the queues that share their work."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from workstreams.identifiers import new_public_id

from .person import Agent, BasePresence


class AssignmentMethod(models.TextChoices):
    """How a queue orders the agents who could take a conversation."""

    HIGHEST_CAPACITY = "highest_capacity", _("Highest capacity")


class Queue(models.Model):
    """Agents who share work. A smaller `priority` number is more important."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=100)
    priority = models.PositiveSmallIntegerField(_("queue priority"), default=100, help_text=_("A smaller number is served first."))
    assignment_method = models.CharField(
        _("assignment method"), max_length=30, choices=AssignmentMethod.choices, default=AssignmentMethod.HIGHEST_CAPACITY
    )

    class Meta:
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        ordering = ["priority", "name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="queue_name_unique")]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """An agent's place in a queue."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("queue"))
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("agent"))
    joined_at = models.DateTimeField(auto_now_add=True)
    last_assigned_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [models.UniqueConstraint(fields=["queue", "agent"], name="membership_unique")]

    def __str__(self) -> str:
        return f"{self.agent_id} in {self.queue_id}"


class DistributionMode(models.TextChoices):
    """Push: conversations are offered to one agent at a time. Pick: agents take them from a list."""

    PUSH = "push", _("Push")
    PICK = "pick", _("Pick")


def default_allowed_presences() -> list[str]:
    """Dynamics' examples allow Available and Busy."""
    return [BasePresence.AVAILABLE, BasePresence.BUSY]


class Workstream(models.Model):
    """How work of one kind is classified, queued and distributed. `mode` and `channel_type` are fixed once made."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=100)
    work_type = models.CharField(_("type"), max_length=20, choices=[("messaging", _("Messaging"))], default="messaging")
    channel_type = models.CharField(_("channel"), max_length=20)
    mode = models.CharField(_("work distribution mode"), max_length=10, choices=DistributionMode.choices, default=DistributionMode.PUSH)
    fallback_queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="fallback_for", verbose_name=_("fallback queue"))
    units_per_conversation = models.PositiveIntegerField(_("capacity units for one conversation"), default=20)
    allowed_presences: "models.JSONField[Any, Any]" = models.JSONField(_("allowed presences"), default=default_allowed_presences)
    offer_seconds = models.PositiveIntegerField(_("seconds to accept an offer"), default=120)
    wrap_up_seconds = models.PositiveIntegerField(_("seconds of wrap-up after the end"), default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("workstream")
        verbose_name_plural = _("workstreams")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="workstream_name_unique"),
            models.CheckConstraint(name="workstream_offer_seconds_sane", condition=Q(offer_seconds__gte=10, offer_seconds__lte=3600)),
        ]

    def __str__(self) -> str:
        return self.name
