"""The gap between two channel secrets: the platform signs with the new one at once, and here it is known only once it is saved.

What fails the signature meanwhile is answered 401 as ever, but kept, encrypted, for half an hour and at most a thousand bodies
an account. When a secret is saved each is checked again: those that it signed become events as if they had been
believed when they came. Every step takes the account's status row first, so that the cap holds whoever writes at once.

A stranger who knows the callback address finds little room: what doesn't name the account's bot isn't kept, and while the
platform signs with a secret that is known there is no gap, so what came before is erased.
"""

import datetime
import logging
from collections.abc import Mapping

from django.db.models import Count, F, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Now

from channels_app import storing
from channels_app.models import AccountSecret, AccountStatus, MessagingAccount, QuarantinedBody, SecretKind, WebhookEvent
from channels_app.registry import adapter_for
from channels_app.secrets import Undecryptable
from workstreams.clock import seconds_from_now
from workstreams.transactions import retried

logger = logging.getLogger(__name__)

KEPT_SECONDS = 30 * 60
BODIES_AT_MOST = 1000
# A body with all the events of a busy second is some ten kilobytes; these bound what a stranger can make us keep.
BODY_BYTES_AT_MOST = 1024 * 1024
BYTES_AT_MOST = 64 * 1024 * 1024
# What the platform signed with the former secret just before it had the new one may be on its way so long.
ON_ITS_WAY = datetime.timedelta(minutes=1)


def keep(account: storing.CallbackAccount, *, body: bytes, headers: Mapping[str, str]) -> bool:
    """Keep a body that no valid secret of the account signed; whether it may be the platform's and there was room."""
    adapter = adapter_for(account.channel_type)
    signature = adapter.signature_headers(headers)
    if not signature or not account.channel_secrets or len(body) > BODY_BYTES_AT_MOST or _is_full(account.pk, len(body)):
        return False
    if account.bot_user_id and adapter.addressee(body) != account.bot_user_id:
        return False
    return _keep(account.pk, body, signature)


@retried
def _keep(account_id: int, body: bytes, signature: Mapping[str, str]) -> bool:
    _lock(account_id)
    QuarantinedBody.objects.filter(account=account_id, received_at__lte=seconds_from_now(-KEPT_SECONDS)).delete()
    if _is_full(account_id, len(body)):
        return False
    QuarantinedBody.objects.create(account_id=account_id, headers=dict(signature), body=body, size=len(body), received_at=Now())
    return True


def kept_bodies(account: MessagingAccount) -> QuerySet[QuarantinedBody]:
    """What is kept of an account and not too old."""
    return QuarantinedBody.objects.filter(account=account, received_at__gt=seconds_from_now(-KEPT_SECONDS))


def sweep() -> None:
    """Erase what is too old, check what wasn't checked with the newest secret of its account yet, and erase what is of no gap."""
    QuarantinedBody.objects.filter(received_at__lte=seconds_from_now(-KEPT_SECONDS)).delete()
    secrets = AccountSecret.objects.filter(account=OuterRef("account"), kind=SecretKind.CHANNEL_SECRET).order_by()
    newest = Coalesce(Subquery(secrets.values("account").annotate(newest=Max("pk")).values("newest")), 0)
    bodies = QuarantinedBody.objects.annotate(newest=newest)
    for account in MessagingAccount.objects.filter(pk__in=bodies.exclude(checked_with=F("newest")).values("account")):
        recheck(account)
    checked = bodies.filter(checked_with=F("newest"))
    for account_id in list(checked.order_by().values_list("account", flat=True).distinct()):
        events = WebhookEvent.objects.filter(account=account_id).order_by("-received_at").values_list("received_at", flat=True)
        if believed_at := events.first():
            checked.filter(account=account_id, received_at__lt=believed_at - ON_ITS_WAY).delete()


def recheck(account: MessagingAccount) -> int:
    """Check every body that is kept with the secrets that are valid now; returns how many became webhooks.

    Once the newest secret has signed one, it is the platform's: what it didn't sign is nobody's, and is erased. Until
    then it waits for its half hour to end, for the secret that was saved may be a slip of the pen.
    """
    # Read first: a secret that is saved between the two is used, but not noted as used, so the sweep looks once more.
    newest = account.secrets.filter(kind=SecretKind.CHANNEL_SECRET).aggregate(pk=Max("pk"))["pk"] or 0
    try:
        known = storing.find_callback_account(account.callback_key)
    except Undecryptable:
        logger.error("The secrets of account %d can't be read: ENCRYPTION_KEYS lacks their key.", account.pk)
        return 0
    if known is None:
        return 0
    believed, proved, refused = 0, False, []
    for body_id in list(kept_bodies(account).order_by("pk").values_list("pk", flat=True)):
        try:
            secret = _recheck(known, body_id, newest)
        except Undecryptable:
            logger.error("A quarantined webhook can't be read: ENCRYPTION_KEYS lacks its key.")
            continue
        if secret is None:
            refused.append(body_id)
        else:
            believed, proved = believed + 1, proved or secret == 0
    if proved:
        QuarantinedBody.objects.filter(pk__in=refused).delete()
    if believed:
        logger.warning("%d webhooks of account %d were signed with a secret that is known now.", believed, account.pk)
    return believed


@retried
def _recheck(account: storing.CallbackAccount, body_id: int, newest: int) -> int | None:
    """Which secret signed this body, 0 being the newest; None if none did, or another worker was first. Its events are kept."""
    _lock(account.pk)
    kept = QuarantinedBody.objects.filter(pk=body_id).first()
    if kept is None:
        return None
    body = bytes(kept.body)
    secret = storing.signing_secret(account, body=body, headers=kept.headers)
    if secret is None:
        QuarantinedBody.objects.filter(pk=body_id).update(checked_with=newest)
        return None
    storing.store_webhook(account, body, by_newest_secret=secret == 0, received_at=kept.received_at)
    kept.delete()
    return secret


def _lock(account_id: int) -> None:
    AccountStatus.objects.get_or_create(account_id=account_id)
    AccountStatus.objects.select_for_update(no_key=True).get(account_id=account_id)


def _is_full(account_id: int, more: int) -> bool:
    recent = QuarantinedBody.objects.filter(account=account_id, received_at__gt=seconds_from_now(-KEPT_SECONDS))
    kept = recent.aggregate(count=Count("pk"), bytes=Sum("size", default=0))
    return kept["count"] >= BODIES_AT_MOST or kept["bytes"] + more > BYTES_AT_MOST
