"""Who takes part in a conversation beside its agent."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from workstreams.identifiers import new_public_id
from workstreams.models import Agent, User

from .conversation import Conversation
from .message import Message

MOST_CONSULTANTS = 5


class ParticipantState(models.TextChoices):
    """Invited has a deadline; invited and joined are live, the others are how it ended.

    Left: the consultant went. Ended: the conversation's agent, or what became of the conversation, ended it.
    """

    INVITED = "invited", _("Invited")
    JOINED = "joined", _("Joined")
    DECLINED = "declined", _("Declined")
    TIMED_OUT = "timed_out", _("Timed out")
    LEFT = "left", _("Left")
    ENDED = "ended", _("Ended")


LIVE = (ParticipantState.INVITED, ParticipantState.JOINED)


class Participant(models.Model):
    """An agent who is consulted about a conversation: invited by its agent, and from joining on one who reads it and writes notes.

    Five live ones at most, each in a `place` of its own, and each agent once. `deadline` is by the database's clock.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="participants")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=ParticipantState.choices, default=ParticipantState.INVITED)
    place = models.PositiveSmallIntegerField()
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    invited_at = models.DateTimeField()
    deadline = models.DateTimeField()
    joined_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            models.UniqueConstraint(fields=["conversation", "agent"], condition=Q(state__in=LIVE), name="participant_once"),
            models.UniqueConstraint(fields=["conversation", "place"], condition=Q(state__in=LIVE), name="participant_own_place"),
            models.CheckConstraint(name="participant_place_in_range", condition=Q(place__gte=1, place__lte=MOST_CONSULTANTS)),
            models.CheckConstraint(
                name="participant_ended_has_time",
                condition=Q(state__in=LIVE, ended_at__isnull=True) | (~Q(state__in=LIVE) & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(name="participant_joined_has_time", condition=~Q(state="joined") | Q(joined_at__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["agent", "conversation"], condition=Q(state__in=LIVE), name="participant_of_agent"),
            models.Index(fields=["deadline"], condition=Q(state="invited"), name="participant_deadline"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} in {self.conversation_id}: {self.state}"
