"""Browsers that are signed in, and conversations in the states that the inbox shows."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from channels_app.models import Bubble, Delivery, Lane, WebhookEvent
from conversations.models import Conversation, Message, Offer
from tests import builders


@pytest.fixture(autouse=True)
def hinted(monkeypatch):
    """Hints are counted instead of sent."""
    sent = []
    monkeypatch.setattr("channels_app.hints.thread.add", sent.append)
    return sent


@pytest.fixture
def browser():
    """A browser in which somebody is signed in: `browser(alice)`."""

    def signed_in(person, **headers):
        client = Client(headers=headers)
        client.force_login(getattr(person, "user", person))
        return client

    return signed_in


@pytest.fixture
def script(browser):
    """The same, asking for fragments as the page's scripts do."""
    return lambda person: browser(person, **{"X-Fragment": "1"})


@pytest.fixture
def customer(account):
    """A customer who can be written to."""
    made = builders.profile(account, language="ja", follow_state="following")
    made.lane = Lane.objects.create(account=account, key=f"user:{made.line_id}")
    made.save()
    return made


@pytest.fixture
def waiting_work(channel, customer, returns):
    """An open conversation in Returns that nobody was offered."""
    made = builders.conversation(channel, customer=customer, queue=returns)
    builders.inbound_message(made, "急須が割れて届きました")
    Conversation.objects.filter(pk=made.pk).update(unread_count=1, last_message_text="急須が割れて届きました", last_message_direction="in")
    made.refresh_from_db()
    return made


@pytest.fixture
def alices_work(waiting_work, alice):
    """The same conversation, held by Alice."""
    return held_by(waiting_work, alice)


def held_by(conversation, agent, state="active"):
    """Give a conversation to an agent, units and all."""
    holds = {"holder": agent, "units_held": 20} if state == "active" else {"holder": None, "units_held": 0}
    Conversation.objects.filter(pk=conversation.pk).update(state=state, agent=agent, assigned_at=timezone.now(), **holds)
    conversation.refresh_from_db()
    return conversation


def closed(conversation, *, by=None, agent=None, days_ago=3):
    """A conversation that ended some days ago."""
    at = timezone.now() - datetime.timedelta(days=days_ago)
    Conversation.objects.filter(pk=conversation.pk).update(
        state="closed", closed_at=at, created_at=at, closed_by=by, agent=agent, holder=None, units_held=0
    )
    conversation.refresh_from_db()
    return conversation


def ended(channel, customer, queue, *, by=None, agent=None, days_ago=3):
    """A conversation of this customer that began and ended some days ago."""
    made = builders.conversation(channel, customer=customer, queue=queue, state="closed", closed_at=timezone.now())
    return closed(made, by=by, agent=agent, days_ago=days_ago)


def offered(conversation, agent, *, seconds=120):
    """A pending offer of a conversation, with the agent's units held."""
    now = timezone.now()
    Conversation.objects.filter(pk=conversation.pk).update(holder=agent, units_held=20)
    conversation.refresh_from_db()
    return Offer.objects.create(
        conversation=conversation, agent=agent, queue=conversation.queue, offered_at=now, deadline=now + datetime.timedelta(seconds=seconds)
    )


def answer(conversation, text="はい、ございます。", *, author=None, state="", method="push", error="", seconds_ago=0):
    """A message of ours whose delivery is in `state`; empty: still queued."""
    lane = conversation.profile.lane
    lane.last_sequence += 1
    lane.save()
    delivery = None
    if state:
        keys = {"retry_key": f"00000000-0000-4000-8000-{lane.pk:04d}{lane.last_sequence:08d}"} if method == "push" else {}
        delivery = Delivery.objects.create(lane=lane, method=method, state=state, error=error, due_at=timezone.now(), **keys)
    bubble = Bubble.objects.create(
        lane=lane,
        sequence=lane.last_sequence,
        content={"kind": "text", "text": text},
        client_id=f"client-{lane.pk}-{lane.last_sequence}",
        delivery=delivery,
        position=1 if delivery else None,
    )
    return Message.objects.create(
        conversation=conversation,
        account=conversation.channel.account,
        direction="out",
        text=text,
        author=author,
        bubble=bubble,
        occurred_at=timezone.now() - datetime.timedelta(seconds=seconds_ago),
    )


def stored_event(account, event_id="event-1"):
    """A webhook event, for what hangs on one."""
    now = timezone.now()
    return WebhookEvent.objects.create(
        account=account, event_id=event_id, kind="message", lane_key="user:x", payload=b"{}", occurred_at=now, received_at=now
    )
