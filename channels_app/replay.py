"""Events that weren't processed: which they are, and processing them again. What can't be read stays a dead letter."""

from collections.abc import Collection

from django.db.models import Count, Q, QuerySet

from channels_app.hints import hint
from channels_app.inbound import MALFORMED_BODY, MALFORMED_EVENT
from channels_app.models import EventState, MessagingAccount, WebhookEvent
from channels_app.receiving import NO_CHANNEL, NO_SENDER
from workstreams.clock import seconds_from_now

REPLAY_DAYS = 7


def unprocessed_events(account: MessagingAccount) -> QuerySet[WebhookEvent]:
    """Events of the last seven days that reached nobody: dead letters, and those that came at the wrong time."""
    return WebhookEvent.objects.filter(
        account=account, state__in=(EventState.NOT_PROCESSED, EventState.DEAD), received_at__gt=seconds_from_now(-REPLAY_DAYS * 86400)
    )


def replayable_events(account: MessagingAccount) -> QuerySet[WebhookEvent]:
    """Those of them that another try can help."""
    hopeless = Q(payload=None) | Q(kind__in=(MALFORMED_BODY, MALFORMED_EVENT)) | Q(error=NO_SENDER)
    return unprocessed_events(account).exclude(hopeless)


def count_unprocessed(account_ids: Collection[int]) -> dict[int, int]:
    """How many of them each account has; accounts without any aren't in it."""
    old = seconds_from_now(-REPLAY_DAYS * 86400)
    rows = WebhookEvent.objects.filter(state__in=(EventState.NOT_PROCESSED, EventState.DEAD), account__in=account_ids, received_at__gt=old)
    return dict(rows.order_by().values_list("account").annotate(count=Count("pk")))


def unattached_events(account: MessagingAccount) -> QuerySet[WebhookEvent]:
    """Those that found no channel."""
    return replayable_events(account).filter(error=NO_CHANNEL)


def replay(events: QuerySet[WebhookEvent]) -> int:
    """Process these events, each in its lane's order; returns how many. What was handled already changes nothing."""
    from channels_app.tasks import drain_inbound

    replayed = events.update(state=EventState.PENDING, attempts=0, error="")
    hint(drain_inbound)
    return replayed
