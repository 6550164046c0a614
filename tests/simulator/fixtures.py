"""Fixtures around a running simulator: import them in a `conftest.py` to have them in other tests."""

from collections.abc import Iterator

import pytest

from .contract import wrong_requests
from .receiver import WebhookReceiver, running_receiver
from .server import SimulatorProcess, running_simulator


@pytest.fixture(scope="session")
def line_simulator_process() -> Iterator[SimulatorProcess]:
    """One simulator for the whole run; tests use `line_simulator`, which empties it for each."""
    with running_simulator(webhook_timeout=10, redelivery_seconds="0.1,0.1,0.1") as simulator:
        yield simulator


@pytest.fixture
def line_simulator(line_simulator_process: SimulatorProcess) -> Iterator[SimulatorProcess]:
    """An empty simulator. Whatever the product sends to it has to be what LINE describes."""
    line_simulator_process.reset()
    yield line_simulator_process
    assert wrong_requests(line_simulator_process.requests()) == []


@pytest.fixture
def webhook_receiver() -> Iterator[WebhookReceiver]:
    """A webhook endpoint that keeps what it gets."""
    with running_receiver() as receiver:
        yield receiver
