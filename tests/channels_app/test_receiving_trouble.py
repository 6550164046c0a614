"""Receiving when something goes wrong: wrong keys, lost events, a secret that is replaced, what was taken back out of turn."""

import datetime
import json
import logging

import pytest
from cryptography.fernet import Fernet
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from channels_app import accounts, receiving, replay, storing, tally, tasks
from channels_app.models import AccountSecret, HourlyCount, Lane, MessagingAccount, WebhookEvent
from config import checks
from tests import builders
from tests.channels_app import fakes
from tests.channels_app.conftest import body_of, text_event

pytestmark = pytest.mark.django_db
AT = 1_750_000_000_000


def unsend_event(number, message_id, **changes):
    event = text_event(number, type="unsend", unsend={"messageId": message_id}, **changes)
    del event["message"], event["replyToken"]
    return event


class DatabaseError54(Exception):
    sqlstate = "54000"


def test_only_the_head_of_a_lane_is_looked_at(account, channel, post_webhook, received):
    post_webhook(account, body_of(*[text_event(number, at=AT + number) for number in range(3)]))
    WebhookEvent.objects.filter(event_id__endswith="2").update(attempts=receiving.MAXIMUM_ATTEMPTS)
    lane = Lane.objects.create(account=account, key="user:U" + "1" * 32)

    receiving._claim_head(lane.pk)

    assert list(WebhookEvent.objects.order_by("occurred_at").values_list("state", "attempts")) == [
        ("pending", 1),
        ("pending", 0),
        ("pending", 3),
    ]


def test_a_message_that_comes_after_it_was_unsent_leaves_no_raw_words(account, channel, post_webhook, received):
    message = text_event(1, text="taken back", at=AT)
    post_webhook(account, body_of(unsend_event(2, message["message"]["id"], at=AT + 1)))
    receiving.drain()
    post_webhook(account, body_of(message))
    receiving.drain()

    event = WebhookEvent.objects.get(kind="message")
    assert (event.state, event.payload) == ("processed", None)


@pytest.mark.parametrize("trouble", ["disabled", "removed channel"])
def test_what_is_taken_back_goes_even_while_nothing_is_processed(account, channel, post_webhook, received, trouble):
    message = text_event(1, at=AT)
    post_webhook(account, body_of(message))
    receiving.drain()
    if trouble == "disabled":
        MessagingAccount.objects.update(state="disabled")
    else:
        type(channel).objects.update(removed_at=timezone.now())

    post_webhook(account, body_of(unsend_event(2, message["message"]["id"], at=AT + 1)))
    receiving.drain()

    assert [event.kind for event in received] == ["message", "unsent"]
    assert WebhookEvent.objects.get(kind="message").payload is None


def test_what_waited_while_it_was_taken_back_loses_its_words_though_there_is_no_channel_any_more(account, channel, post_webhook, received):
    message = text_event(1, at=AT)
    post_webhook(account, body_of(message, unsend_event(2, message["message"]["id"], at=AT - 1)))
    type(channel).objects.update(removed_at=timezone.now())

    receiving.drain()

    event = WebhookEvent.objects.get(kind="message")
    assert (event.state, event.error, event.payload) == ("not_processed", "no_channel", None)


def test_trouble_of_the_statement_itself_holds_no_lane_for_ever(account, channel, post_webhook, received):
    error = OperationalError("program limit exceeded")
    error.__cause__ = DatabaseError54()
    fakes.failures.append(error)
    post_webhook(account, body_of(text_event(1, text="bad", at=AT), text_event(2, text="good", at=AT + 1)))

    receiving.drain()

    assert [event.message.text for event in received] == ["good"]
    assert WebhookEvent.objects.get(state="dead").error.startswith("OperationalError")


def test_a_message_of_which_nobody_knows_the_sender_is_told_to_administrators(account, channel, post_webhook, received):
    post_webhook(account, body_of(text_event(1, source={"type": "user"})))

    receiving.drain()

    event = WebhookEvent.objects.get()
    assert (event.state, event.error) == ("not_processed", "no_sender")
    assert (replay.unprocessed_events(account).count(), replay.replayable_events(account).count()) == (1, 0)


def test_an_event_that_no_key_opens_waits_an_hour_for_one_that_does(account, channel, post_webhook, received, settings):
    post_webhook(account, body_of(text_event(1, text="bad", at=AT), text_event(2, text="next", at=AT + 1)))
    right = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    receiving.drain()
    assert set(WebhookEvent.objects.defer("payload").values_list("state", "attempts")) == {("pending", 0)}

    Lane.objects.update(inbound_held_until=None)
    WebhookEvent.objects.update(received_at=timezone.now() - datetime.timedelta(hours=2))
    receiving.drain()
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {"dead"}

    settings.ENCRYPTION_KEYS = right
    assert replay.replay(replay.replayable_events(account)) == 2
    receiving.drain()
    assert [event.message.text for event in received] == ["bad", "next"]


def test_a_secret_that_no_key_opens_asks_the_platform_to_send_again(account, post_webhook, settings, caplog):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    assert post_webhook(account, body_of(text_event(1))).status_code == 503
    assert "Undecryptable" in caplog.text


def test_every_stored_secret_must_be_opened_by_a_key_at_the_start(account, settings):
    right, other = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [other]
    AccountSecret.objects.create(account=builders.account(), kind="access_token", value="of another key")

    assert [error.id for error in checks.check_keys_open_the_database(databases=["default"])] == ["trunkline.E004"]
    settings.ENCRYPTION_KEYS = [other, right]
    assert checks.check_keys_open_the_database(databases=["default"]) == []


@pytest.mark.parametrize("error", [InterfaceError, OperationalError])
def test_whatever_ails_the_database_the_platform_is_asked_to_send_again(account, post_webhook, monkeypatch, error):
    def fail(*arguments):
        raise error("gone")

    monkeypatch.setattr(storing, "find_callback_account", fail)

    assert post_webhook(account, body_of(text_event(1))).status_code == 503


def test_counts_survive_a_database_that_is_away(account, monkeypatch):
    tally.count(account.pk, tally.WRONG_SIGNATURE)

    def fail(rows):
        raise OperationalError("gone")

    with monkeypatch.context() as away:
        away.setattr(tally, "_write", fail)
        with pytest.raises(OperationalError):
            tally.flush()
    tally.count(account.pk, tally.WRONG_SIGNATURE)
    tally.flush()
    tally.flush()

    assert HourlyCount.objects.get().count == 2


def test_a_new_secret_takes_over_with_its_first_call_and_the_old_one_counts_until_then(account, post_webhook, root):
    assert post_webhook(account, body_of()).status_code == 200
    accounts.save_credentials(actor=root, account=account, channel_id=account.channel_id, channel_secret="second")

    assert post_webhook(account, body_of(text_event(1))).status_code == 200
    account.refresh_from_db()
    assert account.secret_proved_at is None

    assert post_webhook(account, body_of(), secret="second").status_code == 200
    account.refresh_from_db()
    assert account.secret_proved_at is not None
    assert post_webhook(account, body_of(text_event(2))).status_code == 401


def test_former_secret_and_token_end_after_a_day(account, root):
    accounts.save_credentials(actor=root, account=account, channel_id=account.channel_id, channel_secret="second", access_token="other")

    assert storing.find_callback_account(account.callback_key).channel_secrets == ("second", builders.SECRET)
    for kind in ("access_token", "channel_secret"):
        former = account.secrets.get(kind=kind, valid_until__isnull=False)
        assert 23 * 3600 < (former.valid_until - timezone.now()).total_seconds() <= 24 * 3600 + 1


def test_nothing_that_can_end_in_a_traceback_shows_secrets_or_words(account, channel, post_webhook, received):
    post_webhook(account, body_of(text_event(1, text="private words")))
    receiving.drain()
    body = json.dumps(body_of(text_event(1, text="private words"))).encode()
    from channels_app.line.events import split_body

    shown = repr([storing.find_callback_account(account.callback_key), received, split_body(body)])

    for secret in (builders.SECRET, "reply-token-1", "private words"):
        assert secret not in shown


def test_a_callback_key_is_shortened_in_the_access_log(caplog):
    key = "0123456789abcdef" * 2
    with caplog.at_level(logging.INFO, "uvicorn.access"):
        logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', "127.0.0.1", "POST", f"/webhooks/line/{key}/", "1.1", 200)
        logging.getLogger("django.request").warning("%s: %s", "Unauthorized", f"/webhooks/line/{key}/")

    assert caplog.text.count("/webhooks/line/012345…/") == 2
    assert key not in caplog.text


def test_events_of_a_disabled_account_can_be_processed_after_it_was_enabled(account, channel, post_webhook, received, root, client):
    accounts.disable_account(actor=root, account=account)
    post_webhook(account, body_of(text_event(1, text="waited")))
    post_webhook(account, b"not json")
    client.force_login(root)
    page = f"/admin/channels/accounts/{account.public_id}/unprocessed-events/"
    assert "switched off" in client.get(page).content.decode()
    client.post(page)
    assert WebhookEvent.objects.filter(state="pending").count() == 0

    enabled = client.post(f"/admin/channels/accounts/{account.public_id}/enable/")
    assert enabled.headers["Location"] == page
    assert "Process 1 event again" in client.get(page).content.decode()
    assert "2 events weren't processed" in client.get("/admin/channels/accounts/").content.decode()
    client.post(page)
    receiving.drain()

    assert [event.message.text for event in received] == ["waited"]
    assert replay.unprocessed_events(account).count() == 1


def test_a_dead_letter_shows_its_reason_and_can_be_tried_again(account, channel, post_webhook, received, root, client):
    fakes.failures.append(ValueError("private words"))
    post_webhook(account, body_of(text_event(1, text="private words")))
    receiving.drain()
    client.force_login(root)
    page = f"/admin/channels/accounts/{account.public_id}/unprocessed-events/"

    shown = client.get(page).content.decode()
    assert "ValueError" in shown
    assert "private words" not in shown

    client.post(page)
    receiving.drain()
    assert len(received) == 1
    assert "Nothing: every event was processed." in client.get(page).content.decode()


def test_agents_see_no_unprocessed_events(account, alice, client):
    client.force_login(alice.user)

    assert client.get(f"/admin/channels/accounts/{account.public_id}/unprocessed-events/").status_code == 404


def test_an_old_event_is_not_offered_again(account, post_webhook):
    post_webhook(account, body_of(text_event(1)))
    receiving.drain()
    WebhookEvent.objects.update(received_at=timezone.now() - datetime.timedelta(days=8))

    assert replay.unprocessed_events(account).count() == 0


def test_raw_events_lose_their_content_in_time_and_still_tell_repeats(account, channel, post_webhook, received, settings):
    settings.WEBHOOK_PAYLOAD_DAYS = 30
    post_webhook(account, body_of(text_event(1, at=AT), text_event(2, at=AT)))
    receiving.drain()
    post_webhook(account, body_of(text_event(3, at=AT)))
    long_ago = timezone.now() - datetime.timedelta(days=31)
    WebhookEvent.objects.exclude(event_id__endswith="2").update(received_at=long_ago)

    tasks.tidy()

    kept = {event.event_id[-1]: event.payload is not None for event in WebhookEvent.objects.all()}
    assert kept == {"1": False, "2": True, "3": True}
    post_webhook(account, body_of(text_event(1, at=AT)))
    assert WebhookEvent.objects.count() == 3
