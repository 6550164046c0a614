"""Who is there: heartbeats, short absences, and what distribution hears of it."""

import datetime

import pytest
from django.utils import timezone

from tests import builders
from workstreams import presence
from workstreams.models import Presence


@pytest.fixture(autouse=True)
def hints(settings, monkeypatch):
    heard = []
    monkeypatch.setattr("workstreams.ports.work_waiting", lambda queue_id=None: heard.append(queue_id))
    return heard


def ago(seconds):
    return timezone.now() - datetime.timedelta(seconds=seconds)


def current(agent):
    return Presence.objects.get(agent=agent)


@pytest.fixture
def gone(alice):
    """Alice was busy; her page has sent nothing for 61 s, and the sweep has seen it."""
    Presence.objects.filter(agent=alice).update(state="busy", seen_at=ago(61))
    assert presence.sweep() == [alice]
    assert (current(alice).state, current(alice).former) == ("offline", "busy")
    return alice


def test_the_first_sign_in_makes_available_and_hints(db, hints):
    agent = builders.agent("dana", present="offline")

    presence.sign_in(agent)

    assert current(agent).state == "available"
    assert current(agent).seen_at is not None
    assert hints


def test_signing_in_without_a_presence_row_makes_one(alice):
    Presence.objects.all().delete()

    assert presence.sign_in(alice).state == "available"


def test_a_second_browser_keeps_what_the_agent_chose(alice):
    presence.set_presence(alice, "do_not_disturb")

    assert presence.sign_in(alice).state == "do_not_disturb"


@pytest.mark.parametrize("come_back", [presence.sign_in, presence.heartbeat])
def test_back_within_150_seconds_restores_the_former_presence(come_back, gone, hints):
    come_back(gone)

    assert (current(gone).state, current(gone).former) == ("busy", "")
    assert hints


@pytest.mark.parametrize("come_back", [presence.sign_in, presence.heartbeat])
def test_back_later_is_available(come_back, gone):
    Presence.objects.update(seen_at=ago(151))

    come_back(gone)

    assert current(gone).state == "available"


def test_a_heartbeat_only_says_that_the_agent_is_there(alice, hints, django_assert_num_queries):
    Presence.objects.update(state="away", seen_at=ago(20), changed_at=ago(500))
    before = current(alice)

    with django_assert_num_queries(2):
        presence.heartbeat(alice)

    after = current(alice)
    assert after.seen_at > before.seen_at
    assert (after.state, after.changed_at) == ("away", before.changed_at)
    assert not hints


def test_a_heartbeat_after_a_gap_that_no_sweep_saw_hints(alice, hints):
    Presence.objects.update(state="busy", seen_at=ago(90))

    presence.heartbeat(alice)

    assert current(alice).state == "busy"
    assert hints


@pytest.mark.parametrize("leave", [presence.sign_out, lambda agent: presence.set_presence(agent, "offline")])
def test_who_left_on_purpose_stays_offline_whatever_the_page_sends(leave, alice):
    leave(alice)

    presence.heartbeat(alice)

    assert current(alice).state == "offline"


def test_signing_in_after_signing_out_is_available(alice):
    presence.set_presence(alice, "away")
    presence.sign_out(alice)

    assert presence.sign_in(alice).state == "available"


def test_an_unknown_presence_is_refused(alice):
    with pytest.raises(ValueError, match="lunch"):
        presence.set_presence(alice, "lunch")


def test_choosing_a_presence_hints_and_forgets_the_former(gone, hints):
    presence.set_presence(gone, "available")

    assert (current(gone).state, current(gone).former) == ("available", "")
    assert hints


def test_the_sweep_leaves_those_who_are_there_and_tells_of_each_once(gone, bob):
    assert presence.sweep() == []
    assert current(bob).state == "available"
