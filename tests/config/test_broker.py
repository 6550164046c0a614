"""The embedded broker: read while it is written, and as short as there are tasks."""

import os
import threading
from queue import Empty

import pytest
from kombu import Connection

from config import broker


@pytest.fixture
def channel(tmp_path):
    (tmp_path / "queue").mkdir()
    options = {
        "data_folder_in": str(tmp_path / "queue"),
        "data_folder_out": str(tmp_path / "queue"),
        "control_folder": str(tmp_path / "control"),
    }
    broker.install()
    with Connection("filesystem://", transport_options=options) as connection:
        yield connection.channel()


def message(task):
    return {"headers": {"task": task}, "properties": {}, "body": "x" * 20000}


def take_all(channel):
    taken = []
    while True:
        try:
            taken.append(channel._get("celery")["headers"]["task"])
        except Empty:
            return taken


def test_filesystem_means_our_transport(channel):
    assert type(channel) is broker.Channel


def test_a_reader_never_sees_half_a_message(channel):
    taken, stop = [], threading.Event()

    def read():
        while not stop.is_set():
            taken.extend(take_all(channel))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(500):
        channel._put("celery", message(f"task.{number}"))
    stop.set()
    reader.join()
    taken.extend(take_all(channel))

    assert sorted(taken) == sorted(f"task.{number}" for number in range(500))


def test_however_many_hints_one_message_waits_per_task(channel, tmp_path):
    for _ in range(100):
        channel._put("celery", message("channels_app.drain_inbound"))
        channel._put("celery", message("conversations.sweep"))

    assert len(list((tmp_path / "queue").iterdir())) == 2
    assert take_all(channel) == ["channels_app.drain_inbound", "conversations.sweep"]


def test_a_message_is_taken_once_by_many_workers(channel):
    for number in range(100):
        channel._put("celery", message(f"task.{number}"))
    taken = []
    workers = [threading.Thread(target=lambda: taken.extend(take_all(channel))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(taken) == len(set(taken)) == 100


def test_half_a_file_is_passed_over(channel, tmp_path):
    (tmp_path / "queue" / "a.celery.msg").write_text('{"headers": ')
    channel._put("celery", message("b"))

    assert take_all(channel) == ["b"]
    assert list((tmp_path / "queue").glob("*.msg")) == []


@pytest.mark.parametrize("content", [b"", b"null", b"{}", b"[]", b"7", b"\xff\xfe\x00", b"\x00" * 500, b'{"headers": {}}'])
def test_a_file_that_is_no_message_is_passed_over_and_leaves_nothing(channel, tmp_path, content):
    (tmp_path / "queue" / "a.celery.msg").write_bytes(content)
    channel._put("celery", message("b"))

    assert take_all(channel) == ["b"]
    assert list((tmp_path / "queue").iterdir()) == []


def test_what_killed_processes_left_behind_is_cleared_at_the_next_start(channel, tmp_path):
    folder = tmp_path / "queue"
    for name in ("old.draft", "old.taken", "new.taken"):
        (folder / name).write_text("{}")
    for name in ("old.draft", "old.taken"):
        os.utime(folder / name, (1, 1))
    channel._put("celery", message("b"))

    again = channel.connection.create_channel(channel.connection)

    assert sorted(file.name for file in folder.iterdir()) == ["b.celery.msg", "new.taken"]
    assert take_all(again) == ["b"]
