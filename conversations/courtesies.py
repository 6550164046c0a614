"""When a customer sees that their message was read, and that somebody is writing an answer: as the channel wishes."""

from django.db.models import QuerySet

from channels_app import courtesies
from channels_app.models import AccountState, ReadMarks
from conversations.models import Conversation, Direction, Message
from workstreams.models import User, WorkState

# Of a set of messages not every one carries a token; the newest few do.
LOOKED_AT = 5


def agent_opened(conversation: Conversation, *, up_to_message_id: int) -> None:
    """The agent who has the conversation saw everything that arrived up to this message."""
    if conversation.channel.read_marks == ReadMarks.OPENED:
        _mark_newest(conversation, conversation.messages.filter(pk__lte=up_to_message_id))


def agent_answered(conversation: Conversation) -> None:
    """The agent said something; all that the customer wrote so far counts as read."""
    if conversation.channel.read_marks == ReadMarks.ANSWERED:
        _mark_newest(conversation, conversation.messages.all())


def agent_writes(conversation: Conversation, person: User) -> None:
    """The person is typing. Shown if it is their conversation, and the customer alone with the account: never in a group."""
    lane_id = conversation.profile.lane_id
    is_own = conversation.agent is not None and conversation.agent.user_id == person.pk
    if lane_id and is_own and conversation.profile.kind == "user" and _may_show_writing(conversation):
        courtesies.somebody_writes(lane_id=lane_id)


def _may_show_writing(conversation: Conversation) -> bool:
    channel = conversation.channel
    return (
        channel.typing_shown
        and channel.removed_at is None
        and channel.account.state == AccountState.ACTIVE
        and not channel.account.paused_reason
        and conversation.state in (WorkState.ACTIVE, WorkState.WRAP_UP)
    )


def _mark_newest(conversation: Conversation, messages: QuerySet[Message]) -> None:
    lane_id = conversation.profile.lane_id
    newest = messages.filter(direction=Direction.IN, withdrawn_at=None).order_by("-occurred_at", "-id")
    for occurred_at, data in newest.values_list("occurred_at", "data")[:LOOKED_AT]:
        token = data.get("markAsReadToken")
        if isinstance(token, str) and token and lane_id:
            courtesies.owe_read_mark(lane_id=lane_id, token=token, occurred_at=occurred_at)
            return
