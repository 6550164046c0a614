"""Which agents a customer should come to."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from workstreams.models import Agent

from .contact import Contact

MOST_PREFERRED = 3


class PreferredAgent(models.Model):
    """An agent whom a customer's conversations are offered to before anybody else; `position` 1 is asked first."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="preferred_agents", verbose_name=_("contact"))
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="preferred_by", verbose_name=_("agent"))
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        verbose_name = _("preferred agent")
        verbose_name_plural = _("preferred agents")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["contact", "position"], name="preferred_agent_one_per_position"),
            models.UniqueConstraint(fields=["contact", "agent"], name="preferred_agent_once"),
            models.CheckConstraint(name="preferred_agent_position", condition=Q(position__gte=1, position__lte=MOST_PREFERRED)),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.agent_id}"
