"""LINE's rate limits: per channel and endpoint, by token bucket (Messaging API reference, *Rate limits*)."""

from typing import Any

from .state import Channel, State

USUAL = (2000, 1)  # requests, seconds
LIMITS = {
    "multicast": (200, 1),
    "loading": (100, 1),
    "webhook_get": (1000, 60),
    "webhook_set": (1000, 60),
    "webhook_test": (60, 3600),
}


class RateLimits:
    """The buckets live in memory: after a restart all are full."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.buckets: dict[tuple[str, str], tuple[float, int]] = {}

    def take(self, channel: Channel, endpoint: str) -> bool:
        """Whether this request is within the limit; it has used one token then."""
        requests, seconds = channel.rate_limits.get(endpoint) or LIMITS.get(endpoint, USUAL)
        now = self.state.now()
        left, at = self.buckets.get((channel.channel_id, endpoint), (float(requests), now))
        left = min(requests, left + (now - at) / 1000 * requests / seconds)
        taken = left >= 1
        self.buckets[channel.channel_id, endpoint] = (left - 1 if taken else left, now)
        return taken


def are_limits(value: Any) -> bool:
    """Whether it is `{endpoint: [requests, seconds]}`."""
    if not isinstance(value, dict):
        return False
    return all(
        isinstance(limit, list) and len(limit) == 2 and all(isinstance(number, int) and number > 0 for number in limit)
        for limit in value.values()
    )
