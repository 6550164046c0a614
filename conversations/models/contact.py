"""Customers: contacts in our records, and the social profiles under which they write."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels_app.models import Lane, MessagingAccount
from workstreams.identifiers import new_public_id


class ContactKind(models.TextChoices):
    """A person may belong to an organisation."""

    PERSON = "person", _("Person")
    ORGANISATION = "organisation", _("Organisation")


class Contact(models.Model):
    """A customer in our records."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(_("kind"), max_length=15, choices=ContactKind.choices, default=ContactKind.PERSON)
    name = models.CharField(_("name"), max_length=200)
    organisation = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="people")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.CheckConstraint(name="contact_organisation_has_none", condition=Q(kind="person") | Q(organisation__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.name


class ProfileKind(models.TextChoices):
    """Whom a lane is with."""

    USER = "user", _("Customer")
    GROUP = "group", _("Group")
    ROOM = "room", _("Room")
    UNKNOWN = "unknown", _("Unknown sender")


class FollowState(models.TextChoices):
    """Whether the customer is a friend of the account, as far as its events tell."""

    UNKNOWN = "unknown", _("Not known")
    FOLLOWING = "following", _("Friend")
    BLOCKED = "blocked", _("Has blocked the account")


class SocialProfile(models.Model):
    """A customer, group or room as one account knows it. `display_name` is empty until it has been fetched."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    account = models.ForeignKey(MessagingAccount, on_delete=models.PROTECT, related_name="profiles")
    kind = models.CharField(max_length=10, choices=ProfileKind.choices, default=ProfileKind.USER)
    line_id = models.CharField(max_length=100)
    lane = models.ForeignKey(Lane, null=True, blank=True, on_delete=models.PROTECT, related_name="profiles")
    display_name = models.CharField(max_length=200, blank=True)
    picture_url = models.CharField(max_length=2000, blank=True)
    language = models.CharField(max_length=20, blank=True)
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="profiles")
    follow_state = models.CharField(max_length=10, choices=FollowState.choices, default=FollowState.UNKNOWN)
    followed_at = models.DateTimeField(null=True, blank=True)
    follow_changed_at = models.DateTimeField(null=True, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    fetch_due_at = models.DateTimeField(null=True, blank=True)
    fetch_attempts = models.PositiveSmallIntegerField(default=0)
    greeted_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("social profile")
        verbose_name_plural = _("social profiles")
        constraints = [
            models.UniqueConstraint(fields=["account", "kind", "line_id"], name="social_profile_once"),
            models.CheckConstraint(name="social_profile_contact_is_for_users", condition=Q(kind="user") | Q(contact__isnull=True)),
        ]
        indexes = [models.Index(fields=["fetch_due_at"], condition=Q(fetch_due_at__isnull=False), name="social_profile_fetch_due")]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """The name on screen: the contact's, else the platform's, else the last characters of the id."""
        if self.contact is not None:
            return self.contact.name
        return self.display_name or _("Customer %(tail)s") % {"tail": self.line_id[-4:]}
