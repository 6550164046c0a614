"""How long raw events are kept: their content for days, what tells repeats for thirteen months."""

import time

from django.conf import settings
from django.db.models import Exists, OuterRef

from channels_app.models import EventState, MessagingAccount, WebhookEvent, Withdrawn
from workstreams.clock import seconds_from_now

# LINE says neither how often nor how long it redelivers; nothing it does takes a year, and content is kept for a year at most.
BARE_ROW_DAYS = 396
BATCH = 1000
RUN_SECONDS = 10
DAY_SECONDS = 86400


def content_days(account: MessagingAccount) -> int:
    """For how many days the account's raw events keep their content."""
    return account.content_days or settings.WEBHOOK_PAYLOAD_DAYS


def forget_old_content(*, seconds: float = RUN_SECONDS) -> int:
    """Blank the content of events that are older than their account keeps it; returns how many. Events that wait keep theirs."""
    end = time.monotonic() + seconds
    forgotten = 0
    for account in MessagingAccount.objects.order_by("pk"):
        kept = WebhookEvent.objects.filter(account=account, payload__isnull=False).exclude(state=EventState.PENDING)
        old = kept.filter(received_at__lt=seconds_from_now(-content_days(account) * DAY_SECONDS))
        while time.monotonic() < end:
            oldest = list(old.order_by("received_at").values_list("pk", flat=True)[:BATCH])
            forgotten += WebhookEvent.objects.filter(pk__in=oldest).exclude(state=EventState.PENDING).update(payload=None)
            if len(oldest) < BATCH:
                break
    return forgotten


def forget_withdrawn_content() -> int:
    """Blank unprocessed events whose message was taken back before they came: nothing has looked at them yet."""
    taken_back = Withdrawn.objects.filter(account=OuterRef("account"), line_message_id=OuterRef("line_message_id"))
    unprocessed = WebhookEvent.objects.filter(state__in=(EventState.NOT_PROCESSED, EventState.DEAD), payload__isnull=False)
    return unprocessed.exclude(line_message_id="").filter(Exists(taken_back)).update(payload=None)


def delete_bare_rows(*, seconds: float = RUN_SECONDS) -> int:
    """Delete the rows of events that came more than thirteen months ago; returns how many. Messages stay."""
    end = time.monotonic() + seconds
    deleted = 0
    old = WebhookEvent.objects.filter(received_at__lt=seconds_from_now(-BARE_ROW_DAYS * DAY_SECONDS)).exclude(state=EventState.PENDING)
    while time.monotonic() < end:
        oldest = list(old.order_by("received_at").values_list("pk", flat=True)[:BATCH])
        WebhookEvent.objects.filter(pk__in=oldest).delete()
        deleted += len(oldest)
        if len(oldest) < BATCH:
            break
    return deleted
