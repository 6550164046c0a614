"""Time-out rules: what happens when the customer or the agent says nothing for a while."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from workstreams.identifiers import new_public_id
from workstreams.languages import LANGUAGES

from .workstream import MOST_MINUTES, Workstream


class Trigger(models.TextChoices):
    """Who is silent. The agent: from the customer's last message on; before the first answer, from the assignment on."""

    CUSTOMER_SILENT = "customer_silent", _("The customer doesn't answer")
    AGENT_SILENT = "agent_silent", _("The agent doesn't answer")


class TimeoutAction(models.TextChoices):
    """What happens then."""

    MESSAGE_CUSTOMER = "message_customer", _("Send the customer a message")
    MESSAGE_AGENT = "message_agent", _("Remind the agent")
    WAIT = "wait", _("Wait for customer")
    RELEASE = "release", _("Put it back into its queue")
    CLOSE = "close", _("Close the conversation")


MESSAGES = (TimeoutAction.MESSAGE_CUSTOMER, TimeoutAction.MESSAGE_AGENT)


class TimeoutRule(models.Model):
    """After so many minutes of silence, one thing happens, once. Of rules due at once, the smaller `priority` number runs first.

    `texts`: what is said, by language; `fallback_language` has a text, for those whose own language has none.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    workstream = models.ForeignKey(Workstream, on_delete=models.CASCADE, related_name="timeout_rules", verbose_name=_("workstream"))
    name = models.CharField(_("name"), max_length=100)
    enabled = models.BooleanField(_("switched on"), default=True)
    trigger = models.CharField(_("when"), max_length=20, choices=Trigger.choices)
    minutes = models.PositiveIntegerField(_("for more than"))
    action = models.CharField(_("then"), max_length=20, choices=TimeoutAction.choices)
    texts: "models.JSONField[Any, Any]" = models.JSONField(_("texts"), default=dict, blank=True)
    fallback_language = models.CharField(_("fallback language"), max_length=12, blank=True, choices=LANGUAGES)
    priority = models.PositiveSmallIntegerField(_("priority"), default=100)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("time-out rule")
        verbose_name_plural = _("time-out rules")
        ordering = ["priority", "minutes", "pk"]
        constraints = [
            models.CheckConstraint(name="timeout_rule_minutes_sane", condition=Q(minutes__gte=1, minutes__lte=MOST_MINUTES)),
            models.CheckConstraint(
                name="timeout_rule_says_something", condition=~Q(action__in=MESSAGES) | (~Q(texts={}) & ~Q(fallback_language=""))
            ),
            # Who waits for an answer must not be made to wait for themselves.
            models.CheckConstraint(name="timeout_rule_waits_for_the_silent", condition=~Q(action="wait") | Q(trigger="customer_silent")),
            models.CheckConstraint(
                name="timeout_rule_releases_from_the_silent", condition=~Q(action="release") | Q(trigger="agent_silent")
            ),
        ]

    def __str__(self) -> str:
        return self.name
