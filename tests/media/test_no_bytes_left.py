"""A file that is given up leaves no bytes, wherever its last worker died."""

import pytest

from channels_app.media import preparing, storing
from channels_app.models import MediaFile
from conversations import attachments
from tests.media import samples
from tests.media.conftest import due_again

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The worker is gone, at once."""


@pytest.fixture
def last_try(customer_sends):
    """A picture that seven tries couldn't fetch."""
    customer_sends("image", samples.picture(), work=False)
    MediaFile.objects.update(attempts=preparing.MAXIMUM_ATTEMPTS - 1)


def work():
    due_again()
    attachments.work(seconds=60)


def dies_after(monkeypatch, name):
    """The worker dies after it did what `storing.<name>` does, once."""
    real = getattr(storing, name)

    def dying(*arguments, **names):
        real(*arguments, **names)
        monkeypatch.setattr(storing, name, real)
        raise Killed

    monkeypatch.setattr(storing, name, dying)


def state():
    file = MediaFile.objects.get()
    return file.state, file.stored, file.preview


def test_the_last_worker_dies_between_storing_and_ready(last_try, monkeypatch, stored_files):
    dies_after(monkeypatch, "keep")
    with pytest.raises(Killed):
        work()
    assert len(stored_files()) == 1

    work()

    assert (state(), stored_files()) == (("failed", "", ""), [])


def test_the_worker_that_gives_it_up_dies_too(last_try, monkeypatch, stored_files):
    dies_after(monkeypatch, "keep")
    with pytest.raises(Killed):
        work()
    dies_after(monkeypatch, "forget")
    with pytest.raises(Killed):
        work()

    work()

    assert (state(), stored_files()) == (("failed", "", ""), [])


def test_the_last_try_fails_over_the_preview(last_try, monkeypatch, stored_files):
    real = storing.keep

    def keep(path, *, name):
        if name.endswith(".jpg"):
            raise RuntimeError("a storage's own error")
        return real(path, name=name)

    monkeypatch.setattr(storing, "keep", keep)

    work()

    assert (state(), stored_files()) == (("failed", "", ""), [])


def test_what_the_storage_does_not_delete_now_keeps_its_name_and_goes_when_it_is_taken_back(
    last_try, monkeypatch, stored_files, event_comes
):
    real = storing.forget

    def away(*names):
        raise OSError("away")

    dies_after(monkeypatch, "keep")
    with pytest.raises(Killed):
        work()
    monkeypatch.setattr(storing, "forget", away)
    work()
    assert (MediaFile.objects.get().state, len(stored_files())) == ("failed", 1)

    monkeypatch.setattr(storing, "forget", real)
    event_comes(type="unsend", unsend={"messageId": "7"})
    attachments.work(seconds=60)

    assert (state(), stored_files()) == (("purged", "", ""), [])


def test_a_file_that_another_worker_has_tried_since_it_was_read_is_not_claimed(last_try):
    read_before = MediaFile.objects.get()
    assert preparing.claim(MediaFile.objects.get())
    due_again()

    assert not preparing.claim(read_before)
    assert preparing.claim(MediaFile.objects.get())
