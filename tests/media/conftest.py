"""Files of customers and agents: a storage of their own, and a platform that hands out prepared content."""

from contextlib import contextmanager

import pytest

from channels_app import registry
from channels_app.media import storing
from channels_app.models import MediaFile
from conversations import attachments
from tests.channels_app.conftest import post_webhook
from tests.channels_app.fakes import PreparedAdapter
from tests.gateway.conftest import alice_has_it, customer_writes, event_comes
from tests.inbox.conftest import browser, hinted, script

__all__ = ["alice_has_it", "browser", "customer_writes", "event_comes", "hinted", "post_webhook", "script"]


@pytest.fixture(autouse=True)
def media_folder(settings, tmp_path):
    """The storage of this test."""
    folder = tmp_path / "media"
    options = {"location": folder}
    settings.STORAGES = settings.STORAGES | {"media": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}}
    return folder


def due_again():
    """Lets the pause of a file that is to be tried again, or the lease of one that is worked on, be over."""
    MediaFile.objects.filter(state="pending").update(due_at="2020-01-01T00:00:00Z")


class ContentPlatform(PreparedAdapter):
    """Hands out `contents[message id]`: bytes, or an exception to raise. Counts how often it was asked."""

    def __init__(self):
        super().__init__()
        self.contents = {}
        self.asked = []

    @contextmanager
    def open_content(self, *, credentials, message_id):
        self.asked.append(message_id)
        found = self.contents[message_id]
        if isinstance(found, list):
            found = found.pop(0)
        if isinstance(found, Exception):
            raise found
        yield iter([found[start : start + 1000] for start in range(0, len(found), 1000)])


@pytest.fixture
def platform(monkeypatch):
    adapter = ContentPlatform()
    monkeypatch.setattr(registry, "_load", lambda channel_type: adapter)
    return adapter


@pytest.fixture
def open_channel(channel):
    """A channel on which both sides may send files."""
    channel.attachments_enabled = channel.customers_send_attachments = channel.agents_send_attachments = True
    channel.save()
    return channel


@pytest.fixture
def customer_sends(platform, open_channel, customer_writes):
    """`customer_sends("image", bytes, id="7")` sends one file, and lets the worker fetch it."""

    def send(kind, content, *, number="7", work=True, **message):
        platform.contents[number] = content
        provider = {} if kind == "file" else {"contentProvider": {"type": "line"}}
        customer_writes("x", message={"type": kind, "id": number} | provider | message)
        if work:
            attachments.work(seconds=60)

    return send


@pytest.fixture
def stored_files(media_folder):
    """How many files lie in the storage."""
    return lambda: [path for path in media_folder.rglob("*") if path.is_file()] if media_folder.exists() else []


@pytest.fixture
def read_stored():
    def read(name):
        with storing.storage().open(name) as file:
            return file.read()

    return read
