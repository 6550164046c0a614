"""The buttons that an account sent, found again when a customer taps one: a platform gives back only the data behind it."""

from dataclasses import dataclass

from channels_app.models import Bubble, DeliveryState
from channels_app.registry import adapter_for

# A tap on something older is shown with its data.
BUBBLES_SEARCHED = 200


@dataclass(frozen=True, slots=True)
class Button:
    """`words` are what the customer read (or said by tapping); `bubble_id` is where the button stood."""

    words: str
    bubble_id: int


def find_button(*, lane_id: int, data: str) -> Button | None:
    """The newest button with this data that may have been sent in a lane; None if there is none."""
    never_sent = (DeliveryState.FAILED, DeliveryState.REFUSED)
    sent = Bubble.objects.filter(lane=lane_id, delivery__isnull=False).exclude(delivery__state__in=never_sent)
    for bubble in sent.select_related("lane__account").order_by("-sequence")[:BUBBLES_SEARCHED] if data else ():
        words = adapter_for(bubble.lane.account.channel_type).find_button(content=bubble.content, data=data)
        if words:
            return Button(words, bubble.pk)
    return None
