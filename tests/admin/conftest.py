"""What every test of the admin pages needs: Root signed in, and a platform that answers as it is told."""

import pytest

from channels_app import registry
from channels_app.adapter import AccountCheck, Credentials
from channels_app.line.adapter import LineAdapter

WELL = AccountCheck(bot_user_id="Ubot", bot_name="Koharu Support", bot_basic_id="@koharu", bot_picture_url="https://example.com/p.png")


class FakePlatform(LineAdapter):
    """Answers `check_account` with `answer` and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer = WELL
        self.asked: list[Credentials] = []

    def check_account(self, credentials: Credentials) -> AccountCheck:
        self.asked.append(credentials)
        return self.answer


@pytest.fixture
def platform(monkeypatch):
    fake = FakePlatform()
    monkeypatch.setattr(registry, "adapter_for", lambda channel_type: fake)
    return fake


@pytest.fixture
def as_root(client, root):
    client.force_login(root)
    return client
