"""People: who logs in, who takes work, and who is there."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from workstreams.identifiers import new_public_id

if TYPE_CHECKING:
    from .workstream import Queue


class Role(models.TextChoices):
    """What a person may do; one role each."""

    AGENT = "agent", _("Agent")
    SUPERVISOR = "supervisor", _("Supervisor")
    ADMINISTRATOR = "administrator", _("Administrator")


class PersonManager(UserManager["User"]):
    """Makes people; a superuser is an administrator."""

    def create_superuser(self, username: str, email: str | None = None, password: str | None = None, **extra: Any) -> "User":
        extra.setdefault("role", Role.ADMINISTRATOR)
        return super().create_superuser(username, email, password, **extra)


class User(AbstractUser):
    """A person who logs in. Administrators are the staff of Django admin."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.AGENT)
    language = models.CharField(_("language"), max_length=12, blank=True, help_text=_("Language of the pages; empty: the browser's."))
    theme = models.CharField(
        _("theme"), max_length=8, blank=True, choices=[("", _("As the device")), ("light", _("Light")), ("dark", _("Dark"))]
    )

    choices: "models.JSONField[Any, Any]" = models.JSONField(
        default=dict, blank=True, editable=False, help_text="what was switched on or off in the inbox, where it isn't as usual"
    )

    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    @property
    def shown_name(self) -> str:
        """The name that colleagues see."""
        return self.get_full_name() or self.username

    @property
    def is_administrator(self) -> bool:
        return self.is_superuser or self.role == Role.ADMINISTRATOR

    @property
    def is_supervisor(self) -> bool:
        """Supervisors and administrators see the floor."""
        return self.is_administrator or self.role == Role.SUPERVISOR


class PasswordLink(models.Model):
    """The one link with which a person sets their own password; a newer one takes its row. Only a hash is kept."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="password_link", primary_key=True)
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        verbose_name = _("password link")
        verbose_name_plural = _("password links")

    def __str__(self) -> str:
        return f"{self.person_id}"


class BasePresence(models.TextChoices):
    """What an agent is ready for. Nobody chooses Inactive: it is written when an agent misses an offer, and ends when they choose."""

    AVAILABLE = "available", _("Available")
    BUSY = "busy", _("Busy")
    DO_NOT_DISTURB = "do_not_disturb", _("Do not disturb")
    INACTIVE = "inactive", _("Inactive")
    AWAY = "away", _("Away")
    OFFLINE = "offline", _("Offline")

    @classmethod
    def choosable(cls) -> "list[tuple[str, Any]]":
        """What people may choose, with labels."""
        return [choice for choice in cls.choices if choice[0] != cls.INACTIVE]


class CustomPresence(models.Model):
    """A presence in the team's own words, such as "Lunch"; what counts is its base."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=40)
    base = models.CharField(_("counts as"), max_length=20, choices=BasePresence.choosable)
    position = models.PositiveSmallIntegerField(_("place in the menu"), default=1)

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("presences")
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="custom_presence_name_unique")]

    def __str__(self) -> str:
        return self.name


class Agent(models.Model):
    """The working side of a person: capacity, languages, queues.

    `units_used` moves only by conditional update (`workstreams.distribution.capacity`); automation never takes it
    over `units_total`, but picking and supervisors may, so there is no check constraint on the sum. The same updates give
    nothing to an agent who has left.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="agent")
    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    public_name = models.CharField(_("public name"), max_length=100, help_text=_("The name that customers see."))
    languages = models.JSONField(_("languages"), default=list, blank=True)
    default_presence = models.CharField(
        _("presence after signing in"),
        max_length=20,
        default=BasePresence.AVAILABLE,
        choices=BasePresence.choosable,
        help_text=_("Available follows what the agent has: Busy with work, Do not disturb when there is no room."),
    )
    units_total = models.PositiveIntegerField(_("capacity units"), default=100)
    units_used = models.IntegerField(_("units in use"), default=0, editable=False)
    last_assigned_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_released_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="when work last gave capacity back")
    left_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="since when nothing can be given to this agent")
    queues: "models.ManyToManyField[Queue, Any]" = models.ManyToManyField(
        "workstreams.Queue", through="workstreams.Membership", related_name="agents"
    )

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
        constraints = [models.CheckConstraint(name="agent_units_used_not_negative", condition=Q(units_used__gte=0))]

    def __str__(self) -> str:
        return self.public_name

    @property
    def units_free(self) -> int:
        return self.units_total - self.units_used


class Presence(models.Model):
    """Who is there now. `state` is what counts; `former` is what comes back after a short absence.

    `by_hand`: the agent chose it. What was chosen as Available or Busy follows the capacity again with the next conversation
    that comes or goes; every other choice stays until the next one. `custom` is how the agent's choice is called.

    Apart from Agent because the heartbeat writes it every 20 s. An agent is there while `seen_at` is younger
    than 60 s (`workstreams.presence`), whatever `state` says.
    """

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, related_name="presence", primary_key=True)
    state = models.CharField(max_length=20, choices=BasePresence.choices, default=BasePresence.OFFLINE)
    former = models.CharField(max_length=20, choices=BasePresence.choices, blank=True)
    by_hand = models.BooleanField(default=False)
    custom = models.ForeignKey(CustomPresence, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("presence of an agent")
        verbose_name_plural = _("presences of agents")

    def __str__(self) -> str:
        return f"{self.agent_id}: {self.state}"

    @property
    def shown_name(self) -> str:
        """What colleagues read."""
        named = self.custom is not None and self.custom.base == self.state
        return self.custom.name if self.custom and named else str(BasePresence(self.state).label)
