"""A channel's own times of automatic closing."""

import pytest
from django.urls import reverse

from workstreams.models import Workstream


def address(channel):
    return reverse("admin:channel_auto_close", args=[channel.public_id])


def test_times_are_kept_and_empty_ones_are_as_usual(as_root, channel):
    given = {"close_open_minutes_0": "", "close_open_minutes_1": 60, "close_active_minutes_0": 2, "close_active_minutes_1": 86400}

    as_root.post(address(channel), given | {"close_waiting_minutes_0": 90, "close_waiting_minutes_1": 60})

    channel.refresh_from_db()
    times = (channel.close_open_minutes, channel.close_active_minutes, channel.close_waiting_minutes, channel.close_wrap_up_minutes)
    assert times == (None, 2880, 90, None)


def test_the_page_says_what_is_usual(as_root, channel):
    Workstream.objects.update(auto_close_minutes=60, wrap_up_block="always")

    shown = as_root.get(address(channel)).content.decode()

    assert [shown.count(f"Usually {time}.") for time in ("30 days", "1 hour", "1 day")] == [2, 1, 1]


def test_a_wrap_up_with_a_time_of_its_own_is_said_to_have_one(as_root, channel):
    assert "the wrap-up has a time of its own" in as_root.get(address(channel)).content.decode()


@pytest.mark.parametrize("number", [0, -1, 367])
def test_impossible_times_are_refused(as_root, channel, number):
    answer = as_root.post(address(channel), {"close_open_minutes_0": number, "close_open_minutes_1": 86400})

    assert answer.context["form"].errors.keys() == {"close_open_minutes"}
