"""Looking through raw webhook events: which there are, newest first, a page at a time, and what one of them held.

Pages are read by key, in the order of an index, and nothing is counted: there may be millions.
"""

import datetime
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from channels_app import handling, storing
from channels_app.inbound import MALFORMED_BODY, MALFORMED_EVENT
from channels_app.models import MessagingAccount, WebhookEvent, Withdrawn

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGE_SIZE = 50
# The journal offers the types that there are; a platform that invents one for each event is no reason for an endless list.
MOST_KINDS = 100
REASONS = {
    storing.DISABLED: _("The account was switched off."),
    handling.NO_CHANNEL: _("The account had no channel."),
    handling.NO_SENDER: _("The platform didn't say who wrote."),
    handling.WITHDRAWN: _("The customer had taken the message back."),
}
# Other types have the platform's own names.
KINDS = {MALFORMED_BODY: _("unreadable webhook"), MALFORMED_EVENT: _("unreadable event")}
# What lets its holder do something: reply tokens above all, and whatever a platform calls so.
SECRET_NAME = re.compile(r"(?:token|nonce|secret)$", re.IGNORECASE)
SECRET_IN_TEXT = re.compile(r"(\"\w*(?:token|nonce|secret)\\*\"\s*:\s*\\*\")[^\"\\]*", re.IGNORECASE)
HIDDEN = "•••"


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted; what is empty doesn't matter. `lanes` are keys of lanes at any account."""

    account_id: int | None = None
    lanes: Collection[str] = ()
    kind: str = ""
    state: str = ""
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None

    def within(self, events: QuerySet[WebhookEvent]) -> QuerySet[WebhookEvent]:
        """Those of the events that are wanted."""
        wanted = {
            "account": self.account_id,
            "lane_key__in": list(self.lanes),
            "kind": self.kind,
            "state": self.state,
            "received_at__gte": self.since,
            "received_at__lt": self.until,
        }
        return events.filter(**{name: value for name, value in wanted.items() if value})


@dataclass(frozen=True, slots=True)
class Page:
    """Some events, newest first, without their content. `older` begins the next page; empty on the last one."""

    events: list[WebhookEvent]
    older: str


def page_of(events: QuerySet[WebhookEvent], *, after: str = "", size: int = PAGE_SIZE) -> Page:
    """The newest of these events, or those older than the cursor."""
    found = _behind(events, after) if after else events
    rows = list(found.select_related("account").defer("payload").order_by("-received_at", "-pk")[: size + 1])
    last = rows[size - 1] if len(rows) > size else None
    return Page(rows[:size], f"{last.received_at.isoformat()}_{last.pk}" if last else "")


def _behind(events: QuerySet[WebhookEvent], cursor: str) -> QuerySet[WebhookEvent]:
    """Older than the cursor; all of them for a cursor that can't be read."""
    moment, _sign, key = cursor.rpartition("_")
    try:
        at = parse_datetime(moment.replace(" ", "+"))
    except ValueError:
        return events
    if at is None or timezone.is_naive(at) or not key.isdecimal() or len(key) > 18:
        return events
    # The first condition says nothing new, but an index begins there.
    return events.filter(received_at__lte=at).filter(Q(received_at__lt=at) | Q(received_at=at, pk__lt=int(key)))


def events_called(words: str) -> QuerySet[WebhookEvent]:
    """The events with this platform's id, or about the message with this id, at any account."""
    # The accounts are named because both indexes begin with them.
    accounts = list(MessagingAccount.objects.values_list("pk", flat=True))
    called = WebhookEvent.objects.filter(account__in=accounts)
    if called.filter(event_id=words).exists():
        return called.filter(event_id=words)
    return called.filter(line_message_id=words).exclude(line_message_id="")


def lanes_of_customer(line_id: str) -> list[str]:
    """The lanes of a user, group or room with this platform's id."""
    return [f"{kind}:{line_id}" for kind in ("user", "group", "room")]


def kinds() -> list[str]:
    """The types of events that there are; one look into the index for each."""
    table = WebhookEvent._meta.db_table
    statement = (
        f"WITH RECURSIVE found(kind) AS (SELECT MIN(kind) FROM {table} UNION ALL "  # noqa: S608 - no input in it
        f"SELECT (SELECT MIN(e.kind) FROM {table} e WHERE e.kind > found.kind) FROM found WHERE found.kind IS NOT NULL) "
        f"SELECT kind FROM found WHERE kind IS NOT NULL LIMIT {MOST_KINDS}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [kind for (kind,) in cursor.fetchall()]


def kind_words(kind: str) -> "StrOrPromise":
    """What a type of event is called: by us where it is ours, else as the platform calls it."""
    return KINDS.get(kind, kind)


def reason_words(event: WebhookEvent) -> "StrOrPromise":
    """Why an event reached nobody, empty if it did; type and place of an error, never words of the customer's."""
    return REASONS.get(event.error, event.error)


def withdrawn_of(events: Collection[WebhookEvent]) -> set[int]:
    """The keys of those events whose message was taken back, before or after they were processed; one query."""
    ids = [event.line_message_id for event in events if event.line_message_id]
    found = Withdrawn.objects.filter(account__in={event.account_id for event in events}, line_message_id__in=ids)
    taken_back = set(found.values_list("account_id", "line_message_id"))
    return {event.pk for event in events if (event.account_id, event.line_message_id) in taken_back}


def shown_content(event: WebhookEvent) -> str:
    """What came, for an administrator's eyes: indented JSON in which every token is hidden. Empty where nothing is kept."""
    if event.payload is None:
        return ""
    try:
        content = json.loads(bytes(event.payload))
    except ValueError:
        return ""
    return json.dumps(_without_tokens(content), ensure_ascii=False, indent=2)


def _without_tokens(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _without_tokens(part, key) for key, part in value.items()}
    if isinstance(value, list):
        return [_without_tokens(part, name) for part in value]
    if SECRET_NAME.search(name) and value:
        return HIDDEN
    return SECRET_IN_TEXT.sub(rf"\g<1>{HIDDEN}", value) if isinstance(value, str) else value
