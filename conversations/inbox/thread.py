"""One conversation's thread: its lines in the order shown, the customer's earlier conversations, and what was read."""

import datetime
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from conversations import courtesies, live, standby
from conversations.access import visible_conversations
from conversations.inbox.bubbles import BubbleState, bubble_state
from conversations.inbox.contents import Content, GridCell, Quote, content_of, place_in_set, quotes_of, set_of
from conversations.inbox.notices import names_in
from conversations.inbox.wording import day_name, message_words
from conversations.models import Attachment, Conversation, Direction, Message, SocialProfile
from workstreams.models import User, WorkState

PAGE_SIZE = 60
SHOWN_AT_MOST = 600


@dataclass(frozen=True, slots=True)
class Line:
    """One bubble or notice. `day` is set where a new day begins; a continued line needs no name, time or picture again.

    `grid` holds all the pictures that a customer sent as one set; then they have one line together.
    """

    message: Message
    words: str
    state: BubbleState | None
    day: str
    continued: bool
    content: Content
    quote: Quote | None = None
    grid: list[GridCell] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Thread:
    """The newest lines of a conversation. `older_cursor` is empty when nothing is older; `last_id` is the newest arrival."""

    lines: list[Line]
    older_cursor: str
    from_cursor: str
    last_id: int


def read_thread(conversation: Conversation, *, since: str = "", before: str = "") -> Thread:
    """The newest page; with `since` everything from that cursor on; with `before` the page older than it, joined to the rest."""
    messages = conversation.messages.select_related(
        "author", "sender_profile__picture", "sender_profile__contact", "bubble__delivery"
    ).prefetch_related(Prefetch("attachments", Attachment.objects.select_related("file")))
    if before and (cursor := _parse(before)):
        page = list(messages.filter(_older(cursor)).order_by("-occurred_at", "-id")[:PAGE_SIZE])
        since = _cursor(page[-1]) if page else before
    if since and (cursor := _parse(since)):
        found = list(messages.filter(~_older(cursor)).order_by("-occurred_at", "-id")[:SHOWN_AT_MOST])
    else:
        found = list(messages.order_by("-occurred_at", "-id")[:PAGE_SIZE])
    found.reverse()
    older = bool(found) and conversation.messages.filter(_older((found[0].occurred_at, found[0].pk))).exists()
    first = _cursor(found[0]) if found else ""
    last_id = max((message.pk for message in found), default=0)
    return Thread(_lines(found, conversation), first if older else "", first, last_id)


def earlier_conversations(user: User, conversation: Conversation, *, at_most: int) -> list[Conversation]:
    """The closed conversations of the same customer that began before this one, newest first, as far as the person may see them."""
    keys = list(_earlier_keys(user, conversation)[:at_most])
    shown = ("agent__user", "closed_by", "profile__contact", "profile__lane", "channel__account", "queue")
    return list(Conversation.objects.filter(pk__in=keys).select_related(*shown).order_by("-id"))


def has_earlier_conversations(user: User, conversation: Conversation) -> bool:
    """Whether there is one that `earlier_conversations` would find."""
    return _earlier_keys(user, conversation).exists()


def _earlier_keys(user: User, conversation: Conversation) -> "QuerySet[Conversation, int]":
    """The profiles come first and the rows last, each by a query of its own: in one with the dozen tables that a page shows of each
    row, PostgreSQL reads all conversations there are.
    """
    contact_id = conversation.profile.contact_id
    same = SocialProfile.objects.filter(contact_id=contact_id).values_list("pk", flat=True) if contact_id else [conversation.profile_id]
    found = visible_conversations(user).filter(profile_id__in=list(same), state=WorkState.CLOSED, pk__lt=conversation.pk)
    return found.order_by("-id").values_list("pk", flat=True)


def mark_read(*, conversation: Conversation, up_to_message_id: int) -> None:
    """The agent has seen everything that arrived up to this message. Locks the conversation, so a message that arrives meanwhile counts."""
    with transaction.atomic():
        locked = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
        seen = locked.messages.filter(pk__lte=up_to_message_id).order_by("-id").values_list("pk", flat=True).first() or 0
        if seen <= locked.read_message_id:
            return
        locked.read_message_id = seen
        locked.unread_count = locked.messages.filter(direction=Direction.IN, pk__gt=seen).count()
        locked.save(update_fields=["read_message_id", "unread_count"])
        courtesies.agent_opened(conversation, up_to_message_id=seen)
        if conversation.agent is not None:
            live.work_changed(conversation.agent)
    conversation.unread_count, conversation.read_message_id = locked.unread_count, locked.read_message_id


def _lines(messages: list[Message], conversation: Conversation) -> list[Line]:
    lines: list[Line] = []
    account, in_standby = conversation.channel.account, standby.is_standby(conversation)
    quotes, names = quotes_of(messages, conversation), names_in(messages, conversation.channel.account_id)
    sets: dict[tuple[str, int | None], Line] = {}
    previous: Message | None = None
    for message in messages:
        of_set = (set_of(message), message.sender_profile_id)
        if of_set in sets:
            sets[of_set].grid.append(GridCell.of(message))
            continue
        new_day = previous is None or _day(previous) != _day(message)
        lines.append(
            Line(
                message=message,
                words=message_words(message, names),
                state=bubble_state(
                    message, account, may_not_arrive=not conversation.reaches_customer(message.occurred_at), standby=in_standby
                ),
                day=day_name(message.occurred_at) if new_day else "",
                continued=not new_day and previous is not None and _same_minute_and_speaker(previous, message),
                content=content_of(message),
                quote=quotes.get(message.quoted_message_id),
                grid=[GridCell.of(message)] if of_set[0] else [],
            )
        )
        if of_set[0]:
            sets[of_set] = lines[-1]
        previous = message
    for line in sets.values():
        line.grid.sort(key=lambda cell: place_in_set(cell.message))
    return lines


def _day(message: Message) -> datetime.date:
    return timezone.localtime(message.occurred_at).date()


def _same_minute_and_speaker(first: Message, second: Message) -> bool:
    if second.direction == Direction.IN and second.sender_profile_id is None:
        # Somebody in a group of whom the platform doesn't tell who it is.
        return False
    same_speaker = (first.direction, first.author_id, first.sender_profile_id) == (
        second.direction,
        second.author_id,
        second.sender_profile_id,
    )
    return same_speaker and first.occurred_at.replace(second=0, microsecond=0) == second.occurred_at.replace(second=0, microsecond=0)


def _cursor(message: Message) -> str:
    start = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return f"{(message.occurred_at - start) // datetime.timedelta(microseconds=1)}-{message.pk}"


def _parse(cursor: str) -> tuple[datetime.datetime, int] | None:
    moment, _, key = cursor.partition("-")
    if not (moment.isdecimal() and key.isdecimal() and len(moment) <= 16 and len(key) <= 18):
        return None
    start = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return start + datetime.timedelta(microseconds=int(moment)), int(key)


def _older(cursor: tuple[datetime.datetime, int]) -> Q:
    at, key = cursor
    return Q(occurred_at__lt=at) | Q(occurred_at=at, pk__lt=key)
