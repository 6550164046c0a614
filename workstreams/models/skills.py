"""What agents can do, and what else than units limits their work."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from workstreams.identifiers import new_public_id

from .person import Agent

LOWEST_RATING, HIGHEST_RATING = 1, 10
RATING = (MinValueValidator(LOWEST_RATING), MaxValueValidator(HIGHEST_RATING))


class Skill(models.Model):
    """Something an agent can do and work can ask for. All skills are rated from 1 to 10, so ratings compare."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=100)
    description = models.CharField(_("description"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="skill_name_unique")]

    def __str__(self) -> str:
        return self.name


class AgentSkill(models.Model):
    """How well an agent can do something."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="skills", verbose_name=_("agent"))
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="agents", verbose_name=_("skill"))
    rating = models.PositiveSmallIntegerField(_("rating"), default=5, validators=RATING)

    class Meta:
        verbose_name = _("skill of an agent")
        verbose_name_plural = _("skills of an agent")
        constraints = [
            models.UniqueConstraint(fields=["agent", "skill"], name="agent_skill_unique"),
            models.CheckConstraint(name="agent_skill_rating_in_scale", condition=Q(rating__gte=LOWEST_RATING, rating__lte=HIGHEST_RATING)),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.skill_id}: {self.rating}"


class Reset(models.TextChoices):
    """When a used place of a capacity profile is free again."""

    IMMEDIATE = "immediate", _("At once")
    END_OF_DAY = "end_of_day", _("At the end of the day")


class CapacityProfile(models.Model):
    """A number of pieces of work of one kind that an agent may have at a time, or a day. `reset` is fixed once made."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=100)
    limit = models.PositiveSmallIntegerField(_("work item limit"), default=1, validators=[MinValueValidator(1)])
    reset = models.CharField(_("reset"), max_length=12, choices=Reset.choices, default=Reset.IMMEDIATE)
    blocks = models.BooleanField(
        _("blocks assignment"), default=False, help_text=_("At the limit nothing at all is assigned automatically.")
    )

    class Meta:
        verbose_name = _("capacity profile")
        verbose_name_plural = _("capacity profiles")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="capacity_profile_name_unique"),
            models.CheckConstraint(name="capacity_profile_limit_positive", condition=Q(limit__gte=1)),
        ]

    def __str__(self) -> str:
        return self.name


class AgentCapacity(models.Model):
    """An agent's places in a capacity profile. `used` moves only by conditional update, as `Agent.units_used` does."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="capacities", verbose_name=_("agent"))
    profile = models.ForeignKey(CapacityProfile, on_delete=models.CASCADE, related_name="capacities", verbose_name=_("capacity profile"))
    own_limit = models.PositiveSmallIntegerField(_("own limit"), null=True, blank=True, help_text=_("Empty: the profile's limit."))
    used = models.IntegerField(_("in use"), default=0, editable=False)

    class Meta:
        verbose_name = _("capacity of an agent")
        verbose_name_plural = _("capacities of an agent")
        constraints = [
            models.UniqueConstraint(fields=["agent", "profile"], name="agent_capacity_unique"),
            models.CheckConstraint(name="agent_capacity_used_not_negative", condition=Q(used__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.profile_id}: {self.used}"

    @property
    def limit(self) -> int:
        """How many places the agent has."""
        return self.profile.limit if self.own_limit is None else self.own_limit
