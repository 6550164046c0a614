"""The gates of an account: what holds its sends and fetches back without burning them, and how they open again."""

import contextlib
import datetime
import time

from django.db import connection
from django.utils.translation import gettext_noop

from channels_app import alerts
from channels_app.credentials import TOKEN_REFUSED, credentials_of, live_credentials_of
from channels_app.hints import DRAIN_OUTBOUND, hint
from channels_app.media import keeping
from channels_app.models import AccountState, DeliveryMethod, EndpointPause, MessagingAccount
from channels_app.registry import adapter_for
from channels_app.secrets import Undecryptable
from workstreams.clock import Now, now_sql, seconds_from_now

# LINE: a narrowcast reserves quota, so a push may be refused although some is left. It is tried again no sooner than this.
QUOTA_ASK_SECONDS = 300
QUOTA_RETRY_SECONDS = 3600
CHECK_SECONDS = 20
TOKEN_DIED = gettext_noop("The platform doesn't accept the access token any more.")
UNREADABLE_TOKEN = gettext_noop(
    "The saved access token can't be read: ENCRYPTION_KEYS lacks its key. Save the token again, or put the key back."
)


def open_methods(account: MessagingAccount) -> set[str]:
    """How something may be sent now; asked for each answer, for a neighbour's may just have closed a gate."""
    if account.state != AccountState.ACTIVE or account.paused_reason:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT method FROM channels_app_endpointpause WHERE account_id = %s AND until > {now_sql()}", [account.pk])  # noqa: S608
        closed = {method for (method,) in cursor.fetchall()}
    if account.push_paused_reason:
        closed.add(DeliveryMethod.PUSH.value)
    return set(DeliveryMethod.values) - closed


def is_held(account: MessagingAccount, method: str) -> bool:
    """Whether a gate holds back what would go out this way; a pause after "too many requests" is none."""
    is_shut = account.state != AccountState.ACTIVE or account.paused_reason != ""
    return is_shut or (method == DeliveryMethod.PUSH and account.push_paused_reason != "")


def replies_paused_until(account: MessagingAccount) -> datetime.datetime | None:
    """When replies may be tried again, if too many were."""
    pauses = EndpointPause.objects.filter(account=account, method=DeliveryMethod.REPLY)
    return pauses.values_list("until", flat=True).first()


def hold_account(account_id: int, reason: str) -> None:
    """Close the account's gate: its sends and its fetches wait instead of being burnt. Only the first refusal sets the time."""
    accounts = MessagingAccount.objects.filter(pk=account_id, paused_reason="").exclude(state=AccountState.REMOVED)
    accounts.update(paused_reason=reason[:300], paused_since=Now())


def hold_if_refused(account: MessagingAccount) -> None:
    """After a refusal that may be meant for one file alone: close the gate if the platform accepts none of the account's tokens.

    Calls the platform; must not run inside a transaction.
    """
    try:
        tokens = live_credentials_of(account)
    except Undecryptable:
        hold_account(account.pk, UNREADABLE_TOKEN)
        return
    adapter = adapter_for(account.channel_type)
    if all(adapter.check_account(token).problem in TOKEN_REFUSED for token in tokens):
        hold_account(account.pk, TOKEN_DIED)


def resume_account(*, account: MessagingAccount) -> None:
    """Open the account's gate; what was held goes out in order, and files come. What the quota holds back stays held."""
    keeping.ask_again_for_refused(account)
    MessagingAccount.objects.filter(pk=account.pk).update(paused_reason="", paused_since=None)
    hint(DRAIN_OUTBOUND)


def resume_pushes(*, account: MessagingAccount) -> None:
    """Open the gate that a used-up quota closed; what was held goes out in order."""
    MessagingAccount.objects.filter(pk=account.pk).update(push_paused_reason="", push_paused_since=None)
    hint(DRAIN_OUTBOUND)


def check_paused_accounts() -> None:
    """Ask the platform about accounts whose token was refused, and about those whose quota was used up.

    Before a gate is opened it is looked at: one that closes again within the second would never be seen closed.
    """
    end = time.monotonic() + CHECK_SECONDS
    # In no order, so that accounts whose platform hangs don't keep the others from their turn for ever.
    for account in MessagingAccount.objects.exclude(paused_reason="").filter(state=AccountState.ACTIVE).order_by("?"):
        if time.monotonic() >= end:
            return
        if _is_well(account):
            alerts.review(account)
            resume_account(account=account)
    refused_long_ago = MessagingAccount.objects.filter(push_paused_since__lt=seconds_from_now(-QUOTA_ASK_SECONDS))
    for account in refused_long_ago.order_by("?"):
        if time.monotonic() >= end:
            return
        if _may_have_quota(account):
            if account.state == AccountState.ACTIVE:
                alerts.review(account)
            resume_pushes(account=account)


def _is_well(account: MessagingAccount) -> bool:
    try:
        credentials = credentials_of(account)
    except Undecryptable:
        return False
    return not adapter_for(account.channel_type).check_account(credentials).problem


def _may_have_quota(account: MessagingAccount) -> bool:
    """By the platform's figures; where it can't be asked, an hour after the refusal."""
    quota = None
    if account.state == AccountState.ACTIVE and not account.paused_reason:
        with contextlib.suppress(Undecryptable):
            quota = adapter_for(account.channel_type).fetch_quota(credentials_of(account))
    if quota is None:
        return MessagingAccount.objects.filter(pk=account.pk, push_paused_since__lt=seconds_from_now(-QUOTA_RETRY_SECONDS)).exists()
    return quota.limit is None or quota.used < quota.limit
