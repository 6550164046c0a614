"""Context variables: what work classification can note about a conversation, for later rules and for people."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .workstream import Workstream

LONGEST_VALUE = 4000


class VariableKind(models.TextChoices):
    """What a context variable holds."""

    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")


class ContextVariable(models.Model):
    """A variable that a workstream's rules may set and test. Names are case-sensitive."""

    workstream = models.ForeignKey(Workstream, on_delete=models.CASCADE, related_name="context_variables", verbose_name=_("workstream"))
    name = models.CharField(
        _("name"),
        max_length=100,
        validators=[RegexValidator(r"^[A-Za-z0-9_]+\Z", _("Letters, digits and the underscore only."))],
    )
    kind = models.CharField(_("type"), max_length=10, choices=VariableKind.choices, default=VariableKind.TEXT)

    class Meta:
        verbose_name = _("context variable")
        verbose_name_plural = _("context variables")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["workstream", "name"], name="context_variable_name_unique")]

    def __str__(self) -> str:
        return self.name
