"""When hours are open: examples by hand, and a slow reference that looks at the wall clock minute by minute in UTC."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workstreams.hours import WorkingHours, is_open, next_change, opens_at, preview
from workstreams.models import Holiday, OperatingHours, Period

MINUTE, HOUR, DAY = datetime.timedelta(minutes=1), datetime.timedelta(hours=1), datetime.timedelta(days=1)
# Zones and a day close to which their clocks change: by an hour, by half of one, at midnight, for a fast, and never.
CLOCK_CHANGES = [
    ("Europe/Copenhagen", datetime.date(2026, 3, 29)),
    ("Europe/Copenhagen", datetime.date(2026, 10, 25)),
    ("America/New_York", datetime.date(2026, 3, 8)),
    ("America/New_York", datetime.date(2026, 11, 1)),
    ("Australia/Lord_Howe", datetime.date(2026, 4, 5)),
    ("Australia/Lord_Howe", datetime.date(2026, 10, 4)),
    ("America/Santiago", datetime.date(2026, 4, 4)),
    ("America/Santiago", datetime.date(2026, 9, 6)),
    ("America/Havana", datetime.date(2026, 3, 8)),
    ("America/Havana", datetime.date(2026, 11, 1)),
    ("Africa/Casablanca", datetime.date(2026, 2, 15)),
    ("Africa/Casablanca", datetime.date(2026, 3, 22)),
    ("America/St_Johns", datetime.date(2010, 11, 7)),
    ("Pacific/Apia", datetime.date(2011, 12, 30)),
    ("Asia/Tehran", datetime.date(2022, 3, 22)),
    ("Asia/Tehran", datetime.date(2026, 3, 22)),
    ("Asia/Tokyo", datetime.date(2026, 3, 29)),
    ("Asia/Kathmandu", datetime.date(2026, 3, 29)),
]
NEVER = ((),) * 7


def every_day(*spans, zone="UTC", **more):
    return WorkingHours(zone, (tuple((a * 60, b * 60) for a, b in spans),) * 7, **more)


def at(*parts, zone="UTC", fold=0):
    return datetime.datetime(*parts, tzinfo=ZoneInfo(zone), fold=fold).astimezone(datetime.UTC)


# --- The reference ------------------------------------------------------------------------------------


def reference_is_open(hours, moment):
    wall = moment.astimezone(ZoneInfo(hours.time_zone))
    if any(first <= wall.date() <= last for first, last, _reason in hours.closed):
        return False
    minute = wall.hour * 60 + wall.minute
    return any(minute in range(start, end) for start, end in hours.periods[wall.weekday()])


def reference_next_change(hours, moment, until):
    """Walks minute by minute of UTC; None if nothing changes before `until`."""
    now = reference_is_open(hours, moment)
    walker = moment.replace(second=0, microsecond=0)
    while walker < until:
        walker += MINUTE
        if reference_is_open(hours, walker) != now:
            return walker
    return None


minutes = st.integers(0, 96).map(lambda quarter: quarter * 15) | st.integers(0, 1440)
spans = st.tuples(minutes, minutes).filter(lambda pair: pair[0] < pair[1])
weeks = st.tuples(*[st.lists(spans, max_size=3).map(tuple)] * 7)


@st.composite
def near_a_clock_change(draw):
    zone, day = draw(st.sampled_from(CLOCK_CHANGES))
    first = day + datetime.timedelta(days=draw(st.integers(-2, 2)))
    closed = draw(st.sampled_from([(), ((first, first, "holiday"),), ((first, first + DAY, "holidays"),)]))
    noon = datetime.datetime.combine(day, datetime.time(12), datetime.UTC)
    moment = noon + datetime.timedelta(seconds=draw(st.integers(-2 * 86400, 2 * 86400)))
    return WorkingHours(zone, draw(weeks), closed), moment


@settings(max_examples=150)
@given(near_a_clock_change())
def test_the_next_change_is_where_a_walk_by_the_wall_clock_finds_it(case):
    hours, moment = case
    until = moment + 4 * DAY

    expected = reference_next_change(hours, moment, until)
    found = next_change(hours, moment)

    assert is_open(hours, moment) == reference_is_open(hours, moment)
    assert (found if found is not None and found <= until else None) == expected
    assert opens_at(hours, moment) == (moment if is_open(hours, moment) else found)


@settings(max_examples=100)
@given(near_a_clock_change())
def test_open_and_closed_take_turns(case):
    hours, moment = case

    first = next_change(hours, moment)

    if first is not None:
        assert first > moment
        assert is_open(hours, first) != is_open(hours, moment)
        assert is_open(hours, first - datetime.timedelta(microseconds=1)) == is_open(hours, moment)


# --- Examples -----------------------------------------------------------------------------------------


def test_the_bounds_are_from_inclusive_to_exclusive():
    hours = every_day((9, 12), (13, 17))

    assert not is_open(hours, at(2026, 1, 5, 8, 59, 59))
    assert is_open(hours, at(2026, 1, 5, 9))
    assert not is_open(hours, at(2026, 1, 5, 12))
    assert next_change(hours, at(2026, 1, 5, 9)) == at(2026, 1, 5, 12)
    assert opens_at(hours, at(2026, 1, 5, 12)) == at(2026, 1, 5, 13)
    assert opens_at(hours, at(2026, 1, 5, 17)) == at(2026, 1, 6, 9)


def test_the_same_instant_is_open_here_and_closed_there():
    morning = at(2026, 1, 5, 9, zone="Asia/Tokyo")

    assert is_open(every_day((9, 17), zone="Asia/Tokyo"), morning)
    assert not is_open(every_day((9, 17), zone="Europe/Copenhagen"), morning)


def test_periods_that_meet_at_midnight_are_one():
    hours = every_day((0, 2), (22, 24))

    assert next_change(hours, at(2026, 1, 5, 23)) == at(2026, 1, 6, 2)


def test_what_is_always_open_never_closes_and_what_is_never_open_never_opens():
    assert next_change(every_day((0, 24)), at(2026, 1, 5)) is None
    assert opens_at(WorkingHours("Asia/Tokyo", NEVER), at(2026, 1, 5)) is None


def test_a_week_of_holidays_is_jumped_over():
    week = (datetime.date(2026, 1, 5), datetime.date(2026, 1, 11), "Summer holidays")
    hours = every_day((9, 17), closed=(week,))

    assert not is_open(hours, at(2026, 1, 7, 10))
    assert opens_at(hours, at(2026, 1, 4, 20)) == at(2026, 1, 12, 9)


def test_a_holiday_begins_and_ends_at_midnight_there():
    hours = every_day((0, 24), zone="Asia/Tokyo", closed=((datetime.date(2026, 1, 5), datetime.date(2026, 1, 5), ""),))

    assert next_change(hours, at(2026, 1, 4, 12)) == at(2026, 1, 5, zone="Asia/Tokyo")
    assert opens_at(hours, at(2026, 1, 5, 3)) == at(2026, 1, 6, zone="Asia/Tokyo")


@pytest.mark.parametrize(
    ("country", "day", "name"),
    [
        ("JP", (2026, 11, 23), "Labor Thanksgiving Day"),
        ("DE-BY", (2026, 1, 6), "Epiphany"),
        ("DE", (2026, 1, 6), ""),
        ("XX-YY", (2026, 1, 1), ""),
    ],
)
def test_holidays_of_a_country_and_of_its_parts_are_closed(country, day, name):
    hours = every_day((9, 17), country=country)

    assert is_open(hours, at(*day, 10)) == (not name)
    assert preview(hours, datetime.date(*day), days=1, language="")[0].holiday == name


def test_holidays_are_named_in_the_reader_s_language_if_they_have_a_name_in_it():
    hours = every_day((9, 17), country="JP")

    assert preview(hours, datetime.date(2026, 11, 23), days=1, language="ja")[0].holiday == "勤労感謝の日"
    assert preview(hours, datetime.date(2026, 11, 23), days=1, language="da")[0].holiday == "Labor Thanksgiving Day"


def test_a_period_that_begins_in_skipped_time_begins_when_the_clock_jumps():
    zone = "Europe/Copenhagen"
    hours = WorkingHours(zone, (*NEVER[:6], ((150, 300),)))

    assert opens_at(hours, at(2026, 3, 29, zone=zone)) == at(2026, 3, 29, 3, zone=zone)


def test_a_period_that_ends_in_skipped_time_ends_when_the_clock_jumps():
    zone = "Europe/Copenhagen"
    hours = WorkingHours(zone, (*NEVER[:6], ((60, 150),)))

    assert next_change(hours, at(2026, 3, 29, 1, zone=zone)) == at(2026, 3, 29, 3, zone=zone) == at(2026, 3, 29, 1)


def test_a_period_in_skipped_time_does_not_happen():
    zone = "Europe/Copenhagen"
    hours = WorkingHours(zone, (*NEVER[:6], ((135, 165),)))

    assert opens_at(hours, at(2026, 3, 29, zone=zone)) == at(2026, 4, 5, 2, 15, zone=zone)


def test_a_repeated_time_is_open_both_times():
    zone = "Europe/Copenhagen"
    hours = WorkingHours(zone, (*NEVER[:6], ((120, 150),)))
    first, second = (at(2026, 10, 25, 2, zone=zone, fold=fold) for fold in (0, 1))

    assert opens_at(hours, first - HOUR) == first
    assert next_change(hours, first) == first + 30 * MINUTE
    assert opens_at(hours, first + 30 * MINUTE) == second == first + HOUR
    assert next_change(hours, second) == second + 30 * MINUTE


def test_opening_long_away_is_not_looked_for_for_ever():
    closed = ((datetime.date(2026, 1, 1), datetime.date(2099, 1, 1), "given up"),)

    assert opens_at(every_day((9, 17), closed=closed), at(2026, 1, 5)) is None


def test_a_preview_joins_what_meets_and_tells_holidays_and_clock_changes():
    zone = "Europe/Copenhagen"
    hours = every_day((9, 12), (12, 17), zone=zone, closed=((datetime.date(2026, 3, 30), datetime.date(2026, 3, 30), ""),))

    days = preview(hours, datetime.date(2026, 3, 28))

    assert len(days) == 14
    assert days[0].spans == ((540, 1020),)
    assert [day.clock_change for day in days[:3]] == [datetime.timedelta(), HOUR, datetime.timedelta()]
    assert (days[2].spans, days[2].is_holiday, days[2].holiday) == ((), True, "")


@pytest.mark.parametrize(("zone", "change"), CLOCK_CHANGES)
def test_a_preview_never_tells_a_clock_change_twice(zone, change):
    days = preview(every_day((9, 17), zone=zone), change - 3 * DAY, days=7)

    assert sum(bool(day.clock_change) for day in days) <= 1


@pytest.mark.django_db
def test_rows_become_working_hours(django_assert_num_queries):
    from workstreams.hours import working_hours

    row = OperatingHours.objects.create(name="Shop", time_zone="Asia/Tokyo", holiday_country="JP")
    Period.objects.create(hours=row, weekday=0, from_minute=540, to_minute=1440)
    Holiday.objects.create(hours=row, first_day="2026-01-05", last_day="2026-01-05", reason="Stocktaking")

    with django_assert_num_queries(3):
        (found,) = [working_hours(each) for each in OperatingHours.objects.prefetch_related("periods", "holidays")]

    assert found.periods == (((540, 1440),), *NEVER[1:])
    assert (found.time_zone, found.country, found.closed[0][2]) == ("Asia/Tokyo", "JP", "Stocktaking")


@pytest.mark.django_db
def test_a_time_zone_that_is_not_known_counts_as_utc():
    from workstreams.hours import working_hours

    assert working_hours(OperatingHours.objects.create(name="Shop", time_zone="Mars/Olympus")).time_zone == "UTC"
