"""*New account* from the first page to Done, and everything that can be refused on the way."""

import html
import logging

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone
from django.views.debug import ExceptionReporter

from channels_app import accounts
from channels_app.adapter import AccountCheck
from channels_app.admin import account_wizard
from channels_app.models import AccountSecret, MessagingAccount, PrivacyAcknowledgement, SecretKind
from tests import builders

SECRET = "b1946ac92492d2347c6235b4d2611184"
TOKEN = "eyJhbGciOiJIUzI1NiJ9-long-lived-token+/="


def url(name, account):
    return reverse(f"admin:{name}", args=[account.public_id])


def post_details(client, account, **values):
    given = {"channel_id": "1650000001", "channel_secret": SECRET, "access_token": TOKEN} | values
    return client.post(url("account_details", account), given)


@pytest.fixture
def draft(root):
    return accounts.create_draft(actor=root, name="Koharu Support", channel_type="line")


@pytest.fixture
def filled(as_root, platform, draft):
    post_details(as_root, draft)
    draft.refresh_from_db()
    return draft


def test_the_whole_walk_ends_with_an_active_account(as_root, platform, root):
    first = as_root.post(reverse("admin:account_new"), {"name": "Koharu Support", "channel_type": "line"})
    account = MessagingAccount.objects.get()
    assert first.url == url("account_details", account)
    assert account.state == "draft"

    assert post_details(as_root, account).url == url("account_callback", account)
    callback = as_root.get(url("account_callback", account))
    account.refresh_from_db()
    assert account.callback_url in callback.content.decode()
    assert "@koharu" in callback.content.decode()

    end = as_root.post(url("account_done", account), {"acknowledged": "on"})
    assert end.url == url("account_finished", account)
    account.refresh_from_db()
    assert account.state == "active"
    assert (account.bot_name, account.bot_user_id) == ("Koharu Support", "Ubot")
    offers = as_root.get(end.url).content.decode()
    assert f"{reverse('admin:workstream_new')}?set_up={account.public_id}" in offers


def test_the_acknowledgement_says_who_when_and_which_text(as_root, filled, root):
    as_root.post(url("account_done", filled), {"acknowledged": "on"})

    row = PrivacyAcknowledgement.objects.get(account=filled)
    assert (row.person, row.person_name, row.text_version) == (root, "Root", accounts.PRIVACY_TEXT_VERSION)
    assert abs((timezone.now() - row.acknowledged_at).total_seconds()) < 60


def test_done_needs_the_acknowledgement(as_root, filled):
    answer = as_root.post(url("account_done", filled), {})

    assert "confirm that you have read" in answer.content.decode()
    filled.refresh_from_db()
    assert filled.state == "draft"
    assert not PrivacyAcknowledgement.objects.exists()


def test_a_double_click_on_done_acknowledges_once(as_root, filled):
    for _click in range(2):
        assert as_root.post(url("account_done", filled), {"acknowledged": "on"}).url == url("account_finished", filled)

    assert PrivacyAcknowledgement.objects.count() == 1


def test_a_draft_is_resumed_from_the_list(as_root, filled):
    page = as_root.get(reverse("admin:accounts")).content.decode()

    assert url("account_details", filled) in page
    assert "Continue" in page
    details = as_root.get(url("account_details", filled)).content.decode()
    assert "1650000001" in details
    assert "leave empty to keep" in details


def test_secrets_are_never_shown_again(as_root, filled, client):
    pages = ["account_channel_details", "account_details", "account_callback", "account_done", "account_finished", "account_remove"]
    shown = "".join(as_root.get(url(name, filled), follow=True).content.decode() for name in pages)
    shown += as_root.get(reverse("admin:accounts")).content.decode()
    wrong = post_details(as_root, filled, channel_id="has spaces").content.decode()

    assert SECRET not in shown + wrong
    assert TOKEN not in shown + wrong


def test_secrets_are_in_no_session_no_log_no_history_and_lie_encrypted(as_root, platform, draft, caplog):
    from django.contrib.admin.models import LogEntry
    from django.db import connection

    with caplog.at_level(logging.DEBUG):
        post_details(as_root, draft)

    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM channels_app_accountsecret")
        stored = b"".join(bytes(row[0]) for row in cursor.fetchall())
    kept = caplog.text + "".join(str(row.get_decoded()) for row in Session.objects.all())
    kept += "".join(entry.change_message + entry.object_repr for entry in LogEntry.objects.all())
    assert LogEntry.objects.count() >= 2
    for secret in (SECRET, TOKEN):
        assert secret not in kept
        assert secret.encode() not in stored


def test_a_crash_report_hides_the_secrets(as_root, draft, monkeypatch):
    def crash(*args):
        raise RuntimeError("boom")

    monkeypatch.setattr(accounts, "_save_channel_id", crash)
    as_root.raise_request_exception = False

    answer = post_details(as_root, draft)
    report = ExceptionReporter(answer.wsgi_request, *answer.exc_info).get_traceback_html()

    assert "boom" in report
    assert SECRET not in report
    assert html.escape(TOKEN) not in report


def test_empty_secrets_keep_what_is_saved(as_root, filled):
    post_details(as_root, filled, channel_secret="", access_token="")

    assert accounts.current_secret(filled, SecretKind.CHANNEL_SECRET).value == SECRET
    assert accounts.current_secret(filled, SecretKind.ACCESS_TOKEN).value == TOKEN
    assert AccountSecret.objects.count() == 2


def test_a_new_secret_replaces_the_old_and_must_prove_itself_again(as_root, filled):
    MessagingAccount.objects.filter(pk=filled.pk).update(secret_proved_at=timezone.now())

    post_details(as_root, filled, channel_secret="another", access_token="")

    filled.refresh_from_db()
    assert filled.secret_proved_at is None
    assert accounts.current_secret(filled, SecretKind.CHANNEL_SECRET).value == "another"


def test_a_token_of_another_channel_is_refused_in_words(as_root, platform, draft):
    platform.answer = AccountCheck(problem="token_of_another_channel")

    page = post_details(as_root, draft).content.decode()

    assert "This token belongs to another channel, or to one that is not a Messaging API channel" in page
    draft.refresh_from_db()
    assert draft.verified_at is None
    assert as_root.post(url("account_done", draft), {"acknowledged": "on"}).status_code == 200
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_after_a_refused_token_only_the_token_has_to_be_pasted_again(as_root, platform, draft):
    platform.answer = AccountCheck(problem="token_invalid")
    page = post_details(as_root, draft).content.decode()
    secret_input = page.partition('name="channel_secret"')[2].partition(">")[0]
    assert "required" not in secret_input
    assert page.count("leave empty to keep") == 1  # the secret's; nobody wants to keep that token

    platform.answer = AccountCheck(bot_name="Koharu")
    assert post_details(as_root, draft, channel_secret="", access_token="better").url == url("account_callback", draft)
    assert accounts.current_secret(draft, SecretKind.CHANNEL_SECRET).value == SECRET


def test_line_out_of_reach_keeps_the_draft_and_checks_again(as_root, platform, draft):
    platform.answer = AccountCheck(problem="unreachable")
    page = post_details(as_root, draft).content.decode()
    assert "saved as a draft" in page
    assert "Check again" in page
    assert accounts.current_secret(draft, SecretKind.ACCESS_TOKEN).value == TOKEN

    assert as_root.post(url("account_check", draft)).url == url("account_details", draft)
    assert "saved as a draft" in as_root.get(url("account_details", draft)).content.decode()

    platform.answer = AccountCheck(bot_name="Koharu")
    assert as_root.post(url("account_check", draft)).url == url("account_callback", draft)
    draft.refresh_from_db()
    assert draft.verified_at is not None
    assert draft.verification_error == ""
    assert [asked.access_token for asked in platform.asked] == [TOKEN] * 3


def test_a_channel_id_that_another_account_uses_is_refused_in_words(as_root, platform, draft):
    taken = builders.account()

    page = post_details(as_root, draft, channel_id=taken.channel_id).content.decode()

    assert "Another account uses this channel ID already." in page
    draft.refresh_from_db()
    assert draft.channel_id == ""
    assert not draft.secrets.exists()


def test_the_channel_id_of_a_removed_account_is_free_again(as_root, platform, draft, root):
    taken = builders.account()
    accounts.remove_account(actor=root, account=taken)

    assert post_details(as_root, draft, channel_id=taken.channel_id).status_code == 302


@pytest.mark.parametrize("field", ["channel_id", "channel_secret", "access_token"])
@pytest.mark.parametrize("value", ["", "two words", "line\nbreak", "ｆｕｌｌ", "x" * 4001])
def test_what_cannot_be_a_credential_is_refused_at_its_field(as_root, platform, draft, field, value):
    page = post_details(as_root, draft, **{field: value})

    assert page.context["form"].errors.keys() == {field}
    assert not platform.asked


def test_a_hidden_channel_type_is_refused_with_words(as_root, settings, draft, platform):
    settings.CHANNEL_TYPES = []
    assert "offers no type of channel" in as_root.get(reverse("admin:account_new")).content.decode()

    post_details(as_root, draft)
    page = as_root.post(url("account_done", draft), {"acknowledged": "on"}).content.decode()
    assert "offer LINE (setting CHANNEL_TYPES)" in page
    with pytest.raises(accounts.CannotSave, match="CHANNEL_TYPES"):
        accounts.create_draft(actor=None, name="x", channel_type="line")


def test_an_unknown_channel_type_is_refused_with_words(as_root):
    page = as_root.post(reverse("admin:account_new"), {"name": "x", "channel_type": "pigeon"}).content.decode()

    assert "offer this channel type" in page
    assert not MessagingAccount.objects.exists()


def test_with_unapplied_migrations_new_account_says_so_and_how(as_root, monkeypatch):
    monkeypatch.setattr(account_wizard, "unapplied_migrations", lambda: ["channels_app.0099_later"])

    for answer in (as_root.get(reverse("admin:account_new")), as_root.post(reverse("admin:account_new"), {"name": "x"})):
        page = answer.content.decode()
        assert "Upgrade first" in page
        assert "manage.py migrate" in page
        assert "0099_later" in page
    assert not MessagingAccount.objects.exists()


def test_the_real_database_has_no_unapplied_migration(db):
    assert account_wizard.unapplied_migrations() == []


def test_pages_ahead_lead_back_to_what_is_missing(as_root, draft):
    for name in ("account_callback", "account_done"):
        assert as_root.get(url(name, draft)).url == url("account_details", draft)
    assert as_root.get(url("account_finished", draft)).url == url("account_details", draft)


def test_the_proof_of_the_secret_turns_up_by_itself(as_root, filled):
    waiting = as_root.get(url("account_secret_proof", filled)).content.decode()
    assert "waiting" in waiting
    assert "hx-get" in waiting

    MessagingAccount.objects.filter(pk=filled.pk).update(secret_proved_at=timezone.now())
    proved = as_root.get(url("account_secret_proof", filled)).content.decode()
    assert "proved" in proved
    assert "hx-get" not in proved


@pytest.mark.parametrize(
    ("base", "words"),
    [("http://127.0.0.1:8000", "reach this address"), ("http://desk.koharu.co", "plain HTTP"), ("https://desk.koharu.co", "")],
)
def test_the_callback_page_warns_unless_the_address_is_public_https(as_root, filled, settings, base, words):
    settings.PUBLIC_BASE_URL, settings.LINE_API_BASE = base, "https://api.line.me"

    page = as_root.get(url("account_callback", filled))

    assert f"{base}/webhooks/line/{filled.callback_key}/" in page.content.decode()
    assert words in str(page.context["address_warning"])
    assert bool(words) == bool(page.context["address_warning"])
    assert "plays LINE" not in page.content.decode()


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("http://localhost:8000", ""),
        ("http://desk.localhost:8000", ""),
        ("http://10.0.0.7:8000", "reach this address"),
        ("https://desk.koharu.co", ""),
    ],
)
def test_where_this_machine_plays_line_its_own_address_is_no_trouble(as_root, filled, settings, base, words):
    settings.PUBLIC_BASE_URL, settings.LINE_API_BASE = base, "http://127.0.0.1:8020"

    page = as_root.get(url("account_callback", filled))

    calm = "localhost" in base
    assert words in str(page.context["address_warning"])
    assert bool(words) == bool(page.context["address_warning"])
    assert ("This machine plays LINE (LINE_API_BASE), so it reaches this address." in page.content.decode()) == calm
    assert ("The callback URL is on this machine, which plays LINE" in page.content.decode()) == calm
    assert ("The callback URL is a public HTTPS address" in page.content.decode()) == (not calm)


def test_a_finished_account_opens_the_same_pages_as_tabs(as_root, filled):
    as_root.post(url("account_done", filled), {"acknowledged": "on"})

    for name in ("account_channel_details", "account_details", "account_callback"):
        page = as_root.get(url(name, filled)).content.decode()
        assert 'class="console-tabs"' in page
        assert 'class="console-steps"' not in page
    as_root.post(url("account_channel_details", filled), {"name": "Renamed"})
    filled.refresh_from_db()
    assert filled.name == "Renamed"


def test_a_finished_account_keeps_its_channel_id(as_root, filled):
    as_root.post(url("account_done", filled), {"acknowledged": "on"})

    page = post_details(as_root, filled, channel_id="1650000002", channel_secret="", access_token="").content.decode()

    assert "channel ID is fixed" in page
    filled.refresh_from_db()
    assert filled.channel_id == "1650000001"


def test_a_bad_token_never_replaces_the_good_one_of_a_finished_account(as_root, filled, platform):
    as_root.post(url("account_done", filled), {"acknowledged": "on"})
    platform.answer = AccountCheck(problem="token_invalid")

    page = post_details(as_root, filled, channel_secret="", access_token="rubbish").content.decode()

    assert "know this token" in page
    assert accounts.current_secret(filled, SecretKind.ACCESS_TOKEN).value == TOKEN
    filled.refresh_from_db()
    assert filled.verified_at is not None


def test_a_token_that_is_well_again_opens_the_gate(as_root, filled, platform):
    MessagingAccount.objects.filter(pk=filled.pk).update(paused_reason="401", paused_since=timezone.now())

    post_details(as_root, filled, channel_secret="", access_token="fresh-token")

    filled.refresh_from_db()
    assert filled.paused_reason == ""


def test_an_answer_for_a_token_that_was_replaced_meanwhile_is_dropped(filled, platform, root, monkeypatch):
    real = platform.check_account

    def replace_during_the_call(credentials):
        accounts.save_credentials(actor=root, account=filled, channel_id=filled.channel_id, access_token="newer")
        return real(credentials)

    monkeypatch.setattr(platform, "check_account", replace_during_the_call)
    accounts.check_account(actor=root, account=filled)

    filled.refresh_from_db()
    assert filled.verified_at is None


@pytest.mark.django_db(transaction=True)
def test_the_platform_is_never_called_inside_a_transaction(as_root, platform, draft, monkeypatch):
    from django.db import connection

    inside = []
    real = platform.check_account
    monkeypatch.setattr(platform, "check_account", lambda credentials: inside.append(connection.in_atomic_block) or real(credentials))

    post_details(as_root, draft)
    as_root.post(url("account_check", draft))

    assert inside == [False, False]
