"""The live test of the set-up: the address set and tried through the platform, and each thing that is off with its cure."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from channels_app import accounts, gates, setup_test, tally, tasks
from channels_app.adapter import AccountCheck, WebhookSettings, WebhookTest
from channels_app.models import AccountStatus, MessagingAccount
from tests import builders
from tests.channels_app.test_concurrency import at_once
from tests.simulator.fixtures import line_simulator, line_simulator_process, webhook_receiver

__all__ = ["line_simulator", "line_simulator_process", "webhook_receiver"]
pytestmark = pytest.mark.django_db


def states(account):
    account.refresh_from_db()
    return {item.name: item.state for item in setup_test.checklist(account)}


@pytest.fixture
def public(settings):
    settings.PUBLIC_BASE_URL = "https://support.example.com"


def test_nothing_is_known_before_anybody_asked(account, public):
    assert states(account) == dict.fromkeys(states(account), "unknown") | {"address": "good"}
    assert all(item.mend for item in setup_test.checklist(account) if item.state != "good")


def test_the_address_is_set_tested_and_seen(account, platform, public, root):
    platform().check = AccountCheck(bot_name="Koharu", chat_mode="bot")
    MessagingAccount.objects.update(secret_proved_at=timezone.now())

    setup_test.set_and_test(actor=root, account=account)
    tally.count(account.pk, tally.PING)
    tally.flush()

    found = states(account)
    assert {name for name, state in found.items() if state != "good"} == {"redelivery", "auto_response"}
    assert AccountStatus.objects.get().webhook_address == account.callback_url


def test_a_success_that_never_came_here_was_somebody_elses(account, platform, public, root):
    platform()
    MessagingAccount.objects.update(secret_proved_at=timezone.now() - datetime.timedelta(hours=1))
    setup_test.set_and_test(actor=root, account=account)
    assert states(account)["signed"] == "unknown"

    AccountStatus.objects.update(tested_at=timezone.now() - datetime.timedelta(minutes=1))

    assert states(account)["signed"] == "trouble"


def test_a_call_that_proved_the_secret_is_seen_before_it_is_counted(account, platform, public, root):
    platform()
    setup_test.set_and_test(actor=root, account=account)

    MessagingAccount.objects.update(secret_proved_at=timezone.now() + datetime.timedelta(seconds=1))

    assert states(account)["signed"] == "good"


@pytest.mark.parametrize(
    ("settings_there", "test", "trouble"),
    [
        (WebhookSettings("https://elsewhere.example.com/", True), None, {"webhook"}),
        (WebhookSettings("", False), None, {"webhook", "active"}),
        (WebhookSettings("", True), WebhookTest(False, "ERROR_STATUS_CODE", "401"), {"webhook", "test"}),
    ],
)
def test_what_is_off_is_told_with_its_cure(account, platform, public, root, settings_there, test, trouble):
    adapter = platform()
    adapter.webhook = settings_there
    setup_test.look(actor=root, account=account)
    if test:
        AccountStatus.objects.update(test_success=False, test_reason=test.reason, test_detail=test.detail)

    items = {item.name: item for item in setup_test.checklist(account)}

    assert {name for name, item in items.items() if item.state == "trouble"} == trouble
    assert all(items[name].mend for name in trouble)
    if test:
        assert items["test"].detail == "ERROR_STATUS_CODE 401"


def test_at_most_thirty_tests_in_an_hour(account, platform, public, root):
    adapter = platform()
    AccountStatus.objects.create(account=account, tests_since=timezone.now() - datetime.timedelta(minutes=59), tests=29)
    setup_test.set_and_test(actor=root, account=account)

    with pytest.raises(setup_test.CannotTest, match="too often"):
        setup_test.set_and_test(actor=root, account=account)
    assert adapter.asked == ["test"]

    AccountStatus.objects.update(tests_since=timezone.now() - datetime.timedelta(minutes=61))
    setup_test.set_and_test(actor=root, account=account)
    assert AccountStatus.objects.get().tests == 1


@pytest.mark.django_db(transaction=True)
def test_tests_at_once_keep_to_the_hours_number(monkeypatch):
    monkeypatch.setattr(setup_test, "TESTS_AN_HOUR", 7)
    account, allowed = builders.account(), []

    at_once(*[lambda: allowed.extend(setup_test._take_a_test(account) for _ in range(3))] * 5)

    assert sum(allowed) == 7


def test_an_address_that_the_platform_cannot_reach_is_not_set(account, platform, settings, root):
    settings.LINE_API_BASE = "https://api.line.me"
    adapter = platform()

    with pytest.raises(setup_test.CannotTest, match="PUBLIC_BASE_URL"):
        setup_test.set_and_test(actor=root, account=account)

    assert adapter.webhook is None


def test_a_person_says_what_no_platform_tells(account, client, root):
    client.force_login(root, backend="django.contrib.auth.backends.ModelBackend")

    client.post(reverse("admin:account_setup_confirm", args=[account.public_id, "redelivery"]), {"done": "1"})
    client.post(reverse("admin:account_setup_confirm", args=[account.public_id, "quota_used"]), {"done": "1"})

    assert states(account)["redelivery"] == "good"
    assert states(account)["auto_response"] == "unknown"
    page = client.get(reverse("admin:account_callback", args=[account.public_id])).content.decode()
    assert "said by Root" in page
    client.post(reverse("admin:account_setup_confirm", args=[account.public_id, "redelivery"]))
    assert states(account)["redelivery"] == "unknown"


# --- The daily check -------------------------------------------------------------------------------------------


def test_once_a_day_the_token_is_looked_at_and_a_dead_one_holds_sends(account, platform):
    adapter = platform()
    tasks.watch_accounts()
    account.refresh_from_db()
    assert (account.paused_reason, account.bot_name) == ("", "Koharu")

    adapter.check = AccountCheck(problem="token_invalid")
    tasks.watch_accounts()
    account.refresh_from_db()
    assert account.paused_reason == ""

    AccountStatus.objects.update(check_due_at=timezone.now())
    tasks.watch_accounts()
    account.refresh_from_db()
    assert "access token" in account.paused_reason
    assert account.alerts.get(ended_at=None).kind == "held"

    adapter.check = AccountCheck(bot_name="Koharu")
    gates.check_paused_accounts()
    account.refresh_from_db()
    assert account.paused_reason == ""


def test_while_a_former_token_counts_a_refused_one_holds_nothing(account, platform, root):
    platform().check = AccountCheck(problem="token_invalid")
    accounts.save_credentials(actor=root, account=account, channel_id=account.channel_id, access_token="mistyped")

    tasks.watch_accounts()

    account.refresh_from_db()
    assert account.paused_reason == ""


def test_a_platform_that_is_away_is_asked_again_within_the_hour(account, platform):
    platform().check = AccountCheck(problem="unreachable")

    tasks.watch_accounts()

    account.refresh_from_db()
    assert account.paused_reason == ""
    assert AccountStatus.objects.get().check_due_at < timezone.now() + datetime.timedelta(minutes=61)


# --- Against LINE's simulator -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_line_sets_the_address_and_its_signed_call_comes_here(line_simulator, live_server, settings, client):
    settings.LINE_API_BASE = line_simulator.url
    settings.PUBLIC_BASE_URL = live_server.url
    account, root = builders.account(), builders.person("root", role="administrator")
    line_simulator.post(
        "/sim/channels", {"channel_id": account.channel_id, "channel_secret": builders.SECRET, "access_token": builders.TOKEN}
    )
    client.force_login(root, backend="django.contrib.auth.backends.ModelBackend")

    client.post(reverse("admin:account_setup_test", args=[account.public_id]), {"what": "test"})
    tally.flush()

    found = states(account)
    assert {name: state for name, state in found.items() if state != "good"} == {
        "redelivery": "unknown",
        "auto_response": "unknown",
    }


@pytest.mark.django_db(transaction=True)
def test_line_says_why_its_call_failed(line_simulator, webhook_receiver, settings):
    settings.LINE_API_BASE = line_simulator.url
    settings.PUBLIC_BASE_URL = webhook_receiver.url
    webhook_receiver.status = 500
    account, root = builders.account(), builders.person("root", role="administrator")
    line_simulator.post(
        "/sim/channels", {"channel_id": account.channel_id, "channel_secret": builders.SECRET, "access_token": builders.TOKEN}
    )

    setup_test.set_and_test(actor=root, account=account)

    item = next(item for item in setup_test.checklist(account) if item.name == "test")
    assert item.state == "trouble"
    assert item.detail == "ERROR_STATUS_CODE 500"
