"""What came while an account's token was dead waits for a living one, and is fetched then; a file refused by itself is given up."""

import datetime

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from channels_app import accounts, gates, health
from channels_app.adapter import AccountCheck, ContentNotReady, ContentUnavailable
from channels_app.media import keeping, preparing, storing
from channels_app.models import MediaFile, MediaKind, MessagingAccount
from conversations import attachments
from tests import builders
from tests.media import samples
from tests.media.conftest import due_again

pytestmark = pytest.mark.django_db
REFUSED = ContentUnavailable("status 401", forbidden=True)


def close_gate(since=None):
    MessagingAccount.objects.update(paused_reason="401", paused_since=since or timezone.now())


def open_gate(account):
    gates.resume_account(account=account)


def work(times=1):
    for _time in range(times):
        due_again()
        attachments.work(seconds=60)


def file_of(number="7"):
    return MediaFile.objects.get(source=number)


def gate():
    return MessagingAccount.objects.get().paused_reason


@pytest.fixture
def dead_token(platform):
    """The platform refuses the token and what is asked with it."""
    platform.check = AccountCheck(problem="token_invalid")
    return platform


def test_behind_a_closed_gate_nothing_is_asked_and_all_of_it_comes_when_it_opens(customer_sends, platform, account):
    close_gate()
    customer_sends("image", samples.picture())
    work(times=9)
    assert (file_of().state, file_of().attempts, platform.asked) == ("pending", 0, [])
    account.refresh_from_db()
    assert health.health_of(account).media.count == 1

    open_gate(account)
    attachments.work(seconds=60)

    assert (file_of().state, platform.asked) == ("ready", ["7"])


def test_the_first_file_that_a_dead_token_spoils_closes_the_gate_and_a_new_token_brings_all(customer_sends, dead_token, account, root):
    customer_sends("image", REFUSED, work=False)
    customer_sends("image", samples.picture(), number="8", work=False)
    work(times=9)
    assert (gate(), dead_token.asked) == (gates.TOKEN_DIED, ["7"])
    assert set(MediaFile.objects.values_list("state", "attempts")) == {("pending", 0)}

    dead_token.check = AccountCheck(bot_name="Koharu")
    dead_token.contents["7"] = samples.picture()
    accounts.save_credentials(actor=root, account=account, channel_id=account.channel_id, access_token="newer")
    account.refresh_from_db()
    accounts.check_account(actor=root, account=account)
    attachments.work(seconds=60)

    assert (gate(), file_of().state, file_of("8").state) == ("", "ready", "ready")


def test_the_last_try_is_not_lost_to_a_dead_token_either(customer_sends, dead_token, account):
    customer_sends("image", REFUSED, work=False)
    MediaFile.objects.update(attempts=preparing.MAXIMUM_ATTEMPTS - 1)
    work(times=2)
    assert file_of().state == "pending"

    dead_token.contents["7"] = samples.picture()
    dead_token.check = AccountCheck()
    gates.check_paused_accounts()
    attachments.work(seconds=60)

    assert file_of().state == "ready"


def test_a_file_that_is_refused_by_itself_is_given_up_and_holds_nothing(customer_sends, platform):
    customer_sends("image", REFUSED)
    work(times=9)

    assert (file_of().state, file_of().reason, len(platform.asked), gate()) == ("failed", "forbidden", 8, "")


def test_a_platform_that_can_not_say_whether_the_token_lives_holds_nothing(customer_sends, platform):
    platform.check = AccountCheck(problem="unreachable")
    customer_sends("image", REFUSED)

    assert (file_of().state, gate()) == ("pending", "")
    assert file_of().attempts > 0


def test_a_token_that_no_key_opens_holds_its_files_too(customer_sends, platform, account, settings):
    account.secrets.all().delete()
    with_this_key = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    account.secrets.create(kind="access_token", value="lost")
    settings.ENCRYPTION_KEYS = with_this_key
    account.secrets.create(kind="channel_secret", value=builders.SECRET)
    customer_sends("image", samples.picture())

    assert (gate(), file_of().state, file_of().attempts, platform.asked) == (gates.UNREADABLE_TOKEN, "pending", 0, [])


def test_a_wrong_new_token_leaves_the_former_to_fetch(customer_sends, platform, account, root, monkeypatch):
    accounts.save_credentials(actor=root, account=account, channel_id=account.channel_id, access_token="wrong")
    open_content, used = platform.open_content, []

    def with_the_former_only(*, credentials, message_id):
        used.append(credentials.access_token)
        platform.contents[message_id] = samples.picture() if credentials.access_token == builders.TOKEN else REFUSED
        return open_content(credentials=credentials, message_id=message_id)

    monkeypatch.setattr(platform, "open_content", with_the_former_only)
    monkeypatch.setattr(
        platform, "check_account", lambda given: AccountCheck(problem="" if given.access_token == builders.TOKEN else "token_invalid")
    )

    customer_sends("image", samples.picture())

    assert (file_of().state, used, gate()) == ("ready", ["wrong", builders.TOKEN], "")


# --- When the gate opens ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes_before", "reason", "address", "asked"),
    [
        (-5, "forbidden", "", True),
        (30, "forbidden", "", True),
        (90, "forbidden", "", False),
        (-5, "forbidden", "https://example.org/picture", False),
        (-5, "gone", "", False),
    ],
    ids=["came meanwhile", "came shortly before", "came long before", "somebody else's address", "another reason"],
)
def test_what_was_refused_since_shortly_before_the_gate_closed_is_asked_for_again(account, minutes_before, reason, address, asked):
    closed_at = timezone.now() - datetime.timedelta(days=2)
    close_gate(since=closed_at)
    file = keeping.ask_for_content(account=account, message_id="7", kind=MediaKind.IMAGE, address=address, reason=reason)
    MediaFile.objects.update(created_at=closed_at - datetime.timedelta(minutes=minutes_before))

    open_gate(account)

    file.refresh_from_db()
    assert (file.state, file.reason) == (("pending", "") if asked else ("failed", reason))


def test_another_account_is_no_reason_to_ask_again(account):
    close_gate()
    stranger = builders.account(name="Another")
    keeping.ask_for_content(account=stranger, message_id="7", kind=MediaKind.IMAGE, reason="forbidden")

    open_gate(account)

    assert file_of().state == "failed"


# --- Whom it doesn't hold ---------------------------------------------------------------------------------


def test_what_needs_no_token_does_not_wait(account):
    close_gate()
    now = timezone.now()
    keeping.ask_for_content(account=account, message_id="7", kind=MediaKind.IMAGE)
    keeping.ask_for_content(account=account, message_id="8", kind=MediaKind.IMAGE, address="https://example.org/picture")
    keeping.ask_for_link("https://example.org/sticker")
    MediaFile.objects.create(account=account, origin="upload", source="1:a", kind="image", stored="ab/c.upload", due_at=now)
    keeping.ask_for_content(account=builders.account(name="Another"), message_id="9", kind=MediaKind.IMAGE)

    wanted = {file.source for file in keeping.due_files() if file.origin != "link"}

    assert wanted == {"8", "1:a", "9"}
    assert keeping.due_files().filter(origin="link").exists()


def test_what_waits_at_a_gate_hides_no_retry_of_another_account(customer_sends, platform, account):
    close_gate()
    customer_sends("image", samples.picture(), work=False)
    keeping.ask_for_content(account=builders.account(name="Another"), message_id="8", kind=MediaKind.VIDEO)
    platform.contents["8"] = [ContentNotReady(), samples.video()]

    attachments.work(seconds=60)

    assert (file_of("8").state, platform.asked) == ("ready", ["8", "8"])


def test_at_an_account_that_is_removed_nothing_waits_for_ever(customer_sends, dead_token, account, root):
    close_gate()
    customer_sends("image", REFUSED, work=False)
    accounts.remove_account(actor=root, account=account)
    work(times=9)

    assert (file_of().state, file_of().reason) == ("failed", "forbidden")


def test_the_files_that_are_due_are_found_in_one_query(account, django_assert_num_queries):
    close_gate()
    for number in range(5):
        keeping.ask_for_content(account=account, message_id=str(number), kind=MediaKind.IMAGE)
        keeping.ask_for_content(account=builders.account(name=f"A{number}"), message_id="x", kind=MediaKind.IMAGE)

    with django_assert_num_queries(1):
        assert len([file.account.name for file in keeping.due_files()]) == 5


def test_a_worker_that_comes_too_late_shows_no_file_whose_bytes_another_deleted(customer_sends, dead_token, monkeypatch, stored_files):
    """The other one found the token dead, so that the file has as many tries behind it as before."""
    customer_sends("image", samples.picture(), work=False)
    keep, late = storing.keep, []

    def slow(path, **names):
        name = keep(path, **names)
        if not late:
            late.append(name)
            dead_token.contents["7"] = REFUSED
            due_again()
            other = MediaFile.objects.get()
            assert preparing.claim(other)
            preparing.prepare(other)
        return name

    monkeypatch.setattr(storing, "keep", slow)
    attachments.work(seconds=60)

    assert late
    assert (file_of().state, stored_files()) == ("pending", [])
