"""Hints never cost a request anything, and a dead broker is asked only every five seconds."""

import threading
import time
from types import SimpleNamespace

import pytest

from channels_app import hints
from channels_app.hints import HintThread, SingleRun


def wait_until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_many_hints_of_a_kind_are_sent_as_few():
    sent, under_way, go_on = [], threading.Event(), threading.Event()

    def send(name):
        sent.append(name)
        under_way.set()
        go_on.wait(30)

    thread = HintThread(send=send, interval=0)
    thread.add("drain")
    under_way.wait(30)
    for _ in range(500):
        thread.add("drain")
    thread.add("distribute")
    go_on.set()
    wait_until(lambda: "distribute" in sent)

    assert sent == ["drain", "drain", "distribute"]


def test_hints_keep_their_distance(monkeypatch):
    naps, rested = [], threading.Event()

    def rest(seconds):
        naps.append(seconds)
        rested.wait(30)

    monkeypatch.setattr(hints, "time", SimpleNamespace(sleep=rest, monotonic=time.monotonic))
    sent = []
    thread = HintThread(send=sent.append, interval=0.2)
    thread.add("first")
    wait_until(lambda: naps)
    thread.add("second")
    assert (sent, naps) == (["first"], [0.2])

    rested.set()
    wait_until(lambda: sent == ["first", "second"])


def test_adding_a_hint_does_not_wait_for_the_broker():
    release = threading.Event()
    thread = HintThread(send=lambda name: release.wait(10))

    thread.add("a")
    thread.add("b")

    release.set()


def test_after_a_failure_nothing_is_sent_until_the_breaker_closes():
    tries = []

    def fail(name):
        tries.append(name)
        raise ConnectionError

    thread = HintThread(send=fail, interval=0.01, breaker=60)
    thread.add("a")
    wait_until(lambda: thread.broken)
    for number in range(20):
        thread.add(str(number))
        time.sleep(0.005)

    assert tries == ["a"]


def test_hints_go_out_again_after_the_breaker():
    tries = []

    def fail_once(name):
        tries.append(name)
        if len(tries) == 1:
            raise ConnectionError

    thread = HintThread(send=fail_once, interval=0.01, breaker=0.05)
    thread.add("a")
    wait_until(lambda: thread._broken_until and not thread.broken)
    thread.add("b")

    wait_until(lambda: tries == ["a", "b"])


def test_a_drain_runs_once_at_a_time_and_looks_again_when_asked_meanwhile():
    runs = SingleRun()
    started, finish = threading.Event(), threading.Event()
    count = []

    def drain():
        count.append(1)
        if len(count) == 1:
            started.set()
            finish.wait(10)

    first = threading.Thread(target=runs.run, args=(drain,))
    first.start()
    started.wait(10)

    assert runs.run(drain) is False
    assert len(count) == 1
    finish.set()
    first.join(10)
    assert len(count) == 2


def test_a_drain_that_fails_frees_its_slot():
    runs = SingleRun()

    with pytest.raises(ZeroDivisionError):
        runs.run(lambda: 1 / 0)

    assert runs.run(lambda: None) is True


def test_every_name_that_is_hinted_is_a_tasks():
    from channels_app import hints as of_channels
    from config.celery import app
    from conversations import hints as of_conversations

    app.loader.import_default_modules()
    constants = {**vars(of_channels), **vars(of_conversations)}
    names = {value for key, value in constants.items() if key.isupper() and isinstance(value, str)}

    assert len(names) == 8
    assert names <= set(app.tasks)
