"""Trying: requests, outside any transaction, and their outcomes."""

import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

from django.db import InterfaceError, OperationalError, connection

from channels_app import outcomes
from channels_app.adapter import Credentials, Outcome, SendResult
from channels_app.credentials import live_credentials_of
from channels_app.freezing import LEASE_SECONDS
from channels_app.gates import UNREADABLE_TOKEN
from channels_app.models import Delivery
from channels_app.reasons import type_and_place
from channels_app.registry import adapter_for
from channels_app.secrets import Undecryptable
from workstreams.transactions import may_pass

logger = logging.getLogger(__name__)

Try = tuple[Delivery, SendResult]
RECORD_AGAIN_SECONDS = 0.5


def try_all(deliveries: Sequence[Delivery]) -> bool:
    """One request for each of these deliveries of one account, all at once, outside any transaction, and their outcomes.

    Returns whether all of them were accepted, and recorded so.

    What the platform said is kept in hand while the lease lasts: a database that is away for a moment must not turn a
    clear answer into one that nobody knows.
    """
    give_up_at = time.monotonic() + LEASE_SECONDS
    tries = list(zip(deliveries, _results_of(deliveries), strict=True))
    accepted = [each for each in tries if each[1].outcome is Outcome.ACCEPTED]
    others = [[each] for each in tries if each[1].outcome is not Outcome.ACCEPTED]
    recorded = [_record(several, give_up_at) for several in (accepted, *others) if several]
    return not others and all(recorded)


def _record(tries: Sequence[Try], give_up_at: float) -> bool:
    """Whether the answers could be recorded. What can't be recorded together is recorded one by one: none costs another its answer."""
    try:
        _record_patiently(tries, give_up_at)
        return True
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.error("The answers to deliveries %s can't be recorded: %s.", [each.pk for each, _result in tries], type_and_place(error))
    if len(tries) > 1:
        for each in tries:
            _record([each], give_up_at)
    return False


def _record_patiently(tries: Sequence[Try], give_up_at: float) -> None:
    while True:
        try:
            _write(tries)
            return
        except (OperationalError, InterfaceError) as error:
            passes = isinstance(error, InterfaceError) or may_pass(error)
            if not passes or connection.in_atomic_block or time.monotonic() > give_up_at:
                raise
            logger.warning("The answers to %d deliveries wait for the database: %s.", len(tries), type_and_place(error))
            connection.close()
            time.sleep(RECORD_AGAIN_SECONDS)


def _write(tries: Sequence[Try]) -> None:
    delivery, result = tries[0]
    if result.outcome is Outcome.ACCEPTED:
        outcomes.record_accepted(tries)
    else:
        outcomes.record(delivery=delivery, attempt=delivery.attempts, result=result)


def _results_of(deliveries: Sequence[Delivery]) -> list[SendResult]:
    """One request for each; where there are several, each has a thread of its own, which never asks the database."""
    try:
        credentials = live_credentials_of(deliveries[0].lane.account)
    except Undecryptable:
        return [SendResult(outcome=Outcome.UNAUTHORIZED, error=UNREADABLE_TOKEN)] * len(deliveries)
    # A slow platform must not hold a database connection through its time-out.
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    if len(deliveries) == 1:
        return [_result_of(deliveries[0], credentials)]
    with ThreadPoolExecutor(len(deliveries)) as threads:
        return list(threads.map(_result_of, deliveries, repeat(credentials)))


def _result_of(delivery: Delivery, credentials: Sequence[Credentials]) -> SendResult:
    """One request; with a token that was just replaced, and is refused, one more with the former: a refusal sends nothing."""
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
