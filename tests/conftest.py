"""Settings and personas that every test shares: Alice and Bob in one queue, Charlie in another, Sue, Root."""

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import builders

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Chromium run by root has no sandbox; the others keep it from talking to anybody but this machine.
CHROMIUM_ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
)


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """The one browser of the run. Playwright's event loop lives in this thread, beside which Django would refuse the database."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.fail("No Chromium here. On Debian: apt-get install chromium fonts-noto-cjk")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGUMENTS.split())
        yield browser
        browser.close()


@pytest.fixture
def returns(db):
    return builders.queue("Returns")


@pytest.fixture
def everyone(db):
    return builders.queue("Everyone", priority=200)


@pytest.fixture
def workstream(everyone):
    return builders.workstream(fallback_queue=everyone)


@pytest.fixture
def account(db):
    return builders.account()


@pytest.fixture
def channel(account, workstream):
    return builders.channel(account=account, workstream=workstream)


@pytest.fixture
def alice(returns, everyone):
    return builders.agent("alice", queues=[returns, everyone], languages=["ja", "en"])


@pytest.fixture
def bob(returns, everyone):
    return builders.agent("bob", queues=[returns, everyone], languages=["zh", "th", "en"])


@pytest.fixture
def charlie(everyone):
    return builders.agent("charlie", queues=[builders.queue("Another")])


@pytest.fixture
def sue(db):
    return builders.person("sue", role="supervisor")


@pytest.fixture
def root(db):
    return builders.person("root", role="administrator")
