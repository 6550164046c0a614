"""Refused webhooks: counted in memory, written every ten seconds, so that a flood of them costs the database nothing."""

import logging
import threading
from collections import Counter

from django.db import Error, connection
from django.db.models import F
from django.utils import timezone

from channels_app.models import WebhookRefusal

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 10
WRONG_SIGNATURE = "wrong_signature"
TOO_LARGE = "too_large"

_counts: Counter[tuple[int, str]] = Counter()
_lock = threading.Lock()
_timer: threading.Timer | None = None


def count_refusal(account_id: int, reason: str) -> None:
    """Count one refused webhook of this account."""
    global _timer
    with _lock:
        _counts[account_id, reason] += 1
        if _timer is None:
            _timer = threading.Timer(FLUSH_SECONDS, _flush_in_thread)
            _timer.daemon = True
            _timer.start()


def flush() -> None:
    """Write what has been counted; what can't be written now is kept for the next time."""
    global _timer
    with _lock:
        counts = Counter(_counts)
        _timer = None
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    for (account_id, reason), count in counts.items():
        row, _created = WebhookRefusal.objects.get_or_create(account_id=account_id, reason=reason, hour=hour)
        WebhookRefusal.objects.filter(pk=row.pk).update(count=F("count") + count)
        with _lock:
            _counts[account_id, reason] -= count
            if not _counts[account_id, reason]:
                del _counts[account_id, reason]
        logger.warning("Refused %d webhooks of account %d: %s.", count, account_id, reason)


def _flush_in_thread() -> None:
    try:
        flush()
    except Error as error:
        logger.warning("Refused webhooks could not be counted: %s.", type(error).__name__)
    finally:
        connection.close()
