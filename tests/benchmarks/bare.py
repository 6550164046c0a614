"""What the gateway is measured against, and what it is given to do: `python -m tests.benchmarks.bare intake|queue|sdk|release FILE`."""

import json
import os
import sys
import time
from pathlib import Path

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

from django.conf import settings
from django.db import transaction

from channels_app import gates
from channels_app.models import (
    AccountSecret,
    AccountState,
    Channel,
    Delivery,
    DeliveryState,
    Lane,
    MessagingAccount,
    SecretKind,
    WebhookEvent,
)
from channels_app.registry import adapter_for
from conversations import composer, intake
from conversations.models import SocialProfile
from tests import builders
from tests.benchmarks.said import CHANNEL_ID, TOKEN

POLL_SECONDS, PATIENCE = 0.02, 600
Measured = dict[str, float]


class Stopwatch:
    """Counts from its making, by the clock and by what this process uses of the CPU."""

    def __init__(self) -> None:
        self.began, self.used = time.perf_counter(), time.process_time()

    def read(self) -> Measured:
        return {"seconds": time.perf_counter() - self.began, "cpu": time.process_time() - self.used}


def take_in() -> Measured:
    """Each stored event is parsed and taken in, in a transaction of its own: no claim, no order, no token, no second process."""
    channel = Channel.objects.select_related("account", "workstream").get()
    lanes = {lane.key: lane.pk for lane in Lane.objects.all()}
    adapter = adapter_for(channel.account.channel_type)
    watch = Stopwatch()
    for event in WebhookEvent.objects.filter(state="pending").order_by("occurred_at", "event_id"):
        inbound = adapter.parse_event(
            payload=bytes(event.payload),
            webhook_event_id=event.pk,
            lane_id=lanes[event.lane_key],
            account_id=event.account_id,
            occurred_at=event.occurred_at,
            received_at=event.received_at,
        )
        with transaction.atomic():
            intake.receive(inbound, channel)
    return watch.read()


def queue(count: int) -> Measured:
    """An answer in each customer's lane; then the account is switched off, so that none goes yet and nothing opens it by itself."""
    fields = {"name": "Bench", "channel_type": "line", "channel_id": CHANNEL_ID, "state": "active"}
    account = MessagingAccount.objects.create(**fields)
    AccountSecret.objects.create(account=account, kind=SecretKind.ACCESS_TOKEN, value=TOKEN)
    everyone = builders.queue("Everyone")
    channel = builders.channel(account=account, workstream=builders.workstream(fallback_queue=everyone))
    agent = builders.agent("alice", queues=[everyone])
    for number in range(count):
        user = f"U{number:032x}"
        lane = Lane.objects.create(account=account, key=f"user:{user}")
        profile = SocialProfile.objects.create(account=account, line_id=user, display_name=f"Customer {number}", lane=lane)
        conversation = builders.conversation(channel, customer=profile, state="active", agent=agent)
        composer.send_text(conversation_id=conversation.pk, actor=agent.user, text="すぐに交換いたします。", client_id="click")
    MessagingAccount.objects.update(state=AccountState.DISABLED)
    return {}


def call_sdk(count: int) -> Measured:
    """What a script with LINE's SDK does: one push after the other."""
    from linebot.v3.messaging import ApiClient, Configuration, MessagingApi, PushMessageRequest, TextMessage

    with ApiClient(Configuration(host=settings.LINE_API_BASE, access_token=TOKEN)) as client:
        line = MessagingApi(client)
        watch = Stopwatch()
        for number in range(count):
            line.push_message(PushMessageRequest(to=f"U{number:032x}", messages=[TextMessage(text="すぐに交換いたします。")]))
        return watch.read()


def release(count: int) -> Measured:
    """Switches the account on and waits until LINE has accepted everything."""
    if Delivery.objects.exists():
        raise SystemExit("bench: answers went out too early")
    watch = Stopwatch()
    MessagingAccount.objects.update(state=AccountState.ACTIVE)
    gates.resume_account(account=MessagingAccount.objects.get())
    while Delivery.objects.filter(state=DeliveryState.ACCEPTED).count() < count:
        if time.perf_counter() > watch.began + PATIENCE:
            raise SystemExit("bench: the answers don't go out")
        time.sleep(POLL_SECONDS)
    return watch.read()


if __name__ == "__main__":
    steps = {"intake": take_in, "queue": queue, "sdk": call_sdk, "release": release}
    Path(sys.argv[2]).write_text(json.dumps(steps[sys.argv[1]](*map(int, sys.argv[3:]))))
