"""Events that are processed again: which that can help, and doing it. What can't be read stays a dead letter."""

from collections.abc import Collection, Iterator

from django.db.models import Count, Q, QuerySet

from channels_app.handling import NO_CHANNEL, NO_SENDER
from channels_app.hints import DRAIN_INBOUND, hint
from channels_app.inbound import MALFORMED_BODY, MALFORMED_EVENT
from channels_app.models import AccountState, EventState, MessagingAccount, WebhookEvent
from workstreams.clock import seconds_from_now

REPLAY_DAYS = 7
UNPROCESSED = (EventState.NOT_PROCESSED, EventState.DEAD)
BATCH = 1000


def unprocessed_events(account: MessagingAccount) -> QuerySet[WebhookEvent]:
    """Events of the last seven days that reached nobody: dead letters, and those that came at the wrong time."""
    return WebhookEvent.objects.filter(account=account, state__in=UNPROCESSED, received_at__gt=seconds_from_now(-REPLAY_DAYS * 86400))


def replayable(events: QuerySet[WebhookEvent]) -> QuerySet[WebhookEvent]:
    """Those of them that another try can help: their content is kept and can be read, and their account is in use."""
    hopeless = Q(payload=None) | Q(kind__in=(MALFORMED_BODY, MALFORMED_EVENT)) | Q(error=NO_SENDER) | Q(state=EventState.PENDING)
    return events.exclude(hopeless).filter(account__state__in=(AccountState.DRAFT, AccountState.ACTIVE))


def is_replayable(event: WebhookEvent) -> bool:
    """Whether another try can help this one."""
    return replayable(WebhookEvent.objects.filter(pk=event.pk)).exists()


def replayable_events(account: MessagingAccount) -> QuerySet[WebhookEvent]:
    """The account's unprocessed events that another try can help."""
    return replayable(unprocessed_events(account))


def count_unprocessed(account_ids: Collection[int]) -> dict[int, int]:
    """How many unprocessed events each account has; accounts without any aren't in it."""
    old = seconds_from_now(-REPLAY_DAYS * 86400)
    rows = WebhookEvent.objects.filter(state__in=UNPROCESSED, account__in=account_ids, received_at__gt=old)
    return dict(rows.order_by().values_list("account").annotate(count=Count("pk")))


def unattached_events(account: MessagingAccount) -> QuerySet[WebhookEvent]:
    """Those that found no channel."""
    return replayable_events(account).filter(error=NO_CHANNEL)


def replay(events: QuerySet[WebhookEvent]) -> int:
    """Process those of the events again that this can help, each in its lane's order; returns how many.

    A message that is there already stays one message, and nothing older wins over what came after it. Twice, or beside the
    workers, is harmless.
    """
    replayed = 0
    for keys in _batches(replayable(events)):
        untouched = WebhookEvent.objects.filter(pk__in=keys, payload__isnull=False).exclude(state=EventState.PENDING)
        replayed += untouched.update(state=EventState.PENDING, attempts=0, error="")
        hint(DRAIN_INBOUND)
    return replayed


def _batches(events: QuerySet[WebhookEvent]) -> Iterator[list[int]]:
    """The keys of the events, in their order. Each is met once, though a worker may be done with it before the last is found."""
    after = 0
    while keys := list(events.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield keys
        after = keys[-1]
