"""The two calls upward from this floor. Both run inside the caller's transaction, are idempotent and do no I/O."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from channels_app.inbound import InboundEvent
    from channels_app.models import Bubble, Channel, Delivery


def receive_inbound(event: "InboundEvent", channel: "Channel") -> None:
    """Hand over one event of a lane, in order (`INBOUND_RECEIVER`). Called with the lane locked."""
    import_string(settings.INBOUND_RECEIVER)(event, channel)


def deliveries_changed(changed: "Sequence[tuple[Delivery, Sequence[Bubble]]]") -> None:
    """Say that deliveries, each with its bubbles in order, reached another state (`DELIVERY_OBSERVER`). Called with their lanes locked."""
    import_string(settings.DELIVERY_OBSERVER)(changed)
