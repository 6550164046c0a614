"""The words of a channel type in the wizards: each type brings its own, in `channels_app/<type>/admin_texts.py`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class ChannelTexts:
    """What the screens say about one channel type. All lazy translations; `*_steps` are numbered instructions.

    `setup_items` are the lines of the set-up test (`channels_app.setup_test`): what is looked at, and how to mend it.
    """

    label: str
    set_up: "StrOrPromise"
    available_accounts: "StrOrPromise"
    configured: "StrOrPromise"
    account_page: "StrOrPromise"
    channel_id_help: "StrOrPromise"
    channel_secret_help: "StrOrPromise"
    access_token_help: "StrOrPromise"
    token_problems: "dict[str, StrOrPromise]"
    callback_steps: "Sequence[StrOrPromise]"
    set_and_test: "StrOrPromise"
    setup_items: "dict[str, tuple[StrOrPromise, StrOrPromise]]"
    chat_modes: "dict[str, StrOrPromise]"
    secret_proof: "StrOrPromise"
    address_problems: "dict[str, StrOrPromise]"
    played_here: "StrOrPromise"
    good_to_know: "Sequence[StrOrPromise]"
    privacy_sharing: "StrOrPromise"
    privacy_link: str
    handle: "StrOrPromise"
    handle_help: "StrOrPromise"
    handle_link: str
    platform_channel: "StrOrPromise"
    platform_channel_help: "StrOrPromise"
    platform_channel_link: str
    text_limit_note: "StrOrPromise"
    read_marks_note: "StrOrPromise"
    typing_note: "StrOrPromise"


def texts_for(channel_type: str) -> ChannelTexts:
    """The words of a channel type; `ImportError` for one that doesn't exist."""
    texts: ChannelTexts = import_string(f"channels_app.{channel_type}.admin_texts.TEXTS")
    return texts
