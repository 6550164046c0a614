"""A worker holds a file half a minute at a time: a dead one gives it up soon, a slow one keeps it."""

from contextlib import contextmanager

import pytest

from channels_app.media import preparing, storing, workshop
from channels_app.models import MediaFile
from conversations import attachments
from tests.media import samples
from tests.media.conftest import due_again
from workstreams.clock import seconds_from_now

pytestmark = pytest.mark.django_db
WAITS_FOR_A_FILE = """
import json, sys, time
from pathlib import Path
while not Path(sys.argv[-1], "go").exists():
    time.sleep(0.01)
print(json.dumps({"width": 7, "height": 7}))
"""


def is_held():
    return not MediaFile.objects.filter(state="pending", due_at__lte=seconds_from_now(0)).exists()


@pytest.fixture
def waiting_picture(customer_sends):
    customer_sends("image", samples.picture(), work=False)
    return MediaFile.objects.get()


def test_a_dead_worker_keeps_a_file_no_longer_than_half_a_minute(waiting_picture):
    assert preparing.claim(waiting_picture)
    assert is_held()
    assert MediaFile.objects.filter(due_at__lte=seconds_from_now(30)).exists()


def test_a_long_download_prolongs_its_lease(waiting_picture, platform, monkeypatch):
    often, seldom = 0, preparing.LOOK_SECONDS
    monkeypatch.setattr(preparing, "LOOK_SECONDS", often)
    content, held = samples.picture(), []

    @contextmanager
    def open_content(*, credentials, message_id):
        def pieces():
            yield content[:1000]
            due_again()
            yield content[1000:2000]
            held.append(is_held())
            monkeypatch.setattr(preparing, "LOOK_SECONDS", seldom)
            yield content[2000:]

        yield pieces()

    monkeypatch.setattr(platform, "open_content", open_content)
    attachments.work(seconds=60)

    assert held == [True]
    assert MediaFile.objects.get().state == "ready"


@pytest.mark.parametrize(("slowest", "longer"), [(preparing.SLOWEST_STORAGE, False), (10, True)])
def test_a_lease_lasts_as_long_as_the_storage_needs_for_so_many_bytes(waiting_picture, monkeypatch, slowest, longer):
    monkeypatch.setattr(preparing, "SLOWEST_STORAGE", slowest)
    kept, after_a_minute = storing.keep, []

    def keep(path, **names):
        after_a_minute.append(MediaFile.objects.filter(due_at__gt=seconds_from_now(60)).exists())
        return kept(path, **names)

    monkeypatch.setattr(storing, "keep", keep)
    attachments.work(seconds=60)

    assert set(after_a_minute) == {longer}


@pytest.fixture
def slow_workshop(monkeypatch, tmp_path):
    """`slow_workshop(then)` lets the workshop end only after `then(folder)` was called at the first look at its lease."""

    def slowed(then):
        program = tmp_path / "workshop.py"
        program.write_text(WAITS_FOR_A_FILE)
        monkeypatch.setattr(workshop, "__file__", str(program))
        monkeypatch.setattr(preparing, "LOOK_SECONDS", 0.1)
        said = preparing._said_by_workshop
        hold = preparing._hold
        folders = []

        def noted(file, arguments):
            folders.append(arguments[-1])
            return said(file, arguments)

        def held(file, seconds, **fields):
            if folders:
                then(folders.pop())
            hold(file, seconds, **fields)

        monkeypatch.setattr(preparing, "_said_by_workshop", noted)
        monkeypatch.setattr(preparing, "_hold", held)

    return slowed


def test_a_long_look_prolongs_its_lease(waiting_picture, slow_workshop):
    def run_out(folder):
        due_again()
        with open(f"{folder}/go", "w"):
            pass

    slow_workshop(run_out)
    attachments.work(seconds=60)

    file = MediaFile.objects.get()
    assert (file.state, file.width, file.attempts) == ("ready", 7, 1)


def test_a_look_ends_when_the_file_is_taken_back(waiting_picture, slow_workshop, event_comes, stored_files):
    slow_workshop(lambda _folder: event_comes(type="unsend", unsend={"messageId": "7"}))
    attachments.work(seconds=60)

    assert (MediaFile.objects.get().state, stored_files()) == ("purged", [])


def test_a_look_without_end_is_ended(waiting_picture, slow_workshop, monkeypatch):
    monkeypatch.setattr(preparing, "WORKSHOP_SECONDS", 0.1)
    slow_workshop(lambda _folder: None)
    attachments.work(seconds=60)

    file = MediaFile.objects.get()
    assert (file.state, file.reason) == ("failed", "damaged")
