"""After how much silence a conversation closes by itself, by its state: the usual times, and a channel's own."""

from channels_app.models import Channel
from workstreams.models import WorkState

MINUTES_OF_A_DAY = 24 * 60
# Dynamics' times for social channels. How long one waits for its customer is the workstream's to say.
USUAL_MINUTES = {
    WorkState.OPEN: 30 * MINUTES_OF_A_DAY,
    WorkState.ACTIVE: 30 * MINUTES_OF_A_DAY,
    WorkState.WRAP_UP: MINUTES_OF_A_DAY,
}
FIELDS = {
    WorkState.OPEN: "close_open_minutes",
    WorkState.ACTIVE: "close_active_minutes",
    WorkState.WAITING: "close_waiting_minutes",
    WorkState.WRAP_UP: "close_wrap_up_minutes",
}


def usual_minutes(channel: Channel, state: WorkState) -> int:
    """What counts where the channel says nothing of its own."""
    return channel.workstream.auto_close_minutes if state == WorkState.WAITING else USUAL_MINUTES[state]


def minutes_until_closed(channel: Channel, state: WorkState) -> int:
    """How many minutes of silence close a conversation of this channel in this state."""
    own: int | None = getattr(channel, FIELDS[state])
    return own or usual_minutes(channel, state)
