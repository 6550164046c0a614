"""How long raw events stay: content as long as the account says, bare rows for thirteen months."""

import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from channels_app import receiving, retention, tasks
from channels_app.models import MessagingAccount, WebhookEvent, Withdrawn
from conversations.models import Message
from tests import builders
from tests.channels_app.conftest import body_of, text_event

pytestmark = pytest.mark.django_db
DAY = 86400


def kept():
    return {event.event_id: event.payload is not None for event in WebhookEvent.objects.all()}


def test_content_lies_encrypted(account, channel, post_webhook):
    post_webhook(account, body_of(text_event(1, text="private words")))

    with connection.cursor() as cursor:
        cursor.execute("SELECT payload FROM channels_app_webhookevent")
        (stored,) = cursor.fetchone()
    assert bytes(stored).startswith(b"gAAAA")
    assert b"private" not in bytes(stored)
    assert b"private words" in WebhookEvent.objects.get().payload


def test_each_account_keeps_content_as_long_as_it_says(account, settings):
    settings.WEBHOOK_PAYLOAD_DAYS = 30
    brief = builders.account(name="Brief", content_days=2)
    long = builders.account(name="Long", content_days=365)
    for each in (account, brief, long):
        for days in (1, 3, 31):
            builders.webhook_event(each, event_id=f"{each.name} {days}", seconds_ago=days * DAY)
    builders.webhook_event(brief, event_id="waits", seconds_ago=400 * DAY, state="pending")

    tasks.tidy()

    gone = sorted(event for event, there in kept().items() if not there)
    assert gone == ["Brief 3", "Brief 31", f"{account.name} 31"]


def test_a_shorter_time_takes_hold_of_everything_in_batches(account, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 3)
    for _number in range(8):
        builders.webhook_event(account, seconds_ago=10 * DAY)
    MessagingAccount.objects.update(content_days=5)

    assert retention.forget_old_content() == 8
    assert retention.forget_old_content() == 0


@pytest.mark.parametrize("days", [0, 366])
def test_the_database_knows_how_long_content_may_be_kept(account, days):
    with pytest.raises(IntegrityError), transaction.atomic():
        MessagingAccount.objects.update(content_days=days)


def test_bare_rows_tell_repeats_for_thirteen_months_and_then_go(account, channel, post_webhook, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    post_webhook(account, body_of(*[text_event(number) for number in range(1, 6)]))
    receiving.drain()
    WebhookEvent.objects.update(received_at=timezone.now() - datetime.timedelta(days=390))
    tasks.tidy()
    assert set(kept().values()) == {False}
    post_webhook(account, body_of(text_event(1)))
    assert WebhookEvent.objects.count() == 5

    WebhookEvent.objects.update(received_at=timezone.now() - datetime.timedelta(days=397))
    builders.webhook_event(account, event_id="waits", seconds_ago=400 * DAY, state="pending")
    tasks.tidy()

    assert list(kept()) == ["waits"]
    assert Message.objects.count() == 5
    assert not Message.objects.exclude(webhook_event=None).exists()


def test_what_was_taken_back_before_it_came_goes_even_where_nothing_is_processed(account, channel, post_webhook):
    Withdrawn.objects.create(account=account, line_message_id="777", at=timezone.now())
    MessagingAccount.objects.update(state="disabled")
    post_webhook(account, body_of(text_event(1, message={"type": "text", "id": "777", "text": "secret"}), text_event(2)))

    tasks.tidy()

    assert kept() == {f"01EVENT{1:019d}": False, f"01EVENT{2:019d}": True}
