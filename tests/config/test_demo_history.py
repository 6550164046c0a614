"""The demo's past is told once, by whichever version began."""

import pytest

from config.demo import history
from config.models import Pulse
from workstreams.clock import Now

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch):
    scenes = []

    def scene(name):
        def tell():
            scenes.append(name)

        tell.__name__ = name
        return tell

    monkeypatch.setattr(history, "SCENES", tuple(map(scene, ("first", "second", "third"))))
    monkeypatch.setattr(history.stage, "everybody_leaves", lambda: None)
    return scenes


def test_each_scene_is_played_once(told):
    history.play()
    history.play()

    assert told == ["first", "second", "third"]


def test_a_run_that_was_cut_off_goes_on(told):
    Pulse.objects.create(name="scene first", at=Now())

    history.play()

    assert told == ["second", "third"]


@pytest.mark.parametrize("earlier", [("first", "third"), ("first", "of another version")])
def test_what_an_earlier_version_told_gets_no_new_scenes(told, earlier):
    for name in earlier:
        Pulse.objects.create(name=f"scene {name}", at=Now())

    history.play()

    assert told == []
