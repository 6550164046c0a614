"""Customers: contacts in our records, and the social profiles under which they write."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels_app.models import Lane, MediaFile, MessagingAccount, WebhookEvent
from workstreams.identifiers import new_public_id

from .tag import Tag


class ContactKind(models.TextChoices):
    """A person may belong to an organisation."""

    PERSON = "person", _("Person")
    ORGANISATION = "organisation", _("Organisation")


class Contact(models.Model):
    """A customer in our records. `name` is what is shown; the action that saves a contact makes it from the parts.

    `values` holds the additional fields by the public id of their definition. `version` counts the changes: who saves says
    which one they saw.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(_("kind"), max_length=15, choices=ContactKind.choices, default=ContactKind.PERSON)
    name = models.CharField(_("name"), max_length=200)
    family_name = models.CharField(_("family name"), max_length=90, blank=True)
    given_name = models.CharField(_("given name"), max_length=90, blank=True)
    phonetic_family_name = models.CharField(_("phonetic family name"), max_length=90, blank=True)
    phonetic_given_name = models.CharField(_("phonetic given name"), max_length=90, blank=True)
    nickname = models.CharField(_("nickname"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    phone_digits = models.CharField(max_length=20, blank=True, db_index=True, help_text="without country code and leading zero")
    mail = models.CharField(_("mail"), max_length=254, blank=True, db_index=True)
    language = models.CharField(_("language"), max_length=20, blank=True)
    organisation = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="people")
    values: "models.JSONField[Any, Any]" = models.JSONField(default=dict, blank=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="contacts")
    sort_key = models.CharField(max_length=100, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.CheckConstraint(name="contact_organisation_has_none", condition=Q(kind="person") | Q(organisation__isnull=True)),
            models.CheckConstraint(name="contact_has_name", condition=~Q(name="")),
        ]
        indexes = [models.Index(fields=["sort_key", "id"], name="contact_in_order")]

    def __str__(self) -> str:
        return self.name


class ContactSearchText(models.Model):
    """All that a contact can be found by, folded (`conversations.search_text`); kept by `conversations.contact_index`.

    A table of its own, so that lists of conversations don't read it along with every name.
    """

    contact = models.OneToOneField(Contact, primary_key=True, on_delete=models.CASCADE, related_name="search")
    text = models.TextField()

    def __str__(self) -> str:
        return f"search text of contact {self.contact_id}"


class ContactToken(models.Model):
    """A piece of one to three letters of what a contact can be found by; kept by `conversations.contact_index`."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="tokens")
    token = models.CharField(max_length=4)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "contact"], name="contact_token_once")]

    def __str__(self) -> str:
        return self.token


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


class FriendshipVerb(models.TextChoices):
    """What changed. Groups: the account was added, or removed."""

    FOLLOWED = "followed", _("Added the account")
    UNBLOCKED = "unblocked", _("Unblocked the account")
    BLOCKED = "blocked", _("Blocked the account")


class SocialProfile(models.Model):
    """A customer, group or room as one account knows it. `display_name` is empty until it has been fetched.

    `own_name` is what the staff call this one, instead of the name that the platform shows. Somebody who spoke in a group is a
    customer too: `met_in` is the group that tells their name if they never wrote to the account itself.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    account = models.ForeignKey(MessagingAccount, on_delete=models.PROTECT, related_name="profiles")
    kind = models.CharField(max_length=10, choices=ProfileKind.choices, default=ProfileKind.USER)
    line_id = models.CharField(max_length=100)
    lane = models.ForeignKey(Lane, null=True, blank=True, on_delete=models.PROTECT, related_name="profiles")
    met_in = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    display_name = models.CharField(max_length=200, blank=True)
    own_name = models.CharField(_("our own name"), max_length=100, blank=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="profiles")
    picture_url = models.CharField(max_length=2000, blank=True)
    picture = models.ForeignKey(MediaFile, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
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
        """The name on screen: our own, else the contact's, else the platform's, else the last characters of the id."""
        if self.own_name:
            return self.own_name
        return self.contact.name if self.contact is not None else self.platform_name

    @property
    def platform_name(self) -> str:
        """The name that the customer chose at the platform."""
        unnamed = {ProfileKind.GROUP: _("Group %(tail)s"), ProfileKind.ROOM: _("Room %(tail)s")}
        words = unnamed.get(ProfileKind(self.kind), _("Customer %(tail)s"))
        return self.display_name or words % {"tail": self.line_id[-4:]}


class FriendshipChange(models.Model):
    """One follow or unfollow of a profile, as its event told. Append only."""

    profile = models.ForeignKey(SocialProfile, on_delete=models.CASCADE, related_name="friendship_changes", db_index=False)
    webhook_event = models.OneToOneField(WebhookEvent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    verb = models.CharField(max_length=10, choices=FriendshipVerb.choices)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("change of friendship")
        verbose_name_plural = _("changes of friendship")
        indexes = [models.Index(fields=["profile", "-at", "-id"], name="friendship_of_profile")]

    def __str__(self) -> str:
        return f"{self.verb} {self.profile_id}"
