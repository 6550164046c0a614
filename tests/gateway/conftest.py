"""The gateway as a whole: webhooks in over HTTP, the console's rows, answers out to a simulator of LINE."""

import pytest

from channels_app import receiving
from tests.channels_app.conftest import body_of, platform, post_webhook, text_event

__all__ = ["platform", "post_webhook"]

CUSTOMER = "U" + "1" * 32


@pytest.fixture
def customer_writes(account, channel, post_webhook):
    """`customer_writes("text", …)` posts one signed webhook with a message each and drains it."""
    state = {"number": 0}

    def write(*texts, user=CUSTOMER, at=None, **changes):
        events = []
        for text in texts:
            state["number"] += 1
            when = None if at is None else at + state["number"]
            events.append(text_event(state["number"], text=text, user=user, at=when, **changes))
        assert post_webhook(account, body_of(*events)).status_code == 200
        receiving.drain()
        return events

    return write


@pytest.fixture
def event_comes(account, channel, post_webhook):
    """`event_comes(type="unsend", …)` posts one signed event that is no message."""
    state = {"number": 500}

    def come(**changes):
        state["number"] += 1
        event = text_event(state["number"], user=CUSTOMER) | changes
        if "message" not in changes:
            del event["message"]
        assert post_webhook(account, body_of(event)).status_code == 200
        receiving.drain()
        return event

    return come


@pytest.fixture
def alice_has_it(alice, customer_writes):
    """A conversation of みさき that Alice has picked."""
    from conversations import assignment
    from conversations.models import Conversation

    customer_writes("急須が割れて届きました")
    conversation = Conversation.objects.get()
    return assignment.pick_conversation(conversation_id=conversation.pk, actor=alice.user)
