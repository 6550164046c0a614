"""A channel type whose platform is a list of prepared answers, and a receiver that only remembers."""

from collections.abc import Sequence
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend

from channels_app.adapter import AccountCheck, Credentials, FetchedProfile, Outcome, Quota, SendResult, WebhookSettings, WebhookTest
from channels_app.inbound import InboundEvent
from channels_app.line.adapter import LineAdapter


class PreparedAdapter(LineAdapter):
    """LINE's reading and limits, with prepared answers instead of requests. Answers beyond the prepared ones are accepted."""

    def __init__(self, *outcomes: SendResult | Outcome) -> None:
        self.answers = [
            outcome if isinstance(outcome, SendResult) else SendResult(outcome=outcome, error="LINE's words") for outcome in outcomes
        ]
        self.sent: list[dict[str, Any]] = []
        self.read: list[str] = []
        self.typing: list[tuple[str, int]] = []
        self.check = AccountCheck(bot_name="Koharu")
        self.quota: Quota | None = None
        self.asked: list[str] = []
        self.webhook: WebhookSettings | None = None
        self.test = WebhookTest(success=True)

    def mark_read(self, *, credentials: Credentials, token: str) -> Outcome:
        self.read.append(token)
        return self.answers.pop(0).outcome if self.answers else Outcome.ACCEPTED

    def show_typing(self, *, credentials: Credentials, recipient: str, seconds: int) -> Outcome:
        self.typing.append((recipient, seconds))
        return self.answers.pop(0).outcome if self.answers else Outcome.ACCEPTED

    def send(self, *, credentials: Credentials, body: str, reply_token: str, retry_key: str) -> SendResult:
        self.sent.append({"body": body, "reply_token": reply_token, "retry_key": retry_key, "token": credentials.access_token})
        if self.answers:
            return self.answers.pop(0)
        return SendResult(outcome=Outcome.ACCEPTED, status=200, request_id="r", message_ids=[f"{len(self.sent)}00{n}" for n in range(5)])

    def check_account(self, credentials: Credentials) -> AccountCheck:
        return self.check

    def fetch_quota(self, credentials: Credentials) -> Quota | None:
        self.asked.append("quota")
        return self.quota

    def fetch_webhook(self, credentials: Credentials) -> WebhookSettings | None:
        return self.webhook

    def set_webhook(self, credentials: Credentials, address: str) -> str:
        self.webhook = WebhookSettings(address=address, active=True)
        return ""

    def test_webhook(self, credentials: Credentials, address: str) -> WebhookTest | None:
        self.asked.append("test")
        return self.test

    def fetch_profile(self, *, credentials: Credentials, kind: str, source_id: str, member_id: str = "") -> FetchedProfile:
        return FetchedProfile(display_name="みさき🐰", language="ja")


received: list[InboundEvent] = []
failures: list[Exception] = []


def remember(event: InboundEvent, channel: object) -> None:
    """Stands in for `INBOUND_RECEIVER`: remembers the event, or fails as prepared."""
    if failures:
        raise failures.pop(0)
    received.append(event)


observed: list[tuple[str, Sequence[int]]] = []


def observe(changed: Sequence[tuple[Any, Sequence[Any]]]) -> None:
    """Stands in for `DELIVERY_OBSERVER`."""
    observed.extend((delivery.state, [bubble.sequence for bubble in bubbles]) for delivery, bubbles in changed)


class DeadMail(BaseEmailBackend):
    """A mail server that is away."""

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        raise ConnectionRefusedError
