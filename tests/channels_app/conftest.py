import json
import time

import pytest

from channels_app import registry, tally
from channels_app.line.signature import sign
from tests import builders
from tests.channels_app import fakes


@pytest.fixture(autouse=True)
def _no_counts_of_other_tests():
    tally._counts.clear()


@pytest.fixture
def received(settings):
    """Events that reached the receiver, which does nothing but remember."""
    settings.INBOUND_RECEIVER = "tests.channels_app.fakes.remember"
    fakes.received.clear()
    fakes.failures.clear()
    return fakes.received


@pytest.fixture
def observed(settings):
    settings.DELIVERY_OBSERVER = "tests.channels_app.fakes.observe"
    fakes.observed.clear()
    return fakes.observed


@pytest.fixture
def platform(monkeypatch):
    """Puts a prepared platform in LINE's place: `platform(Outcome.UNCLEAR, …)` returns the adapter."""

    def prepare(*outcomes):
        adapter = fakes.PreparedAdapter(*outcomes)
        monkeypatch.setattr(registry, "_load", lambda channel_type: adapter)
        return adapter

    return prepare


@pytest.fixture
def post_webhook(client):
    """Posts a body to an account's callback, signed unless told otherwise."""

    def post(account, body, *, secret=builders.SECRET, **headers):
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        signature = {"x-line-signature": sign(secret, content)} if secret else {}
        return client.post(f"/webhooks/line/{account.callback_key}/", content, content_type="application/json", headers=signature | headers)

    return post


def text_event(number=1, *, text="こんにちは", user="U" + "1" * 32, at=None, **changes):
    """One text message event as LINE sends it."""
    return {
        "type": "message",
        "mode": "active",
        "timestamp": at if at is not None else int(time.time() * 1000),
        "source": {"type": "user", "userId": user},
        "webhookEventId": f"01EVENT{number:019d}",
        "deliveryContext": {"isRedelivery": False},
        "replyToken": f"reply-token-{number}",
        "message": {"type": "text", "id": f"4685{number:014d}", "quoteToken": "q", "text": text},
    } | changes


def body_of(*events):
    return {"destination": "U" + "b" * 32, "events": list(events)}
