"""The demo in real processes, and a real browser in front of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from config.demo import runner
from config.demo.processes import Installation
from tests.installation import running_installation


@pytest.fixture(scope="session")
def demo() -> Iterator[Installation]:
    with running_installation(demo=True) as installation:
        runner.start(installation)
        yield installation


@pytest.fixture
def window(chromium: Browser, demo: Installation) -> Iterator[BrowserContext]:
    """A window of its own with fresh cookies; every page error fails the test."""
    context = chromium.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(20_000)
    troubles: list[str] = []
    context.on("weberror", lambda error: troubles.append(f"{error.page.url if error.page else ''}: {error.error}"))
    yield context
    context.close()
    assert troubles == []


@pytest.fixture
def home(demo: Installation) -> str:
    """The one address that the demo prints."""
    return f"http://localhost:{demo.web_port}/"
