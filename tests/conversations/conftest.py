"""What the tests of conversations share: hints are counted instead of sent, tasks run when a test calls them."""

import pytest


@pytest.fixture(autouse=True)
def hinted(monkeypatch):
    """The hints that would have been sent, by the names of their tasks."""
    sent = []
    monkeypatch.setattr("channels_app.hints.thread.add", sent.append)
    return sent
