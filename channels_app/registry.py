"""The channel types: one line each, loaded on first use. `CHANNEL_TYPES` decides which are offered and accepted."""

from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from .adapter import ChannelAdapter

ADAPTERS = {
    "line": "channels_app.line.adapter.LineAdapter",
}


@cache
def _load(channel_type: str) -> "ChannelAdapter":
    adapter: ChannelAdapter = import_string(ADAPTERS[channel_type])()
    return adapter


def adapter_for(channel_type: str) -> "ChannelAdapter":
    """The adapter of a channel type; `KeyError` for one that doesn't exist."""
    return _load(channel_type)


def offered_types() -> list[str]:
    """The channel types that this installation offers, in the order of the `CHANNEL_TYPES` setting."""
    return [name for name in settings.CHANNEL_TYPES if name in ADAPTERS]
