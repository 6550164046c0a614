"""The phone page in a browser, for the tests that look at it."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from .receiver import WebhookReceiver
from .server import CHANNEL, SimulatorProcess


@pytest.fixture
def complaints() -> list[str]:
    """What went wrong in the page; a test that makes something go wrong takes its own out."""
    return []


@pytest.fixture
def page(chromium: Browser, complaints: list[str]) -> Iterator[Page]:
    """A page of an English browser; the test fails if anything was refused or went wrong in it."""
    context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert complaints == []


def open_chat(page: Page, simulator: SimulatorProcess, user: str, more: str = "") -> None:
    page.goto(f"{simulator.url}/?channel_id={CHANNEL}&user_id={user}{more}")
    expect(page.get_by_label("Message", exact=True)).to_be_enabled()


def messages(receiver: WebhookReceiver, count: int) -> list[dict[str, Any]]:
    return [call.events[0]["message"] for call in receiver.wait_for(count)]


def push(simulator: SimulatorProcess, to: str, *sent: dict[str, Any]) -> list[dict[str, str]]:
    answer = simulator.line("POST", "/v2/bot/message/push", {"to": to, "messages": list(sent)})
    assert answer.status == 200, answer.text
    return answer.json["sentMessages"]


def picture_of(simulator: SimulatorProcess, message_id: str) -> str:
    """An address where a sent file can be seen: it stands in for the product's own."""
    return f"{simulator.url}/sim/content/{message_id}"


def is_drawn(picture: Locator) -> bool:
    expect(picture).to_be_visible()
    return picture.evaluate("image => image.decode().then(() => image.naturalWidth > 0, () => false)")
