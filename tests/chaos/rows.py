"""The rows behind `tests.chaos`, in processes of their own: `python -m tests.chaos.rows prepare|answer|report FILE [NUMBER…]`."""

import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import django

CHANNEL_SECRET = "c" * 32
PATIENCE_SECONDS = 60


def channel_id(number: int) -> str:
    return f"16570001{number:02d}"


def access_token(number: int) -> str:
    return f"token-of-chaos-{number}"


def prepare(file: Path, accounts: int = 1) -> None:
    """Active accounts with a channel each, and an agent who may answer everybody; the callback URLs go into the file."""
    from channels_app.models import AccountSecret, MessagingAccount, SecretKind
    from tests import builders

    queue = builders.queue("Everyone")
    builders.agent("alice", queues=[queue], present="offline")
    workstream = builders.workstream(fallback_queue=queue)
    callbacks = []
    for number in range(accounts):
        fields = {"name": f"Chaos {number}", "channel_type": "line", "channel_id": channel_id(number), "state": "active"}
        account = MessagingAccount.objects.create(**fields)
        AccountSecret.objects.create(account=account, kind=SecretKind.CHANNEL_SECRET, value=CHANNEL_SECRET)
        AccountSecret.objects.create(account=account, kind=SecretKind.ACCESS_TOKEN, value=access_token(number))
        builders.channel(account=account, workstream=workstream, attachments_enabled=True, customers_send_attachments=True)
        callbacks.append(account.callback_url)
    file.write_text(json.dumps(callbacks))


def answer(file: Path, answers: int, seconds: int, seed: int) -> None:
    """Alice takes every conversation and answers, numbered for each customer; one in ten is a double click."""
    from conversations import assignment, composer
    from conversations.models import Conversation
    from workstreams.models import User

    chance = random.Random(seed)
    alice = User.objects.get(username="alice")
    conversations = list(Conversation.objects.order_by("pk").values_list("pk", flat=True))
    for pk in conversations:
        patiently(lambda pk=pk: assignment.pick_conversation(conversation_id=pk, actor=alice))
    order = [conversations[number % len(conversations)] for number in range(answers)]
    chance.shuffle(order)
    numbers = dict.fromkeys(conversations, 0)
    began = time.monotonic()
    for done, pk in enumerate(order):
        time.sleep(max(0.0, began + seconds * done / answers - time.monotonic()))
        text = f"out {numbers[pk]}"
        numbers[pk] += 1
        for _ in range(2 if chance.random() < 0.1 else 1):
            patiently(lambda pk=pk, text=text: composer.send_text(conversation_id=pk, actor=alice, text=text, client_id=text))
    file.write_text("{}")


def patiently(action: Any) -> Any:
    """As a person does: the page says that it didn't work, so they click again, until the database is back."""
    from django.db import InterfaceError, OperationalError, close_old_connections

    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return action()
        except (OperationalError, InterfaceError):
            if time.monotonic() > give_up_at:
                raise
            close_old_connections()
            time.sleep(0.2)


def waiting() -> dict[str, int]:
    """How much of what is still to come to rest."""
    from channels_app.models import Bubble, Delivery, EventState, MediaState, WebhookEvent
    from channels_app.models.outbound import IN_FLIGHT
    from conversations.models import Attachment

    return {
        "events": WebhookEvent.objects.filter(state=EventState.PENDING).count(),
        "bubbles": Bubble.objects.filter(delivery=None).count(),
        "deliveries": Delivery.objects.filter(state__in=IN_FLIGHT).count(),
        "pictures": Attachment.objects.filter(message__kind="image", file__state=MediaState.PENDING).count(),
    }


def report(file: Path, patience_seconds: int = 0) -> None:
    """What came in, and what is said to have become of the answers; as soon as nothing waits any more, or patience ends.

    It waits here: starting this process every second would take half a core from those who are waited for.
    """
    from channels_app.models import EventState, WebhookEvent
    from conversations.models import Attachment, Conversation, Direction, Message

    give_up_at = time.monotonic() + patience_seconds
    while any((still := waiting()).values()) and time.monotonic() < give_up_at:
        time.sleep(0.5)
    came: dict[str, list[tuple[str, int]]] = {}
    inbound = Message.objects.exclude(direction=Direction.OUT).order_by("occurred_at", "id")
    events = dict(WebhookEvent.objects.values_list("pk", "event_id"))
    for message in inbound.select_related("conversation__profile"):
        at = round(message.occurred_at.timestamp() * 1000)
        came.setdefault(message.conversation.profile.line_id, []).append((events[message.webhook_event_id], at))
    answers: dict[str, list[dict[str, Any]]] = {}
    outbound = Message.objects.filter(direction=Direction.OUT).select_related("conversation__profile", "bubble__delivery")
    for message in outbound.order_by("bubble__sequence"):
        delivery = message.bubble.delivery
        facts = {"text": message.text, "state": delivery.state if delivery else "queued"}
        if delivery:
            facts |= {"method": delivery.method, "was_unclear": delivery.first_unclear_at is not None, "error": delivery.error}
        answers.setdefault(message.conversation.profile.line_id, []).append(facts)
    found = {
        "came": came,
        "answers": answers,
        "conversations": Conversation.objects.count(),
        "pictures": list(Attachment.objects.filter(message__kind="image").values_list("file__state", flat=True)),
        "dead": list(WebhookEvent.objects.filter(state=EventState.DEAD).values_list("error", flat=True)),
        "unread": dict(Conversation.objects.values_list("profile__line_id", "unread_count")),
        "waiting": still,
    }
    file.write_text(json.dumps(found))


if __name__ == "__main__":
    django.setup()
    {"prepare": prepare, "answer": answer, "report": report}[sys.argv[1]](Path(sys.argv[2]), *map(int, sys.argv[3:]))
