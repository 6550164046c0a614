"""Draining: in order, once, one lane at a time, and nothing is lost when something goes wrong."""

from types import SimpleNamespace

import pytest
from django.db import OperationalError

from channels_app import receiving, replay
from channels_app.models import Lane, MessagingAccount, ReplyToken, WebhookEvent, Withdrawn
from tests.channels_app import fakes
from tests.channels_app.conftest import body_of, text_event

pytestmark = pytest.mark.django_db
AT = 1_750_000_000_000


def texts(received):
    return [event.message.text for event in received]


def test_events_are_handed_over_once_in_the_order_of_their_times(account, channel, post_webhook, received):
    post_webhook(account, body_of(text_event(2, text="second", at=AT + 1), text_event(1, text="third", at=AT + 2)))
    post_webhook(account, body_of(text_event(3, text="first", at=AT)))

    receiving.drain()
    receiving.drain()

    assert texts(received) == ["first", "second", "third"]
    assert set(WebhookEvent.objects.values_list("state", "attempts")) == {("processed", 1)}


def test_an_event_before_the_account_has_a_channel_waits_to_be_replayed(account, workstream, post_webhook, received):
    post_webhook(account, body_of(text_event(1)))
    receiving.drain()
    assert WebhookEvent.objects.get().error == "no_channel"
    assert received == []

    from tests import builders

    builders.channel(account=account, workstream=workstream)
    assert replay.unattached_events(account).count() == 1
    assert replay.replay(replay.unattached_events(account)) == 1
    receiving.drain()

    assert len(received) == 1
    assert WebhookEvent.objects.get().state == "processed"


def test_an_exception_makes_a_dead_letter_with_its_reason_and_the_next_goes_on(account, channel, post_webhook, received, caplog):
    fakes.failures.append(ValueError("my secret words"))
    post_webhook(account, body_of(text_event(1, text="bad", at=AT), text_event(2, text="good", at=AT + 1)))

    receiving.drain()

    dead = WebhookEvent.objects.get(state="dead")
    assert texts(received) == ["good"]
    assert "ValueError" in dead.error
    assert "secret words" not in dead.error
    assert "ValueError" in caplog.text
    assert "secret words" not in caplog.text


def test_a_customer_with_many_events_takes_turns_with_the_others(account, channel, post_webhook, received, monkeypatch):
    monkeypatch.setattr(receiving, "EVENTS_PER_TURN", 3)
    post_webhook(account, body_of(*(text_event(number, text=f"many {number}", at=AT + number) for number in range(1, 9))))
    post_webhook(account, body_of(text_event(50, text="one", user="U" + "2" * 32, at=AT + 100)))

    receiving.drain()

    assert texts(received) == ["many 1", "many 2", "many 3", "one", *(f"many {number}" for number in range(4, 9))]
    assert set(WebhookEvent.objects.values_list("state", "attempts")) == {("processed", 1)}


def test_a_drain_whose_time_is_up_touches_no_other_lane(account, channel, post_webhook, received, monkeypatch):
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(receiving, "time", clock)
    handle = receiving.handle

    def slowly(event, lane):
        clock.now += 15
        return handle(event, lane)

    monkeypatch.setattr(receiving, "handle", slowly)
    for number in range(1, 6):
        post_webhook(account, body_of(text_event(number, user=f"U{number:032}")))

    assert receiving.drain(seconds=20) == 2

    assert sorted(WebhookEvent.objects.values_list("state", "attempts")) == [("pending", 0)] * 3 + [("processed", 1)] * 2
    assert not Lane.objects.exclude(inbound_held_until=None).exists()


def test_a_drain_whose_time_is_up_leaves_nothing_claimed(account, channel, post_webhook, received):
    post_webhook(account, body_of(*(text_event(number, at=AT + number) for number in range(1, 4))))
    lane = Lane.objects.create(account=account, key=WebhookEvent.objects.values_list("lane_key", flat=True)[0])

    assert receiving.drain_lane(lane.pk, end=0) == 1

    lane.refresh_from_db()
    assert lane.inbound_held_until is None
    assert sorted(WebhookEvent.objects.values_list("state", "attempts")) == [("pending", 0), ("pending", 0), ("processed", 1)]


def test_operational_trouble_keeps_the_event_at_the_head_of_its_lane(account, channel, post_webhook, received):
    fakes.failures.append(OperationalError("deadlock detected"))
    post_webhook(account, body_of(text_event(1, text="first", at=AT), text_event(2, text="second", at=AT + 1)))

    receiving.drain()
    assert received == []
    assert WebhookEvent.objects.filter(state="pending", attempts=0).count() == 2
    assert receiving.due_lanes() == []

    Lane.objects.update(inbound_held_until=None)
    receiving.drain()
    assert texts(received) == ["first", "second"]


def test_back_off_doubles_up_to_a_minute(account, channel, post_webhook, received):
    post_webhook(account, body_of(text_event(1)))
    seconds = []
    for _ in range(8):
        fakes.failures.append(OperationalError("locked"))
        Lane.objects.update(inbound_held_until=None)
        receiving.drain()
        seconds.append(Lane.objects.get().inbound_backoff_seconds)

    assert seconds == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_worker_that_dies_three_times_over_an_event_leaves_a_dead_letter(account, channel, post_webhook, received):
    post_webhook(account, body_of(text_event(1, text="killer", at=AT), text_event(2, text="next", at=AT + 1)))
    lane = Lane.objects.create(account=account, key=WebhookEvent.objects.first().lane_key)

    for _ in range(3):
        with_claim = receiving._claim_head(lane.pk)
        assert WebhookEvent.objects.get(pk=with_claim).line_message_id.endswith("1")
        Lane.objects.update(inbound_held_until=None)
    receiving.drain()

    assert texts(received) == ["next"]
    assert "died 3 times" in WebhookEvent.objects.get(state="dead").error


def test_a_lane_that_a_worker_holds_is_left_alone_and_others_go_on(account, channel, post_webhook, received):
    post_webhook(account, body_of(text_event(1, user="Ua"), text_event(2, user="Ub", text="other")))
    lane = Lane.objects.create(account=account, key="user:Ua")
    receiving._claim_head(lane.pk)

    receiving.drain()

    assert texts(received) == ["other"]


def test_a_fresh_reply_token_is_kept_with_a_margin(account, channel, post_webhook, received):
    post_webhook(account, body_of(text_event(1)))

    receiving.drain()

    token = ReplyToken.objects.get()
    event = WebhookEvent.objects.get()
    assert token.value == "reply-token-1"
    assert (token.usable_until - event.received_at).total_seconds() == pytest.approx(50)


def test_the_token_of_an_event_twenty_minutes_old_is_not_usable(account, channel, post_webhook, received):
    import time

    post_webhook(account, body_of(text_event(1, at=int((time.time() - 1195) * 1000))))

    receiving.drain()

    token = ReplyToken.objects.get()
    assert token.usable_until < WebhookEvent.objects.get().received_at


def test_a_standby_event_gives_no_token(account, channel, post_webhook, received):
    post_webhook(account, body_of(text_event(1, mode="standby")))

    receiving.drain()

    assert not ReplyToken.objects.exists()
    assert received[0].standby


def test_an_unsent_message_is_remembered_and_its_raw_event_loses_its_content(account, channel, post_webhook, received):
    unsend = text_event(2, type="unsend", at=AT + 1, unsend={"messageId": "468500000000000001"})
    del unsend["message"]
    post_webhook(account, body_of(text_event(1, text="oops", at=AT), unsend))

    receiving.drain()

    assert Withdrawn.objects.get().line_message_id == "468500000000000001"
    assert WebhookEvent.objects.get(kind="message").payload is None


def test_draining_twenty_events_costs_a_constant_number_of_queries_each(
    account, channel, post_webhook, received, django_assert_max_num_queries
):
    post_webhook(account, body_of(*[text_event(number, at=AT + number) for number in range(20)]))

    with django_assert_max_num_queries(20 * 10 + 20):
        receiving.drain()

    assert len(received) == 20


def test_an_account_disabled_after_the_event_came_still_gets_it_processed(account, channel, post_webhook, received):
    post_webhook(account, body_of(text_event(1)))
    MessagingAccount.objects.update(state="disabled")

    receiving.drain()

    assert len(received) == 1
