"""What became of a message of ours, as its bubble says it. Honest states: never "delivered", never "read"."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

from channels_app.models import AccountState, DeliveryMethod, DeliveryState, MessagingAccount
from channels_app.registry import adapter_for
from conversations.models import Direction, Message

ANSWERED_ELSEWHERE = gettext_noop("another tool answers this chat at the moment")


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


def bubble_state(message: Message, account: MessagingAccount, *, may_not_arrive: bool = False, standby: bool = False) -> BubbleState | None:
    """The state of an outbound message; nothing for other messages and for those that never had a bubble.

    `standby`: another tool holds the chat, so what isn't on its way yet waits.
    """
    bubble = message.bubble
    if message.direction != Direction.OUT or bubble is None:
        return None
    delivery = bubble.delivery
    if delivery is None or delivery.state == DeliveryState.REFUSED:
        held = _gate(account) or (ANSWERED_ELSEWHERE if standby else account.push_paused_reason)
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
        # The platform's reasons stay in its words; ours are translated.
        return BubbleState("failed", _("Not sent"), _(delivery.error) if delivery.error else "", can_send_again=True)
    held = _gate(account) or (account.push_paused_reason if delivery.method == DeliveryMethod.PUSH else "")
    if not held and standby and delivery.state == DeliveryState.RETRY:
        held = ANSWERED_ELSEWHERE
    if held:
        return _held(held)
    if delivery.state == DeliveryState.RETRY:
        return BubbleState("retry", _("Trying again"), delivery.error)
    return BubbleState("sending", pgettext("state of a message", "Sending"))


def _gate(account: MessagingAccount) -> str:
    """Why nothing at all goes out; empty while something may."""
    if account.state != AccountState.ACTIVE:
        return gettext_noop("The messaging account is switched off, so nothing can be sent.")
    return account.paused_reason


def _held(reason: str) -> BubbleState:
    """The platform's reasons stay in its words; ours are translated."""
    return BubbleState("held", pgettext("state of a message", "Held"), _(reason))
