"""What routing and distribution work on: any piece of work, whatever channel it came from."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .person import Agent
from .workstream import Queue


class WorkState(models.TextChoices):
    """The states of a piece of work (`conversations.lifecycle` holds the one table of transitions)."""

    OPEN = "open", pgettext_lazy("state of a conversation", "Open")
    ACTIVE = "active", pgettext_lazy("state of a conversation", "Active")
    WAITING = "waiting", pgettext_lazy("state of a conversation", "Waiting")
    WRAP_UP = "wrap_up", _("Wrap-up")
    CLOSED = "closed", _("Closed")


class WorkItem(models.Model):
    """A piece of work: where it is, whose it is, and what it costs.

    `holder` is the agent whose capacity it takes (`units_held`, `profiles_held`): from the moment an offer is made, not from
    its acceptance. Clearing it and giving the capacity back happen in one transaction, so doing it twice is harmless.
    `receiver` is the agent who is asked to take over an active one, and whose capacity is reserved for it meanwhile
    (`units_reserved`, `profiles_reserved`); its agent holds it until they accept.
    """

    state = models.CharField(_("state"), max_length=10, choices=WorkState.choices, default=WorkState.OPEN)
    queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("queue"))
    agent = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("agent"))
    holder = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    units_held = models.PositiveIntegerField(default=0)
    priority = models.SmallIntegerField(default=0, help_text="the larger is served first")
    skills: "models.JSONField[Any, Any]" = models.JSONField(default=dict, blank=True, help_text="least rating by skill id")
    capacity_profiles: "models.JSONField[Any, Any]" = models.JSONField(
        default=list, blank=True, help_text="ids of the capacity profiles that rules attached"
    )
    profiles_held: "models.JSONField[Any, Any]" = models.JSONField(
        default=list, blank=True, help_text="ids of the capacity profiles in which a place of `holder` is reserved"
    )
    receiver = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    units_reserved = models.PositiveIntegerField(default=0)
    profiles_reserved: "models.JSONField[Any, Any]" = models.JSONField(
        default=list, blank=True, help_text="ids of the capacity profiles in which a place of `receiver` is reserved"
    )
    variables: "models.JSONField[Any, Any]" = models.JSONField(default=dict, blank=True, help_text="context variables by name")
    queued_at = models.DateTimeField(null=True, blank=True, help_text="since when it waits in its queue")
    last_interaction_at = models.DateTimeField(help_text="last message of either side; queues serve the oldest first")
    assigned_at = models.DateTimeField(null=True, blank=True)
    state_changed_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
