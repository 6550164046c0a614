"""The live test of an account's set-up: what the platform can be asked, what only a person can see, and how to mend each.

Everything here calls the platform and must not run inside a transaction. What was found is kept on the status row.
"""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.db.models import F, Max, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from channels_app import accounts, tally
from channels_app.adapter import ChannelAdapter
from channels_app.credentials import credentials_of
from channels_app.models import AccountStatus, HourlyCount, MessagingAccount
from channels_app.public_address import is_loopback, problem_with_address
from channels_app.registry import adapter_for
from channels_app.secrets import Undecryptable
from channels_app.texts import texts_for
from workstreams.audit import record_change
from workstreams.clock import database_now, seconds_from_now
from workstreams.models import User

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# LINE allows 60 tests an hour. With 30 in each of ours, no sixty minutes hold more.
TESTS_AN_HOUR = 30
# Longer than a web process keeps a count to itself.
PING_SECONDS = 15
TOKEN, ADDRESS, WEBHOOK, ACTIVE, TEST, SIGNED, CHAT = "token", "address", "webhook", "active", "test", "signed", "chat"
# In the place of the address, where this machine plays the platform.
PLAYED_HERE = "played_here"
# What no platform tells: a person says that it is done.
BY_HAND = ("redelivery", "auto_response")
GOOD, TROUBLE, UNKNOWN = "good", "trouble", "unknown"


class CannotTest(Exception):
    """The test can't be made now; `str()` says why, in the user's words."""


@dataclass(frozen=True, slots=True)
class SetupItem:
    """One line of the checklist. `detail` says what was seen, `mend` what to do; `by_hand` items are ticked by a person."""

    name: str
    title: "StrOrPromise"
    state: str
    detail: str = ""
    mend: "StrOrPromise" = ""
    by_hand: bool = False


def look(*, actor: User | None, account: MessagingAccount) -> None:
    """Ask the platform about token, chat mode and webhook. Raises `CannotTest` when ID or token are missing."""
    try:
        accounts.check_account(actor=actor, account=account)
        found = _adapter(account).fetch_webhook(credentials_of(account))
    except (accounts.CannotSave, Undecryptable) as error:
        raise CannotTest(str(error) or _("The saved token can't be read.")) from error
    if found is not None:
        _keep(account, webhook_address=found.address, webhook_active=found.active, setup_at=Now())


def set_and_test(*, actor: User, account: MessagingAccount) -> None:
    """Tell the platform our callback address and let it make a signed call there; then look at everything.

    `CannotTest` when the platform couldn't reach the address anyway, refuses it, or has been asked too often within the hour.
    """
    if problem := address_problem(account):
        raise CannotTest(str(texts_for(account.channel_type).address_problems[problem]))
    if not accounts.has_credentials(account):
        raise CannotTest(_("Enter the account details first."))
    if not _take_a_test(account):
        raise CannotTest(_("The webhook was tested too often within this hour. Try again later."))
    credentials = credentials_of(account)
    problem = _adapter(account).set_webhook(credentials, account.callback_url)
    if problem:
        raise CannotTest(_("The platform doesn't take the address: %(words)s") % {"words": problem})
    record_change(actor=actor, target=account, fields=[gettext_noop("Callback URL")])
    began = database_now()
    result = _adapter(account).test_webhook(credentials, account.callback_url)
    if result is None:
        raise CannotTest(_("The platform could not be reached. Try again."))
    _keep(account, tested_at=began, test_success=result.success, test_reason=result.reason, test_detail=result.detail)
    look(actor=actor, account=account)


def confirm(*, actor: User, account: MessagingAccount, item: str, done: bool) -> None:
    """A person says that something which no platform tells is done, or that it isn't."""
    if item in BY_HAND:
        _keep(account, **{f"{item}_said_by": actor.shown_name[:200] if done else ""})


def checklist(account: MessagingAccount) -> list[SetupItem]:
    """What is known of the set-up, in the order in which it is done; asks the database alone."""
    status = AccountStatus.objects.filter(account=account).first() or AccountStatus(account=account)
    texts = texts_for(account.channel_type)
    found = {
        TOKEN: _token(account),
        PLAYED_HERE if is_played_here(account) else ADDRESS: (TROUBLE if address_problem(account) else GOOD, account.callback_url),
        WEBHOOK: _webhook(account, status),
        ACTIVE: (UNKNOWN if status.webhook_active is None else GOOD if status.webhook_active else TROUBLE, ""),
        TEST: _test(status),
        SIGNED: _signed(account, status),
        CHAT: (GOOD if status.chat_mode else UNKNOWN, str(texts.chat_modes.get(status.chat_mode, status.chat_mode))),
    }
    for item in BY_HAND:
        name = getattr(status, f"{item}_said_by")
        found[item] = (GOOD, _("said by %(name)s") % {"name": name}) if name else (UNKNOWN, "")
    return [
        SetupItem(name, texts.setup_items[name][0], state, detail, "" if state == GOOD else texts.setup_items[name][1], name in BY_HAND)
        for name, (state, detail) in found.items()
    ]


def is_played_here(account: MessagingAccount) -> bool:
    """Whether what plays the platform and the callback address are both on this machine: then the address needn't be public."""
    return _adapter(account).is_played_here() and is_loopback(urlsplit(account.callback_url).hostname or "")


def address_problem(account: MessagingAccount) -> str:
    """Why the platform can't call the account's callback address (`problem_with_address`); empty if it can."""
    return "" if is_played_here(account) else problem_with_address(account.callback_url)


def _token(account: MessagingAccount) -> tuple[str, str]:
    if account.verification_error:
        return TROUBLE, str(texts_for(account.channel_type).token_problems.get(account.verification_error, account.verification_error))
    return (GOOD, account.bot_name) if account.verified_at else (UNKNOWN, "")


def _webhook(account: MessagingAccount, status: AccountStatus) -> tuple[str, str]:
    if status.setup_at is None:
        return UNKNOWN, ""
    if status.webhook_address == account.callback_url:
        return GOOD, ""
    return TROUBLE, status.webhook_address or _("no address is set")


def _test(status: AccountStatus) -> tuple[str, str]:
    if status.test_success is None:
        return UNKNOWN, ""
    return (GOOD, "") if status.test_success else (TROUBLE, " ".join([status.test_reason, status.test_detail]).strip())


def _signed(account: MessagingAccount, status: AccountStatus) -> tuple[str, str]:
    """A test that the platform calls a success, but that never came here, was answered by somebody else."""
    if account.secret_proved_at is None:
        return (TROUBLE if status.test_success else UNKNOWN), ""
    if not status.test_success or status.tested_at is None:
        return GOOD, ""
    if account.secret_proved_at >= status.tested_at:
        return GOOD, ""
    last = HourlyCount.objects.filter(account=account, name=tally.PING).aggregate(at=Max("last_at"))["at"]
    if last and last >= status.tested_at - datetime.timedelta(seconds=2):
        return GOOD, ""
    waiting = database_now() < status.tested_at + datetime.timedelta(seconds=PING_SECONDS)
    return (UNKNOWN, _("not seen yet; load the page again")) if waiting else (TROUBLE, _("the test's call never came here"))


def _take_a_test(account: MessagingAccount) -> bool:
    """Count one test in the account's current hour; False if there were too many."""
    AccountStatus.objects.get_or_create(account=account)
    row = AccountStatus.objects.filter(account=account)
    if row.filter(Q(tests_since=None) | Q(tests_since__lte=seconds_from_now(-3600))).update(tests_since=Now(), tests=1):
        return True
    return bool(row.filter(tests__lt=TESTS_AN_HOUR).update(tests=F("tests") + 1))


def _adapter(account: MessagingAccount) -> ChannelAdapter:
    return adapter_for(account.channel_type)


def _keep(account: MessagingAccount, **fields: object) -> None:
    AccountStatus.objects.update_or_create(account=account, defaults=fields)
