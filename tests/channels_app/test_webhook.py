"""The webhook over HTTP: what is answered, and what is kept."""

import json

import pytest
from django.db import DatabaseError

from channels_app import storing, tally
from channels_app.models import HourlyCount, MessagingAccount, WebhookEvent
from tests.channels_app.conftest import body_of, text_event

pytestmark = pytest.mark.django_db


def test_a_signed_event_is_kept_encrypted_and_answered_with_200(account, post_webhook):
    response = post_webhook(account, body_of(text_event(1, text="割れて届きました")))

    event = WebhookEvent.objects.get()
    assert response.status_code == 200
    assert (event.kind, event.state, event.lane_key) == ("message", "pending", "user:U" + "1" * 32)
    assert json.loads(bytes(event.payload))["message"]["text"] == "割れて届きました"


def test_a_webhook_takes_two_queries(account, post_webhook, django_assert_num_queries):
    MessagingAccount.objects.update(secret_proved_at="2026-01-01T00:00Z")

    with django_assert_num_queries(2):
        post_webhook(account, body_of(*[text_event(number) for number in range(20)]))

    assert WebhookEvent.objects.count() == 20


def test_the_same_body_again_keeps_nothing_new(account, post_webhook):
    body = body_of(text_event(1), text_event(2))

    assert [post_webhook(account, body).status_code for _ in range(3)] == [200, 200, 200]

    assert WebhookEvent.objects.count() == 2


@pytest.mark.parametrize("secret", [None, "wrong"])
def test_a_wrong_or_missing_signature_is_401_counted_and_keeps_nothing(account, post_webhook, secret):
    response = post_webhook(account, body_of(text_event()), secret=secret)
    tally.flush()

    assert response.status_code == 401
    assert not WebhookEvent.objects.exists()
    assert HourlyCount.objects.get(account=account, name="wrong_signature").count == 1


def test_every_valid_secret_signs_and_an_expired_one_does_not(account, post_webhook):
    account.secrets.filter(kind="channel_secret").update(valid_until="2020-01-01T00:00Z")
    account.secrets.create(kind="channel_secret", value="second")

    assert post_webhook(account, body_of()).status_code == 401
    assert post_webhook(account, body_of(), secret="second").status_code == 200


def test_an_unknown_callback_key_is_404(account, client):
    assert client.post("/webhooks/line/nothere/", b"{}", content_type="application/json").status_code == 404


def test_the_callback_of_a_removed_account_is_404(account, post_webhook):
    MessagingAccount.objects.update(state="removed")

    assert post_webhook(account, body_of(text_event())).status_code == 404


def test_a_channel_type_that_is_switched_off_is_refused_with_words(account, post_webhook, settings):
    settings.CHANNEL_TYPES = []

    response = post_webhook(account, body_of(text_event()))

    assert response.status_code == 403
    assert b"switched off" in response.content


def test_a_disabled_account_keeps_events_unprocessed(account, post_webhook):
    MessagingAccount.objects.update(state="disabled")

    assert post_webhook(account, body_of(text_event())).status_code == 200

    event = WebhookEvent.objects.get()
    assert (event.state, event.error) == ("not_processed", "disabled")


def test_a_body_over_the_limit_is_413_and_counted(account, post_webhook, settings):
    settings.WEBHOOK_MAX_BYTES = 1000

    response = post_webhook(account, body_of(text_event(text="a" * 1000)))
    tally.flush()

    assert response.status_code == 413
    assert not WebhookEvent.objects.exists()
    assert HourlyCount.objects.get().name == "too_large"


def test_a_body_of_nine_megabytes_is_kept(account, post_webhook):
    assert post_webhook(account, body_of(text_event(text="あ" * 3_000_000))).status_code == 200
    assert WebhookEvent.objects.count() == 1


def test_counts_of_one_hour_add_up(account):
    for _ in range(3):
        tally.count(account.pk, tally.WRONG_SIGNATURE)
        tally.flush()

    assert HourlyCount.objects.get().count == 3


def test_a_signed_body_that_is_not_json_is_one_dead_row_and_200(account, post_webhook):
    for _ in range(2):
        assert post_webhook(account, b"\xff not json").status_code == 200

    event = WebhookEvent.objects.get()
    assert (event.kind, event.state) == ("malformed_body", "dead")
    assert event.error


def test_one_odd_event_does_not_hurt_its_neighbours(account, post_webhook):
    odd = [7, {}, {"type": "message", "timestamp": 1, "message": {"id": "1\x00", "text": "\ud800"}}, text_event(5, source=None)]

    assert post_webhook(account, json.dumps(body_of(text_event(1), *odd)).encode()).status_code == 200

    assert sorted(WebhookEvent.objects.values_list("state", flat=True)) == ["dead", "dead", "dead", "pending", "pending"]


def test_the_verification_ping_keeps_nothing_and_proves_the_secret(account, post_webhook):
    assert account.secret_proved_at is None

    assert post_webhook(account, body_of()).status_code == 200

    account.refresh_from_db()
    assert account.secret_proved_at is not None
    assert not WebhookEvent.objects.exists()


def test_a_wrong_signature_proves_nothing(account, post_webhook):
    post_webhook(account, body_of(), secret="wrong")

    account.refresh_from_db()
    assert account.secret_proved_at is None


def test_when_the_database_refuses_the_rows_the_platform_is_asked_to_send_again(account, post_webhook, monkeypatch):
    def fail(*args):
        raise DatabaseError("down")

    monkeypatch.setattr(storing, "_insert", fail)

    assert post_webhook(account, body_of(text_event())).status_code == 503


def test_a_get_is_refused(account, client):
    assert client.get(f"/webhooks/line/{account.callback_key}/").status_code == 405
