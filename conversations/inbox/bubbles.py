"""What became of a message of ours, as its bubble says it. Honest states: never "delivered", never "read"."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from channels_app.models import DeliveryMethod, DeliveryState, MessagingAccount
from channels_app.registry import adapter_for
from conversations.models import Direction, Message


@dataclass(frozen=True, slots=True)
class BubbleState:
    """`code` is one of queued, held, sending, retry, accepted, unknown, failed. `cost` is free, counted or empty."""

    code: str
    words: str
    detail: str = ""
    cost: str = ""
    can_send_again: bool = False


def platform_label(account: MessagingAccount) -> str:
    """The platform's name on screen."""
    try:
        return adapter_for(account.channel_type).label
    except (KeyError, ImportError):
        return account.channel_type.upper()


def bubble_state(message: Message, account: MessagingAccount, *, may_not_arrive: bool = False) -> BubbleState | None:
    """The state of an outbound message; nothing for other messages and for those that never had a bubble."""
    bubble = message.bubble
    if message.direction != Direction.OUT or bubble is None:
        return None
    delivery = bubble.delivery
    if delivery is None or delivery.state == DeliveryState.REFUSED:
        held = account.paused_reason or account.push_paused_reason
        return _held(held) if held else BubbleState("queued", _("Waiting to be sent"))
    cost = "free" if delivery.method == DeliveryMethod.REPLY else "counted"
    platform = platform_label(account)
    if delivery.state == DeliveryState.ACCEPTED:
        words = _("accepted by %(platform)s") % {"platform": platform}
        if may_not_arrive:
            words = _("accepted by %(platform)s, may not arrive") % {"platform": platform}
        return BubbleState("accepted", words, cost=cost)
    if delivery.state == DeliveryState.UNKNOWN:
        return BubbleState("unknown", _("Probably delivered. Send anyway?"), delivery.error, can_send_again=True)
    if delivery.state == DeliveryState.FAILED:
        return BubbleState("failed", _("Not sent"), delivery.error, can_send_again=True)
    held = account.paused_reason or (account.push_paused_reason if delivery.method == DeliveryMethod.PUSH else "")
    if held:
        return _held(held)
    if delivery.state == DeliveryState.RETRY:
        return BubbleState("retry", _("Trying again"), delivery.error)
    return BubbleState("sending", pgettext("state of a message", "Sending"))


def _held(reason: str) -> BubbleState:
    return BubbleState("held", pgettext("state of a message", "Held"), reason)
