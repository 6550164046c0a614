"""The admin pages of operating hours."""

import datetime

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from tests import builders
from workstreams.admin import hours_pages, hours_week
from workstreams.hours import working_hours
from workstreams.models import Holiday, OperatingHours, Period

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@pytest.fixture
def shop(db):
    hours = OperatingHours.objects.create(name="Shop", time_zone="Asia/Tokyo", holiday_country="JP")
    Period.objects.create(hours=hours, weekday=0, from_minute=540, to_minute=1020)
    Holiday.objects.create(hours=hours, first_day="2026-08-10", last_day="2026-08-14", reason="Summer")
    return hours


def sent(**more):
    return {"name": "Shop", "time_zone": "Asia/Tokyo", "from-0": ["09:00"], "to-0": ["17:00"], "save": ""} | more


def periods(hours):
    return list(hours.periods.values_list("weekday", "from_minute", "to_minute"))


@pytest.fixture
def add(as_root):
    return lambda **more: as_root.post(reverse("admin:operating_hours_new"), sent(**more))


def test_new_hours_begin_as_workdays_from_8_to_17(as_root):
    week = as_root.get(reverse("admin:operating_hours_new")).context["week"]

    assert [len(rows) for _day, _name, rows in week] == [1, 1, 1, 1, 1, 0, 0]
    assert (week[0][2][0].start, week[0][2][0].end) == ("08:00", "17:00")


def test_what_is_typed_is_saved(add):
    add(
        **{
            "from-0": ["09:00", "13:00", ""],
            "to-0": ["12:00", "00:00", ""],
            "holiday_country": "Germany, Bayern – DE-BY",
            "time_zone": "europe/berlin",
            "holiday-first": ["2026-08-10", "2026-12-24", ""],
            "holiday-last": ["2026-08-14", "", ""],
            "holiday-reason": ["Summer", "", ""],
        }
    )

    hours = OperatingHours.objects.get()
    assert (hours.name, hours.time_zone, hours.holiday_country) == ("Shop", "Europe/Berlin", "DE-BY")
    assert periods(hours) == [(0, 540, 720), (0, 780, 1440)]
    days = list(hours.holidays.values_list("first_day", "last_day", "reason"))
    assert days == [(datetime.date(2026, 8, 10), datetime.date(2026, 8, 14), "Summer"), (datetime.date(2026, 12, 24),) * 2 + ("",)]


def test_a_period_over_midnight_is_cut_and_shown_as_one(add, as_root):
    add(**{"from-6": ["22:00"], "to-6": ["06:00"]})

    hours = OperatingHours.objects.get()
    assert periods(hours) == [(0, 0, 360), (0, 540, 1020), (6, 1320, 1440)]
    week = as_root.get(reverse("admin:operating_hours_edit", args=[hours.public_id])).context["week"]
    assert [(row.start, row.end) for row in week[6][2]] == [("22:00", "06:00")]
    assert [(row.start, row.end) for row in week[0][2]] == [("09:00", "17:00")]


minutes = st.integers(0, 288).map(lambda five: five * 5)


@given(st.lists(st.tuples(st.integers(0, 6), minutes, minutes).filter(lambda each: each[1] < each[2]), max_size=12))
def test_what_is_stored_is_shown_and_saved_as_it_was(rows):
    stored = []
    for day, start, end in sorted(rows):
        if not any(day == other and start < last and first < end for other, first, last in stored):
            stored.append((day, start, end))

    class Hours:
        holidays = type("None", (), {"all": staticmethod(list)})
        periods = type("Some", (), {"all": staticmethod(lambda: [Period(weekday=d, from_minute=a, to_minute=b) for d, a, b in stored])})

    assert hours_week.periods_of(hours_week.stored_rows(Hours), DAYS) == stored


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "This field is required"),
        ({"time_zone": "Mars/Olympus"}, "isn&#x27;t known"),
        ({"holiday_country": "Atlantis"}, "aren&#x27;t known"),
        ({"to-0": [""]}, "Monday: a period needs a beginning and an end"),
        ({"to-0": ["25:00"]}, "Monday: a period needs a beginning and an end"),
        ({"from-0": ["09:00", "16:59"], "to-0": ["17:00", "20:00"]}, "Monday: two periods overlap"),
        ({"from-6": ["22:00"], "to-6": ["09:01"]}, "Monday: two periods overlap"),
        ({"holiday-first": [""], "holiday-last": [""], "holiday-reason": ["x"]}, "A holiday needs its day"),
        ({"holiday-first": ["2026-02-30"], "holiday-last": [""], "holiday-reason": ["x"]}, "A holiday needs its day"),
        ({"holiday-first": ["2026-02-03"], "holiday-last": ["2026-02-01"], "holiday-reason": [""]}, "ends before it begins"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(add, change, words):
    answer = add(**change)

    assert words in answer.content.decode()
    assert not OperatingHours.objects.exists()


def test_two_can_not_share_a_name(add, shop):
    assert "of this name already" in add(name="SHOP").content.decode()
    assert OperatingHours.objects.count() == 1


def test_monday_is_copied_to_the_other_workdays_and_nothing_is_saved(as_root, shop):
    address = reverse("admin:operating_hours_edit", args=[shop.public_id])
    data = sent(**{"from-0": ["09:00", "13:00"], "to-0": ["12:00", "18:00"], "from-5": ["10:00"], "to-5": ["12:00"], "copy_monday": ""})
    del data["save"]

    week = as_root.post(address, data).context["week"]

    assert [[(row.start, row.end) for row in rows] for _day, _name, rows in week] == [
        *[[("09:00", "12:00"), ("13:00", "18:00")]] * 5,
        [("10:00", "12:00")],
        [],
    ]
    assert periods(shop) == [(0, 540, 1020)]


@pytest.mark.parametrize(
    ("button", "rows"),
    [({"add_period": "0"}, [2, 0]), ({"add_period": "1"}, [1, 1]), ({"remove_period": "0-0"}, [0, 0]), ({"remove_period": "0-7"}, [1, 0])],
)
def test_periods_are_added_and_removed_before_anything_is_saved(as_root, shop, button, rows):
    data = sent(name="Other name", **button)
    del data["save"]

    answer = as_root.post(reverse("admin:operating_hours_edit", args=[shop.public_id]), data)

    assert [len(each) for _day, _name, each in answer.context["week"]][:2] == rows
    assert 'value="Other name"' in answer.content.decode()


@pytest.mark.parametrize(("button", "count"), [({"add_holiday": ""}, 2), ({"remove_holiday": "0"}, 0), ({"remove_holiday": "x"}, 1)])
def test_holidays_are_added_and_removed_before_anything_is_saved(as_root, shop, button, count):
    data = sent(**{"holiday-first": ["2026-08-10"], "holiday-last": [""], "holiday-reason": [""]}, **button)
    del data["save"]

    answer = as_root.post(reverse("admin:operating_hours_edit", args=[shop.public_id]), data)

    assert len(answer.context["holidays"]) == count
    assert shop.holidays.count() == 1


def test_saving_what_is_shown_changes_nothing(as_root, shop):
    address = reverse("admin:operating_hours_edit", args=[shop.public_id])
    page = as_root.get(address)
    data = {name: page.context["form"][name].value() for name in ("name", "time_zone", "holiday_country")} | {"save": ""}
    for day, _name, rows in page.context["week"]:
        data |= {f"from-{day}": [row.start for row in rows], f"to-{day}": [row.end for row in rows]}
    for name in ("first", "last", "reason"):
        data[f"holiday-{name}"] = [getattr(row, name) for row in page.context["holidays"]]
    before = working_hours(shop)

    as_root.post(address, data)

    shop = OperatingHours.objects.get()
    assert (shop.name, working_hours(shop)) == ("Shop", before)


def test_a_preview_shows_two_weeks_with_holidays_and_clock_changes_and_saves_nothing(as_root, monkeypatch):
    monkeypatch.setattr(hours_pages, "database_now", lambda: datetime.datetime(2026, 3, 27, 9, tzinfo=datetime.UTC))
    data = sent(time_zone="Europe/Copenhagen", holiday_country="DK", preview="")
    del data["save"]

    answer = as_root.post(reverse("admin:operating_hours_new"), data)

    days = answer.context["preview"]
    assert len(days) == 14
    assert (days[2].date, days[2].times, days[2].notes) == (datetime.date(2026, 3, 29), "closed", ["the clock goes forward 60 minutes"])
    assert days[3].times == "09:00–17:00"
    assert days[10].notes == ["holiday: Easter Monday"]
    assert answer.context["now"] == "Closed until Mon 30 Mar, 09:00."
    assert not OperatingHours.objects.exists()


def test_hostile_words_are_shown_harmless(as_root, add):
    add(name="<script>alert(1)</script>", **{"holiday-first": ["2026-02-03"], "holiday-last": [""], "holiday-reason": ['"><b>x']})

    for address in (reverse("admin:operating_hours"), reverse("admin:operating_hours_edit", args=[OperatingHours.objects.get().public_id])):
        page = as_root.get(address).content.decode()
        assert "<script>alert(1)" not in page
        assert '"><b>x' not in page


def test_hours_that_a_queue_has_can_not_be_deleted(as_root, shop, returns):
    address = reverse("admin:operating_hours_delete", args=[shop.public_id])
    returns.hours = shop
    returns.save()

    assert "Returns" in as_root.post(address).content.decode()
    assert OperatingHours.objects.exists()

    returns.hours = None
    returns.save()
    assert as_root.get(address).status_code == 200
    as_root.post(address)
    assert not OperatingHours.objects.exists()


def test_the_list_costs_the_same_for_many(as_root, django_assert_num_queries):
    def measured(prefix, count):
        for number in range(count):
            hours = OperatingHours.objects.create(name=f"{prefix}{number}")
            Period.objects.create(hours=hours, weekday=0, from_minute=0, to_minute=60)
            builders.queue(f"{prefix}{number}", hours=hours)
        # session, person, hours, their periods, holidays and queues, the time
        with django_assert_num_queries(7):
            as_root.get(reverse("admin:operating_hours"))

    measured("a", 1)
    measured("b", 12)
