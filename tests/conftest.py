"""Settings and personas that every test shares: Alice and Bob in one queue, Charlie in another, Sue, Root."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import hypothesis
import pytest
from django.utils import translation

from channels_app import courtesies, sending, tally, turns
from conversations import profiles
from tests import browser, builders

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# A slow machine is no failure of the code.
hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("patient")

# Nothing is counted behind a test's back: those that look at counts write them themselves.
tally.FLUSH_SECONDS = 10**6

# A busy machine is no slow platform: tests of those say themselves how long is slow.
for _drain in (sending, turns, courtesies, profiles):
    _drain.SLOW_SECONDS = 10**6


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """A page that was asked for in Japanese leaves its language to whatever runs next in this thread."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session", name="chromium")
def _chromium() -> "Iterator[Browser]":
    """The one browser of the run. Playwright's event loop lives in this thread, beside which Django would refuse the database."""
    with pytest.MonkeyPatch.context() as patch, browser.chromium() as chromium:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield chromium


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
