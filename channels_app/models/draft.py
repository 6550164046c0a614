"""A channel that is still being set up: what the set-up wizard knows so far."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from workstreams.identifiers import new_public_id
from workstreams.models import Workstream

from .account import MessagingAccount, ReadMarks


class ChannelDraft(models.Model):
    """One set-up in progress per workstream, so that it can be left and taken up again by any administrator.

    `reached` is the number of the furthest page that may be opened. Deleted when the channel is made.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    workstream = models.OneToOneField(Workstream, on_delete=models.CASCADE, related_name="channel_draft")
    account = models.ForeignKey(MessagingAccount, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=12, blank=True)
    greeting_enabled = models.BooleanField(default=False)
    greeting_text = models.TextField(blank=True)
    routes_groups = models.BooleanField(default=False)
    attachments_enabled = models.BooleanField(default=False)
    customers_send_attachments = models.BooleanField(default=False)
    agents_send_attachments = models.BooleanField(default=False)
    read_marks = models.CharField(_("mark messages as read"), max_length=10, choices=ReadMarks.choices, default=ReadMarks.NEVER)
    typing_shown = models.BooleanField(_("show that an agent is writing"), default=False)
    reached = models.PositiveSmallIntegerField(default=1)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("channel being set up")
        verbose_name_plural = _("channels being set up")

    def __str__(self) -> str:
        return f"set-up in {self.workstream_id}"
