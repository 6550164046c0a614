"""Answers that are kept ready: shared ones, and each person's own."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from workstreams.identifiers import new_public_id
from workstreams.models import User, Workstream


class QuickReply(models.Model):
    """One answer, put into the composer with `/slug`. Without an `owner` it is everybody's; without workstreams it is for all.

    `search_text` is what it can be found by, folded (`conversations.search_text`).
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="quick_replies")
    slug = models.CharField(_("short name"), max_length=40)
    title = models.CharField(_("title"), max_length=100)
    text = models.TextField(_("text"), max_length=5000)
    language = models.CharField(_("language"), max_length=12, blank=True)
    tags = models.CharField(_("tags"), max_length=200, blank=True)
    workstreams = models.ManyToManyField(Workstream, blank=True, related_name="+", verbose_name=_("workstreams"))
    search_text = models.TextField(blank=True, editable=False)

    class Meta:
        verbose_name = _("quick reply")
        verbose_name_plural = _("quick replies")
        ordering = ["title", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["slug"], condition=Q(owner__isnull=True), name="quick_reply_shared_slug"),
            models.UniqueConstraint(fields=["owner", "slug"], condition=Q(owner__isnull=False), name="quick_reply_own_slug"),
        ]

    def __str__(self) -> str:
        return f"/{self.slug}"
