"""Who is there: heartbeats, short absences, and what distribution hears of it."""

import datetime

import pytest
from django.utils import timezone

from tests import builders
from workstreams import presence
from workstreams.models import Agent, AgentCapacity, CapacityProfile, CustomPresence, Presence


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


# --- What the agent has -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("used", "fitting"), [(0, "available"), (20, "busy"), (99, "busy"), (100, "do_not_disturb"), (120, "do_not_disturb")]
)
def test_units_in_use_say_how_ready_an_agent_is(alice, used, fitting):
    alice.units_used, alice.units_total = used, 100

    assert presence.fitting_presence(alice) == fitting


def places(agent, *used_of, blocks=()):
    for number, (used, limit) in enumerate(used_of):
        profile = CapacityProfile.objects.create(name=f"profile {number}", limit=limit, blocks=number in blocks)
        AgentCapacity.objects.create(agent=agent, profile=profile, used=used)


@pytest.mark.parametrize(
    ("used_of", "blocks", "fitting"),
    [
        (((0, 1), (0, 2)), (), "available"),
        (((1, 1), (0, 2)), (), "busy"),
        (((1, 1), (2, 2)), (), "do_not_disturb"),
        (((1, 1), (0, 2)), (0,), "do_not_disturb"),
        (((0, 1), (2, 2)), (0,), "busy"),
    ],
)
def test_profiles_make_do_not_disturb_when_all_are_full_or_one_that_blocks(alice, used_of, blocks, fitting):
    places(alice, *used_of, blocks=blocks)

    assert presence.fitting_presence(alice) == fitting


def test_with_units_and_profiles_in_use_both_have_to_be_full(alice):
    places(alice, (1, 1))
    alice.units_used = 20

    assert presence.fitting_presence(alice) == "busy"

    alice.units_used = alice.units_total
    assert presence.fitting_presence(alice) == "do_not_disturb"


def test_an_own_limit_counts_instead_of_the_profile_s(alice):
    places(alice, (1, 1))
    AgentCapacity.objects.update(own_limit=3)

    assert presence.fitting_presence(alice) == "busy"


@pytest.mark.parametrize("chosen", ["available", "busy"])
def test_a_chosen_available_or_busy_holds_until_work_comes_or_goes(alice, chosen):
    presence.set_presence(alice, chosen)
    Agent.objects.filter(pk=alice.pk).update(units_used=100)
    assert current(alice).state == chosen

    presence.follow_capacity(alice)

    assert (current(alice).state, current(alice).by_hand) == ("do_not_disturb", False)


@pytest.mark.parametrize("chosen", ["do_not_disturb", "away", "offline"])
def test_any_other_choice_holds_until_the_next_one(alice, chosen):
    presence.set_presence(alice, chosen)

    assert presence.follow_capacity(alice, None) == []

    assert current(alice).state == chosen


def test_do_not_disturb_for_want_of_room_ends_with_it(alice):
    Agent.objects.filter(pk=alice.pk).update(units_used=100)
    presence.follow_capacity(alice)
    Agent.objects.filter(pk=alice.pk).update(units_used=80)

    assert presence.follow_capacity(alice) == [alice]

    assert current(alice).state == "busy"


def test_signing_in_with_work_is_busy(alice):
    presence.sign_out(alice)
    Agent.objects.filter(pk=alice.pk).update(units_used=40)

    assert presence.sign_in(alice).state == "busy"


def test_signing_in_as_the_administrator_said(alice):
    presence.sign_out(alice)
    Agent.objects.filter(pk=alice.pk).update(default_presence="away")

    presence.sign_in(alice)
    presence.follow_capacity(alice)

    assert current(alice).state == "away"


# --- Own words, and Inactive --------------------------------------------------------------------------


@pytest.fixture
def lunch(db):
    return CustomPresence.objects.create(name="Lunch", base="away")


def test_a_presence_in_the_team_s_words_counts_as_its_base(alice, lunch):
    presence.set_presence(alice, lunch.public_id)

    assert (current(alice).state, current(alice).shown_name) == ("away", "Lunch")


def test_it_comes_back_after_a_short_absence_and_isn_t_shown_meanwhile(alice, lunch):
    presence.set_presence(alice, lunch.public_id)
    Presence.objects.update(seen_at=ago(61))
    presence.sweep()
    assert current(alice).shown_name == "Offline"

    presence.heartbeat(alice)

    assert current(alice).shown_name == "Lunch"


def test_it_ends_with_the_next_choice(alice, lunch):
    presence.set_presence(alice, lunch.public_id)

    presence.set_presence(alice, "away")

    assert current(alice).shown_name == "Away"


def test_nobody_chooses_inactive(alice):
    with pytest.raises(ValueError, match="inactive"):
        presence.set_presence(alice, "inactive")


@pytest.mark.parametrize("before", ["do_not_disturb", "away", "offline"])
def test_who_wasn_t_ready_doesn_t_become_inactive(alice, before):
    presence.set_presence(alice, before)

    presence.make_inactive(alice)

    assert current(alice).state == before


def test_inactive_lasts_until_somebody_ends_it(alice, hints):
    presence.make_inactive(alice)
    presence.follow_capacity(alice)
    assert current(alice).state == "inactive"
    hints.clear()

    assert presence.end_inactive(alice)

    assert current(alice).state == "available"
    assert hints
    assert not presence.end_inactive(alice)
