from .contact import (
    Contact,
    ContactKind,
    ContactSearchText,
    ContactToken,
    FollowState,
    FriendshipChange,
    FriendshipVerb,
    ProfileKind,
    SocialProfile,
)
from .contact_field import ContactField, FieldKind
from .conversation import Conversation, Offer, OfferKind, OfferState, RoutingDecision
from .journal import ActorKind, JournalEntry
from .live import LiveHint
from .message import Attachment, Direction, Draft, FormerWords, Message, MessageKind
from .note import ContactNote
from .participant import Participant, ParticipantState
from .preferred import MOST_PREFERRED, PreferredAgent
from .quick_reply import QuickReply
from .tag import Tag
from .timer import TimeoutRun, TimerSwitch

__all__ = [
    "MOST_PREFERRED",
    "ActorKind",
    "Attachment",
    "Contact",
    "ContactField",
    "ContactKind",
    "ContactNote",
    "ContactSearchText",
    "ContactToken",
    "Conversation",
    "Direction",
    "Draft",
    "FieldKind",
    "FollowState",
    "FormerWords",
    "FriendshipChange",
    "FriendshipVerb",
    "JournalEntry",
    "LiveHint",
    "Message",
    "MessageKind",
    "Offer",
    "OfferKind",
    "OfferState",
    "Participant",
    "ParticipantState",
    "PreferredAgent",
    "ProfileKind",
    "QuickReply",
    "RoutingDecision",
    "SocialProfile",
    "Tag",
    "TimeoutRun",
    "TimerSwitch",
]
