"""Chats that another tool holds: read here, answered there. LINE: in standby a bot should not send any messages."""

from django.utils.translation import gettext as _

from conversations.models import Conversation


def is_standby(conversation: Conversation) -> bool:
    """Whether another tool holds the chat, as far as its newest event tells."""
    lane = conversation.profile.lane
    return lane is not None and lane.standby


def why_not() -> str:
    """Why nobody can write, in words."""
    return _("Another tool answers this chat at the moment. You can read along; you can write when it hands the chat back.")
