"""The demo in real processes, and a real browser in front of it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage

from config.demo import runner
from config.demo.processes import Installation
from tests.installation import running_installation


@pytest.fixture(scope="session")
def demo() -> Iterator[Installation]:
    with running_installation(demo=True) as installation:
        runner.start(installation)
        yield installation


@pytest.fixture
def new_window(chromium: Browser, demo: Installation) -> Iterator[Callable[..., BrowserContext]]:
    """Opens windows of their own with fresh cookies; every page error and every complaint in a console fails the test."""
    windows: list[BrowserContext] = []
    troubles: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        # A console says of every answer from 400 that it failed; tests that provoke one look at what the page says.
        if message.type == "error" and "Failed to load resource" not in message.text:
            troubles.append(f"{message.page.url if message.page else ''}: {message.text}")

    def new_window(*, locale: str = "en-GB") -> BrowserContext:
        window = chromium.new_context(locale=locale, viewport={"width": 1440, "height": 900})
        window.set_default_timeout(20_000)
        window.on("weberror", lambda error: troubles.append(f"{error.page.url if error.page else ''}: {error.error}"))
        window.on("console", complain)
        windows.append(window)
        return window

    yield new_window
    for window in windows:
        window.close()
    assert troubles == []


@pytest.fixture
def window(new_window: Callable[..., BrowserContext]) -> BrowserContext:
    return new_window()


@pytest.fixture
def home(demo: Installation) -> str:
    """The one address that the demo prints."""
    return f"http://localhost:{demo.web_port}/"
