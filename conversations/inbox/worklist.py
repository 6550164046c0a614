"""The work list: what stands in its three tabs, a page at a time."""

import datetime
from dataclasses import dataclass

from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from channels_app.models import ReplyToken, ReplyTokenState
from conversations.access import WITH_EVERYTHING_SHOWN
from conversations.models import Conversation, Direction
from workstreams.models import Agent, Membership, WorkState

MINE, OPEN, CLOSED = "mine", "open", "closed"
TABS = (MINE, OPEN, CLOSED)
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
    """One tab as it is shown. `next_cursor` is empty on the last page."""

    tab: str
    rows: list[Row]
    next_cursor: str
    counts: dict[str, str]
    unread_only: bool


def tab_of(agent: Agent, conversation: Conversation) -> str:
    """The tab in which a conversation is found."""
    if conversation.state == WorkState.CLOSED:
        return CLOSED
    return MINE if conversation.agent_id == agent.pk else OPEN


def list_work(agent: Agent, tab: str, *, unread_only: bool = False, after: str = "", shown: int = PAGE_SIZE) -> WorkList:
    """A page of a tab: after the cursor, or the first `shown` rows."""
    sets = _tabs_of(agent)
    tab = tab if tab in TABS else MINE
    found = sets[tab].filter(unread_count__gt=0) if unread_only else sets[tab]
    found = _after(found, tab, after) if after else found
    size = PAGE_SIZE if after else min(max(shown, PAGE_SIZE), SHOWN_AT_MOST)
    page = list(found.select_related(*WITH_EVERYTHING_SHOWN).order_by(*ORDERS[tab])[: size + 1])
    more, page = len(page) > size, page[:size]
    lanes = [conversation.profile.lane_id for conversation in page if conversation.profile.lane_id and tab != CLOSED]
    free = free_seconds_of(lanes) if lanes else {}
    rows = [_row(conversation, free.get(conversation.profile.lane_id or 0, 0)) for conversation in page]
    counts = {name: _capped(sets[name]) for name in (MINE, OPEN)}
    return WorkList(tab, rows, _cursor(page[-1], tab) if more else "", counts, unread_only)


def unread_total(agent: Agent) -> int:
    """How many of the agent's conversations have unread words; capped."""
    return _tabs_of(agent)[MINE].filter(unread_count__gt=0).order_by()[: COUNTED_AT_MOST + 1].count()


def free_seconds_of(lane_ids: list[int]) -> dict[int, int]:
    """For how many seconds an answer is still free, by lane; one query for a whole list."""
    now = timezone.now()
    fresh = ReplyToken.objects.filter(lane_id__in=lane_ids, state=ReplyTokenState.FRESH, usable_until__gt=now)
    until = fresh.order_by().values("lane_id").annotate(until=Max("usable_until"))
    return {line["lane_id"]: int((line["until"] - now).total_seconds()) for line in until}


ORDERS = {MINE: ("-last_interaction_at", "-id"), OPEN: ("last_interaction_at", "id"), CLOSED: ("-closed_at", "-id")}


def _tabs_of(agent: Agent) -> dict[str, QuerySet[Conversation]]:
    queues = list(Membership.objects.filter(agent=agent).values_list("queue_id", flat=True))
    return {
        MINE: Conversation.objects.filter(agent=agent).exclude(state=WorkState.CLOSED),
        OPEN: Conversation.objects.filter(state=WorkState.OPEN).filter(Q(queue_id__in=queues) | Q(holder=agent)),
        CLOSED: Conversation.objects.filter(state=WorkState.CLOSED).filter(Q(agent=agent) | Q(queue_id__in=queues)),
    }


def _capped(found: QuerySet[Conversation]) -> str:
    count = found.order_by()[: COUNTED_AT_MOST + 1].count()
    return f"{COUNTED_AT_MOST}+" if count > COUNTED_AT_MOST else str(count)


def _row(conversation: Conversation, free_seconds: int) -> Row:
    now = timezone.now()
    since = None
    if conversation.state == WorkState.OPEN:
        since = conversation.queued_at or conversation.created_at
    elif conversation.state == WorkState.ACTIVE and conversation.last_message_direction == Direction.IN:
        since = conversation.last_customer_message_at
    wait = int((now - since).total_seconds()) if since else None
    at = conversation.last_message_at or conversation.last_interaction_at
    return Row(conversation, at, wait, free_seconds)


def _cursor(last: Conversation, tab: str) -> str:
    at = last.closed_at if tab == CLOSED else last.last_interaction_at
    return f"{at.isoformat() if at else ''}_{last.pk}"


def _after(found: QuerySet[Conversation], tab: str, cursor: str) -> QuerySet[Conversation]:
    """Rows behind the cursor; the first page for a cursor that can't be read."""
    moment, _, key = cursor.rpartition("_")
    try:
        at = parse_datetime(moment.replace(" ", "+"))
    except ValueError:
        return found
    if at is None or timezone.is_naive(at) or not key.isdecimal() or len(key) > 18:
        return found
    if tab == OPEN:
        return found.filter(Q(last_interaction_at__gt=at) | Q(last_interaction_at=at, pk__gt=int(key)))
    field = "closed_at" if tab == CLOSED else "last_interaction_at"
    return found.filter(Q(**{f"{field}__lt": at}) | Q(**{field: at, "pk__lt": int(key)}))
