from .account import AccountSecret, AccountState, Channel, MessagingAccount, PrivacyAcknowledgement, SecretKind
from .draft import ChannelDraft
from .health import AccountStatus, HourlyCount
from .inbound import EventState, Lane, ReplyToken, ReplyTokenState, WebhookEvent, Withdrawn
from .media import MediaFile, MediaKind, MediaOrigin, MediaReason, MediaState
from .outbound import Bubble, Delivery, DeliveryMethod, DeliveryState, EndpointPause

__all__ = [
    "AccountSecret",
    "AccountState",
    "AccountStatus",
    "Bubble",
    "Channel",
    "ChannelDraft",
    "Delivery",
    "DeliveryMethod",
    "DeliveryState",
    "EndpointPause",
    "EventState",
    "HourlyCount",
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
    "Withdrawn",
]
