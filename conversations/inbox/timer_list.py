"""The timers that run in a conversation, as its agent sees them above the answer, and how long a wrap-up lasts."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from channels_app.auto_close import minutes_until_closed
from conversations import timers
from conversations.models import Conversation
from conversations.timers import Timer, TimerState
from workstreams.clock import database_now
from workstreams.models import TimeoutAction, User, WorkState
from workstreams.moments import duration

COUNTING = (TimerState.STARTED, TimerState.HALFWAY, TimerState.ALMOST, TimerState.LAST_MINUTE)
SHOWN_IN = (WorkState.ACTIVE, WorkState.WAITING)


@dataclass(frozen=True, slots=True)
class TimerLine:
    """One rule. `left`: how long until it runs, in words; empty while it doesn't count."""

    id: str
    name: str
    action: str
    state: TimerState
    left: str

    @property
    def is_off(self) -> bool:
        return self.state == TimerState.OFF


@dataclass(frozen=True, slots=True)
class TimerList:
    """All of a conversation's timers; `next` is the one that runs first. `may_switch`: the reader may switch them."""

    lines: list[TimerLine]
    next: TimerLine | None
    may_switch: bool


def shown_timers(user: User, conversation: Conversation) -> TimerList | None:
    """What the page shows; None where nothing counts, because of the state or for lack of rules."""
    if conversation.state not in SHOWN_IN:
        return None
    found = timers.timers_of(conversation)
    if not found:
        return None
    now = database_now()
    lines = [_line(timer, timer.state(now), now) for timer in found]
    counting = [(timer.due_at or now, number) for number, timer in enumerate(found) if lines[number].left]
    own = conversation.agent is not None and conversation.agent.user_id == user.pk
    return TimerList(lines, lines[min(counting)[1]] if counting else None, own or user.is_supervisor)


def wrap_up_left(conversation: Conversation) -> str:
    """How long an ended conversation stays in wrap-up, in words; empty for every other."""
    if conversation.state != WorkState.WRAP_UP:
        return ""
    return duration((conversation.state_changed_at + _wrap_up_time(conversation) - database_now()).total_seconds())


def wrap_up_to_come(conversation: Conversation) -> str:
    """How long it would stay in wrap-up if it was ended now, in words; empty where its end closes it."""
    time = _wrap_up_time(conversation)
    return duration(time.total_seconds()) if conversation.state == WorkState.ACTIVE and time else ""


def _wrap_up_time(conversation: Conversation) -> datetime.timedelta:
    """Until its agent closes it, unless the workstream says when: then silence closes it."""
    channel = conversation.channel
    time = channel.workstream.wrap_up_time
    return datetime.timedelta(minutes=minutes_until_closed(channel, WorkState.WRAP_UP)) if time is None else time


def foot_context(user: User, conversation: Conversation) -> dict[str, Any]:
    """What `inbox/timers.html` shows."""
    return {"timers": shown_timers(user, conversation), "wrap_up_left": wrap_up_left(conversation)}


def _line(timer: Timer, state: TimerState, now: datetime.datetime) -> TimerLine:
    counts = state in COUNTING and timer.due_at is not None
    left = duration((timer.due_at - now).total_seconds()) if counts and timer.due_at else ""
    return TimerLine(timer.rule.public_id, timer.rule.name, _action_words(timer.rule.action), state, left)


def _action_words(action: str) -> str:
    words = {
        TimeoutAction.MESSAGE_CUSTOMER: _("sends the customer a message"),
        TimeoutAction.MESSAGE_AGENT: _("reminds the agent"),
        TimeoutAction.WAIT: _("lets it wait for the customer"),
        TimeoutAction.RELEASE: _("puts it back into its queue"),
        TimeoutAction.CLOSE: _("closes the conversation"),
    }
    return words[TimeoutAction(action)]
