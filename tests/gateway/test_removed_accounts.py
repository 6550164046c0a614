"""An account is removed while answers wait: nothing goes out any more, nothing waits for ever, and who said it is told."""

import datetime

import pytest
from django.utils import timezone

from channels_app import accounts, cancelling, freezing, sending
from channels_app.adapter import Outcome
from channels_app.models import Bubble, Delivery, ReplyToken
from conversations import composer
from conversations.inbox.bubbles import bubble_state

pytestmark = pytest.mark.django_db


@pytest.fixture
def say(alice_has_it):
    ReplyToken.objects.update(state="spent", value=None)

    def say(text):
        composer.lock_with_lane(alice_has_it.pk)
        return composer.say_automatically(conversation=alice_has_it, text=text, client_id=text)

    return say


def shown(*messages):
    for message in messages:
        message.refresh_from_db()
    return [bubble_state(message, message.account).code for message in messages]


def ends(account, root):
    accounts.remove_account(actor=root, account=account)
    return cancelling.end_what_is_left_of_removed_accounts()


def test_what_never_left_is_not_sent(say, platform, account, root):
    adapter = platform(Outcome.UNREACHABLE)
    first = say("first")
    sending.drain()
    second = say("second")

    assert ends(account, root) == 1

    assert shown(first, second) == ["failed", "failed"]
    assert "channel of this conversation was removed" in bubble_state(first, account).detail
    assert len(adapter.sent) == 1
    assert not Delivery.objects.exclude(body="").exists()
    assert cancelling.end_what_is_left_of_removed_accounts() == 0


def test_what_may_have_arrived_is_unknown(say, platform, account, root):
    platform(Outcome.UNCLEAR)
    first = say("first")
    sending.drain()
    second = say("second")

    ends(account, root)

    assert shown(first, second) == ["unknown", "failed"]


def test_what_a_worker_has_in_hand_is_left_to_it_until_it_is_dead(say, platform, account, root):
    platform()
    message = say("first")
    freezing.freeze([Bubble.objects.get().lane_id])
    assert ends(account, root) == 0

    Delivery.objects.update(leased_until=timezone.now() - datetime.timedelta(seconds=1))
    cancelling.end_what_is_left_of_removed_accounts()

    assert shown(message) == ["unknown"]


def test_an_account_that_is_only_switched_off_keeps_what_waits(say, platform, account, root):
    adapter = platform()
    message = say("first")
    accounts.disable_account(actor=root, account=account)
    sending.drain()

    assert cancelling.end_what_is_left_of_removed_accounts() == 0

    account = accounts.enable_account(actor=root, account=account)
    sending.drain()
    assert len(adapter.sent) == 1
    assert shown(message) == ["accepted"]
