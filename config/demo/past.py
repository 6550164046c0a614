"""Moves what has just happened into the past, so that a demo that is a minute old looks like a shop that is years old."""

import datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone

from channels_app.models import Delivery, WebhookEvent
from config.demo.shop import CHANNEL_ID
from config.demo.stage import at_line, lets_time_pass
from conversations.facts import time_facts
from conversations.inbox import thread
from conversations.models import Conversation, JournalEntry, Message, Offer, ProfileKind, RoutingDecision, SocialProfile

CONVERSATION_TIMES = (
    "created_at",
    "queued_at",
    "routed_at",
    "assigned_at",
    "state_changed_at",
    "last_interaction_at",
    "last_message_at",
    "last_customer_message_at",
    "closed_at",
)


def move_back(conversation: Conversation, seconds: int, *, spread: int) -> None:
    """Everything about the conversation happened `seconds` earlier, and `spread` seconds passed between two messages.

    Whoever has it has read it, and nothing in it can be answered for free any more.
    """
    conversation = Conversation.objects.select_related("agent", "profile").get(pk=conversation.pk)
    lets_time_pass(conversation)
    if conversation.agent is not None:
        newest = conversation.messages.order_by("-id").values_list("pk", flat=True)[0]
        thread.mark_read(conversation=conversation, up_to_message_id=newest)
    shift = _Shift(conversation, seconds, spread)
    shift.move(Message.objects.filter(conversation=conversation), "occurred_at", "created_at", "withdrawn_at")
    shift.move(JournalEntry.objects.filter(conversation=conversation), "at")
    shift.move(Offer.objects.filter(conversation=conversation), "offered_at", "deadline", "decided_at")
    shift.move(RoutingDecision.objects.filter(conversation=conversation), "decided_at")
    for decision in RoutingDecision.objects.filter(conversation=conversation):
        # It was decided by the clock of then.
        decision.facts |= time_facts(decision.decided_at)
        decision.save(update_fields=["facts"])
    shift.move(Conversation.objects.filter(pk=conversation.pk), *CONVERSATION_TIMES)
    events = WebhookEvent.objects.filter(pk__in=Message.objects.filter(conversation=conversation).values("webhook_event_id"))
    shift.move(events, "occurred_at", "received_at")
    shift.move(Delivery.objects.filter(bubbles__message__conversation=conversation).distinct(), "created_at", "finished_at")
    first = min(conversation.profile.first_seen_at, shift.at(conversation.created_at))
    SocialProfile.objects.filter(pk=conversation.profile_id).update(first_seen_at=first)
    # The customers' phones show the same times.
    chats = "users" if conversation.profile.kind == ProfileKind.USER else "groups"
    at_line(f"/sim/{chats}/{conversation.profile.line_id}/age", {"channel_id": CHANNEL_ID, "seconds": seconds, "spread_seconds": spread})


def befriended() -> None:
    """Everybody who wrote had added the account as a friend before."""
    for profile in SocialProfile.objects.filter(kind="user", follow_state="unknown"):
        friend_since = profile.first_seen_at - datetime.timedelta(days=30)
        SocialProfile.objects.filter(pk=profile.pk).update(
            follow_state="following", followed_at=friend_since, follow_changed_at=friend_since
        )


class _Shift:
    """Where each moment goes: the steps between a conversation's messages are stretched, then all of it is moved back."""

    def __init__(self, conversation: Conversation, seconds: int, spread: int) -> None:
        moments = Message.objects.filter(conversation=conversation).order_by("occurred_at", "id").values_list("occurred_at", flat=True)
        self._moments = list(moments)
        self._spread = datetime.timedelta(seconds=spread)
        self._back = datetime.timedelta(seconds=seconds) + timezone.now() - (self._moments[-1] if self._moments else timezone.now())

    def at(self, moment: datetime.datetime) -> datetime.datetime:
        later = sum(1 for other in self._moments if other > moment)
        return moment - self._back - later * self._spread

    def move(self, rows: "QuerySet[Any]", *names: str) -> None:
        row: Model
        for row in rows:
            values = {name: self.at(moment) for name in names if (moment := getattr(row, name)) is not None}
            type(row)._default_manager.filter(pk=row.pk).update(**values)
