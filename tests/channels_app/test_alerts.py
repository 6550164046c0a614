"""Warnings: raised once, ended once, told once each way; and what the limit of a month forbids."""

import datetime
import hashlib
import hmac
import json
import uuid

import pytest
from django.core import mail
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from channels_app import accounts, alerts, gates, guarded_fetch, lanes, notices, sending, tally, usage
from channels_app.adapter import Outcome, Quota
from channels_app.alert_words import how_to_mend, words
from channels_app.models import (
    AccountStatus,
    Alert,
    AlertNotice,
    Bubble,
    Delivery,
    HourlyCount,
    Lane,
    MessagingAccount,
    ReplyToken,
    WebhookEvent,
)
from tests import builders
from tests.channels_app.conftest import body_of, text_event
from tests.channels_app.test_concurrency import at_once
from tests.simulator.fixtures import webhook_receiver

__all__ = ["webhook_receiver"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def mailed(settings):
    settings.ALERT_MAIL_TO = ["lead@example.com"]
    return mail.outbox


def used(account, number, *, limit=1000):
    month = usage.month_around(account, timezone.now())[0].strftime("%Y-%m")
    said = {"quota_month": month, "quota_limit": limit, "quota_used": number, "quota_at": timezone.now()}
    AccountStatus.objects.update_or_create(account=account, defaults=said)
    alerts.review(account)
    account.refresh_from_db()


def now_open():
    return sorted((alert.kind, alert.level) for alert in alerts.open_alerts())


@pytest.mark.parametrize(("number", "expected"), [(799, []), (800, [80]), (899, [80]), (900, [90]), (1000, [100]), (1300, [100])])
def test_warnings_come_at_80_90_and_100_per_cent(account, number, expected):
    used(account, number)

    assert now_open() == [("limit", level) for level in expected]


def test_a_step_is_told_once_however_the_count_wavers(account, mailed):
    for number in (800, 799, 801, 799, 905, 899, 901):
        used(account, number)
        notices.send_due()

    assert len(mailed) == 2
    assert "800 of the plan" in mailed[0].body
    assert now_open() == [("limit", 90)]


def test_another_budget_is_another_limit(account, root):
    used(account, 500)
    assert now_open() == []

    accounts.set_limit(actor=root, account=account, monthly_budget=500, limit_policy="stop")

    account.refresh_from_db()
    assert now_open() == [("limit", 100)]
    assert account.limit_reached
    accounts.set_limit(actor=root, account=account, monthly_budget=5000, limit_policy="stop")
    account.refresh_from_db()
    assert now_open() == []
    assert not account.limit_reached


def test_pushes_that_the_platform_does_not_count_stop_nobody(account):
    tally.count(account.pk, tally.ACCEPTED_PUSH, 1000)
    tally.flush()

    used(account, 790)

    assert (now_open(), account.limit_reached) == ([], False)


def test_what_was_pushed_since_the_platform_was_asked_counts(account):
    used(account, 790)
    AccountStatus.objects.update(quota_counted=0)
    tally.count(account.pk, tally.ACCEPTED_PUSH, 210)
    tally.flush()

    alerts.review(account)

    account.refresh_from_db()
    assert (now_open(), account.limit_reached) == ([("limit", 100)], True)


def test_a_wrong_signature_is_told_and_over_after_a_quiet_hour(account, mailed, post_webhook):
    post_webhook(account, body_of(text_event(1)), secret="wrong")
    tally.flush()
    alerts.review(account)
    alerts.review(account)
    notices.send_due()
    account.hourly_counts.update(last_at=timezone.now() - datetime.timedelta(minutes=61))
    alerts.review(account)
    alerts.review(account)
    notices.send_due()

    assert [message.subject for message in mailed] == [
        "[Trunkline] Koharu Support: Wrong signatures",
        "[Trunkline] Over: Koharu Support: Wrong signatures",
    ]
    assert Alert.objects.count() == 1


def test_an_event_that_waits_longer_than_five_minutes_is_an_alert(account, post_webhook):
    post_webhook(account, body_of(text_event(1)))
    WebhookEvent.objects.update(received_at=timezone.now() - datetime.timedelta(minutes=4))
    alerts.review(account)
    assert now_open() == []

    WebhookEvent.objects.update(received_at=timezone.now() - datetime.timedelta(minutes=6))
    alerts.review(account)

    assert now_open() == [("events_wait", 0)]


@pytest.fixture
def unsent(account):
    """A message that has waited for six minutes."""
    lane = Lane.objects.create(account=account, key="user:U1", last_sequence=1)
    bubble = Bubble.objects.create(lane=lane, sequence=1, content={"kind": "text", "text": "すぐに"}, client_id="a")
    Bubble.objects.update(created_at=timezone.now() - datetime.timedelta(minutes=6))
    return bubble


def test_messages_that_wait_longer_than_five_minutes_are_an_alert_until_they_are_out(account, unsent):
    alerts.review(account)
    assert now_open() == [("sends_wait", 0)]
    alert = Alert.objects.get()
    assert words(alert) == "1 message to a customer has waited for more than five minutes."
    assert "worker" in how_to_mend(alert)

    unsent.delivery = Delivery.objects.create(
        lane=unsent.lane, method="push", retry_key=uuid.uuid4(), state="accepted", due_at=timezone.now(), finished_at=timezone.now()
    )
    unsent.position = 0
    unsent.save()
    alerts.review(account)

    assert now_open() == []


def test_what_is_tried_again_for_longer_than_five_minutes_is_an_alert_too(account, unsent):
    unsent.delivery = Delivery.objects.create(
        lane=unsent.lane, method="push", retry_key=uuid.uuid4(), state="retry", attempts=3, due_at=timezone.now(), body="{}"
    )
    unsent.position = 0
    unsent.save()
    Delivery.objects.update(created_at=timezone.now() - datetime.timedelta(minutes=6))
    alerts.review(account)

    assert now_open() == [("sends_wait", 0)]


@pytest.mark.parametrize(
    ("gates", "standby", "expected"),
    [
        ({"paused_reason": "Authentication failed", "paused_since": "now"}, False, ["held"]),
        ({"push_paused_reason": "Quota", "push_paused_since": "now"}, False, ["pushes_held"]),
        ({}, True, []),
    ],
)
def test_what_is_held_for_a_reason_that_is_known_is_told_by_that_reason_alone(account, unsent, gates, standby, expected):
    now = timezone.now()
    MessagingAccount.objects.update(**{name: now if value == "now" else value for name, value in gates.items()})
    Lane.objects.update(standby=standby)
    alerts.review(account)

    assert [kind for kind, _level in now_open()] == expected


def test_held_messages_are_an_alert_until_the_gate_opens(account):
    MessagingAccount.objects.update(paused_reason="Authentication failed", paused_since=timezone.now())
    alerts.review(account)
    assert now_open() == [("held", 0)]

    MessagingAccount.objects.update(paused_reason="", paused_since=None)
    alerts.review(account)

    assert now_open() == []


def minutes_pass(number):
    """As if what happened so far had happened so much earlier."""
    tally.flush()
    earlier = timezone.now() - datetime.timedelta(minutes=number)
    HourlyCount.objects.update(last_at=earlier)
    MessagingAccount.objects.exclude(push_paused_reason="").update(push_paused_since=earlier)


@pytest.mark.parametrize(
    ("outcome", "kind", "minutes"), [(Outcome.UNAUTHORIZED, "Sending is held", 1), (Outcome.QUOTA_REACHED, "Counted messages are held", 6)]
)
def test_a_gate_that_opens_and_closes_all_the_time_is_told_once(
    account, platform, observed, mailed, outcome, kind, minutes, django_capture_on_commit_callbacks
):
    """LINE calls the token and the figures well, and refuses each message all the same."""
    adapter = platform(*[outcome] * 4)
    adapter.quota = Quota(limit=1000, used=10)
    lane = Lane.objects.create(account=account, key="user:U1")
    lanes.queue_bubble(lane=lanes.lock_lane(lane.pk), content={"kind": "text", "text": "hello"}, client_id="1")

    for _ in range(4):
        with django_capture_on_commit_callbacks(execute=True):
            sending.drain()
        minutes_pass(minutes)
        gates.check_paused_accounts()
        alerts.review(account)
        notices.send_due()
    assert [message.subject for message in mailed] == [f"[Trunkline] Koharu Support: {kind}"]

    sending.drain()
    minutes_pass(11)
    alerts.review(account)
    notices.send_due()
    assert [message.subject for message in mailed[1:]] == [f"[Trunkline] Over: Koharu Support: {kind}"]
    assert len(adapter.sent) == 5


def test_the_warnings_of_an_account_that_is_switched_off_end_quietly(account, mailed):
    used(account, 1000)
    notices.send_due()
    MessagingAccount.objects.update(state="disabled")

    alerts.end_alerts_of_resting_accounts()
    notices.send_due()

    assert (now_open(), len(mailed)) == ([], 1)


def test_a_webhook_is_signed_and_says_what_is_wrong(account, settings, webhook_receiver):
    settings.ALERT_WEBHOOK_URL, settings.ALERT_WEBHOOK_SECRET = webhook_receiver.url, "shared"
    used(account, 1000)

    assert notices.send_due() == 1
    assert notices.send_due() == 0

    call = webhook_receiver.arrived[0]
    document = json.loads(call.body)
    headers = {name.lower(): value for name, value in call.headers.items()}
    signed = hmac.new(b"shared", headers["x-trunkline-timestamp"].encode() + b"." + call.body, hashlib.sha256).hexdigest()
    assert headers["x-trunkline-signature"] == signed
    assert (document["change"], document["kind"], document["level"]) == ("raised", "limit", 100)
    assert document["account"]["name"] == "Koharu Support"
    assert document["figures"]["limit"] == 1000


def test_a_notice_that_fails_is_tried_again_later_and_given_up_at_last(account, settings, monkeypatch):
    settings.ALERT_WEBHOOK_URL, settings.ALERT_WEBHOOK_SECRET = "https://hooks.example.com/", "shared"

    def fail(*arguments, **more):
        raise guarded_fetch.NotFetched("status 500", status=500)

    monkeypatch.setattr(guarded_fetch, "post", fail)
    used(account, 1000)
    assert notices.send_due() == 0
    notice = AlertNotice.objects.get()
    assert (notice.state, notice.attempts) == ("pending", 1)
    assert notice.due_at > timezone.now() + datetime.timedelta(seconds=30)

    AlertNotice.objects.update(due_at=timezone.now() - datetime.timedelta(minutes=1), attempts=notices.MAXIMUM_ATTEMPTS - 1)
    notices.send_due()

    assert AlertNotice.objects.get().state == "failed"


def test_that_it_is_over_is_not_told_before_that_it_began(account, mailed, settings):
    MessagingAccount.objects.update(paused_reason="Authentication failed", paused_since=timezone.now())
    alerts.review(account)
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "tests.channels_app.fakes.DeadMail"
    notices.send_due()
    MessagingAccount.objects.update(paused_reason="", paused_since=None)
    alerts.review(account)

    settings.EMAIL_BACKEND = working
    assert notices.send_due() == 0
    AlertNotice.objects.update(due_at=timezone.now() - datetime.timedelta(minutes=1))
    assert notices.send_due() == 2
    assert [message.subject.startswith("[Trunkline] Over:") for message in mailed] == [False, True]


def test_an_alert_address_inside_the_network_is_refused(account, settings):
    settings.ALERT_WEBHOOK_URL, settings.ALERT_WEBHOOK_SECRET = "https://10.0.0.1/", "shared"
    used(account, 1000)

    assert notices.send_due() == 0
    assert "Refused" in AlertNotice.objects.get().error


def test_without_means_nobody_is_told(account):
    used(account, 1000)

    assert not AlertNotice.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_workers_raise_and_tell_once(settings):
    settings.ALERT_MAIL_TO = ["lead@example.com"]
    account = builders.account()
    used(account, 0)
    AccountStatus.objects.update(quota_used=1000)

    at_once(*[lambda: alerts.review(account)] * 5)
    at_once(*[notices.send_due] * 5)
    connection.close()

    assert Alert.objects.count() == 1
    assert len(mail.outbox) == 1


# --- What the limit forbids -------------------------------------------------------------------------------


def with_policy(account, policy):
    account.limit_reached, account.limit_policy = True, policy
    return account


def fresh_token(account):
    lane = Lane.objects.create(account=account, key="user:U1")
    event = WebhookEvent.objects.create(
        account=account, event_id="e", kind="message", occurred_at=timezone.now(), received_at=timezone.now()
    )
    ReplyToken.objects.create(event=event, lane=lane, value="t", usable_until=timezone.now() + datetime.timedelta(seconds=40))
    return lane


def test_at_the_limit_the_policy_decides(account):
    lane = fresh_token(account)

    assert usage.refusal(with_policy(account, "warn"), None) == ""
    assert "nothing can be sent" in usage.refusal(with_policy(account, "stop"), lane.pk)
    assert usage.refusal(with_policy(account, "replies"), lane.pk) == ""
    ReplyToken.objects.update(usable_until=timezone.now() - datetime.timedelta(seconds=1))
    assert "Only free replies" in usage.refusal(with_policy(account, "replies"), lane.pk)


def test_below_the_limit_every_policy_lets_messages_pass(account):
    account.limit_policy = "stop"

    assert usage.refusal(account, None) == ""


@pytest.mark.parametrize(
    ("percent", "policy", "expected"),
    [
        (79, "replies", ""),
        (80, "warn", "At least 80 % of this month's 1,000 messages are used. Replies within a minute after"),
        (90, "replies", "At least 90 % of this month's 1,000 messages are used. After the last one only free replies"),
        (99, "stop", "At least 90 % of this month's 1,000 messages are used. After the last one nothing can be sent"),
        (100, "warn", "still goes out, beyond the limit"),
        (100, "replies", "Only free replies can be sent: within a minute"),
        (100, "stop", "nothing can be sent from this account"),
    ],
)
def test_the_outlook_of_who_writes_is_the_months_and_the_policys(account, percent, policy, expected, django_assert_max_num_queries):
    MessagingAccount.objects.update(limit_policy=policy)
    used(account, percent * 10)

    with django_assert_max_num_queries(1):
        words = usage.outlook(account)

    assert expected in words if expected else words == ""


def test_the_outlook_says_what_is_held(account):
    account.push_paused_reason = "You have reached your monthly limit."
    assert "still go out; the rest waits" in usage.outlook(account)

    account.paused_reason = "The access token has expired"
    assert usage.outlook(account).endswith("sending is held: The access token has expired")


# --- The pages ----------------------------------------------------------------------------------------------


def sign_in(client, person):
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")


def test_warnings_stand_on_the_floor_and_in_admin(account, client, sue, root):
    used(account, 900)

    sign_in(client, sue)
    assert "900 of the plan&#x27;s 1,000 messages" in client.get("/supervisor/").content.decode()
    assert "900 of the plan" in client.get(f"/supervisor/accounts/{account.public_id}/").content.decode()
    sign_in(client, root)
    for page in ("/admin/", "/admin/channels/", "/admin/channels/accounts/"):
        assert "900 of the plan" in client.get(page).content.decode()
    assert "Raise the budget" in client.get(f"/admin/channels/accounts/{account.public_id}/health/").content.decode()


def test_an_administrator_sets_budget_and_policy(account, client, root):
    sign_in(client, root)
    address = reverse("admin:account_limit", args=[account.public_id])

    assert client.post(address, {"monthly_budget": "-1", "limit_policy": "stop"}).status_code == 200
    answer = client.post(address, {"monthly_budget": "300", "limit_policy": "replies"})

    account.refresh_from_db()
    assert answer.status_code == 302
    assert (account.monthly_budget, account.limit_policy) == (300, "replies")
