"""A process dies after any step of intake or delivery: what comes after it finds the rows, and there is one message.

Besides the named steps, it dies before every single statement, so that a step added later is tried too. (What it leaves
behind by dying after one is the same as before that one or the next.)
"""

import datetime
import itertools
import json
import uuid
from contextlib import contextmanager, suppress

import pytest
from django.db import connection
from django.utils import timezone

from channels_app import handling, hints, outcomes, ports, receiving, sending, storing, trying
from channels_app.adapter import Outcome, SendResult
from channels_app.models import Bubble, Delivery, EventState, Lane, ReplyToken, WebhookEvent
from conversations import assignment, composer
from conversations.models import Conversation, JournalEntry, Message
from tests.channels_app.conftest import body_of, text_event
from tests.channels_app.fakes import PreparedAdapter

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 150
OF_TRANSACTIONS = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")


class Died(BaseException):
    """The process is gone: nothing catches this, and what wasn't committed is undone."""


class Crash:
    """Dies once, before the n-th statement; `happened` tells whether there were so many."""

    def __init__(self, number):
        self.left, self.happened = number, False

    def __call__(self, execute, sql, params, many, context):
        if self.happened or sql.startswith(OF_TRANSACTIONS):
            return execute(sql, params, many, context)
        self.left -= 1
        if self.left:
            return execute(sql, params, many, context)
        self.happened = True
        raise Died


def crashes():
    """A crash at every statement, until an attempt had fewer."""
    for number in range(1, MOST_STATEMENTS):
        crash = Crash(number)
        yield crash
        if not crash.happened:
            return
    raise AssertionError(f"more than {MOST_STATEMENTS} statements")


@contextmanager
def dying(crash):
    with connection.execute_wrapper(crash), suppress(Died):
        yield


def dies(*_args, **_kwargs):
    raise Died


def dies_after(function):
    """The step is done, and its process with it."""

    def run(*args, **kwargs):
        function(*args, **kwargs)
        raise Died

    return run


def time_passes():
    """Leases run out and what is to be tried again is due; then the sweep comes."""
    past = timezone.now() - datetime.timedelta(seconds=1)
    Lane.objects.filter(inbound_held_until__isnull=False).update(inbound_held_until=past)
    Delivery.objects.filter(state="sending").update(leased_until=past)
    Delivery.objects.filter(state="retry").update(due_at=past)


# --- Intake -------------------------------------------------------------------------------------------


def customer(number):
    return f"U{number:032x}"


def sweep_inbound():
    time_passes()
    receiving.drain()


def kept_of(user):
    messages = Message.objects.filter(conversation__profile__line_id=user)
    conversation = Conversation.objects.get(profile__line_id=user)
    journal = JournalEntry.objects.filter(conversation=conversation, verb="received").count()
    return [message.text for message in messages], conversation.unread_count, journal


INTAKE = {
    "store": (storing, "_insert"),
    "claim": (receiving, "_claim_head"),
    "token": (handling, "_keep_reply_token"),
    "handle": (ports, "receive_inbound"),
    "mark": (receiving, "_handle_and_go_on"),
}


@pytest.mark.parametrize("step", INTAKE)
def test_a_process_that_dies_after_a_step_of_intake_leaves_one_message(account, channel, post_webhook, monkeypatch, step):
    body = body_of(text_event(1, user=customer(1)))

    with monkeypatch.context() as patch:
        place, name = INTAKE[step]
        patch.setattr(place, name, dies_after(getattr(place, name)))
        with suppress(Died):
            post_webhook(account, body)
            receiving.drain()
    if step == "store":
        assert post_webhook(account, body).status_code == 200  # nobody answered, so the platform sends again
    sweep_inbound()

    assert kept_of(customer(1)) == (["こんにちは"], 1, 1)
    assert [event.state for event in WebhookEvent.objects.all()] == [EventState.PROCESSED]
    assert ReplyToken.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_process_that_dies_over_its_hint_has_stored_the_event(account, channel, post_webhook, monkeypatch):
    body = body_of(text_event(1, user=customer(1)))
    monkeypatch.setattr(hints.thread, "add", dies)

    with pytest.raises(Died):
        post_webhook(account, body)
    monkeypatch.setattr(hints.thread, "add", lambda name: None)
    assert post_webhook(account, body).status_code == 200
    sweep_inbound()

    assert kept_of(customer(1)) == (["こんにちは"], 1, 1)


def test_a_web_process_that_dies_at_any_statement_keeps_each_event_once(account, channel, post_webhook):
    tried = 0
    for number, crash in enumerate(crashes(), start=1):
        event = text_event(number, user=customer(number))
        with dying(crash):
            post_webhook(account, body_of(event))
        assert post_webhook(account, body_of(event)).status_code == 200
        assert WebhookEvent.objects.filter(lane_key__endswith=customer(number)).count() == 1
        tried += crash.happened
    assert tried >= 2


@pytest.mark.parametrize("known", [False, True], ids=["a new customer", "a known one"])
def test_a_worker_that_dies_at_any_statement_of_intake_leaves_one_message(account, channel, post_webhook, known):
    tried = 0
    for number, crash in enumerate(crashes(), start=1):
        user, words = customer(number), ["こんにちは"]
        if known:
            post_webhook(account, body_of(text_event(1000 + number, user=user, text="first")))
            receiving.drain()
            words = ["first", "こんにちは"]
        post_webhook(account, body_of(text_event(number, user=user)))
        with dying(crash):
            receiving.drain()

        sweep_inbound()
        assert kept_of(user) == (words, len(words), 1), f"died before statement {number}"
        assert not WebhookEvent.objects.exclude(state=EventState.PROCESSED).exists()
        tried += crash.happened
    assert tried >= 12


# --- Delivery -----------------------------------------------------------------------------------------


class Platform(PreparedAdapter):
    """Keeps what LINE keeps: a retry key counts once, and so does a reply token."""

    def __init__(self):
        super().__init__()
        self.shown, self.used = [], set()

    def send(self, *, credentials, body, reply_token, retry_key):
        once = reply_token or retry_key
        if once in self.used:
            outcome = Outcome.REPLY_TOKEN_INVALID if reply_token else Outcome.ACCEPTED
            return SendResult(outcome=outcome, status=400 if reply_token else 409)
        self.used.add(once)
        self.shown += [message["text"] for message in json.loads(body)["messages"]]
        return SendResult(outcome=Outcome.ACCEPTED, status=200, message_ids=(str(uuid.uuid4()),))


@pytest.fixture
def line(monkeypatch):
    from channels_app import registry

    adapter = Platform()
    monkeypatch.setattr(registry, "_load", lambda channel_type: adapter)
    return adapter


@pytest.fixture
def alices(account, channel, post_webhook, alice):
    """`alices(number)`: a conversation of hers with a new customer, with or without a token for a free reply."""

    def make(number, *, token):
        event = text_event(5000 + number, user=customer(5000 + number))
        if not token:
            del event["replyToken"]
        post_webhook(account, body_of(event))
        receiving.drain()
        conversation = Conversation.objects.get(profile__line_id=customer(5000 + number))
        return assignment.pick_conversation(conversation_id=conversation.pk, actor=alice.user)

    return make


def state_of(text):
    bubble = Message.objects.select_related("bubble__delivery").get(text=text).bubble
    return bubble.delivery.state if bubble.delivery else "queued"


def sweep_outbound():
    for _ in range(2):
        time_passes()
        sending.drain()


def check(line, text, *, token):
    """Shown once; or, where only a reply's token could have told, it is called unknown and wasn't shown twice."""
    count, state = line.shown.count(text), state_of(text)
    assert (count, state) == (1, "accepted") or (token and state == "unknown" and count <= 1), (count, state)
    assert not Bubble.objects.filter(delivery=None).exists()


DELIVERY = {
    "freeze": (sending, "freeze"),
    "credentials": (trying, "live_credentials_of"),
    "send": (trying, "_result_of"),
    "accept": (outcomes, "_accept"),
    "observe": (ports, "deliveries_changed"),
    "record": (outcomes, "record_accepted"),
}


@pytest.mark.parametrize("token", [False, True], ids=["push", "reply"])
@pytest.mark.parametrize("step", DELIVERY)
def test_a_worker_that_dies_after_a_step_of_delivery_sends_once(alices, alice, line, monkeypatch, step, token):
    conversation = alices(1, token=token)
    composer.send_text(conversation_id=conversation.pk, actor=alice.user, text="out", client_id="click")

    with monkeypatch.context() as patch:
        place, name = DELIVERY[step]
        patch.setattr(place, name, dies_after(getattr(place, name)))
        with pytest.raises(Died):
            sending.drain()
    sweep_outbound()

    check(line, "out", token=token)
    if step in ("freeze", "credentials", "record"):
        assert state_of("out") == "accepted"


def test_a_worker_that_dies_after_its_claim_of_a_second_try_sends_once(alices, alice, line, monkeypatch):
    conversation = alices(1, token=False)
    composer.send_text(conversation_id=conversation.pk, actor=alice.user, text="out", client_id="click")
    line.answers = []
    with monkeypatch.context() as patch:
        patch.setattr(trying, "_result_of", lambda delivery, credentials: SendResult(outcome=Outcome.UNCLEAR))
        sending.drain()
        time_passes()
        patch.setattr(sending, "claim", dies_after(sending.claim))
        with pytest.raises(Died):
            sending.drain()

    sweep_outbound()

    check(line, "out", token=False)


def test_a_page_whose_process_dies_at_any_statement_says_it_once(alices, alice, line):
    tried = 0
    conversation = alices(1, token=False)
    for number, crash in enumerate(crashes(), start=1):
        said = {"conversation_id": conversation.pk, "actor": alice.user, "text": f"out {number}", "client_id": f"click {number}"}
        with dying(crash):
            composer.send_text(**said)
        composer.send_text(**said)  # the page says that it didn't work, so Alice presses again
        tried += crash.happened
    sweep_outbound()
    assert tried >= 10
    for number in range(1, tried + 1):
        check(line, f"out {number}", token=False)


@pytest.mark.parametrize("token", [False, True], ids=["push", "reply"])
def test_a_worker_that_dies_at_any_statement_of_delivery_sends_once(alices, alice, line, token):
    tried = 0
    for number, crash in enumerate(crashes(), start=1):
        conversation, text = alices(number, token=token), f"out {number}"
        composer.send_text(conversation_id=conversation.pk, actor=alice.user, text=text, client_id="click")
        with dying(crash):
            sending.drain()

        sweep_outbound()
        check(line, text, token=token)
        tried += crash.happened
    assert tried >= 10


def test_a_worker_that_dies_at_any_statement_of_pushes_that_go_together_sends_each_once(alices, alice, line):
    tried, customers = 0, itertools.count(1)
    for crash in crashes():
        texts = [f"out {number}" for number in itertools.islice(customers, 4)]
        for text in texts:
            conversation = alices(int(text.split()[1]), token=False)
            composer.send_text(conversation_id=conversation.pk, actor=alice.user, text=text, client_id="click")
        with dying(crash):
            sending.drain()

        sweep_outbound()
        for text in texts:
            check(line, text, token=False)
        tried += crash.happened
    assert tried >= 20
