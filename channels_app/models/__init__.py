from .account import AccountSecret, AccountState, Channel, LimitPolicy, MessagingAccount, PrivacyAcknowledgement, ReadMarks, SecretKind
from .alerts import Alert, AlertChange, AlertKind, AlertNotice, NoticeMeans, NoticeState
from .courtesy import Courtesy
from .draft import ChannelDraft
from .health import AccountStatus, HourlyCount
from .inbound import EventState, Lane, ReplyToken, ReplyTokenState, WebhookEvent, Withdrawn
from .media import MediaFile, MediaKind, MediaOrigin, MediaReason, MediaState
from .outbound import Bubble, CallWindow, Delivery, DeliveryMethod, DeliveryState, EndpointPause
from .quarantine import QuarantinedBody

__all__ = [
    "AccountSecret",
    "AccountState",
    "AccountStatus",
    "Alert",
    "AlertChange",
    "AlertKind",
    "AlertNotice",
    "Bubble",
    "CallWindow",
    "Channel",
    "ChannelDraft",
    "Courtesy",
    "Delivery",
    "DeliveryMethod",
    "DeliveryState",
    "EndpointPause",
    "EventState",
    "HourlyCount",
    "Lane",
    "LimitPolicy",
    "MediaFile",
    "MediaKind",
    "MediaOrigin",
    "MediaReason",
    "MediaState",
    "MessagingAccount",
    "NoticeMeans",
    "NoticeState",
    "PrivacyAcknowledgement",
    "QuarantinedBody",
    "ReadMarks",
    "ReplyToken",
    "ReplyTokenState",
    "SecretKind",
    "WebhookEvent",
    "Withdrawn",
]
