"""Sending when something goes wrong beside LINE's answer: a broken lane, a wrong key, a race, an account that is slow for all."""

import datetime
import threading
import time

import pytest
from cryptography.fernet import Fernet
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from channels_app import freezing, gates, outcomes, sending, tasks, trying
from channels_app.adapter import Outcome, SendResult
from channels_app.models import AccountSecret, Delivery, EndpointPause, Lane, MessagingAccount, ReplyToken
from channels_app.turns import Turns
from tests import builders
from tests.channels_app.test_sending import give_token, lane, make_due, said, say

__all__ = ["lane"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def stranger():
    return Lane.objects.create(account=builders.account(name="Another shop"), key="user:U9")


def test_a_bubble_that_cannot_be_frozen_holds_up_no_other_lane(lane, stranger, platform, monkeypatch, caplog):
    adapter = platform()
    freeze = adapter.freeze

    def poisoned(**given):
        if any("poison" in content["text"] for content in given["contents"]):
            raise KeyError("poison of the customer")
        return freeze(**given)

    monkeypatch.setattr(adapter, "freeze", poisoned)
    say(lane, "poison")
    say(stranger, "goes")

    sending.drain()

    assert said(adapter) == ["goes"]
    assert "KeyError" in caplog.text
    assert "poison of the customer" not in caplog.text


def test_an_adapter_that_raises_counts_as_unclear_and_holds_up_nobody(lane, stranger, platform, monkeypatch):
    adapter = platform()
    send = adapter.send

    def poisoned(**given):
        if "poison" in given["body"]:
            raise RuntimeError("the words of the customer")
        return send(**given)

    monkeypatch.setattr(adapter, "send", poisoned)
    say(lane, "poison")
    say(stranger, "goes")

    sending.drain()

    poisoned_delivery = Delivery.objects.get(lane=lane)
    assert said(adapter) == ["goes"]
    assert (poisoned_delivery.state, poisoned_delivery.unclear_attempts) == ("retry", 1)
    assert "RuntimeError" in poisoned_delivery.error
    assert "the words" not in poisoned_delivery.error


def test_a_token_that_no_key_opens_closes_its_accounts_gate_with_words(lane, stranger, platform, settings):
    adapter = platform()
    with_old_key = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    AccountSecret.objects.filter(account=lane.account).delete()
    AccountSecret.objects.create(account=lane.account, kind="access_token", value="lost")
    settings.ENCRYPTION_KEYS = with_old_key
    say(lane, "held")
    say(stranger, "goes")

    sending.drain()
    gates.check_paused_accounts()

    assert said(adapter) == ["goes"]
    assert "ENCRYPTION_KEYS" in MessagingAccount.objects.get(pk=lane.account_id).paused_reason


@pytest.mark.parametrize("outcome", [Outcome.UNAUTHORIZED, Outcome.RATE_LIMITED, Outcome.QUOTA_REACHED])
def test_once_an_account_is_closed_not_one_more_request_of_it_is_made(account, platform, observed, outcome):
    adapter = platform(outcome)
    for number in range(3):
        say(Lane.objects.create(account=account, key=f"user:U{number}"), str(number))

    sending.drain()

    assert len(adapter.sent) == 1


@pytest.mark.parametrize("outcome", [Outcome.UNAUTHORIZED, Outcome.RATE_LIMITED, Outcome.QUOTA_REACHED])
def test_nor_of_those_that_are_to_be_retried(account, platform, observed, outcome):
    adapter = platform(*[Outcome.UNCLEAR] * 3, outcome)
    for number in range(3):
        say(Lane.objects.create(account=account, key=f"user:U{number}"), str(number))
    sending.drain()
    make_due()

    sending.drain()

    assert len(adapter.sent) == 4


def test_an_account_that_is_switched_off_meanwhile_sends_nothing_more(lane, platform):
    adapter = platform()
    say(lane, "hello")
    MessagingAccount.objects.update(state="disabled")

    assert freezing.freeze([lane.pk]) == []
    assert adapter.sent == []


def test_the_answer_is_recorded_again_when_the_database_asks_for_it(lane, platform, monkeypatch):
    platform()
    say(lane, "hello")
    (delivery,) = freezing.freeze([lane.pk])
    accept, failures = outcomes._accept, [OperationalError("database is locked")]

    def once(*arguments):
        if failures:
            raise failures.pop()
        accept(*arguments)

    monkeypatch.setattr(outcomes, "_accept", once)
    monkeypatch.setattr("workstreams.transactions.connection", type("Outside", (), {"in_atomic_block": False})())

    outcomes.record(delivery=delivery, attempt=1, result=SendResult(outcome=Outcome.ACCEPTED))

    assert Delivery.objects.get().state == "accepted"


@pytest.mark.django_db(transaction=True)
def test_a_clear_answer_waits_for_a_database_that_is_away(account, platform, observed, monkeypatch):
    adapter = platform()
    lane = Lane.objects.create(account=account, key="user:U1")
    token = give_token(lane)
    say(lane, "hello")
    record, away = outcomes.record_accepted, [InterfaceError("connection already closed"), OperationalError("database is locked")]
    naps = []

    def record_later(accepted):
        if away:
            raise away.pop()
        record(accepted)

    monkeypatch.setattr(outcomes, "record_accepted", record_later)
    monkeypatch.setattr("channels_app.trying.time.sleep", naps.append)
    sending.drain()

    token.refresh_from_db()
    assert (len(adapter.sent), naps.count(trying.RECORD_AGAIN_SECONDS)) == (1, 2)
    assert (Delivery.objects.get().state, token.state) == ("accepted", "spent")


def test_accepted_is_believed_even_from_a_worker_that_lost_its_lease(lane, platform, observed):
    platform()
    give_token(lane)
    say(lane, "hello")
    (delivery,) = freezing.freeze([lane.pk])
    Delivery.objects.update(leased_until=timezone.now() - datetime.timedelta(seconds=1))
    freezing.claim(delivery.pk)

    outcomes.record(delivery=delivery, attempt=1, result=SendResult(outcome=Outcome.ACCEPTED, message_ids=["1"]))
    outcomes.record(delivery=delivery, attempt=2, result=SendResult(outcome=Outcome.REPLY_TOKEN_INVALID))

    assert Delivery.objects.get().state == "accepted"
    assert [state for state, _ in observed] == ["accepted"]


def test_a_pause_that_another_worker_ends_at_the_same_moment_is_no_error(lane, platform, monkeypatch):
    platform(Outcome.RATE_LIMITED)
    EndpointPause.objects.create(account=lane.account, method="push", until=timezone.now() - datetime.timedelta(seconds=1), seconds=1)
    say(lane, "hello")
    find = EndpointPause.objects.get_or_create

    def found_and_then_ended(**given):
        found = find(**given)
        EndpointPause.objects.all().delete()
        return found

    monkeypatch.setattr(EndpointPause.objects, "get_or_create", found_and_then_ended)

    sending.drain()

    assert Delivery.objects.get().state == "retry"


@pytest.mark.parametrize("closed", ["gate", "quota", "pause"])
def test_nobody_waits_busily_for_a_retry_that_may_not_go(lane, platform, account, closed):
    platform(Outcome.UNCLEAR)
    say(lane, "hello")
    sending.drain()
    make_due()
    assert sending.seconds_to_next_retry() == 0

    now = timezone.now()
    if closed == "gate":
        MessagingAccount.objects.update(paused_reason="dead", paused_since=now)
    elif closed == "quota":
        MessagingAccount.objects.update(push_paused_reason="used up", push_paused_since=now)
    else:
        EndpointPause.objects.create(account=account, method="push", until=now + datetime.timedelta(minutes=1), seconds=60)

    assert sending.seconds_to_next_retry() is None


def test_the_quotas_hour_opens_no_gate_of_a_dead_token(account, platform):
    platform()
    long_ago = timezone.now() - datetime.timedelta(hours=2)
    MessagingAccount.objects.update(
        paused_reason="dead", paused_since=long_ago, push_paused_reason="used up", push_paused_since=long_ago, state="disabled"
    )

    gates.check_paused_accounts()

    account.refresh_from_db()
    assert (account.paused_reason, account.push_paused_reason) == ("dead", "")


def test_a_finished_delivery_keeps_no_words(lane, platform):
    platform(Outcome.ACCEPTED, Outcome.REJECTED)
    say(lane, "first")
    sending.drain()
    say(lane, "second")
    sending.drain()

    assert list(Delivery.objects.order_by("pk").values_list("state", "body")) == [("accepted", ""), ("failed", "")]


def test_a_reply_token_that_nobody_used_loses_its_value(lane, platform):
    stale, fresh = give_token(lane, seconds=-600), give_token(lane, seconds=40)

    sending.forget_stale_tokens()

    stale.refresh_from_db()
    fresh.refresh_from_db()
    assert (stale.state, stale.value) == ("expired", None)
    assert (fresh.state, fresh.value) == ("fresh", "token")


@pytest.mark.django_db(transaction=True)
def test_no_connection_to_the_database_is_held_while_the_platform_answers(platform, monkeypatch, observed):
    lane = Lane.objects.create(account=builders.account(), key="user:U1")
    adapter = platform()
    seen = []
    monkeypatch.setattr(adapter, "send", lambda **given: seen.append(connection.connection) or SendResult(outcome=Outcome.ACCEPTED))
    say(lane, "hello")

    sending.drain()

    assert seen == [None]


@pytest.mark.django_db(transaction=True)
def test_two_hanging_accounts_leave_slots_for_the_third(platform, monkeypatch, observed):
    adapter = platform()
    answer, hang, reached = adapter.send, threading.Event(), threading.Semaphore(0)
    hanging = [builders.account() for _ in range(2)]
    for each in hanging:
        for number in range(6):
            say(Lane.objects.create(account=each, key=f"user:U{number}"), f"slow {each.pk} {number}")

    def slow(**given):
        if "slow" in given["body"]:
            reached.release()
            hang.wait(30)
        return answer(**given)

    monkeypatch.setattr(adapter, "send", slow)
    monkeypatch.setattr(sending, "turns", Turns(limit=2))

    def work():
        try:
            tasks._outbound.run(sending.drain)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    try:
        for _ in range(4):
            assert reached.acquire(timeout=20)
        say(Lane.objects.create(account=builders.account(), key="user:U9"), "quick")
        workers.append(threading.Thread(target=work))
        workers[-1].start()
        give_up_at = time.monotonic() + 20
        while "quick" not in said(adapter) and time.monotonic() < give_up_at:
            time.sleep(0.02)
        assert said(adapter) == ["quick"]
    finally:
        hang.set()
        for worker in workers:
            worker.join(30)
    assert not ReplyToken.objects.exists()


def test_when_a_request_fails_those_that_wait_for_company_go_alone(account, platform, observed, monkeypatch):
    adapter = platform(Outcome.ACCEPTED, Outcome.REJECTED)
    lanes_of = [Lane.objects.create(account=account, key=f"user:U{number}") for number in range(26)]
    give_token(lanes_of[4])
    for number, each in enumerate(lanes_of):
        say(each, f"text {number}")
    freeze, together = freezing.freeze, []

    def counted(lane_ids):
        together.append([lanes_of.index(Lane(pk=lane_id)) for lane_id in lane_ids])
        return freeze(lane_ids)

    monkeypatch.setattr(sending, "freeze", counted)

    assert sending.drain() == 26

    # The reply is refused while three pushes wait for others; one of them goes first, and then twenty.
    assert together == [[0], [4], [1], [2, 3, *range(5, 23)], [23, 24, 25]]
    assert len(adapter.sent) == 26


def test_an_answer_that_cannot_be_recorded_costs_no_other_its_own(account, platform, observed, monkeypatch, caplog):
    platform(*[Outcome.ACCEPTED] * 4, Outcome.QUOTA_REACHED)
    for number in range(5):
        say(Lane.objects.create(account=account, key=f"user:U{number}"), f"text {number}")
    accept, broken = outcomes._accept, Lane.objects.get(key="user:U2")

    def poisoned(accepted):
        if any(delivery.lane_id == broken.pk for delivery, _result in accepted):
            raise KeyError("poison of the customer")
        accept(accepted)

    monkeypatch.setattr(outcomes, "_accept", poisoned)
    monkeypatch.setattr(trying, "ThreadPoolExecutor", InTurn)

    sending.drain()

    states = dict(Delivery.objects.values_list("lane__key", "state"))
    assert states == {f"user:U{number}": "accepted" for number in range(4)} | {"user:U2": "sending", "user:U4": "refused"}
    assert MessagingAccount.objects.get().push_paused_reason == "LINE's words"
    assert "KeyError" in caplog.text
    assert "poison of the customer" not in caplog.text


class InTurn:
    """Threads, but one after the other, so that prepared answers come in the order of the lanes."""

    def __init__(self, _number):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass

    def map(self, *given):
        return map(*given)
