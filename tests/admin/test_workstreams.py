"""Workstreams: making one, its page in the order of set-up, its distribution of work."""

import pytest
from django.urls import reverse

from tests import builders
from workstreams.configuration import DISTRIBUTION
from workstreams.models import CapacityProfile, Queue, Workstream


def new(client, **values):
    given = {"name": "Shop", "work_type": "messaging", "channel_type": "line", "mode": "push", "units_per_conversation": 20}
    return client.post(reverse("admin:workstream_new"), given | {"fallback": "new", "new_queue_name": "Everyone"} | values)


def test_a_workstream_with_a_new_fallback_queue(as_root, db):
    answer = new(as_root, mode="pick", units_per_conversation=25)

    made = Workstream.objects.get()
    assert answer.url == reverse("admin:workstream_page", args=[made.public_id])
    assert (made.name, made.mode, made.channel_type, made.fallback_queue.name) == ("Shop", "pick", "line", "Everyone")
    assert made.units_per_conversation == 25


def test_a_workstream_with_an_existing_fallback_queue(as_root, everyone):
    new(as_root, fallback="existing", fallback_queue=everyone.pk)

    assert Workstream.objects.get().fallback_queue == everyone
    assert Queue.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "LINE SUPPORT"}, "name"),
        ({"new_queue_name": ""}, "new_queue_name"),
        ({"new_queue_name": "everyone"}, "new_queue_name"),
        ({"fallback": "existing"}, "fallback_queue"),
        ({"mode": "shove"}, "mode"),
        ({"channel_type": "pigeon"}, "channel_type"),
        ({"units_per_conversation": 0}, "units_per_conversation"),
    ],
)
def test_what_is_refused_is_said_at_its_field_and_nothing_is_made(as_root, workstream, values, field):
    answer = new(as_root, **({"new_queue_name": "Fresh"} | values))

    assert answer.context["form"].errors.keys() == {field}
    assert Workstream.objects.count() == 1
    assert not Queue.objects.filter(name="Fresh").exists()


def test_a_hidden_channel_type_can_not_get_a_workstream(as_root, settings, db):
    settings.CHANNEL_TYPES = []

    assert "setting CHANNEL_TYPES" in new(as_root).content.decode()


def test_the_page_shows_channel_rules_and_distribution_in_that_order(as_root, workstream, channel):
    shown = as_root.get(reverse("admin:workstream_page", args=[workstream.public_id])).content.decode()

    places = [shown.index(f'id="section-{name}"') for name in ("channel", "rules", "distribution", "timeouts", "advanced")]
    assert places == sorted(places)
    assert "5 conversations at a time" in shown
    assert "Set up LINE" in shown
    assert ">Bot<" not in shown


def test_mode_and_channel_type_can_not_be_changed(as_root, workstream, everyone):
    given = {"name": "Renamed", "fallback_queue": everyone.pk, "mode": "pick", "channel_type": "pigeon"}

    as_root.post(reverse("admin:workstream_edit", args=[workstream.public_id]), given)

    workstream.refresh_from_db()
    assert (workstream.name, workstream.mode, workstream.channel_type) == ("Renamed", "push", "line")


def distribution(**values):
    """What *Work distribution* is sent: every option as a browser does."""
    given = {"capacity_by": "units", "units_per_conversation": 50, "allowed_presences": ["available"], "skill_matching": "exact"}
    given |= {"relax_skills_after_seconds_0": 5, "relax_skills_after_seconds_1": 60, "keep_same_agent": "on"}
    given |= {"affinity_wait_seconds_0": 90, "affinity_wait_seconds_1": 1, "preferred_fallback": "wait", "auto_assign": "on"}
    given |= {"offer_seconds_0": 60, "offer_seconds_1": 1, "wrap_up_block": "custom", "wrap_up_seconds_0": 2, "wrap_up_seconds_1": 60}
    return given | {"auto_close_minutes_0": 3, "auto_close_minutes_1": 86400} | values


def test_the_distribution_of_work_is_changed_and_waiting_work_looked_at_anew(as_root, workstream, monkeypatch):
    looked = []
    monkeypatch.setattr("workstreams.ports.work_waiting", lambda queue_id=None: looked.append(queue_id))

    as_root.post(reverse("admin:workstream_distribution", args=[workstream.public_id]), distribution())

    workstream.refresh_from_db()
    assert (workstream.units_per_conversation, workstream.allowed_presences) == (50, ["available"])
    assert (workstream.skill_matching, workstream.relax_skills_after_seconds) == ("exact", 300)
    assert (workstream.keep_same_agent, workstream.affinity_wait_seconds) == (True, 90)
    assert (workstream.uses_preferred_agents, workstream.preferred_fallback) == (False, "wait")
    assert (workstream.offer_seconds, workstream.auto_assign, workstream.auto_accept) == (60, True, False)
    assert (workstream.wrap_up_block, workstream.wrap_up_seconds, workstream.auto_close_minutes) == ("custom", 120, 3 * 24 * 60)
    assert looked == [None]


def test_capacity_by_a_profile_needs_one(as_root, workstream):
    address = reverse("admin:workstream_distribution", args=[workstream.public_id])
    profile = CapacityProfile.objects.create(name="Chats")

    refused = as_root.post(address, distribution(capacity_by="profile"))
    as_root.post(address, distribution(capacity_by="profile", capacity_profile=profile.pk))

    assert refused.context["form"].errors.keys() == {"capacity_profile"}
    workstream.refresh_from_db()
    assert workstream.capacity_profile == profile


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"offer_seconds_0": 9}, "offer_seconds"),
        ({"offer_seconds_0": 61, "offer_seconds_1": 60}, "offer_seconds"),
        ({"offer_seconds_1": 86400}, "offer_seconds"),
        ({"wrap_up_seconds_0": 29, "wrap_up_seconds_1": 1}, "wrap_up_seconds"),
        ({"wrap_up_seconds_0": 61}, "wrap_up_seconds"),
        ({"wrap_up_seconds_0": ""}, "wrap_up_seconds"),
        ({"wrap_up_block": "sometimes"}, "wrap_up_block"),
        ({"auto_close_minutes_0": ""}, "auto_close_minutes"),
        ({"auto_close_minutes_0": 367}, "auto_close_minutes"),
        ({"auto_close_minutes_0": -1}, "auto_close_minutes"),
        ({"allowed_presences": []}, "allowed_presences"),
        ({"skill_matching": "rough"}, "skill_matching"),
        ({"capacity_by": "weight"}, "capacity_by"),
    ],
)
def test_impossible_distributions_are_refused(as_root, workstream, values, field):
    answer = as_root.post(reverse("admin:workstream_distribution", args=[workstream.public_id]), distribution(**values))

    assert answer.context["form"].errors.keys() == {field}


def test_a_workstream_of_picks_has_no_settings_of_offers_and_keeps_what_they_were(as_root, everyone):
    picked = builders.workstream(fallback_queue=everyone, name="Picks", mode="pick", auto_assign=True)
    address = reverse("admin:workstream_distribution", args=[picked.public_id])

    shown = as_root.get(address).content.decode()
    as_root.post(address, distribution(auto_accept="on"))

    assert "id_offer_seconds" not in shown
    picked.refresh_from_db()
    assert (picked.units_per_conversation, picked.auto_assign, picked.auto_accept) == (50, True, False)


@pytest.mark.parametrize(("minutes", "number", "unit"), [(40320, 28, 86400), (90, 90, 60), (120, 2, 3600)])
def test_a_length_of_time_is_shown_in_its_largest_whole_unit(as_root, workstream, minutes, number, unit):
    Workstream.objects.update(auto_close_minutes=minutes)

    form = as_root.get(reverse("admin:workstream_distribution", args=[workstream.public_id])).context["form"]

    assert form["auto_close_minutes"].field.widget.decompress(form["auto_close_minutes"].value()) == [number, unit]


def test_every_setting_of_distribution_has_its_input(as_root, workstream):
    form = as_root.get(reverse("admin:workstream_distribution", args=[workstream.public_id])).context["form"]

    assert set(form.fields) == set(DISTRIBUTION)


def test_the_list_costs_the_same_for_many_workstreams(as_root, everyone, django_assert_num_queries):
    def measured(names):
        for name in names:
            builders.channel(account=builders.account(), workstream=builders.workstream(fallback_queue=everyone, name=name))
        with django_assert_num_queries(3):  # session, person, workstreams
            as_root.get(reverse("admin:workstreams"))

    measured("a")
    measured("bcdefghij")
