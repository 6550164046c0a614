"""Tasks of this floor: hints that rows wait. They take nothing, may run twice, at once, late or never."""

import threading
import time

from celery import shared_task

from channels_app import cancelling, courtesies, gates, notices, quarantine, receiving, retention, sending, tally, watching
from channels_app.hints import CHECK_QUARANTINE, DRAIN_INBOUND, DRAIN_OUTBOUND, PAY_COURTESIES, SEND_NOTICES, SingleRun

_inbound = SingleRun()
# Six at once, at most three of them at one account (`sending.turns`): a call may take ten seconds.
_outbound = SingleRun(slots=6)
_checks = SingleRun()
_watch = SingleRun()
_notices = SingleRun()
_quarantine = SingleRun()
_courtesies = SingleRun()
_waiter = threading.Lock()
RUN_SECONDS = 20


@shared_task(name=DRAIN_INBOUND)
def drain_inbound() -> None:
    """Handle the webhook events that wait."""
    _inbound.run(receiving.drain)


@shared_task(name=DRAIN_OUTBOUND)
def drain_outbound() -> None:
    """Send what waits, and what is due again."""
    _outbound.run(sending.drain)
    if _waiter.acquire(blocking=False):
        try:
            _send_what_falls_due(until=time.monotonic() + RUN_SECONDS)
        finally:
            _waiter.release()


def _send_what_falls_due(*, until: float) -> None:
    """Wait here for retries a few seconds away: the sweep's five seconds would outlast an unclear reply's."""
    while (wait := sending.seconds_to_next_retry()) is not None and time.monotonic() + wait < until:
        time.sleep(max(wait, 0.05))
        _outbound.run(sending.drain)


@shared_task(name=PAY_COURTESIES)
def pay_courtesies() -> None:
    """Mark as read and show that somebody is writing, where it is owed."""
    _courtesies.run(courtesies.pay)


@shared_task(name="channels_app.check_paused_accounts")
def check_paused_accounts() -> None:
    """Open the gates of accounts whose token is well again or whose quota is back."""
    _checks.run(gates.check_paused_accounts)


@shared_task(name="channels_app.tidy")
def tidy() -> None:
    """Forget what nobody needs any more."""
    sending.forget_stale_tokens()
    cancelling.end_what_is_left_of_removed_accounts()
    retention.forget_withdrawn_content()
    retention.forget_old_content()
    retention.delete_bare_rows()
    tally.forget_old()


@shared_task(name="channels_app.watch_accounts")
def watch_accounts() -> None:
    """Ask the platform how the accounts are."""
    _watch.run(watching.watch)


@shared_task(name=SEND_NOTICES)
def send_notices() -> None:
    """Tell people of alerts."""
    _notices.run(notices.send_due)


@shared_task(name=CHECK_QUARANTINE)
def check_quarantine() -> None:
    """Believe, or forget, what came between two channel secrets."""
    _quarantine.run(quarantine.sweep)
