"""The buttons that an account sent, found again when a customer taps one: a platform gives back only the data behind it."""

from dataclasses import dataclass

from channels_app.models import Bubble, Delivery, DeliveryState
from channels_app.registry import adapter_for

# A tap on something older is shown with its data.
DELIVERIES_SEARCHED = 100


@dataclass(frozen=True, slots=True)
class Button:
    """`words` are what the customer read (or said by tapping); `bubble_id` is where the button stood, if that is still known."""

    words: str
    bubble_id: int | None


def find_button(*, lane_id: int, data: str) -> Button | None:
    """The newest button with this data that was sent in a lane; None if there is none, or what was sent is blanked."""
    never_sent = (DeliveryState.FAILED, DeliveryState.REFUSED)
    sent = Delivery.objects.filter(lane=lane_id).exclude(state__in=never_sent).exclude(body="").select_related("lane__account")
    for delivery in sent.order_by("-pk")[:DELIVERIES_SEARCHED] if data else ():
        found = adapter_for(delivery.lane.account.channel_type).find_button(body=delivery.body, data=data)
        if found is not None:
            position, words = found
            bubble = Bubble.objects.filter(delivery=delivery, position=position).values_list("pk", flat=True).first()
            return Button(words, bubble)
    return None
