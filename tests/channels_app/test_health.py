"""What an account's health page says, and what the watch asks the platform."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels_app import freezing, health, lanes, sending, tally, tasks, trying, usage, watching
from channels_app.adapter import Outcome, Quota
from channels_app.models import AccountStatus, HourlyCount, Lane, MediaFile, MessagingAccount, WebhookEvent
from tests import builders
from tests.channels_app.conftest import body_of, text_event

pytestmark = pytest.mark.django_db
NOVEMBER = datetime.datetime(2026, 11, 11, 3, tzinfo=datetime.UTC)


def errors_of(account):
    return {error.name: (error.day, error.week) for error in health.health_of(account).errors}


def waiting_answer(account, number=1):
    lane, _made = Lane.objects.get_or_create(account=account, key=f"user:U{number}")
    return lanes.queue_bubble(lane=lane, content={"kind": "text", "text": "x"}, client_id=f"c{number}")


def test_a_quiet_account_has_no_figures_and_no_errors(account):
    found = health.health_of(account)

    assert (found.last_event_at, found.last_accepted_at, found.errors, found.held) == (None, None, [], 0)
    assert (found.events.count, found.events.seconds, found.media.count) == (0, None, 0)
    assert (found.answers.p50_ms, found.answers.p99_ms) == (None, None)


def test_the_last_event_and_how_fast_webhooks_were_answered(account, post_webhook):
    for number in range(3):
        post_webhook(account, body_of(text_event(number)))
    tally.flush()

    found = health.health_of(account)

    assert found.last_event_at == WebhookEvent.objects.latest("received_at").received_at
    assert found.answers.count == 3
    assert found.answers.p50_ms <= found.answers.p99_ms


def test_the_percentiles_are_the_upper_ends_of_their_steps(account):
    for _ in range(98):
        tally.count_answer(account.pk, 0.0031)
    tally.count_answer(account.pk, 0.4)
    tally.count_answer(account.pk, 70)
    tally.flush()

    answers = health.health_of(account).answers

    assert (answers.count, answers.p50_ms, answers.p99_ms) == (100, 4, 500)


def test_the_page_says_which_of_the_two_is_the_median(account, client, root):
    tally.count_answer(account.pk, 0.0031)
    tally.flush()
    client.force_login(root, backend="django.contrib.auth.backends.ModelBackend")

    page = client.get(f"/admin/channels/accounts/{account.public_id}/health/").content.decode()

    assert "≤ 4 ms<span>half of them (median)</span><span>99 of 100 within 4 ms</span>" in page


def test_counting_a_webhook_costs_it_no_query(account, post_webhook):
    post_webhook(account, body_of())

    with CaptureQueriesContext(connection) as queries:
        post_webhook(account, body_of())

    assert not [query for query in queries if "hourlycount" in query["sql"]]


def test_errors_are_told_by_kind_for_a_day_and_a_week(account, post_webhook):
    post_webhook(account, body_of(), secret="wrong")
    post_webhook(account, b"no json")
    tally.flush()
    three_days_ago = timezone.now() - datetime.timedelta(days=3)
    HourlyCount.objects.create(account=account, name=tally.WRONG_SIGNATURE, hour=three_days_ago, count=4, last_at=three_days_ago)
    HourlyCount.objects.create(
        account=account, name=tally.TOO_LARGE, hour=three_days_ago - datetime.timedelta(days=5), count=9, last_at=three_days_ago
    )
    tally.count(builders.account(name="Another").pk, tally.TOO_LARGE)
    tally.flush()

    assert errors_of(account) == {"wrong_signature": (1, 5), "dead_letter": (1, 1)}


@pytest.mark.parametrize("outcome", [Outcome.RATE_LIMITED, Outcome.REJECTED, Outcome.UNCLEAR, Outcome.UNAUTHORIZED])
def test_every_outcome_of_sending_is_counted(account, platform, django_capture_on_commit_callbacks, outcome):
    platform(outcome)
    with django_capture_on_commit_callbacks(execute=True):
        trying.try_all(freezing.freeze([waiting_answer(account).lane_id]))
    tally.flush()

    assert errors_of(account) == {f"send_{outcome}": (1, 1)}
    assert health.health_of(account).last_accepted_at is None


def test_an_accepted_push_is_counted_and_a_free_reply_is_saved(
    account, channel, platform, post_webhook, received, django_capture_on_commit_callbacks
):
    from channels_app import receiving

    platform()
    with django_capture_on_commit_callbacks(execute=True):
        waiting_answer(account)
        sending.drain(seconds=60)
        post_webhook(account, body_of(text_event(1, user="U1")))
        receiving.drain()
        lanes.queue_bubble(lane=Lane.objects.get(), content={"kind": "text", "text": "x"}, client_id="reply")
        sending.drain(seconds=60)
    tally.flush()

    found = health.health_of(account)

    assert (found.usage.used, found.usage.saved) == (1, 1)
    assert found.last_accepted_at is not None


def test_what_waits_is_told_with_its_age(account, channel, post_webhook):
    post_webhook(account, body_of(text_event(1), text_event(2)))
    WebhookEvent.objects.filter(event_id__endswith="1").update(received_at=timezone.now() - datetime.timedelta(minutes=6))
    waiting_answer(account)
    MediaFile.objects.create(account=account, origin="content", source="1", kind="image", due_at=timezone.now())

    found = health.health_of(account)

    assert found.events.count == 2
    assert 359 <= found.events.seconds <= 365
    assert found.events.too_long
    assert (found.outgoing.count, found.held, found.media.count, found.media.too_long) == (1, 0, 1, False)


def test_answers_behind_a_closed_gate_are_held(account):
    MessagingAccount.objects.filter(pk=account.pk).update(paused_reason="token", paused_since=timezone.now())
    account.refresh_from_db()
    waiting_answer(account)

    assert health.health_of(account).held == 1


def test_answers_of_an_account_that_is_switched_off_are_held(account, client, root):
    MessagingAccount.objects.filter(pk=account.pk).update(state="disabled")
    account.refresh_from_db()
    assert health.health_of(account).held_because == ""
    waiting_answer(account)

    assert health.health_of(account).held == 1
    assert "switched off" in health.health_of(account).held_because


def test_the_page_takes_a_fixed_number_of_queries(account, django_assert_max_num_queries):
    for number in range(30):
        tally.count(account.pk, f"answered_{number}")
    tally.flush()

    with django_assert_max_num_queries(13):
        health.health_of(account)


# --- The month -------------------------------------------------------------------------------------------


def test_the_platforms_count_and_the_months_pace(account):
    status = AccountStatus.objects.create(account=account, quota_month="2026-11", quota_limit=1000, quota_used=500, quota_at=NOVEMBER)

    found = usage.usage_of(account, status, NOVEMBER)

    # Ten and a half days of thirty, by Japan's calendar.
    assert (found.used, found.limit, found.percent, found.forecast) == (500, 1000, 50, 1429)
    assert found.over_forecast


def test_a_count_of_another_month_says_nothing(account):
    status = AccountStatus.objects.create(account=account, quota_month="2026-10", quota_limit=1000, quota_used=990, quota_at=NOVEMBER)

    found = usage.usage_of(account, status, NOVEMBER)

    assert (found.month, found.used, found.quota, found.asked_at) == ("2026-11", 0, 1000, None)


def test_the_month_begins_by_the_platforms_calendar(account):
    last_evening_in_utc = datetime.datetime(2026, 10, 31, 16, tzinfo=datetime.UTC)

    found = usage.usage_of(account, None, last_evening_in_utc)

    assert (found.month, found.forecast) == ("2026-11", None)


def test_the_smaller_of_plan_and_budget_is_the_limit(account):
    account.monthly_budget = 300
    status = AccountStatus.objects.create(account=account, quota_month="2026-11", quota_limit=1000, quota_used=299, quota_at=NOVEMBER)

    assert usage.usage_of(account, status, NOVEMBER).percent == 99
    account.monthly_budget = None
    status.quota_limit = None
    assert usage.usage_of(account, status, NOVEMBER).percent is None


def test_the_watch_asks_each_active_account_once_in_ten_minutes(account, platform, root):
    adapter = platform()
    adapter.quota = Quota(limit=200, used=17)
    builders.account(name="Off", state="disabled")

    tasks.watch_accounts()
    tasks.watch_accounts()

    assert adapter.asked == ["quota"]
    status = AccountStatus.objects.get()
    assert (status.account, status.quota_limit, status.quota_used) == (account, 200, 17)


def test_an_account_that_cannot_be_watched_stops_no_other(account, platform, monkeypatch):
    adapter = platform()
    adapter.quota = Quota(limit=200, used=17)
    broken = builders.account(name="Broken")
    ask = watching.ask_quota

    def fail_for_one(each):
        if each.pk == broken.pk:
            raise RuntimeError("odd")
        return ask(each)

    monkeypatch.setattr(watching, "ask_quota", fail_for_one)
    tasks.watch_accounts()

    assert AccountStatus.objects.get(account=account).quota_used == 17


@pytest.mark.parametrize(
    ("minutes", "month"), [(-1, "2026-10"), (0, "2026-10"), (9, "2026-10"), (11, "2026-11")], ids=["before", "at", "soon after", "later"]
)
def test_what_the_platform_says_just_after_midnight_may_be_last_months(account, platform, monkeypatch, minutes, month):
    midnight_in_japan = datetime.datetime(2026, 10, 31, 15, tzinfo=datetime.UTC)
    monkeypatch.setattr(watching, "database_now", lambda: midnight_in_japan + datetime.timedelta(minutes=minutes))
    status = watching.status_of(account)
    adapter = platform()
    adapter.quota = Quota(limit=1000, used=990)

    assert watching.ask_quota(account)

    status.refresh_from_db()
    assert (status.quota_month, status.quota_used) == (month, 990)


def test_a_platform_that_cannot_say_keeps_the_former_answer(account, platform):
    AccountStatus.objects.create(account=account, quota_month="2026-11", quota_limit=5, quota_used=3)
    adapter = platform()
    adapter.quota = None

    assert not watching.ask_quota(account)

    assert AccountStatus.objects.get().quota_used == 3


def test_what_the_platform_had_time_to_count_is_counted_by_it_alone(account):
    HourlyCount.objects.create(account=account, name=tally.ACCEPTED_PUSH, hour=NOVEMBER, count=230, last_at=NOVEMBER)
    said = {"quota_month": "2026-11", "quota_limit": 200, "quota_used": 170, "quota_at": NOVEMBER}
    status = AccountStatus.objects.create(account=account, quota_counted=210, **said)

    # 210 pushes, of which LINE counts 170, for the others went to who has blocked the account; and twenty since.
    assert usage.usage_of(account, status, NOVEMBER).used == 190
    status.quota_month = "2026-10"
    assert usage.usage_of(account, status, NOVEMBER).used == 230


def pushes(account, number):
    tally.count(account.pk, tally.ACCEPTED_PUSH, number)
    tally.flush()


def used_when_asked(account, adapter, number):
    """What counts as used once the platform, asked now, has said this number; nothing is said where it is None."""
    adapter.quota = number if number is None else Quota(limit=200, used=number)
    watching.ask_quota(account)
    return usage.usage_of(account, AccountStatus.objects.get(account=account), timezone.now()).used


@pytest.fixture
def mid_month(monkeypatch):
    """The middle of a month, whatever the calendar says."""
    now = timezone.now().replace(day=15)
    for module in (timezone, watching):
        monkeypatch.setattr(module, "now" if module is timezone else "database_now", lambda: now)


def test_the_platform_has_until_it_is_asked_again_to_count_what_was_pushed(account, platform, mid_month):
    adapter = platform()
    pushes(account, 200)
    assert used_when_asked(account, adapter, 150) == 150

    pushes(account, 20)
    assert used_when_asked(account, adapter, 155) == 175
    assert used_when_asked(account, adapter, 165) == 165


def test_a_platform_that_cannot_be_asked_has_counted_meanwhile(account, platform, mid_month):
    adapter = platform()
    pushes(account, 20)
    assert used_when_asked(account, adapter, 20) == 20

    pushes(account, 30)
    assert used_when_asked(account, adapter, None) == 50
    assert used_when_asked(account, adapter, None) == 50
    assert used_when_asked(account, adapter, 40) == 40


def test_a_new_months_count_begins_anew(account, platform, mid_month):
    adapter = platform()
    AccountStatus.objects.create(account=account, quota_month="2020-01", quota_used=190, quota_counted=300, own_count=310)
    pushes(account, 5)

    assert usage.usage_of(account, AccountStatus.objects.get(), timezone.now()).used == 5
    assert used_when_asked(account, adapter, 4) == 4
    pushes(account, 5)
    assert used_when_asked(account, adapter, 8) == 13


# --- The pages ---------------------------------------------------------------------------------------------


def test_the_administrator_sees_the_page_among_the_accounts_tabs(account, client, root):
    client.force_login(root, backend="django.contrib.auth.backends.ModelBackend")

    page = client.get(f"/admin/channels/accounts/{account.public_id}/channel-details/").content.decode()
    shown = client.get(f"/admin/channels/accounts/{account.public_id}/health/").content.decode()

    assert f"/admin/channels/accounts/{account.public_id}/health/" in page
    assert "Saved by free replies" in shown
    assert "None in the last seven days." in shown


def test_a_supervisor_looks_at_accounts_that_work_and_at_no_others(account, client, sue):
    client.force_login(sue, backend="django.contrib.auth.backends.ModelBackend")
    draft = builders.account(name="Draft", state="draft")
    other = builders.account(name="Second shop")
    tally.count(account.pk, tally.WRONG_SIGNATURE)
    tally.flush()

    page = client.get(f"/supervisor/accounts/{account.public_id}/")

    assert "Webhook with a wrong signature" in page.content.decode()
    assert other.public_id in page.content.decode()
    assert "<form" not in page.content.decode().split("<main")[1]
    assert client.get(f"/supervisor/accounts/{draft.public_id}/").status_code == 404
