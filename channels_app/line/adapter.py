"""LINE as a channel type."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from channels_app.adapter import AccountCheck, Credentials, FetchedProfile, Outcome, Quota, SendResult, WebhookSettings, WebhookTest
from channels_app.inbound import InboundEvent, RawEvent
from channels_app.public_address import is_loopback

from . import bubbles, buttons, contents, events, signature, stickers, text


class LineAdapter:
    """The `ChannelAdapter` of LINE. Modules that import the SDK are imported on first use."""

    type_name = "line"
    label = "LINE"
    text_limit_units = text.TEXT_LIMIT
    bubbles_per_delivery = 5
    # LINE: 100 loading animations a second; half of them, for windows don't slide.
    allowances: Mapping[str, tuple[int, float]] = {"typing": (50, 1)}
    # LINE: a reply token lives one minute from receipt of the webhook, at most twenty from the event.
    reply_seconds = 60
    reply_seconds_from_event = 20 * 60
    # LINE's statistics are by Japan's days.
    calendar = datetime.timezone(datetime.timedelta(hours=9))

    def get_ready(self) -> None:
        from . import client

        client.get_ready()

    def is_played_here(self) -> bool:
        return is_loopback(urlsplit(settings.LINE_API_BASE).hostname or "")

    def verify_signature(self, *, secret: str, body: bytes, headers: Mapping[str, str]) -> bool:
        return signature.is_signed(secret=secret, body=body, headers=headers)

    def signature_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        return signature.signature_headers(headers)

    def addressee(self, body: bytes) -> str:
        return events.addressee(body)

    def split_body(self, body: bytes) -> list[RawEvent]:
        return events.split_body(body)

    def parse_event(
        self,
        *,
        payload: bytes,
        webhook_event_id: int,
        lane_id: int,
        account_id: int,
        occurred_at: datetime.datetime,
        received_at: datetime.datetime,
    ) -> InboundEvent:
        return events.parse_event(
            payload=payload,
            webhook_event_id=webhook_event_id,
            lane_id=lane_id,
            account_id=account_id,
            occurred_at=occurred_at,
            received_at=received_at,
        )

    def problem_with_text(self, given: str) -> str:
        return text.problem_with_text(given)

    def find_button(self, *, content: Mapping[str, Any], data: str) -> str:
        return buttons.find_button(content=content, data=data)

    def problem_with_bubble(self, content: Mapping[str, Any], *, to_group: bool) -> str:
        return bubbles.problem_with(bubbles.with_stand_ins(content), to_group=to_group)

    def words_of(self, content: Mapping[str, Any]) -> str:
        return bubbles.words_of(content)

    def freeze(self, *, contents: Sequence[Mapping[str, Any]], recipient: str, push: bool, to_group: bool = False) -> str:
        from . import sending

        return sending.freeze(contents=contents, recipient=recipient, push=push, to_group=to_group)

    def send(self, *, credentials: Credentials, body: str, reply_token: str, retry_key: str) -> SendResult:
        from . import sending

        return sending.send(credentials=credentials, body=body, reply_token=reply_token, retry_key=retry_key)

    def check_account(self, credentials: Credentials) -> AccountCheck:
        from . import health

        return health.check_account(credentials)

    def fetch_quota(self, credentials: Credentials) -> Quota | None:
        from . import health

        return health.fetch_quota(credentials)

    def fetch_webhook(self, credentials: Credentials) -> WebhookSettings | None:
        from . import webhook

        return webhook.fetch(credentials)

    def set_webhook(self, credentials: Credentials, address: str) -> str:
        from . import webhook

        return webhook.change(credentials, address)

    def test_webhook(self, credentials: Credentials, address: str) -> WebhookTest | None:
        from . import webhook

        return webhook.test(credentials, address)

    def fetch_profile(self, *, credentials: Credentials, kind: str, source_id: str, member_id: str = "") -> FetchedProfile:
        from . import health

        return health.fetch_profile(credentials=credentials, kind=kind, source_id=source_id, member_id=member_id)

    def may_send_sticker(self, package_id: str, sticker_id: str) -> bool:
        return stickers.may_be_sent(package_id, sticker_id)

    def sticker_address(self, sticker_id: str) -> str:
        return contents.sticker_address(sticker_id)

    def sticker_packages(self) -> Mapping[str, Sequence[str]]:
        return {package: [str(number) for number in numbers] for package, numbers in stickers.PACKAGES.items()}

    def open_content(self, *, credentials: Credentials, message_id: str) -> AbstractContextManager[Iterator[bytes]]:
        from . import content

        return content.open_content(credentials=credentials, message_id=message_id)

    def is_group(self, lane_key: str) -> bool:
        return lane_key.partition(":")[0] in ("group", "room")

    def lets_mark_read(self, chat_mode: str) -> bool:
        from . import courtesies

        return courtesies.lets_mark_read(chat_mode)

    def mark_read(self, *, credentials: Credentials, token: str) -> Outcome:
        from . import courtesies

        return courtesies.mark_read(credentials=credentials, token=token)

    def show_typing(self, *, credentials: Credentials, recipient: str, seconds: int) -> Outcome:
        from . import courtesies

        return courtesies.show_typing(credentials=credentials, recipient=recipient, seconds=seconds)

    def recipient_of(self, lane_key: str) -> str:
        return lane_key.partition(":")[2]
