"""Workstreams: making one, its page in the order of set-up, its distribution of work."""

import pytest
from django.urls import reverse

from tests import builders
from workstreams.models import Queue, Workstream


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

    places = [shown.index(f'id="section-{name}"') for name in ("channel", "rules", "distribution")]
    assert places == sorted(places)
    assert "5 conversations at a time" in shown
    assert "Set up LINE" in shown
    for absent in ("Advanced settings", ">Bot<"):
        assert absent not in shown


def test_mode_and_channel_type_can_not_be_changed(as_root, workstream, everyone):
    given = {"name": "Renamed", "fallback_queue": everyone.pk, "mode": "pick", "channel_type": "pigeon"}

    as_root.post(reverse("admin:workstream_edit", args=[workstream.public_id]), given)

    workstream.refresh_from_db()
    assert (workstream.name, workstream.mode, workstream.channel_type) == ("Renamed", "push", "line")


def test_the_distribution_of_work_is_changed_and_waiting_work_looked_at_anew(as_root, workstream, settings, monkeypatch):
    looked = []
    monkeypatch.setattr("workstreams.ports.work_waiting", lambda queue_id=None: looked.append(queue_id))
    given = {"units_per_conversation": 50, "allowed_presences": ["available"], "offer_seconds": 60, "wrap_up_seconds": 30}

    as_root.post(reverse("admin:workstream_distribution", args=[workstream.public_id]), given)

    workstream.refresh_from_db()
    assert (workstream.units_per_conversation, workstream.allowed_presences) == (50, ["available"])
    assert (workstream.offer_seconds, workstream.wrap_up_seconds) == (60, 30)
    assert looked == [None]


@pytest.mark.parametrize(
    ("field", "value"), [("offer_seconds", 9), ("offer_seconds", 3601), ("wrap_up_seconds", -1), ("allowed_presences", [])]
)
def test_impossible_distributions_are_refused(as_root, workstream, field, value):
    given = {"units_per_conversation": 50, "allowed_presences": ["available"], "offer_seconds": 60, "wrap_up_seconds": 30}

    answer = as_root.post(reverse("admin:workstream_distribution", args=[workstream.public_id]), given | {field: value})

    assert answer.context["form"].errors.keys() == {field}


def test_the_list_costs_the_same_for_many_workstreams(as_root, everyone, django_assert_num_queries):
    def measured(names):
        for name in names:
            builders.channel(account=builders.account(), workstream=builders.workstream(fallback_queue=everyone, name=name))
        with django_assert_num_queries(3):  # session, person, workstreams
            as_root.get(reverse("admin:workstreams"))

    measured("a")
    measured("bcdefghij")
