"""What comes between two channel secrets is kept for half an hour, believed once a secret explains it, and forgotten otherwise."""

import datetime
import json

import pytest
from django.db import connection
from django.utils import timezone

from channels_app import accounts, alerts, quarantine, receiving, storing, tally, tasks
from channels_app.line.signature import sign
from channels_app.models import MessagingAccount, QuarantinedBody, ReplyToken, WebhookEvent
from tests import builders
from tests.channels_app.conftest import body_of, text_event
from tests.channels_app.test_concurrency import at_once

pytestmark = pytest.mark.django_db
NEW = "the-secret-that-was-issued-anew"


def save_secret(account, root=None, secret=NEW):
    accounts.save_credentials(actor=root, account=account, channel_id=account.channel_id, channel_secret=secret)


def minutes_ago(minutes):
    QuarantinedBody.objects.update(received_at=timezone.now() - datetime.timedelta(minutes=minutes))


def test_what_came_in_the_gap_is_processed_once_the_secret_is_saved(account, post_webhook, root):
    assert post_webhook(account, body_of(text_event(1)), secret=NEW).status_code == 401
    assert post_webhook(account, body_of(text_event(2)), secret=NEW).status_code == 401
    assert not WebhookEvent.objects.exists()

    save_secret(account, root)
    tasks.check_quarantine()
    tasks.check_quarantine()

    assert WebhookEvent.objects.filter(state="pending").count() == 2
    assert not QuarantinedBody.objects.exists()
    account.refresh_from_db()
    assert account.secret_proved_at is not None
    assert post_webhook(account, body_of(), secret=builders.SECRET).status_code == 401


def test_a_body_is_kept_encrypted(account, post_webhook):
    post_webhook(account, body_of(text_event(1, text="private words")), secret=NEW)

    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM channels_app_quarantinedbody")
        raw = bytes(cursor.fetchone()[0])

    assert b"private words" not in raw
    assert b"private words" in bytes(QuarantinedBody.objects.get().body)


def test_what_nobody_signed_is_erased_once_the_new_secret_is_proved(account, post_webhook, root):
    post_webhook(account, body_of(text_event(1)), secret="a stranger's")
    post_webhook(account, body_of(text_event(2)), secret=NEW)

    save_secret(account, root)
    tasks.check_quarantine()

    assert WebhookEvent.objects.count() == 1
    assert not QuarantinedBody.objects.exists()


def test_a_slip_of_the_pen_loses_nothing(account, post_webhook, root):
    post_webhook(account, body_of(text_event(1)), secret=NEW)

    save_secret(account, root, "mistyped")
    tasks.check_quarantine()
    assert QuarantinedBody.objects.count() == 1
    save_secret(account, root)
    tasks.check_quarantine()

    assert WebhookEvent.objects.count() == 1


def test_a_body_that_was_kept_just_after_the_secret_was_saved_is_found_by_the_sweep(account, root):
    former = storing.find_callback_account(account.callback_key)
    save_secret(account, root)
    body = json.dumps(body_of(text_event(1))).encode()

    assert quarantine.keep(former, body=body, headers={"X-Line-Signature": sign(NEW, body)})
    tasks.check_quarantine()

    assert WebhookEvent.objects.count() == 1


def test_a_secret_that_is_saved_while_bodies_are_checked_is_tried_too(account, post_webhook, root, monkeypatch):
    post_webhook(account, body_of(text_event(1)), secret=NEW)
    find = storing.find_callback_account

    def find_just_before(key):
        found = find(key)
        save_secret(account, root)
        return found

    with monkeypatch.context() as racing:
        racing.setattr(storing, "find_callback_account", find_just_before)
        assert quarantine.recheck(account) == 0
    tasks.check_quarantine()

    assert WebhookEvent.objects.count() == 1


def test_an_account_whose_secrets_cannot_be_read_stops_no_other(account, post_webhook, root, settings):
    broken = builders.account(name="Broken")
    for each in (account, broken):
        post_webhook(each, body_of(text_event(1)), secret=NEW)
    save_secret(account, root)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE channels_app_accountsecret SET value = %s WHERE account_id = %s", [b"of another key", broken.pk])

    tasks.check_quarantine()

    assert WebhookEvent.objects.get().account == account


def test_after_half_an_hour_it_is_erased_and_never_believed(account, post_webhook, root):
    post_webhook(account, body_of(text_event(1)), secret=NEW)
    minutes_ago(31)

    save_secret(account, root)
    assert quarantine.recheck(account) == 0
    tasks.check_quarantine()

    assert not QuarantinedBody.objects.exists()
    assert not WebhookEvent.objects.exists()


def test_what_was_sent_again_meanwhile_is_kept_once(account, post_webhook, root):
    post_webhook(account, body_of(text_event(1)), secret=NEW)
    save_secret(account, root)
    assert post_webhook(account, body_of(text_event(1)), secret=NEW).status_code == 200

    tasks.check_quarantine()

    assert WebhookEvent.objects.count() == 1


def test_a_reply_token_counts_from_when_its_webhook_came(account, channel, post_webhook, root, received):
    post_webhook(account, body_of(text_event(1, at=int((timezone.now() - datetime.timedelta(minutes=5)).timestamp() * 1000))), secret=NEW)
    minutes_ago(5)
    came = QuarantinedBody.objects.get().received_at

    save_secret(account, root)
    tasks.check_quarantine()
    receiving.drain()

    assert WebhookEvent.objects.get().received_at == came
    assert ReplyToken.objects.get().usable_until < timezone.now()


@pytest.mark.parametrize("signature", [None, "", "short", "x" * 44, "ü"])
def test_what_has_no_signatures_shape_is_not_kept(account, client, signature):
    headers = {} if signature is None else {"x-line-signature": signature}

    answer = client.post(f"/webhooks/line/{account.callback_key}/", b"{}", content_type="application/json", headers=headers)

    assert answer.status_code == 401
    assert not QuarantinedBody.objects.exists()


def test_the_cap_holds_and_what_is_too_old_makes_room(account, post_webhook, monkeypatch):
    monkeypatch.setattr(quarantine, "BODIES_AT_MOST", 3)
    for number in range(5):
        assert post_webhook(account, body_of(text_event(number)), secret=NEW).status_code == 401
    assert QuarantinedBody.objects.count() == 3

    minutes_ago(31)
    post_webhook(account, body_of(text_event(9)), secret=NEW)

    assert QuarantinedBody.objects.count() == 1


def test_large_bodies_fill_no_disk(account, post_webhook, monkeypatch):
    monkeypatch.setattr(quarantine, "BYTES_AT_MOST", 3000)
    monkeypatch.setattr(quarantine, "BODY_BYTES_AT_MOST", 2000)

    post_webhook(account, body_of(text_event(1, text="x" * 3000)), secret=NEW)
    assert not QuarantinedBody.objects.exists()
    for number in range(4):
        post_webhook(account, body_of(text_event(number, text="x" * 1000)), secret=NEW)

    assert QuarantinedBody.objects.count() == 2


@pytest.mark.parametrize(
    "body", [b"{}", b"nonsense", b"[" * 100_000, b'{"destination": 7}', b'{"destination": "Uof-another", "events": []}']
)
def test_what_names_another_bot_or_none_is_not_kept(account, body):
    found = storing.find_callback_account(account.callback_key)

    assert not quarantine.keep(found, body=body, headers={"x-line-signature": sign(NEW, body)})


def test_before_the_bot_is_known_anything_of_the_right_shape_is_kept(account, post_webhook):
    MessagingAccount.objects.update(bot_user_id="")

    post_webhook(account, body_of(text_event(1)) | {"destination": "U1"}, secret=NEW)

    assert QuarantinedBody.objects.count() == 1


def test_while_the_platform_signs_with_a_known_secret_there_is_no_gap_and_nothing_stays(account, post_webhook):
    post_webhook(account, body_of(text_event(1)), secret="a stranger's")
    minutes_ago(3)
    post_webhook(account, body_of(text_event(2)))
    post_webhook(account, body_of(text_event(3)), secret=NEW)
    of_the_gap = QuarantinedBody.objects.latest("pk")

    tasks.check_quarantine()

    assert QuarantinedBody.objects.get() == of_the_gap


def test_what_waits_for_a_secret_is_checked_with_it_before_it_could_be_taken_for_a_strangers(account, post_webhook, root):
    post_webhook(account, body_of(text_event(1)), secret=NEW)
    minutes_ago(5)
    save_secret(account, root)
    assert post_webhook(account, body_of(text_event(2)), secret=NEW).status_code == 200

    tasks.check_quarantine()

    assert WebhookEvent.objects.count() == 2


def test_a_removed_account_keeps_nothing(account, post_webhook, root):
    post_webhook(account, body_of(text_event(1)), secret=NEW)

    accounts.remove_account(actor=root, account=account)

    assert not QuarantinedBody.objects.exists()


def test_the_administrator_is_told_where_the_secret_is_saved(account, post_webhook, client, root):
    post_webhook(account, body_of(text_event(1)), secret=NEW)
    client.force_login(root, backend="django.contrib.auth.backends.ModelBackend")

    page = client.get(f"/admin/channels/accounts/{account.public_id}/account-details/").content.decode()
    health = client.get(f"/admin/channels/accounts/{account.public_id}/health/").content.decode()

    assert "1 webhook was signed with a secret that isn't known here" in page
    assert "is kept for 30 minutes" in health


def test_the_warning_leaves_the_advice_to_the_note_about_what_is_kept(account, post_webhook, client, root):
    post_webhook(account, body_of(text_event(1)), secret=NEW)
    tally.flush()
    alerts.review(account)
    client.force_login(root, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/admin/channels/accounts/{account.public_id}/health/"

    shown = client.get(address).content.decode()
    minutes_ago(31)
    later = client.get(address).content.decode()

    advice = "If the channel secret was issued anew, save it"
    assert "1 webhook came with a wrong signature." in shown
    assert (shown.count(advice), later.count(advice)) == (1, 1)
    assert shown.index("came with a wrong signature") < shown.index(advice) < shown.index("Last event in")


@pytest.mark.django_db(transaction=True)
def test_the_cap_holds_when_many_come_at_once(monkeypatch):
    monkeypatch.setattr(quarantine, "BODIES_AT_MOST", 20)
    found = storing.find_callback_account(builders.account().callback_key)

    def flood(start):
        for number in range(start, start + 10):
            body = json.dumps(body_of(text_event(number))).encode()
            quarantine.keep(found, body=body, headers={"x-line-signature": sign(NEW, body)})

    at_once(*[lambda start=start: flood(start) for start in range(0, 60, 10)])

    assert QuarantinedBody.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_many_checks_at_once_believe_each_body_once(root):
    account = builders.account()
    found = storing.find_callback_account(account.callback_key)
    for number in range(30):
        body = json.dumps(body_of(text_event(number))).encode()
        quarantine.keep(found, body=body, headers={"x-line-signature": sign(NEW, body)})

    def more():
        for number in range(30, 40):
            body = json.dumps(body_of(text_event(number))).encode()
            quarantine.keep(found, body=body, headers={"x-line-signature": sign(NEW, body)})

    save_secret(account, root)
    at_once(*[lambda: quarantine.recheck(account)] * 3, more, lambda: save_secret(account, root, "yet another"))
    save_secret(account, root)
    quarantine.sweep()

    assert WebhookEvent.objects.count() == 40
    assert not QuarantinedBody.objects.exists()
    assert MessagingAccount.objects.get().secret_proved_at is not None
