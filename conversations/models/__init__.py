from .contact import Contact, ContactKind, FollowState, ProfileKind, SocialProfile
from .conversation import Conversation, Offer, OfferState, RoutingDecision
from .journal import ActorKind, JournalEntry
from .live import LiveHint
from .message import Direction, Message, MessageKind

__all__ = [
    "ActorKind",
    "Contact",
    "ContactKind",
    "Conversation",
    "Direction",
    "FollowState",
    "JournalEntry",
    "LiveHint",
    "Message",
    "MessageKind",
    "Offer",
    "OfferState",
    "ProfileKind",
    "RoutingDecision",
    "SocialProfile",
]
