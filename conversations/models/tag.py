"""Tags: words that staff put on customers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from workstreams.identifiers import new_public_id

COLOURS = 8


class Tag(models.Model):
    """One word or two, with one of eight colours. `key` is the folded name, so that VIP and ｖｉｐ are one tag."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=40)
    key = models.CharField(max_length=80, unique=True, editable=False)
    colour = models.PositiveSmallIntegerField(_("colour"), default=0)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(name="tag_colour_exists", condition=models.Q(colour__lt=COLOURS)),
            models.CheckConstraint(name="tag_has_name", condition=~models.Q(key="")),
        ]

    def __str__(self) -> str:
        return self.name
