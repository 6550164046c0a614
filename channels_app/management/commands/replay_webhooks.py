"""`manage.py replay_webhooks`: process stored events again, and say how many of which kind."""

import datetime
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from channels_app import replay
from channels_app.models import EventState, MessagingAccount, WebhookEvent

STATES = [state.value for state in EventState if state != EventState.PENDING]


class Command(BaseCommand):
    """Chooses events and hands them to `replay.replay`; running it twice makes nothing twice."""

    help = (
        "Process webhook events again that reached nobody (or those in another state). "
        "What is in the console already stays as it is. The workers do the work; this returns at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", help="name, channel ID or public ID of an account (default: all)")
        parser.add_argument("--state", action="append", choices=STATES, help="repeatable (default: not_processed and dead)")
        parser.add_argument("--since", help="received at or after: 2026-11-21 or 2026-11-21T13:45, in the time zone of the settings")
        parser.add_argument("--until", help="received before")
        parser.add_argument("--event", action="append", metavar="ID", help="webhook event ID; repeatable; in whichever state it is")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        events = self._chosen(options)
        helped = replay.replayable(events)
        groups = helped.order_by().values_list("account__name", "state", "kind").annotate(count=Count("pk"))
        for account, state, kind, count in sorted(groups):
            self.stdout.write(f"{count:>8}  {account}  {state}  {kind}")
        matching, possible = events.count(), helped.count()
        if matching > possible:
            self.stdout.write(f"{matching - possible:>8}  can't be processed again (waiting already, no readable content, account off)")
        if options["dry_run"]:
            self.stdout.write(f"replay_webhooks: matching={matching} would_replay={possible}")
        else:
            self.stdout.write(f"replay_webhooks: matching={matching} replayed={replay.replay(events)}")

    def _chosen(self, options: dict[str, Any]) -> QuerySet[WebhookEvent]:
        events = WebhookEvent.objects.all()
        if options["account"]:
            events = events.filter(account__in=self._accounts(options["account"]))
        if options["event"]:
            # The accounts are named because the index begins with them.
            accounts = list(MessagingAccount.objects.values_list("pk", flat=True))
            events = events.filter(account__in=accounts, event_id__in=options["event"])
        if options["state"] or not options["event"]:
            events = events.filter(state__in=options["state"] or replay.UNPROCESSED)
        if options["since"]:
            events = events.filter(received_at__gte=_moment(options["since"]))
        if options["until"]:
            events = events.filter(received_at__lt=_moment(options["until"]))
        return events

    def _accounts(self, words: str) -> list[int]:
        found = MessagingAccount.objects.filter(Q(name=words) | Q(channel_id=words) | Q(public_id=words))
        keys = list(found.values_list("pk", flat=True))
        if not keys:
            raise CommandError(f"No account has the name, channel ID or public ID {words!r}.")
        return keys


def _moment(words: str) -> datetime.datetime:
    try:
        day = parse_date(words)
        found = datetime.datetime.combine(day, datetime.time()) if day else parse_datetime(words)
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"{words!r} is no time. Write 2026-11-21 or 2026-11-21T13:45.")
    return timezone.make_aware(found) if timezone.is_naive(found) else found
