from .account import AccountSecret, AccountState, Channel, MessagingAccount, PrivacyAcknowledgement, SecretKind
from .draft import ChannelDraft
from .inbound import EventState, Lane, ReplyToken, ReplyTokenState, WebhookEvent, WebhookRefusal, Withdrawn
from .media import MediaFile, MediaKind, MediaOrigin, MediaReason, MediaState
from .outbound import Bubble, Delivery, DeliveryMethod, DeliveryState, EndpointPause

__all__ = [
    "AccountSecret",
    "AccountState",
    "Bubble",
    "Channel",
    "ChannelDraft",
    "Delivery",
    "DeliveryMethod",
    "DeliveryState",
    "EndpointPause",
    "EventState",
    "Lane",
    "MediaFile",
    "MediaKind",
    "MediaOrigin",
    "MediaReason",
    "MediaState",
    "MessagingAccount",
    "PrivacyAcknowledgement",
    "ReplyToken",
    "ReplyTokenState",
    "SecretKind",
    "WebhookEvent",
    "WebhookRefusal",
    "Withdrawn",
]
