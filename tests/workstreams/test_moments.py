"""Moments and lengths of time in words."""

import datetime

import pytest
from django.template import Context, Template
from django.utils import timezone, translation
from django.utils.formats import date_format

from workstreams import moments

AT = datetime.datetime(2026, 5, 3, 9, 5, 7, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("language", "minute", "second", "relative"),
    [
        ("en", "3 May 2026, 09:05", "3 May 2026 09:05:07", "4 min ago"),
        ("es", "3 de mayo de 2026 a las 09:05", "3 de mayo de 2026 09:05:07", "hace 4 min"),
        ("da", "3. maj 2026 09:05", "3. maj 2026 09:05:07", "for 4 min. siden"),
        ("ja", "2026年5月3日 09:05", "2026年5月3日 09:05:07", "4分前"),
    ],
)
def test_a_moment_in_each_language(language, minute, second, relative):
    with translation.override(language), timezone.override(datetime.UTC):
        assert moments.on_the_minute(AT) == minute
        assert moments.to_the_second(AT) == second
        assert moments.how_long_ago(AT, AT + datetime.timedelta(minutes=4)) == relative


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (48 * 3600, "2 days"), (-5, "0 s")],
)
def test_lengths_of_time(seconds, words):
    assert moments.duration(seconds) == words


@pytest.mark.parametrize("shown", ["at|moment", "at|moment_to_the_second", "at|moment_ago:now"])
def test_whoever_points_at_a_moment_reads_the_second_and_the_time_zone(shown):
    template = Template("{% load moments %}{{ " + shown + " }}")
    with timezone.override(datetime.timezone(datetime.timedelta(hours=9), "JST")):
        shown_as = template.render(Context({"at": AT, "now": AT + datetime.timedelta(minutes=4)}))

    assert shown_as.startswith('<time datetime="2026-05-03T09:05:07+00:00" title="3 May 2026 18:05:07 JST">')


def test_a_moment_within_a_sentence_is_an_element_too():
    template = Template("{% load i18n moments %}{% blocktranslate with at=at|moment %}since {{ at }}{% endblocktranslate %}")
    with translation.override("ja"):
        assert template.render(Context({"at": AT})).endswith("</time>から")


@pytest.mark.parametrize(("language", "words"), [("en", "Sun 3 May"), ("es", "dom 3 may"), ("da", "søn 3. maj"), ("ja", "5月3日(日)")])
def test_a_day_of_operating_hours_in_each_language(language, words):
    """Spanish and Danish write no month with a capital."""
    with translation.override(language):
        assert date_format(AT, translation.gettext("D j M")) == words
