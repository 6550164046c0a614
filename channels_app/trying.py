"""One try: the request, outside any transaction, and its outcome."""

import logging
import time

from django.db import InterfaceError, OperationalError, connection
from django.utils.translation import gettext_noop

from channels_app import outcomes
from channels_app.adapter import Credentials, Outcome, SendResult
from channels_app.credentials import live_credentials_of
from channels_app.freezing import LEASE_SECONDS
from channels_app.models import Delivery
from channels_app.reasons import type_and_place
from channels_app.registry import adapter_for
from channels_app.secrets import Undecryptable
from workstreams.transactions import may_pass

logger = logging.getLogger(__name__)

RECORD_AGAIN_SECONDS = 0.5
UNREADABLE_TOKEN = gettext_noop(
    "The saved access token can't be read: ENCRYPTION_KEYS lacks its key. Save the token again, or put the key back."
)


def try_once(delivery: Delivery) -> None:
    """One request, outside any transaction, and its outcome.

    What the platform said is kept in hand while the lease lasts: a database that is away for a moment must not turn a
    clear answer into one that nobody knows.
    """
    give_up_at = time.monotonic() + LEASE_SECONDS
    result = _result_of(delivery)
    while True:
        try:
            outcomes.record(delivery=delivery, attempt=delivery.attempts, result=result)
            return
        except (OperationalError, InterfaceError) as error:
            passes = isinstance(error, InterfaceError) or may_pass(error)
            if not passes or connection.in_atomic_block or time.monotonic() > give_up_at:
                raise
            logger.warning("The answer to delivery %d waits for the database: %s.", delivery.pk, type_and_place(error))
            connection.close()
            time.sleep(RECORD_AGAIN_SECONDS)


def _result_of(delivery: Delivery) -> SendResult:
    """One request; with a token that was just replaced, and is refused, one more with the former: a refusal sends nothing."""
    account = delivery.lane.account
    try:
        credentials = live_credentials_of(account)
    except Undecryptable:
        return SendResult(outcome=Outcome.UNAUTHORIZED, error=UNREADABLE_TOKEN)
    # A slow platform must not hold a database connection through its time-out.
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    result = _answer_to(delivery, credentials[0])
    # Two tries of thirteen seconds at most: the lease outlasts them.
    if result.outcome is Outcome.UNAUTHORIZED and len(credentials) > 1:
        result = _answer_to(delivery, credentials[1])
    return result


def _answer_to(delivery: Delivery, credentials: Credentials) -> SendResult:
    token = delivery.reply_token
    try:
        return adapter_for(delivery.lane.account.channel_type).send(
            credentials=credentials,
            body=delivery.body,
            reply_token=(token.value or "") if token else "",
            retry_key=str(delivery.retry_key or ""),
        )
    except Exception as error:
        logger.error("Delivery %d: its answer couldn't be read: %s.", delivery.pk, type_and_place(error))
        return SendResult(outcome=Outcome.UNCLEAR, error=type_and_place(error))
