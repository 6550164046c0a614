"""The rows behind `tests.smoke.chaos`, in processes of their own: `python -m tests.smoke.chaos_rows prepare|answer|report FILE`."""

import json
import sys
import time
from pathlib import Path
from typing import Any

import django

SECONDS, PAUSE = 12.0, 0.06
CHANNEL_ID, CHANNEL_SECRET, ACCESS_TOKEN = "1657000009", "c" * 32, "token-of-the-chaos-account"


def prepare(file: Path) -> None:
    """An active account with a channel; its callback URL goes into the file."""
    from channels_app.models import AccountSecret, Channel, MessagingAccount, SecretKind
    from workstreams.models import Queue, Workstream

    account = MessagingAccount.objects.create(name="Chaos", channel_type="line", channel_id=CHANNEL_ID, state="active")
    AccountSecret.objects.create(account=account, kind=SecretKind.CHANNEL_SECRET, value=CHANNEL_SECRET)
    AccountSecret.objects.create(account=account, kind=SecretKind.ACCESS_TOKEN, value=ACCESS_TOKEN)
    workstream = Workstream.objects.create(name="Chaos", channel_type="line", fallback_queue=Queue.objects.create(name="Everyone"))
    Channel.objects.create(account=account, workstream=workstream)
    file.write_text(json.dumps({"callback": account.callback_url}))


def answer(file: Path) -> None:
    """Numbered answers into every customer's lane, one after the other."""
    from django.db import transaction

    from channels_app import sending
    from channels_app.models import Lane

    give_up_at, numbers = time.monotonic() + SECONDS, {}
    while time.monotonic() < give_up_at:
        for lane_id in Lane.objects.filter(key__startswith="user:").values_list("pk", flat=True):
            with transaction.atomic():
                number = numbers[lane_id] = numbers.get(lane_id, -1) + 1
                content = {"kind": "text", "text": f"out {number}"}
                sending.queue_bubble(lane=sending.lock_lane(lane_id), content=content, client_id=f"out:{number}")
            time.sleep(PAUSE)
    file.write_text("{}")


def report(file: Path) -> None:
    """What came in and what is said to have become of the answers."""
    from channels_app.models import Bubble, Delivery, EventState, WebhookEvent
    from channels_app.models.outbound import IN_FLIGHT
    from conversations.models import Direction, Message

    came: dict[str, list[str]] = {}
    for message in Message.objects.filter(direction=Direction.IN).select_related("sender_profile").order_by("occurred_at", "id"):
        came.setdefault(message.sender_profile.line_id, []).append(message.text)
    states: dict[str, dict[str, Any]] = {}
    for bubble in Bubble.objects.select_related("lane", "delivery").order_by("sequence"):
        delivery = bubble.delivery
        states.setdefault(bubble.lane.key.partition(":")[2], {})[bubble.content["text"]] = delivery.state if delivery else "queued"
    found = {
        "came": came,
        "states": states,
        "dead": list(WebhookEvent.objects.filter(state=EventState.DEAD).values_list("error", flat=True)),
        "waiting": WebhookEvent.objects.filter(state=EventState.PENDING).count()
        + Bubble.objects.filter(delivery=None).count()
        + Delivery.objects.filter(state__in=IN_FLIGHT).count(),
    }
    file.write_text(json.dumps(found))


if __name__ == "__main__":
    django.setup()
    {"prepare": prepare, "answer": answer, "report": report}[sys.argv[1]](Path(sys.argv[2]))
