"""Routing rules. A published ruleset never changes: a change publishes the next version."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .workstream import Queue, Workstream


class Ruleset(models.Model):
    """One version of a workstream's route-to-queue rules. The highest version counts."""

    ROUTE_TO_QUEUE = "route_to_queue"

    workstream = models.ForeignKey(Workstream, on_delete=models.CASCADE, related_name="rulesets")
    kind = models.CharField(max_length=30, choices=[(ROUTE_TO_QUEUE, _("Route to queue"))], default=ROUTE_TO_QUEUE)
    version = models.PositiveIntegerField()
    published_at = models.DateTimeField(auto_now_add=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)

    class Meta:
        verbose_name = _("ruleset")
        verbose_name_plural = _("rulesets")
        constraints = [
            models.UniqueConstraint(fields=["workstream", "kind", "version"], name="ruleset_version_unique"),
            models.CheckConstraint(name="ruleset_version_positive", condition=Q(version__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.workstream_id} {self.kind} v{self.version}"


class Rule(models.Model):
    """If all conditions hold, the conversation goes to `queue`. Rules are tried by `position`; the first match wins."""

    ruleset = models.ForeignKey(Ruleset, on_delete=models.CASCADE, related_name="rules")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=100, blank=True)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="rules", verbose_name=_("queue"))

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["ruleset", "position"], name="rule_position_unique")]

    def __str__(self) -> str:
        return self.name or f"rule {self.position}"


class Condition(models.Model):
    """One test of a rule: a fact of the catalogue, an operator, and what it is compared with."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="conditions")
    position = models.PositiveSmallIntegerField(default=1)
    fact = models.CharField(_("fact"), max_length=60)
    operator = models.CharField(_("operator"), max_length=30)
    value: "models.JSONField[Any, Any]" = models.JSONField(_("value"), default=list)

    class Meta:
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["rule", "position"], name="condition_position_unique")]

    def __str__(self) -> str:
        return f"{self.fact} {self.operator} {self.value}"
