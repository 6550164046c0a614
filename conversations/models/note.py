"""What staff write down about a customer; customers never see it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from workstreams.models import User

from .contact import Contact, SocialProfile


class ContactNote(models.Model):
    """A note about a contact, a profile, or both: what was written at a profile shows at the contact while the two are linked."""

    profile = models.ForeignKey(SocialProfile, null=True, blank=True, on_delete=models.CASCADE, related_name="notes")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField(_("text"))
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        constraints = [
            models.CheckConstraint(name="contact_note_is_about_somebody", condition=Q(profile__isnull=False) | Q(contact__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["contact", "-id"], name="contact_note_newest"),
            models.Index(fields=["profile", "-id"], name="profile_note_newest"),
        ]

    def __str__(self) -> str:
        return f"note {self.pk}"
