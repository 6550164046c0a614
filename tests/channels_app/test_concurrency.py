"""Several workers at once, on both databases: each event once, each bubble once, in order."""

import json
import threading
import uuid
from functools import partial

import pytest
from django.db import connection, transaction
from django.utils import timezone

from channels_app import courtesies, lanes, receiving, sending, storing
from channels_app.models import Bubble, Courtesy, Delivery, Lane, WebhookEvent
from tests import builders
from tests.channels_app.conftest import body_of, text_event

pytestmark = pytest.mark.django_db(transaction=True)
AT = 1_750_000_000_000


def at_once(*actions):
    """Run the actions in threads of their own; raises what they raise."""
    errors = []
    barrier = threading.Barrier(len(actions))

    def run(action):
        try:
            barrier.wait(60)
            action()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    assert errors == []


def test_the_same_body_posted_by_many_at_once_is_kept_once():
    account = builders.account()
    found = storing.find_callback_account(account.callback_key)
    body = json.dumps(body_of(*[text_event(number) for number in range(10)])).encode()

    at_once(*[lambda: storing.store_webhook(found, body)] * 6)

    assert WebhookEvent.objects.count() == 10


def test_many_workers_hand_over_each_event_once_and_each_lane_in_order(received, post_webhook):
    everyone = builders.queue("Everyone")
    account = builders.account()
    builders.channel(account=account, workstream=builders.workstream(fallback_queue=everyone))
    for lane in range(5):
        post_webhook(account, body_of(*[text_event(lane * 100 + n, user=f"U{lane}", text=str(n), at=AT + n) for n in range(8)]))

    at_once(*[receiving.drain] * 4)
    receiving.drain()

    assert len(received) == 40
    for lane in range(5):
        assert [event.message.text for event in received if event.source.id == f"U{lane}"] == [str(n) for n in range(8)]


def test_many_workers_send_each_bubble_once_and_each_lane_in_order(observed, platform):
    adapter = platform()
    account = builders.account()
    four = [Lane.objects.create(account=account, key=f"user:U{number}") for number in range(4)]
    for lane in four:
        for number in range(12):
            with transaction.atomic():
                lanes.queue_bubble(
                    lane=lanes.lock_lane(lane.pk), content={"kind": "text", "text": f"{lane.key} {number}"}, client_id=str(uuid.uuid4())
                )

    at_once(*[sending.drain] * 4)
    sending.drain()

    said = [message["text"] for request in adapter.sent for message in json.loads(request["body"])["messages"]]
    for lane in four:
        assert [text for text in said if text.startswith(lane.key)] == [f"{lane.key} {number}" for number in range(12)]
    assert not Bubble.objects.filter(delivery=None).exists()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"accepted"}


def test_a_double_click_from_two_tabs_is_one_message():
    from conversations import assignment, composer
    from conversations.models import Conversation, Message

    queue = builders.queue("Everyone")
    account = builders.account()
    channel = builders.channel(account=account, workstream=builders.workstream(fallback_queue=queue))
    alice = builders.agent("alice", queues=[queue])
    customer = builders.profile(account, lane=Lane.objects.create(account=account, key="user:U1"))
    conversation = builders.conversation(channel, customer=customer)
    assignment.pick_conversation(conversation_id=conversation.pk, actor=alice.user)

    at_once(*[lambda: composer.send_text(conversation_id=conversation.pk, actor=alice.user, text="はい", client_id="one-click")] * 4)

    assert Message.objects.count() == 1
    assert Conversation.objects.get().last_message_text == "はい"


def test_many_tabs_and_workers_show_the_customer_once_that_somebody_writes(platform):
    adapter = platform()
    lane = Lane.objects.create(account=builders.account(), key="user:U1")

    at_once(*[lambda: courtesies.somebody_writes(lane_id=lane.pk)] * 6)
    at_once(*[courtesies.pay] * 4)

    assert adapter.typing == [("U1", courtesies.TYPING_SECONDS)]


def test_read_marks_asked_for_at_once_end_with_the_newest(platform):
    adapter = platform()
    lane = Lane.objects.create(account=builders.account(), key="user:U1")
    first = timezone.now()
    moments = [first + timezone.timedelta(seconds=number) for number in (2, 0, 3, 1)]

    at_once(*[partial(courtesies.owe_read_mark, lane_id=lane.pk, token=f"at {moment}", occurred_at=moment) for moment in moments])
    at_once(*[courtesies.pay] * 4)

    assert adapter.read[-1] == f"at {moments[2]}"
    assert len(adapter.read) == 1
    assert Courtesy.objects.get().read_due_at is None
