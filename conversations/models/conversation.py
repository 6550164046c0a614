"""Conversations, the offers that bring them to agents, and the decisions that chose their queue."""

import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from channels_app.models import Channel
from workstreams.identifiers import new_public_id
from workstreams.models import Agent, Queue, Ruleset, User, WorkItem

from .contact import FollowState, ProfileKind, SocialProfile

LAST_MESSAGE_REACH = datetime.timedelta(days=7)


class Conversation(WorkItem):
    """One piece of work with one customer on one channel. One live conversation per channel and profile, by constraint.

    `routed_at` is empty until the rules have chosen a queue; before that `queue` is the fallback queue and nobody is
    offered it. `aside`: kept and listed but handed to nobody, because the channel routes no groups or another tool holds the
    chat; somebody may still take it. `unread_count` counts the customer's messages whose arrival lies after `read_message_id`.
    `words_version`: the newest `FormerWords` that drafts in this conversation may quote.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="conversations")
    profile = models.ForeignKey(SocialProfile, on_delete=models.PROTECT, related_name="conversations")
    returning = models.BooleanField(default=False, help_text="the customer had a conversation or a contact before")
    first_text = models.TextField(blank=True)
    language = models.CharField(max_length=20, blank=True)
    routed_at = models.DateTimeField(null=True, blank=True)
    aside = models.BooleanField(default=False)
    affinity_agent = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    let_go_by = models.ForeignKey(
        Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text="had it until it was queued: is asked last"
    )
    last_message_text = models.CharField(max_length=300, blank=True)
    last_message_kind = models.CharField(max_length=20, blank=True)
    last_message_direction = models.CharField(max_length=10, blank=True)
    last_message_at = models.DateTimeField(null=True, blank=True)
    last_customer_message_at = models.DateTimeField(null=True, blank=True)
    last_agent_message_at = models.DateTimeField(null=True, blank=True, help_text="what the product itself says doesn't count")
    unread_count = models.PositiveIntegerField(default=0)
    read_message_id = models.PositiveBigIntegerField(default=0)
    words_version = models.PositiveBigIntegerField(default=0)
    closed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    close_reason = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        constraints = [
            models.UniqueConstraint(fields=["channel", "profile"], condition=~Q(state="closed"), name="conversation_one_live"),
            models.CheckConstraint(name="conversation_active_has_agent", condition=~Q(state="active") | Q(agent__isnull=False)),
            models.CheckConstraint(
                name="conversation_open_has_queue_only",
                condition=~Q(state="open") | Q(queue__isnull=False, agent__isnull=True),
            ),
            models.CheckConstraint(name="conversation_units_have_holder", condition=Q(units_held=0) | Q(holder__isnull=False)),
            models.CheckConstraint(name="conversation_only_active_is_passed_on", condition=Q(receiver__isnull=True) | Q(state="active")),
            models.CheckConstraint(
                name="conversation_receiver_is_another", condition=Q(receiver__isnull=True) | ~Q(receiver=models.F("agent"))
            ),
            models.CheckConstraint(name="conversation_reserved_has_receiver", condition=Q(units_reserved=0) | Q(receiver__isnull=False)),
            models.CheckConstraint(
                name="conversation_closed_has_time",
                condition=Q(state="closed", closed_at__isnull=False) | (~Q(state="closed") & Q(closed_at__isnull=True)),
            ),
            models.CheckConstraint(name="conversation_closed_holds_nothing", condition=~Q(state="closed") | Q(holder__isnull=True)),
        ]
        indexes = [
            models.Index(fields=["agent", "-last_interaction_at", "-id"], condition=~Q(state="closed"), name="conversation_my_work"),
            models.Index(fields=["queue", "last_interaction_at", "id"], condition=Q(state="open"), name="conversation_waiting"),
            models.Index(fields=["queue", "-closed_at", "-id"], condition=Q(state="closed"), name="conversation_closed_of_queue"),
            models.Index(fields=["agent", "-closed_at", "-id"], condition=Q(state="closed"), name="conversation_closed_of_agent"),
            models.Index(
                fields=["queue", "-closed_at", "-id"], condition=Q(state="closed", unread_count__gt=0), name="conversation_unread_of_queue"
            ),
            models.Index(
                fields=["agent", "-closed_at", "-id"], condition=Q(state="closed", unread_count__gt=0), name="conversation_unread_of_agent"
            ),
            models.Index(fields=["state", "queued_at", "id"], condition=~Q(state="closed"), name="conversation_on_floor"),
            models.Index(fields=["state", "state_changed_at"], condition=~Q(state="closed"), name="conversation_in_state_since"),
            models.Index(fields=["profile", "-id"], name="conversation_of_profile"),
            models.Index(fields=["holder"], condition=Q(holder__isnull=False), name="conversation_holding"),
            models.Index(
                fields=["-priority", "last_interaction_at", "id", "queue"],
                condition=Q(state="open", aside=False, routed_at__isnull=False, holder__isnull=True),
                name="conversation_in_turn",
            ),
            models.Index(
                fields=["last_interaction_at", "id"],
                condition=Q(state="open", holder__isnull=True, affinity_agent__isnull=False),
                name="conversation_returning",
            ),
            models.Index(
                fields=["created_at"], condition=Q(state="open", aside=False, routed_at__isnull=True), name="conversation_unrouted"
            ),
            models.Index(fields=["queue", "-last_message_at", "-id"], condition=Q(state="open", aside=True), name="conversation_aside"),
        ]

    def __str__(self) -> str:
        return self.public_id

    def reaches_customer(self, at: datetime.datetime) -> bool:
        """Whether what is accepted at `at` can arrive. LINE: friends, and others for seven days after their last message.

        Groups and rooms: as long as the account is in them.
        """
        if self.profile.kind != ProfileKind.USER:
            return self.profile.follow_state != FollowState.BLOCKED
        if self.profile.follow_state == FollowState.UNKNOWN:
            wrote = self.last_customer_message_at
            return wrote is not None and at - wrote <= LAST_MESSAGE_REACH
        return self.profile.follow_state == FollowState.FOLLOWING


class RoutingDecision(models.Model):
    """Why a conversation went to its queue: the rules' version, what they saw, and what matched. Append only.

    From `ruleset`, `facts`, `queues` and `draw` the whole decision is made again whenever it is to be explained. `matched` names the
    rules that matched, by stage (`workstreams.routing.decide.Decision.matches`); none for the fallback queue. `error`: what was
    wrong, if that led to the fallback queue. `contact` is the customer's contact of then, whose facts are among the facts.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="decisions")
    contact = models.ForeignKey("conversations.Contact", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    ruleset = models.ForeignKey(Ruleset, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="+")
    facts: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    queues: "models.JSONField[Any, Any]" = models.JSONField(default=dict, help_text="the queues that were looked at, by id")
    draw = models.FloatField(default=0)
    matched: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    decided_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("routing decision")
        verbose_name_plural = _("routing decisions")
        indexes = [models.Index(fields=["conversation", "-id"], name="routing_decision_newest")]

    def __str__(self) -> str:
        return f"{self.conversation_id} to {self.queue_id}"


class OfferKind(models.TextChoices):
    """Who chose the agent: the rules, or a colleague who hands the conversation over."""

    ROUTED = "routed", _("By routing")
    TRANSFER = "transfer", _("By a colleague")


class OfferState(models.TextChoices):
    """Pending has a deadline; the others are outcomes. Withdrawn: somebody else took or closed the conversation."""

    PENDING = "pending", _("Pending")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    TIMED_OUT = "timed_out", _("Timed out")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Offer(models.Model):
    """One push notification of work to one agent, with one outcome. `deadline` is by the database's clock.

    One outstanding per conversation, whether routing or a colleague made it. A transfer has a `sender`, and perhaps a `note`
    for the receiver, which stands in the thread.

    `explanation` says why this agent: the candidates and their room at that moment, and why the others were refused.
    `assigns_itself`: it can't be declined, and when its time is over it is accepted.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="offers")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="offers")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=OfferKind.choices, default=OfferKind.ROUTED)
    sender = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    note = models.ForeignKey("conversations.Message", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, choices=OfferState.choices, default=OfferState.PENDING)
    offered_at = models.DateTimeField()
    deadline = models.DateTimeField()
    assigns_itself = models.BooleanField(default=False)
    decided_at = models.DateTimeField(null=True, blank=True)
    explanation: "models.JSONField[Any, Any]" = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = [
            models.UniqueConstraint(fields=["conversation"], condition=Q(state="pending"), name="offer_one_outstanding"),
            models.CheckConstraint(
                name="offer_decided_has_time",
                condition=Q(state="pending", decided_at__isnull=True) | (~Q(state="pending") & Q(decided_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["agent"], condition=Q(state="pending"), name="offer_pending_of_agent"),
            models.Index(fields=["deadline"], condition=Q(state="pending"), name="offer_deadline"),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} to agent {self.agent_id}: {self.state}"
