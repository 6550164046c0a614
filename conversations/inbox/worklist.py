"""The work list: what stands in its three tabs, a page at a time."""

import datetime
from dataclasses import dataclass

from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from channels_app.models import ReplyToken, ReplyTokenState
from conversations.access import WITH_EVERYTHING_SHOWN
from conversations.merged import count_of, first_keys
from conversations.models import Conversation, Direction
from conversations.standby import is_standby
from workstreams.models import Agent, Membership, WorkState

MINE, OPEN, ASIDE, CLOSED = "mine", "open", "aside", "closed"
TABS = (MINE, OPEN, ASIDE, CLOSED)
NEWEST, OLDEST = "newest", "oldest"
USUAL_SORT = {MINE: NEWEST, OPEN: OLDEST, ASIDE: NEWEST, CLOSED: NEWEST}
PAGE_SIZE = 30
SHOWN_AT_MOST = 210
COUNTED_AT_MOST = 99
WAIT_WARN_SECONDS = 3 * 60
WAIT_TROUBLE_SECONDS = 15 * 60


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list. `wait_seconds` counts while a customer waits for us; `free_seconds` while an answer is free."""

    conversation: Conversation
    at: datetime.datetime
    wait_seconds: int | None
    free_seconds: int

    @property
    def wait_level(self) -> str:
        """Empty, `warn` or `trouble`."""
        if self.wait_seconds is None or self.wait_seconds < WAIT_WARN_SECONDS:
            return ""
        return "trouble" if self.wait_seconds >= WAIT_TROUBLE_SECONDS else "warn"


@dataclass(frozen=True, slots=True)
class WorkList:
    """One tab as it is shown. `next_cursor` is empty on the last page; `sort` is newest or oldest.

    What isn't routed is reached from the open work, and counted there only.
    """

    tab: str
    rows: list[Row]
    next_cursor: str
    counts: dict[str, str]
    unread_only: bool
    sort: str


def tab_of(agent: Agent, conversation: Conversation) -> str:
    """The tab in which a conversation is found."""
    if conversation.state == WorkState.CLOSED:
        return CLOSED
    if conversation.agent_id == agent.pk:
        return MINE
    return ASIDE if conversation.state == WorkState.OPEN and conversation.aside else OPEN


def list_work(agent: Agent, tab: str, *, unread_only: bool = False, after: str = "", shown: int = PAGE_SIZE, sort: str = "") -> WorkList:
    """A page of a tab: after the cursor, or the first `shown` rows. Open work comes longest wait first, unless asked otherwise."""
    sets = _tabs_of(agent)
    tab = tab if tab in TABS else MINE
    sort = sort if sort in (NEWEST, OLDEST) and tab in (MINE, OPEN) else USUAL_SORT[tab]
    lists = [found.filter(unread_count__gt=0) for found in sets[tab]] if unread_only else sets[tab]
    lists = [_after(found, tab, after, sort) for found in lists] if after else lists
    size = PAGE_SIZE if after else min(max(shown, PAGE_SIZE), SHOWN_AT_MOST)
    keys = first_keys(lists, field=_field(tab), newest_first=sort == NEWEST, size=size + 1)
    found = Conversation.objects.select_related(*WITH_EVERYTHING_SHOWN).in_bulk(keys)
    page = [found[key] for key in keys if key in found]
    more, page = len(page) > size, page[:size]
    lanes = [conversation.profile.lane_id for conversation in page if conversation.profile.lane_id and tab != CLOSED]
    free = free_seconds_of(lanes) if lanes else {}
    rows = [_row(conversation, free.get(conversation.profile.lane_id or 0, 0)) for conversation in page]
    counted = (MINE, OPEN, ASIDE) if tab in (OPEN, ASIDE) else (MINE, OPEN)
    counts = {name: _capped(sets[name]) for name in counted}
    return WorkList(tab, rows, _cursor(page[-1], tab) if more else "", counts, unread_only, sort)


def unread_total(agent: Agent) -> int:
    """How many of the agent's conversations have unread words; capped."""
    return _work_of(agent).filter(unread_count__gt=0).order_by()[: COUNTED_AT_MOST + 1].count()


def free_seconds_of(lane_ids: list[int]) -> dict[int, int]:
    """For how many seconds an answer is still free, by lane; one query for a whole list."""
    now = timezone.now()
    fresh = ReplyToken.objects.filter(lane_id__in=lane_ids, state=ReplyTokenState.FRESH, usable_until__gt=now)
    until = fresh.order_by().values("lane_id").annotate(until=Max("usable_until"))
    return {line["lane_id"]: int((line["until"] - now).total_seconds()) for line in until}


def _field(tab: str) -> str:
    return {CLOSED: "closed_at", ASIDE: "last_message_at"}.get(tab, "last_interaction_at")


def _work_of(agent: Agent) -> QuerySet[Conversation]:
    return Conversation.objects.filter(agent=agent).exclude(state=WorkState.CLOSED)


def _tabs_of(agent: Agent) -> dict[str, list[QuerySet[Conversation]]]:
    """Each tab as lists that an index holds in order; together they are the tab."""
    queues = list(Membership.objects.filter(agent=agent).values_list("queue_id", flat=True))
    waiting = Conversation.objects.filter(state=WorkState.OPEN, aside=False)
    aside = Conversation.objects.filter(state=WorkState.OPEN, aside=True, last_message_at__isnull=False)
    closed = Conversation.objects.filter(state=WorkState.CLOSED)
    return {
        MINE: [_work_of(agent)],
        OPEN: [waiting.filter(holder=agent), *(waiting.filter(queue_id=queue) for queue in queues)],
        ASIDE: [aside.filter(queue_id=queue) for queue in queues] or [aside.none()],
        CLOSED: [closed.filter(agent=agent), *(closed.filter(queue_id=queue) for queue in queues)],
    }


def _capped(lists: list[QuerySet[Conversation]]) -> str:
    count = count_of(lists, at_most=COUNTED_AT_MOST + 1)
    return f"{COUNTED_AT_MOST}+" if count > COUNTED_AT_MOST else str(count)


def _row(conversation: Conversation, free_seconds: int) -> Row:
    since = _waits_since(conversation)
    wait = int((timezone.now() - since).total_seconds()) if since else None
    at = conversation.last_message_at or conversation.last_interaction_at
    return Row(conversation, at, wait, free_seconds)


def _waits_since(conversation: Conversation) -> datetime.datetime | None:
    """Since when the customer waits for us; None if they don't, or wait for another tool."""
    if is_standby(conversation):
        return None
    if conversation.state == WorkState.OPEN and not conversation.aside:
        return conversation.queued_at or conversation.created_at
    if conversation.state == WorkState.ACTIVE and conversation.last_message_direction == Direction.IN:
        return conversation.last_customer_message_at
    return None


def _cursor(last: Conversation, tab: str) -> str:
    at = getattr(last, _field(tab))
    return f"{at.isoformat() if at else ''}_{last.pk}"


def _after(found: QuerySet[Conversation], tab: str, cursor: str, sort: str) -> QuerySet[Conversation]:
    """Rows behind the cursor; the first page for a cursor that can't be read."""
    moment, _, key = cursor.rpartition("_")
    try:
        at = parse_datetime(moment.replace(" ", "+"))
    except ValueError:
        return found
    if at is None or timezone.is_naive(at) or not key.isdecimal() or len(key) > 18:
        return found
    # The first condition says nothing new, but an index begins there; with "or" alone it is read from its first row.
    if sort == OLDEST:
        later = found.filter(last_interaction_at__gte=at)
        return later.filter(Q(last_interaction_at__gt=at) | Q(last_interaction_at=at, pk__gt=int(key)))
    field = _field(tab)
    earlier = found.filter(**{f"{field}__lte": at})
    return earlier.filter(Q(**{f"{field}__lt": at}) | Q(**{field: at, "pk__lt": int(key)}))
