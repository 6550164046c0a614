"""A webhook proves the secret that signed it, and never one that is saved at the same moment."""

import json
import threading
import time

import pytest
from django.db import connection, transaction

from channels_app import accounts, storing
from channels_app.models import MessagingAccount
from tests import builders
from tests.channels_app.conftest import body_of, text_event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def unproved():
    account = builders.account()
    MessagingAccount.objects.update(secret_proved_at=None)
    return account


def found(account):
    return storing.find_callback_account(account.callback_key)


def save_another(account, root):
    accounts.save_credentials(actor=root, account=account, channel_id=account.channel_id, channel_secret="second")


def webhook():
    return json.dumps(body_of(text_event(1))).encode()


def test_one_that_was_saved_after_the_account_was_read_is_not_proved_and_ends_none(unproved, root):
    before = found(unproved)
    save_another(unproved, root)

    storing.store_webhook(before, webhook())

    assert (found(unproved).secret_proved, found(unproved).channel_secrets) == (False, ("second", builders.SECRET))


def test_nor_one_that_is_being_saved_meanwhile(unproved, root):
    before = found(unproved)
    waited = []

    def store():
        began = time.monotonic()
        storing.store_webhook(before, webhook())
        waited.append(time.monotonic() - began)
        connection.close()

    with transaction.atomic():
        save_another(unproved, root)
        thread = threading.Thread(target=store)
        thread.start()
        time.sleep(0.7)
    thread.join()

    assert waited[0] > 0.4, "it had to wait for the row of the account"
    assert (found(unproved).secret_proved, found(unproved).channel_secrets) == (False, ("second", builders.SECRET))


def test_the_newest_is_proved_by_the_next_webhook_and_ends_those_before_it(unproved, root):
    save_another(unproved, root)

    storing.store_webhook(found(unproved), webhook())

    assert (found(unproved).secret_proved, found(unproved).channel_secrets) == (True, ("second",))
