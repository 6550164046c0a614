"""Additional fields of contacts, as administrators define them."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from workstreams.identifiers import new_public_id


class FieldKind(models.TextChoices):
    """What may be entered."""

    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    CHOICE = "choice", _("Choice")
    YES_NO = "yes_no", _("Yes or no")


class ContactField(models.Model):
    """One additional field. Contacts keep its value in `Contact.values` under `public_id`; `choices` is for kind *choice* only."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=FieldKind.choices, default=FieldKind.TEXT)
    choices: "models.JSONField[Any, Any]" = models.JSONField(_("choices"), default=list, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=10)

    class Meta:
        verbose_name = _("contact field")
        verbose_name_plural = _("contact fields")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name
