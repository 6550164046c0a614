"""Telling people of alerts: by mail, and by a signed call of an address that the operator chose.

A notice is claimed before it is sent and marked afterwards. If a worker dies in between it is sent once more: `id` in a
webhook, and `Message-ID` in a mail, are the same then. That something is over is told after that it began.
"""

import hashlib
import hmac
import json
import logging
import smtplib
import time
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Exists, F, OuterRef
from django.urls import reverse
from django.utils import translation

from channels_app import guarded_fetch
from channels_app.alert_words import how_to_mend, words
from channels_app.models import AlertChange, AlertNotice, NoticeMeans, NoticeState
from workstreams.clock import Now, seconds_from_now

logger = logging.getLogger(__name__)

LEASE_SECONDS = 120
# After 1, 2, 4 … 60 minutes: about nine hours in all.
MAXIMUM_ATTEMPTS = 14
LONGEST_PAUSE_SECONDS = 3600
SIGNATURE = "X-Trunkline-Signature"
TIMESTAMP = "X-Trunkline-Timestamp"


def send_due(*, seconds: float = 20) -> int:
    """Send what is due until nothing is, or the time is up; returns how many were sent."""
    end, sent = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        notice = _claim()
        if notice is None:
            break
        sent += _send(notice)
    return sent


def _claim() -> AlertNotice | None:
    same = {"alert": OuterRef("alert"), "means": OuterRef("means"), "pk__lt": OuterRef("pk")}
    earlier = AlertNotice.objects.filter(**same, state=NoticeState.PENDING)
    due = AlertNotice.objects.filter(~Exists(earlier), state=NoticeState.PENDING, due_at__lte=Now())
    for notice in due.select_related("alert__account").order_by("due_at", "pk")[:20]:
        if due.filter(pk=notice.pk).update(due_at=seconds_from_now(LEASE_SECONDS), attempts=F("attempts") + 1):
            notice.attempts += 1
            return notice
    return None


def _send(notice: AlertNotice) -> bool:
    rows = AlertNotice.objects.filter(pk=notice.pk, state=NoticeState.PENDING)
    try:
        with translation.override(settings.LANGUAGE_CODE):
            {NoticeMeans.MAIL: _mail, NoticeMeans.WEBHOOK: _call}[NoticeMeans(notice.means)](notice)
    except (OSError, smtplib.SMTPException, guarded_fetch.Refused, guarded_fetch.NotFetched, ValueError) as error:
        last = notice.attempts >= MAXIMUM_ATTEMPTS
        pause = min(60 * 2 ** (notice.attempts - 1), LONGEST_PAUSE_SECONDS)
        state = NoticeState.FAILED if last else NoticeState.PENDING
        rows.update(state=state, due_at=seconds_from_now(pause), error=f"{type(error).__name__}: {error}"[:300])
        logger.warning("Notice %d could not be sent (%s).", notice.pk, type(error).__name__)
        return False
    rows.update(state=NoticeState.SENT, sent_at=Now(), error="")
    return True


def _document(notice: AlertNotice) -> dict[str, Any]:
    alert = notice.alert
    address = reverse("admin:account_health", args=[alert.account.public_id])
    return {
        "id": f"alert-{alert.pk}-{notice.change}",
        "change": notice.change,
        "kind": alert.kind,
        "level": alert.level,
        "figures": alert.figures,
        "raised_at": alert.raised_at.isoformat(),
        "ended_at": alert.ended_at.isoformat() if alert.ended_at else None,
        "account": {"id": alert.account.public_id, "name": alert.account.name},
        "text": words(alert),
        "mend": how_to_mend(alert),
        "page": f"{settings.PUBLIC_BASE_URL}{address}",
    }


def _mail(notice: AlertNotice) -> None:
    document = _document(notice)
    over = notice.change == AlertChange.ENDED
    sign = translation.gettext("Over:") if over else ""
    title = " ".join(filter(None, ("[Trunkline]", sign, f"{notice.alert.account.name}: {notice.alert.get_kind_display()}")))
    text = "\n\n".join([document["text"], *([] if over else [document["mend"]]), document["page"]])
    host = settings.PUBLIC_BASE_URL.partition("://")[2].partition(":")[0]
    headers = {"Message-ID": f"<{document['id']}@{host}>", "Auto-Submitted": "auto-generated"}
    # A name may hold anything; a line break in a subject is an error.
    EmailMessage(" ".join(title.split()), text, to=settings.ALERT_MAIL_TO, headers=headers).send()


def _call(notice: AlertNotice) -> None:
    body = json.dumps(_document(notice), ensure_ascii=False).encode()
    timestamp = str(int(time.time()))
    headers = {"Content-Type": "application/json", TIMESTAMP: timestamp, SIGNATURE: sign(settings.ALERT_WEBHOOK_SECRET, timestamp, body)}
    guarded_fetch.post(settings.ALERT_WEBHOOK_URL, body=body, headers=headers)


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """What the receiver computes too: HMAC-SHA256 over timestamp, a full stop and the raw body, in hex."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
