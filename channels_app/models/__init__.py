from .account import AccountSecret, AccountState, Channel, MessagingAccount, PrivacyAcknowledgement, SecretKind
from .draft import ChannelDraft
from .inbound import EventState, Lane, ReplyToken, ReplyTokenState, WebhookEvent, WebhookRefusal, Withdrawn
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
    "MessagingAccount",
    "PrivacyAcknowledgement",
    "ReplyToken",
    "ReplyTokenState",
    "SecretKind",
    "WebhookEvent",
    "WebhookRefusal",
    "Withdrawn",
]
