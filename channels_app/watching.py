"""The watch over accounts: what the platform is asked from time to time, and the warnings that follow.

Each question is a claim on the account's status row, so that many workers ask once. Nothing here runs inside a
transaction while the platform is asked.
"""

import datetime
import logging
import time

from django.db import InterfaceError, OperationalError

from channels_app import alerts, setup_test
from channels_app.credentials import credentials_of, live_credentials_of
from channels_app.gates import TOKEN_DIED
from channels_app.models import AccountState, AccountStatus, MessagingAccount
from channels_app.reasons import type_and_place
from channels_app.registry import adapter_for
from channels_app.secrets import Undecryptable
from channels_app.usage import month_around, own_counts
from workstreams.clock import Now, database_now, seconds_from_now

logger = logging.getLogger(__name__)

WATCH_SECONDS = 40
QUOTA_SECONDS = 600
# LINE calls its count approximate, and its clock isn't the database's: so long after midnight it may still tell last month's.
MONTH_BEGINS_AFTER = datetime.timedelta(minutes=10)
CHECK_SECONDS = 86400
# A platform that couldn't be asked is asked again before the day is over.
CHECK_AGAIN_SECONDS = 3600


def watch(*, seconds: float = WATCH_SECONDS) -> None:
    """Look at every active account, in no order, until all are looked at or the time is up."""
    end = time.monotonic() + seconds
    for account in MessagingAccount.objects.filter(state=AccountState.ACTIVE).order_by("?"):
        if time.monotonic() >= end:
            break
        try:
            _look_at(account)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            logger.error("Account %d can't be watched: %s.", account.pk, type_and_place(error))
    alerts.end_alerts_of_resting_accounts()


def _look_at(account: MessagingAccount) -> None:
    status = status_of(account)
    if _claim(status, "quota_due_at", QUOTA_SECONDS):
        ask_quota(account)
    if _claim(status, "check_due_at", CHECK_SECONDS):
        check_token(account)
    alerts.review(account)


def status_of(account: MessagingAccount) -> AccountStatus:
    """The account's status row, made if there is none yet."""
    return AccountStatus.objects.get_or_create(account=account)[0]


def check_token(account: MessagingAccount) -> None:
    """The daily look at the token and the webhook. A token that died holds sends before one is tried with it."""
    try:
        setup_test.look(actor=None, account=account)
    except setup_test.CannotTest:
        return
    account.refresh_from_db()
    if account.verification_error == "unreachable":
        AccountStatus.objects.filter(account=account).update(check_due_at=seconds_from_now(CHECK_AGAIN_SECONDS))
    elif account.verification_error and len(live_credentials_of(account)) == 1:
        rows = MessagingAccount.objects.filter(pk=account.pk, paused_reason="", verification_error=account.verification_error)
        rows.update(paused_reason=TOKEN_DIED, paused_since=Now())


def ask_quota(account: MessagingAccount) -> bool:
    """Ask how much of the month's messages is used and keep the answer; whether there was one.

    In the first minutes of a month it is kept for the last one. What is said too late of the old month is looked at by
    nobody; what is said too early of the new one would warn, or stop answers, until it is asked again.

    Nobody says how far the platform's count lags. It is taken to hold what we had counted one time before, ten minutes ago.
    """
    start, _end = month_around(account, database_now() - MONTH_BEGINS_AFTER)
    counted = _own_count_before(account, start)
    try:
        credentials = credentials_of(account)
    except Undecryptable:
        return False
    quota = adapter_for(account.channel_type).fetch_quota(credentials)
    if quota is None:
        return False
    AccountStatus.objects.filter(account=account).update(
        quota_at=Now(), quota_month=start.strftime("%Y-%m"), quota_limit=quota.limit, quota_used=quota.used, quota_counted=counted
    )
    return True


def _own_count_before(account: MessagingAccount, start: datetime.datetime) -> int:
    """Our own pushes of this month as of the time before; as of now where that isn't known, or was another month's."""
    status = status_of(account)
    now, _replies = own_counts(account, start)
    before = status.own_count
    AccountStatus.objects.filter(pk=status.pk).update(own_count=now)
    return now if before is None else min(before, now)


def _claim(status: AccountStatus, due: str, every_seconds: float) -> bool:
    """Take a question that is due, for this worker alone, until it is due again."""
    rows = AccountStatus.objects.filter(pk=status.pk, **{f"{due}__lte": Now()})
    return bool(rows.update(**{due: seconds_from_now(every_seconds)}))
