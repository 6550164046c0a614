"""A gate that closes between two tries of a delivery holds back what needs it, and nothing else."""

import datetime
import uuid

import pytest
from django.utils import timezone

from channels_app import freezing, sending
from channels_app.adapter import Outcome
from channels_app.models import Bubble, Delivery, EndpointPause, Lane, MessagingAccount
from tests import builders
from tests.channels_app.test_sending import give_token, lane, make_due, said, say

__all__ = ["lane"]
pytestmark = pytest.mark.django_db


def close(reason):
    """A neighbour's answer, an administrator, or another tool that takes the chat."""
    if reason == "standby":
        Lane.objects.update(standby=True)
    else:
        MessagingAccount.objects.update(
            **{
                "quota": {"push_paused_reason": "used up", "push_paused_since": timezone.now()},
                "token": {"paused_reason": "token", "paused_since": timezone.now()},
                "off": {"state": "disabled"},
            }[reason]
        )


def states():
    return list(Delivery.objects.order_by("pk").values_list("method", "state"))


@pytest.mark.parametrize("first", [Outcome.RATE_LIMITED, Outcome.UNREACHABLE])
def test_a_push_that_clearly_never_left_goes_free_when_the_customer_writes_again(lane, platform, observed, first):
    adapter = platform(first)
    say(lane, "counted", "too")
    sending.drain()
    close("quota")
    make_due()
    sending.drain()
    assert states() == [("push", "refused")]
    assert observed == [("retry", [1, 2]), ("refused", [1, 2])]

    give_token(lane, value="fresh")
    say(lane, "free")
    sending.drain()

    assert [request["reply_token"] for request in adapter.sent] == ["", "fresh"]
    assert said(adapter)[2:] == ["counted", "too", "free"]


@pytest.mark.parametrize("reason", ["quota", "token", "off", "standby"])
def test_what_clearly_never_left_waits_in_its_place_and_no_request_is_made(lane, platform, reason):
    adapter = platform(Outcome.UNREACHABLE)
    say(lane, "first")
    sending.drain()
    close(reason)
    say(lane, "second")
    make_due()
    for _ in range(3):
        sending.drain()

    assert (len(adapter.sent), states()) == (1, [("push", "refused")])
    assert list(Bubble.objects.order_by("sequence").values_list("content__text", "delivery")) == [("first", None), ("second", None)]
    Lane.objects.update(standby=False)
    MessagingAccount.objects.update(paused_reason="", paused_since=None, push_paused_reason="", push_paused_since=None, state="active")
    sending.drain()
    assert said(adapter) == ["first", "first", "second"]


@pytest.mark.parametrize("reason", ["quota", "token", "off", "standby"])
def test_a_push_that_may_have_left_waits_with_its_key_and_is_unknown_when_that_is_forgotten(lane, platform, reason):
    adapter = platform(Outcome.UNCLEAR)
    say(lane, "first")
    sending.drain()
    close(reason)
    make_due()
    sending.drain()
    assert states() == [("push", "retry")]

    Delivery.objects.update(first_unclear_at=timezone.now() - datetime.timedelta(hours=23, seconds=1))
    sending.drain()

    assert (len(adapter.sent), states()) == (1, [("push", "unknown")])


def test_behind_it_the_customer_is_answered_for_free_again(lane, platform):
    adapter = platform(Outcome.UNCLEAR)
    say(lane, "first")
    sending.drain()
    close("quota")
    give_token(lane, value="fresh")
    say(lane, "second")
    sending.drain()
    assert said(adapter) == ["first"]

    Delivery.objects.update(due_at=timezone.now(), first_unclear_at=timezone.now() - datetime.timedelta(days=3))
    sending.drain()

    assert said(adapter) == ["first", "second"]
    assert adapter.sent[-1]["reply_token"] == "fresh"


@pytest.mark.parametrize(
    ("token", "days", "becomes"), [(False, 0, ("push", "retry")), (False, 5, ("push", "unknown")), (True, 0, ("reply", "unknown"))]
)
@pytest.mark.parametrize("reason", ["token", "off", "standby"])
def test_what_a_worker_died_over_is_unclear_though_the_gate_is_closed(lane, platform, reason, token, days, becomes):
    adapter = platform()
    if token:
        give_token(lane)
    say(lane, "first")
    freezing.freeze([lane.pk])
    close(reason)
    Delivery.objects.update(leased_until=timezone.now() - datetime.timedelta(days=days, seconds=1))

    for _ in range(2):
        sending.drain()

    assert (adapter.sent, states()) == ([], [becomes])
    assert Delivery.objects.get().unclear_attempts == 1


def test_a_pause_of_pushes_is_no_gate(lane, platform):
    platform(Outcome.RATE_LIMITED)
    say(lane, "first")
    sending.drain()
    Delivery.objects.update(due_at=timezone.now())

    sending.drain()

    assert states() == [("push", "retry")]


def test_after_too_many_replies_tokens_that_last_are_waited_for(account, platform, observed):
    adapter = platform(Outcome.RATE_LIMITED)
    lanes = [Lane.objects.create(account=account, key=f"user:U{number}") for number in range(4)]
    for each in lanes[:3]:
        give_token(each, value=each.key)
    for each in lanes:
        say(each, each.key)
    sending.drain()
    assert [request["reply_token"] for request in adapter.sent] == ["user:U0", ""]  # and who has none is pushed to

    make_due()
    sending.drain()

    assert [request["reply_token"] for request in adapter.sent[2:]] == ["user:U0", "user:U1", "user:U2"]


def test_but_a_token_that_ends_before_the_pause_is_not(account, platform, observed):
    adapter = platform()
    EndpointPause.objects.create(account=account, method="reply", until=timezone.now() + datetime.timedelta(seconds=30), seconds=30)
    lanes = [Lane.objects.create(account=account, key=f"user:U{number}") for number in range(2)]
    give_token(lanes[0], seconds=20)
    give_token(lanes[1], seconds=40)
    for each in lanes:
        say(each, each.key)

    sending.drain()

    assert [(request["reply_token"], said(adapter)) for request in adapter.sent] == [("", ["user:U0"])]
    assert freezing.freeze([lanes[1].pk]) == []


@pytest.mark.parametrize(("token", "state"), [(True, "unknown"), (False, "failed")])
def test_any_refusal_of_a_reply_may_mean_that_an_unclear_try_went_through(lane, platform, token, state):
    platform(Outcome.UNCLEAR, Outcome.REJECTED)
    if token:
        give_token(lane)
    say(lane, "first")
    sending.drain()
    make_due()

    sending.drain()

    assert states() == [("reply" if token else "push", state)]


def test_what_a_closed_gate_lets_go_keeps_no_other_accounts_retry_waiting(platform, observed):
    adapter = platform()
    shut, other = builders.account(state="disabled"), builders.account(name="Another shop")
    lanes = Lane.objects.bulk_create(Lane(account=shut, key=f"user:U{number}") for number in range(60))
    lanes.append(Lane.objects.create(account=other, key="user:U"))
    for each in lanes:
        waits = {"state": "retry", "attempts": 1, "due_at": timezone.now() - datetime.timedelta(seconds=9), "body": '{"messages": []}'}
        Delivery.objects.create(lane=each, method="push", retry_key=uuid.uuid4(), **waits)

    sending.drain()

    assert len(adapter.sent) == 1


def test_a_reply_that_a_pause_holds_keeps_nobody_busy(lane, platform):
    platform(Outcome.RATE_LIMITED)
    give_token(lane)
    say(lane, "first")
    sending.drain()
    Delivery.objects.update(due_at=timezone.now())
    EndpointPause.objects.update(until=timezone.now() + datetime.timedelta(seconds=30))

    assert (sending.due_deliveries(), sending.seconds_to_next_retry()) == ([], None)
