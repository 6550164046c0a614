"""Workstreams and the queues that share their work."""

import datetime
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from workstreams.identifiers import new_public_id

from .hours import OperatingHours
from .person import Agent, BasePresence
from .skills import CapacityProfile


class AssignmentMethod(models.TextChoices):
    """How a queue orders the agents who could take a conversation."""

    HIGHEST_CAPACITY = "highest_capacity", _("Highest capacity")
    ADVANCED_ROUND_ROBIN = "advanced_round_robin", _("Advanced round robin")
    LEAST_ACTIVE = "least_active", _("Least active")
    CUSTOM = "custom", _("Own order")


class Queue(models.Model):
    """Agents who share work. A smaller `priority` number is more important."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=100)
    priority = models.PositiveSmallIntegerField(_("queue priority"), default=100, help_text=_("A smaller number is served first."))
    assignment_method = models.CharField(
        _("assignment method"), max_length=30, choices=AssignmentMethod.choices, default=AssignmentMethod.HIGHEST_CAPACITY
    )
    order_by: "models.JSONField[Any, Any]" = models.JSONField(
        default=list, blank=True, help_text="names of `workstreams.distribution.methods` orders, for the assignment method Own order"
    )
    ageing_seconds = models.PositiveIntegerField(
        _("priority ageing"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Seconds of waiting that count as much as one point of priority. Empty: the higher priority always comes first."),
    )
    hours = models.ForeignKey(
        OperatingHours, null=True, blank=True, on_delete=models.PROTECT, related_name="queues", verbose_name=_("operating hours")
    )
    service_level_seconds = models.PositiveIntegerField(
        _("service level"), null=True, blank=True, help_text=_("Seconds within which a conversation should be accepted.")
    )
    ended_texts: "models.JSONField[Any, Any]" = models.JSONField(
        default=dict,
        blank=True,
        help_text="what customers are told when it ends their conversations, by language, instead of the usual words",
    )
    sent_away_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="when a conversation last left it because the queue had no agents"
    )

    class Meta:
        verbose_name = _("queue")
        verbose_name_plural = _("queues")
        ordering = ["priority", "name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="queue_name_unique"),
            models.CheckConstraint(name="queue_ageing_positive", condition=Q(ageing_seconds__isnull=True) | Q(ageing_seconds__gte=1)),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """An agent's place in a queue."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("queue"))
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("agent"))
    joined_at = models.DateTimeField(auto_now_add=True)
    last_assigned_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [models.UniqueConstraint(fields=["queue", "agent"], name="membership_unique")]

    def __str__(self) -> str:
        return f"{self.agent_id} in {self.queue_id}"


class OverflowCondition(models.TextChoices):
    """When a queue overflows: the first two before a conversation is queued, the last while it waits."""

    OUT_OF_HOURS = "out_of_hours", _("Out of operating hours")
    WAITING_ITEMS = "waiting_items", _("More than so many conversations wait")
    WAITING_TIME = "waiting_time", _("A conversation has waited longer than so many minutes")


class OverflowAction(models.TextChoices):
    """What then becomes of the conversation."""

    QUEUE_ANYWAY = "queue_anyway", _("Put it into the queue anyway")
    TRANSFER = "transfer", _("Move it to another queue")
    END = "end", _("End the conversation")


class Overflow(models.Model):
    """What a queue does with a conversation when it is closed, full or slow; one row per condition.

    `threshold`: conversations (1–100) for waiting_items, minutes (1–2880) for waiting_time, nothing for out_of_hours.
    """

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="overflows", verbose_name=_("queue"))
    condition = models.CharField(_("condition"), max_length=20, choices=OverflowCondition.choices)
    threshold = models.PositiveSmallIntegerField(_("threshold"), null=True, blank=True)
    action = models.CharField(_("action"), max_length=20, choices=OverflowAction.choices)
    target = models.ForeignKey(
        Queue, null=True, blank=True, on_delete=models.PROTECT, related_name="overflows_into", verbose_name=_("other queue")
    )

    class Meta:
        verbose_name = _("overflow")
        verbose_name_plural = _("overflows")
        constraints = [
            models.UniqueConstraint(fields=["queue", "condition"], name="overflow_once_per_condition"),
            models.CheckConstraint(
                name="overflow_target_if_transfer",
                condition=Q(action="transfer", target__isnull=False) | (~Q(action="transfer") & Q(target__isnull=True)),
            ),
            models.CheckConstraint(name="overflow_not_into_itself", condition=Q(target__isnull=True) | ~Q(target=F("queue"))),
            models.CheckConstraint(
                name="overflow_threshold_in_range",
                condition=Q(condition="out_of_hours", threshold__isnull=True)
                | Q(condition="waiting_items", threshold__isnull=False, threshold__gte=1, threshold__lte=100)
                | Q(condition="waiting_time", threshold__isnull=False, threshold__gte=1, threshold__lte=2880),
            ),
            models.CheckConstraint(
                name="overflow_queue_anyway_only_out_of_hours", condition=~Q(action="queue_anyway") | Q(condition="out_of_hours")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.queue_id} {self.condition}: {self.action}"


class DistributionMode(models.TextChoices):
    """Push: conversations are offered to one agent at a time. Pick: agents take them from a list."""

    PUSH = "push", _("Push")
    PICK = "pick", _("Pick")


class SkillMatching(models.TextChoices):
    """What the skills that work asks for mean: required, wished for, or nothing."""

    EXACT = "exact", _("Exact match")
    CLOSEST = "closest", _("Closest match")
    NONE = "none", _("None")


class CapacityBy(models.TextChoices):
    """What one conversation takes of an agent. Capacity profiles that rules attach come on top of either."""

    UNITS = "units", _("Units")
    PROFILE = "profile", _("Capacity profile")


class PreferredFallback(models.TextChoices):
    """Who gets a customer's conversation when none of their preferred agents can take it."""

    NEXT_BEST = "next_best", _("The next best agent")
    WAIT = "wait", _("Nobody; it waits for them")


class WrapUpBlock(models.TextChoices):
    """How long the end of a conversation keeps its capacity blocked. What isn't blocked any more is closed."""

    ALWAYS = "always", _("Until the agent closes it")
    CUSTOM = "custom", _("For a time of its own")
    NONE = "none", _("Not at all")


MINUTES_OF_A_DAY = 24 * 60
LEAST_WRAP_UP_SECONDS, MOST_WRAP_UP_SECONDS = 30, 60 * 60
MOST_MINUTES = 366 * MINUTES_OF_A_DAY


def default_allowed_presences() -> list[str]:
    """Dynamics' examples allow Available and Busy."""
    return [BasePresence.AVAILABLE, BasePresence.BUSY]


class Workstream(models.Model):
    """How work of one kind is classified, queued and distributed. `mode` and `channel_type` are fixed once made."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=100)
    work_type = models.CharField(_("type"), max_length=20, choices=[("messaging", _("Messaging"))], default="messaging")
    channel_type = models.CharField(_("channel"), max_length=20)
    mode = models.CharField(_("work distribution mode"), max_length=10, choices=DistributionMode.choices, default=DistributionMode.PUSH)
    fallback_queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="fallback_for", verbose_name=_("fallback queue"))
    units_per_conversation = models.PositiveIntegerField(_("capacity units for one conversation"), default=20)
    allowed_presences: "models.JSONField[Any, Any]" = models.JSONField(_("allowed presences"), default=default_allowed_presences)
    capacity_by = models.CharField(_("capacity"), max_length=10, choices=CapacityBy.choices, default=CapacityBy.UNITS)
    capacity_profile = models.ForeignKey(
        CapacityProfile, null=True, blank=True, on_delete=models.PROTECT, related_name="workstreams", verbose_name=_("capacity profile")
    )
    skill_matching = models.CharField(_("skill matching"), max_length=10, choices=SkillMatching.choices, default=SkillMatching.CLOSEST)
    relax_skills_after_seconds = models.PositiveIntegerField(
        _("relax skills after"),
        null=True,
        blank=True,
        help_text=_("Seconds of waiting after which an exact match becomes a closest match."),
    )
    keep_same_agent = models.BooleanField(
        _("keep same agent for entire conversation"), default=True, help_text=_("A customer who comes back is offered to the former agent.")
    )
    affinity_wait_seconds = models.PositiveIntegerField(
        _("wait for the former agent"),
        default=0,
        help_text=_("Seconds for which nobody else is asked while the former agent can't take it."),
    )
    uses_preferred_agents = models.BooleanField(_("preferred agents"), default=False)
    preferred_fallback = models.CharField(
        _("without a preferred agent"), max_length=10, choices=PreferredFallback.choices, default=PreferredFallback.NEXT_BEST
    )
    auto_assign = models.BooleanField(
        _("assign automatically"), default=False, help_text=_("Offers can't be declined; when their time is over they are accepted.")
    )
    auto_accept = models.BooleanField(
        _("accept automatically"), default=False, help_text=_("Conversations open at the agent's by themselves, without an offer.")
    )
    offer_seconds = models.PositiveIntegerField(_("seconds to accept an offer"), default=120)
    wrap_up_block = models.CharField(
        _("block capacity for wrap-up"), max_length=10, choices=WrapUpBlock.choices, default=WrapUpBlock.CUSTOM
    )
    wrap_up_seconds = models.PositiveIntegerField(_("seconds of wrap-up after the end"), default=60)
    auto_close_minutes = models.PositiveIntegerField(
        _("auto-close after inactivity"), default=28 * MINUTES_OF_A_DAY, help_text="minutes for which it may wait for its customer"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("workstream")
        verbose_name_plural = _("workstreams")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="workstream_name_unique"),
            models.CheckConstraint(name="workstream_offer_seconds_sane", condition=Q(offer_seconds__gte=10, offer_seconds__lte=3600)),
            models.CheckConstraint(
                name="workstream_profile_if_by_profile", condition=~Q(capacity_by="profile") | Q(capacity_profile__isnull=False)
            ),
            models.CheckConstraint(
                name="workstream_own_wrap_up_has_time", condition=~Q(wrap_up_block="custom") | Q(wrap_up_seconds__gte=1)
            ),
            models.CheckConstraint(
                name="workstream_auto_close_sane", condition=Q(auto_close_minutes__gte=1, auto_close_minutes__lte=MOST_MINUTES)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def wrap_up_time(self) -> datetime.timedelta | None:
        """How long a conversation stays in wrap-up after its end; None: until its agent closes it, or it closes by itself."""
        if self.wrap_up_block == WrapUpBlock.ALWAYS:
            return None
        return datetime.timedelta(seconds=self.wrap_up_seconds if self.wrap_up_block == WrapUpBlock.CUSTOM else 0)
