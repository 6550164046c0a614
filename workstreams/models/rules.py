"""Routing rules. A published ruleset never changes: a change publishes the next version."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .workstream import Workstream


def no_rules() -> dict[str, Any]:
    return {"classification": [], "routes": []}


class Ruleset(models.Model):
    """One version of a workstream's rules, whole: work classification and route-to-queue. The highest version counts.

    `content` is the document of `workstreams.routing.document`, written once.
    """

    workstream = models.ForeignKey(Workstream, on_delete=models.CASCADE, related_name="rulesets")
    version = models.PositiveIntegerField()
    content: "models.JSONField[Any, Any]" = models.JSONField(default=no_rules)
    published_at = models.DateTimeField(auto_now_add=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)

    class Meta:
        verbose_name = _("ruleset")
        verbose_name_plural = _("rulesets")
        constraints = [
            models.UniqueConstraint(fields=["workstream", "version"], name="ruleset_version_unique"),
            models.CheckConstraint(name="ruleset_version_positive", condition=Q(version__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.workstream_id} v{self.version}"
