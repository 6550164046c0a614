"""Tokens and keys are replaced while everything runs."""

import io
import threading

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from channels_app import accounts, credentials, freezing, key_rotation, lanes, trying
from channels_app.adapter import AccountCheck, Outcome, SendResult
from channels_app.models import AccountSecret, Delivery, Lane, QuarantinedBody, WebhookEvent
from channels_app.secrets import Undecryptable
from tests import builders
from tests.channels_app.test_concurrency import at_once

pytestmark = pytest.mark.django_db


def waiting_answer(account):
    lane = Lane.objects.get_or_create(account=account, key="user:U1")[0]
    return lanes.queue_bubble(lane=lane, content={"kind": "text", "text": "x"}, client_id="c1")


def save_token(account, root, token="newer"):
    accounts.save_credentials(actor=root, account=account, channel_id=account.channel_id, access_token=token)
    account.refresh_from_db()


# --- Tokens -----------------------------------------------------------------------------------------------


def test_a_new_token_that_is_refused_leaves_the_former_to_send(account, platform, root):
    adapter = platform(Outcome.UNAUTHORIZED)
    save_token(account, root)

    trying.try_all(freezing.freeze([waiting_answer(account).lane_id]))

    account.refresh_from_db()
    assert [request["token"] for request in adapter.sent] == ["newer", builders.TOKEN]
    assert Delivery.objects.get().state == "accepted"
    assert account.paused_reason == ""


def test_when_both_are_refused_sending_is_held(account, platform, root):
    platform(Outcome.UNAUTHORIZED, SendResult(outcome=Outcome.UNAUTHORIZED, error="expired"))
    save_token(account, root)

    trying.try_all(freezing.freeze([waiting_answer(account).lane_id]))

    account.refresh_from_db()
    assert account.paused_reason == "expired"


def test_once_the_platform_knows_the_new_token_the_former_is_over(account, platform, root):
    platform()
    save_token(account, root)
    assert [each.access_token for each in credentials.live_credentials_of(account)] == ["newer", builders.TOKEN]

    accounts.check_account(actor=root, account=account)

    assert [each.access_token for each in credentials.live_credentials_of(account)] == ["newer"]


def test_a_token_that_the_platform_refuses_is_not_the_first_to_be_tried(account, platform, root):
    platform().check = AccountCheck(problem="token_invalid")
    save_token(account, root)

    accounts.check_account(actor=root, account=account)

    account.refresh_from_db()
    assert credentials.credentials_of(account).access_token == builders.TOKEN


# --- Keys -------------------------------------------------------------------------------------------------


@pytest.fixture
def encrypted(account):
    """One of each kind that lies encrypted."""
    at = timezone.now()
    WebhookEvent.objects.create(account=account, event_id="e", kind="message", payload=b"{}", occurred_at=at, received_at=at)
    WebhookEvent.objects.create(account=account, event_id="blank", kind="message", occurred_at=at, received_at=at)
    QuarantinedBody.objects.create(account=account, headers={}, body=b"body", size=4, received_at=at)
    return account


def run():
    out = io.StringIO()
    call_command("rotate_secrets", stdout=out)
    return out.getvalue()


def test_everything_goes_under_the_newest_key_and_the_old_one_can_go(encrypted, settings):
    old, new = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, old]

    said = run()

    settings.ENCRYPTION_KEYS = [new]
    assert "channels_app.AccountSecret.value: 2 put under the newest key, 0 under it already, 0 opened by no key" in said
    assert "channels_app.WebhookEvent.payload: 1 put" in said
    assert "channels_app.QuarantinedBody.body: 1 put" in said
    assert "can be removed" in said
    assert {secret.value for secret in AccountSecret.objects.all()} == {builders.SECRET, builders.TOKEN}
    assert bytes(WebhookEvent.objects.get(event_id="e").payload) == b"{}"
    assert "2 under it already" in run()


def test_what_no_key_opens_is_told_and_left_alone(encrypted, settings):
    old, lost, new = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [lost]
    encrypted.secrets.create(kind="access_token", value="lost")
    settings.ENCRYPTION_KEYS = [new, old]

    with pytest.raises(CommandError, match="opened by no key"):
        run()

    with pytest.raises(Undecryptable):
        list(AccountSecret.objects.all())
    settings.ENCRYPTION_KEYS = [new, lost]
    assert AccountSecret.objects.count() == 3
    assert "lost" in {secret.value for secret in AccountSecret.objects.all()}


def test_more_rows_than_are_taken_at_once(account, settings, monkeypatch):
    monkeypatch.setattr(key_rotation, "ROWS_AT_ONCE", 2)
    for number in range(5):
        account.secrets.create(kind="channel_secret", value=str(number))
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]

    assert "AccountSecret.value: 7 put" in run()


@pytest.mark.django_db(transaction=True)
def test_values_that_change_while_keys_are_rotated_keep_their_newest_words(settings):
    account = builders.account()
    for number in range(20):
        account.secrets.create(kind="channel_secret", value=str(number))
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    started = threading.Event()

    def change():
        started.set()
        for secret in AccountSecret.objects.filter(kind="channel_secret"):
            secret.value = f"changed {secret.pk}"
            secret.save(update_fields=["value"])

    at_once(change, lambda: list(key_rotation.rotate()), lambda: list(key_rotation.rotate()))
    connection.close()
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]

    assert all(secret.value == f"changed {secret.pk}" for secret in AccountSecret.objects.filter(kind="channel_secret"))
