"""Sending: free first, never twice, never lost, and honest where nobody can know."""

import datetime
import json
import uuid

import pytest
from django.db import transaction
from django.utils import timezone

from channels_app import freezing, gates, lanes, sending
from channels_app.adapter import AccountCheck, Outcome, Quota, SendResult
from channels_app.models import Bubble, Delivery, EndpointPause, Lane, MessagingAccount, ReplyToken, WebhookEvent
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def lane(account, observed):
    return Lane.objects.create(account=account, key="user:U1")


def say(lane, *texts):
    for text in texts:
        with transaction.atomic():
            lanes.queue_bubble(lane=lanes.lock_lane(lane.pk), content={"kind": "text", "text": text}, client_id=str(uuid.uuid4()))


def give_token(lane, *, seconds=40, value="token"):
    at = timezone.now()
    event = WebhookEvent.objects.create(
        account=lane.account,
        event_id=str(uuid.uuid4()),
        kind="message",
        lane_key=lane.key,
        occurred_at=at,
        received_at=at,
        state="processed",
    )
    return ReplyToken.objects.create(event=event, lane=lane, value=value, usable_until=at + datetime.timedelta(seconds=seconds))


def said(platform):
    return [message["text"] for request in platform.sent for message in json.loads(request["body"])["messages"]]


def make_due():
    Delivery.objects.filter(state="retry").update(due_at=timezone.now() - datetime.timedelta(seconds=1))
    EndpointPause.objects.update(until=timezone.now() - datetime.timedelta(seconds=1))


def test_a_fresh_reply_token_is_used_first_and_once(lane, platform):
    adapter = platform()
    token = give_token(lane)
    say(lane, "free")
    sending.drain()
    say(lane, "counted")
    sending.drain()

    token.refresh_from_db()
    assert [(request["reply_token"], bool(request["retry_key"])) for request in adapter.sent] == [("token", False), ("", True)]
    assert list(Delivery.objects.order_by("pk").values_list("method", "state")) == [("reply", "accepted"), ("push", "accepted")]
    assert (token.state, token.value) == ("spent", None)


def test_an_expired_token_is_not_used(lane, platform):
    adapter = platform()
    give_token(lane, seconds=-1)
    say(lane, "late")

    sending.drain()

    assert adapter.sent[0]["reply_token"] == ""


def test_bubbles_queued_together_go_in_requests_of_five_in_order(lane, platform, observed):
    adapter = platform()
    say(lane, *"1234567")

    sending.drain()

    assert said(adapter) == list("1234567")
    assert [len(json.loads(request["body"])["messages"]) for request in adapter.sent] == [5, 2]
    assert observed == [("accepted", [1, 2, 3, 4, 5]), ("accepted", [6, 7])]


def test_the_retry_key_is_stored_before_the_first_try(lane, platform, monkeypatch):
    adapter = platform()
    seen = []
    monkeypatch.setattr(
        adapter, "send", lambda **sent: seen.append(Delivery.objects.get().retry_key) or SendResult(outcome=Outcome.ACCEPTED)
    )
    say(lane, "hello")

    sending.drain()

    assert seen
    assert seen[0] is not None


def test_no_request_is_made_inside_a_transaction(lane, platform, monkeypatch, django_db_blocker):
    from django.db import connection

    adapter = platform()
    depth = len(connection.savepoint_ids)
    seen = []
    monkeypatch.setattr(adapter, "send", lambda **sent: seen.append(len(connection.savepoint_ids)) or SendResult(outcome=Outcome.ACCEPTED))
    say(lane, "hello")

    sending.drain()

    assert seen == [depth]


def test_a_push_with_an_unclear_answer_is_repeated_with_the_same_key_and_body(lane, platform, observed):
    adapter = platform(Outcome.UNCLEAR, Outcome.UNCLEAR)
    say(lane, "hello")
    for _ in range(3):
        sending.drain()
        make_due()

    assert len(adapter.sent) == 3
    assert len({(request["retry_key"], request["body"]) for request in adapter.sent}) == 1
    assert [state for state, _ in observed] == ["retry", "retry", "accepted"]


def test_what_is_said_later_waits_behind_a_delivery_that_is_retried(lane, platform):
    adapter = platform(Outcome.UNCLEAR)
    say(lane, "first")
    sending.drain()
    say(lane, "second")
    sending.drain()
    assert said(adapter) == ["first"]

    make_due()
    sending.drain()

    assert said(adapter) == ["first", "first", "second"]


def test_a_push_that_stays_unclear_for_23_hours_is_unknown_and_frees_the_lane(lane, platform, observed):
    adapter = platform(Outcome.UNCLEAR)
    say(lane, "first")
    sending.drain()
    Delivery.objects.update(first_unclear_at=timezone.now() - datetime.timedelta(hours=23, seconds=1))
    make_due()
    say(lane, "second")

    sending.drain()
    sending.drain()

    assert said(adapter) == ["first", "second"]
    assert list(Delivery.objects.order_by("pk").values_list("state", flat=True)) == ["unknown", "accepted"]
    assert ("unknown", [1]) in observed


def test_an_unclear_reply_is_tried_with_its_token_twice_more_and_then_is_unknown(lane, platform):
    adapter = platform(Outcome.UNCLEAR, Outcome.UNCLEAR, Outcome.UNCLEAR)
    give_token(lane)
    say(lane, "hello")
    for _ in range(5):
        sending.drain()
        make_due()

    assert [request["reply_token"] for request in adapter.sent] == ["token"] * 3
    assert Delivery.objects.get().state == "unknown"
    assert ReplyToken.objects.get().state == "unknown"


def test_invalid_reply_token_on_a_first_try_becomes_a_push(lane, platform):
    adapter = platform(Outcome.REPLY_TOKEN_INVALID)
    give_token(lane)
    say(lane, "hello")

    sending.drain()

    assert said(adapter) == ["hello", "hello"]
    assert list(Delivery.objects.order_by("pk").values_list("method", "state")) == [("reply", "refused"), ("push", "accepted")]
    assert Bubble.objects.get().delivery.method == "push"


def test_invalid_reply_token_after_an_unclear_try_is_unknown_and_never_pushed(lane, platform):
    adapter = platform(Outcome.UNCLEAR, Outcome.REPLY_TOKEN_INVALID)
    give_token(lane)
    say(lane, "hello")
    for _ in range(3):
        sending.drain()
        make_due()

    assert len(adapter.sent) == 2
    assert Delivery.objects.get().state == "unknown"


def test_a_rejected_message_is_failed_with_the_platforms_words_and_the_next_goes_on(lane, platform):
    adapter = platform(SendResult(outcome=Outcome.REJECTED, status=400, error="The request body has 1 error(s)"))
    say(lane, "bad")
    sending.drain()
    say(lane, "good")
    sending.drain()

    failed = Delivery.objects.get(state="failed")
    assert failed.error == "The request body has 1 error(s)"
    assert said(adapter) == ["bad", "good"]


def test_an_unreachable_platform_is_retried_with_growing_pauses(lane, platform):
    adapter = platform(*[Outcome.UNREACHABLE] * 4)
    say(lane, "hello")
    waits = []
    for _ in range(4):
        sending.drain()
        waits.append((Delivery.objects.get().due_at - timezone.now()).total_seconds())
        make_due()
    sending.drain()

    assert waits == sorted(waits)
    assert waits[3] > 4
    assert len(adapter.sent) == 5
    assert Delivery.objects.get().state == "accepted"


def test_a_reply_that_cannot_go_out_before_its_token_ends_becomes_a_push(lane, platform):
    adapter = platform(Outcome.UNREACHABLE)
    give_token(lane, seconds=0.5)
    say(lane, "hello")
    sending.drain()

    sending.drain()

    assert [bool(request["retry_key"]) for request in adapter.sent] == [False, True]


def test_too_many_requests_pause_the_endpoint_of_that_account_alone(lane, platform, account):
    from tests import builders

    adapter = platform(Outcome.RATE_LIMITED, Outcome.ACCEPTED, Outcome.RATE_LIMITED)
    say(lane, "hello")
    sending.drain()
    neighbour = Lane.objects.create(account=account, key="user:U2")
    stranger = Lane.objects.create(account=builders.account(), key="user:U3")
    say(neighbour, "waits too")
    say(stranger, "goes")
    sending.drain()
    assert said(adapter) == ["hello", "goes"]
    assert EndpointPause.objects.get().seconds == 1

    make_due()
    sending.drain()
    assert EndpointPause.objects.get().seconds == 2

    make_due()
    sending.drain()
    make_due()
    sending.drain()
    assert sorted(said(adapter)) == ["goes", "hello", "hello", "hello", "waits too"]
    assert not EndpointPause.objects.exists()


@pytest.mark.parametrize("unclear_first", [False, True])
def test_a_dead_token_closes_the_gate_and_nothing_is_burnt(lane, platform, account, unclear_first):
    adapter = platform(*([Outcome.UNCLEAR] if unclear_first else []), Outcome.UNAUTHORIZED)
    say(lane, "first")
    sending.drain()
    make_due()
    sending.drain()
    say(lane, "second")
    sending.drain()
    account.refresh_from_db()
    assert account.paused_reason == "LINE's words"
    sent_before = len(adapter.sent)

    make_due()
    sending.drain()
    assert len(adapter.sent) == sent_before

    gates.resume_account(account=account)
    make_due()
    sending.drain()
    assert said(adapter)[-2:] == ["first", "second"]
    if unclear_first:
        keys = [request["retry_key"] for request in adapter.sent if '"first"' in request["body"]]
        assert len(set(keys)) == 1


def test_the_monthly_quota_closes_pushes_but_a_fresh_token_still_answers_for_free(lane, platform, account):
    adapter = platform(Outcome.QUOTA_REACHED)
    say(lane, "first")
    sending.drain()
    sending.drain()
    account.refresh_from_db()
    assert (account.paused_reason, account.push_paused_reason) == ("", "LINE's words")
    assert len(adapter.sent) == 1

    give_token(lane)
    say(lane, "second")
    sending.drain()

    assert adapter.sent[-1]["reply_token"] == "token"
    assert said(adapter) == ["first", "first", "second"]


def test_a_gate_opens_by_itself_when_the_token_is_well_again(lane, platform, account):
    adapter = platform(Outcome.UNAUTHORIZED)
    say(lane, "held")
    sending.drain()
    adapter.check = AccountCheck(problem="token_invalid")
    gates.check_paused_accounts()
    assert MessagingAccount.objects.get().paused_reason

    adapter.check = AccountCheck(bot_name="Koharu")
    gates.check_paused_accounts()
    sending.drain()

    assert MessagingAccount.objects.get().paused_reason == ""
    assert said(adapter) == ["held", "held"]


@pytest.mark.parametrize(
    ("quota", "minutes", "opens"),
    [
        (Quota(limit=200, used=200), 6, False),
        (Quota(limit=200, used=200), 61, False),
        (Quota(limit=5000, used=200), 6, True),
        (Quota(limit=5000, used=200), 4, False),
        (Quota(limit=None, used=200), 6, True),
        (None, 6, False),
        (None, 61, True),
    ],
)
def test_held_pushes_go_out_in_order_when_the_platforms_figures_say_that_quota_is_left(lane, platform, account, quota, minutes, opens):
    adapter = platform(Outcome.QUOTA_REACHED)
    say(lane, "first")
    sending.drain()
    say(lane, "second")
    adapter.quota = quota
    MessagingAccount.objects.update(push_paused_since=timezone.now() - datetime.timedelta(minutes=minutes))

    gates.check_paused_accounts()
    sending.drain()

    assert said(adapter) == (["first", "first", "second"] if opens else ["first"])


def test_a_token_that_is_well_again_says_nothing_of_the_quota(lane, platform, account):
    adapter = platform(Outcome.QUOTA_REACHED, Outcome.UNAUTHORIZED)
    say(lane, "first")
    sending.drain()
    give_token(lane)
    sending.drain()

    gates.resume_account(account=account)

    account.refresh_from_db()
    assert (account.paused_reason, account.push_paused_reason) == ("", "LINE's words")
    assert len(adapter.sent) == 2


def test_a_push_held_beyond_the_life_of_its_key_is_not_sent_again(lane, platform, account):
    adapter = platform(Outcome.UNCLEAR, Outcome.UNAUTHORIZED)
    say(lane, "hello")
    sending.drain()
    make_due()
    sending.drain()
    Delivery.objects.update(first_unclear_at=timezone.now() - datetime.timedelta(hours=30))

    gates.resume_account(account=account)
    make_due()
    sending.drain()

    assert len(adapter.sent) == 2
    assert Delivery.objects.get().state == "unknown"


def test_a_delivery_whose_worker_died_is_taken_up_when_its_lease_ends(lane, platform):
    adapter = platform()
    say(lane, "hello")
    (frozen,) = freezing.freeze([lane.pk])
    sending.drain()
    assert adapter.sent == []

    Delivery.objects.update(leased_until=timezone.now() - datetime.timedelta(seconds=1))
    sending.drain()

    frozen.refresh_from_db()
    assert adapter.sent[0]["retry_key"] == str(frozen.retry_key)
    assert (frozen.state, frozen.attempts, frozen.unclear_attempts) == ("accepted", 2, 1)


def test_a_push_whose_worker_died_a_day_ago_is_unknown_for_its_key_is_forgotten(lane, platform):
    adapter = platform()
    say(lane, "hello")
    freezing.freeze([lane.pk])
    Delivery.objects.update(leased_until=timezone.now() - datetime.timedelta(hours=25))

    sending.drain()

    assert adapter.sent == []
    assert Delivery.objects.get().state == "unknown"


def test_a_worker_that_hears_accepted_after_the_others_gave_up_is_believed(lane, platform, observed):
    from channels_app import outcomes

    platform()
    say(lane, "hello")
    (delivery,) = freezing.freeze([lane.pk])
    Delivery.objects.update(state="unknown", leased_until=None)

    outcomes.record(delivery=delivery, attempt=1, result=SendResult(outcome=Outcome.ACCEPTED, message_ids=["1"]))

    assert Delivery.objects.get().state == "accepted"
    assert observed == [("accepted", [1])]


def test_the_late_answer_of_a_worker_that_lost_its_lease_changes_nothing(lane, platform):
    from channels_app import outcomes

    platform(Outcome.UNCLEAR)
    say(lane, "hello")
    freezing.freeze([lane.pk])
    Delivery.objects.update(leased_until=timezone.now() - datetime.timedelta(seconds=1))
    claimed = freezing.claim(Delivery.objects.get().pk)

    outcomes.record(delivery=claimed, attempt=1, result=SendResult(outcome=Outcome.REJECTED))
    assert Delivery.objects.get().state == "sending"

    outcomes.record(delivery=claimed, attempt=2, result=SendResult(outcome=Outcome.ACCEPTED))
    assert Delivery.objects.get().state == "accepted"


def test_two_workers_cannot_freeze_one_lane(lane, platform):
    platform()
    say(lane, "hello")

    assert freezing.freeze([lane.pk])
    assert freezing.freeze([lane.pk]) == []


def test_a_switched_off_account_sends_nothing(lane, platform):
    adapter = platform()
    say(lane, "hello")
    MessagingAccount.objects.update(state="disabled")

    sending.drain()

    assert adapter.sent == []


def test_a_secret_token_stands_in_no_delivery(lane, platform):
    platform()
    give_token(lane, value="reply-token-in-clear")
    say(lane, "hello")

    sending.drain()

    assert "reply-token-in-clear" not in Delivery.objects.get().body


def _bubbles():
    return Bubble.objects.select_related("delivery")


def test_pushes_of_an_account_that_is_well_go_together_each_with_its_own_outcome(account, platform, observed):
    outcomes = [Outcome.ACCEPTED] * 4 + [Outcome.REJECTED, Outcome.UNCLEAR]
    answers = {f"text {number}": outcome for number, outcome in enumerate(outcomes)}
    adapter = platform()
    at_once = []
    freeze = freezing.freeze

    def send(**request):
        said_now = json.loads(request["body"])["messages"][0]["text"]
        return SendResult(outcome=answers.get(said_now, Outcome.ACCEPTED), error="LINE's words", message_ids=[said_now])

    def counted(lane_ids):
        at_once.append(len(lane_ids))
        return freeze(lane_ids)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adapter, "send", send)
        patch.setattr(sending, "freeze", counted)
        for number in range(26):
            say(Lane.objects.create(account=account, key=f"user:U{number}"), f"text {number}")
        assert sending.drain() == 26

    states = {bubble.content["text"]: bubble.delivery.state for bubble in _bubbles()}
    assert at_once == [1, 20, 1, 4]  # after what was refused or unclear, one alone again
    assert [states.pop(f"text {number}") for number in (4, 5)] == ["failed", "retry"]
    assert set(states.values()) == {"accepted"}
    assert {tuple(ids) for ids in Delivery.objects.filter(state="accepted").values_list("message_ids", flat=True)} == {
        (text,) for text in states
    }


def test_a_reply_goes_alone(account, platform, observed):
    platform()
    lanes_of = [Lane.objects.create(account=account, key=f"user:U{number}") for number in range(3)]
    give_token(lanes_of[1])
    for each in lanes_of:
        say(each, "hello")

    assert {delivery.lane for delivery in freezing.freeze([each.pk for each in lanes_of])} == {lanes_of[0], lanes_of[2]}

    assert [free for _account, _lane, free in sending.due_lanes()] == [True]
    assert [delivery.method for delivery in freezing.freeze([lanes_of[1].pk])] == ["reply"]


def test_among_pushes_that_go_together_one_that_cannot_be_frozen_holds_up_no_other(account, platform, observed, monkeypatch):
    adapter = platform()
    freeze = adapter.freeze

    def poisoned(**given):
        if any("poison" in content["text"] for content in given["contents"]):
            raise KeyError("poison")
        return freeze(**given)

    monkeypatch.setattr(adapter, "freeze", poisoned)
    for number in range(5):
        say(Lane.objects.create(account=account, key=f"user:U{number}"), "poison" if number == 2 else f"text {number}")

    assert sending.drain() == 4

    assert sorted(said(adapter)) == ["text 0", "text 1", "text 3", "text 4"]
    assert Bubble.objects.filter(delivery=None).count() == 1


class Clock:
    """Stands in for the module `time`; `adapter.send` lets it go on."""

    now = 0.0

    def monotonic(self):
        return self.now


def test_a_slow_account_holds_up_nobody_elses_answers(account, platform, monkeypatch, observed):
    clock = Clock()
    monkeypatch.setattr(sending, "time", clock)
    monkeypatch.setattr(sending, "SLOW_SECONDS", 2)
    lanes = [Lane.objects.create(account=account, key=f"user:U{number}") for number in range(3)]
    for number, each in enumerate(lanes):
        say(each, f"slow {number}")
    other = builders.account(name="Another shop", channel_id="2000000002")
    say(Lane.objects.create(account=other, key="user:U9"), "quick")
    adapter = platform()
    answer = adapter.send

    def slow(**request):
        clock.now += 10 if "slow" in request["body"] else 0.1
        return answer(**request)

    monkeypatch.setattr(adapter, "send", slow)

    sending.drain()
    assert said(adapter) == ["slow 0", "quick"]

    clock.now = 0
    sending.drain()
    assert said(adapter) == ["slow 0", "quick", "slow 1"]


def test_a_drain_stops_when_its_time_is_up(account, platform, monkeypatch, observed):
    clock = Clock()
    monkeypatch.setattr(sending, "time", clock)
    for number in range(30):
        each = Lane.objects.create(account=account, key=f"user:U{number}")
        give_token(each, value=str(number))
        say(each, str(number))
    adapter = platform()
    answer = adapter.send

    def steady(**request):
        clock.now += 1
        return answer(**request)

    monkeypatch.setattr(adapter, "send", steady)

    assert sending.drain(seconds=20) == 20
