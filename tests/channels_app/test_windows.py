"""Endpoints with a small allowance: counted before each call, for all processes together."""

import datetime
import threading

import pytest
from django.db import connection
from django.utils import timezone

from channels_app.line.adapter import LineAdapter
from channels_app.models import CallWindow
from channels_app.windows import may_call
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _an_hour(request, monkeypatch):
    """A window that no slow machine outlasts."""
    if "hundred" not in request.node.name:
        monkeypatch.setattr(LineAdapter, "allowances", {"typing": (30, 3600), "another": (1, 3600)})


def allowed(account, times, endpoint="typing"):
    return sum(may_call(account, endpoint) for _ in range(times))


def test_no_more_calls_than_the_allowance_are_made_in_a_window(account):
    assert allowed(account, 40) == 30


def test_a_window_that_is_over_begins_anew(account):
    allowed(account, 31)
    CallWindow.objects.update(began_at=timezone.now() - datetime.timedelta(seconds=3601))

    assert allowed(account, 31) == 30


def test_accounts_and_endpoints_have_windows_of_their_own(account):
    other = builders.account()
    allowed(account, 31)

    assert may_call(other, "typing")
    assert may_call(account, "another")


def test_any_second_stays_within_lines_hundred_loading_animations():
    assert LineAdapter.allowances == {"typing": (100 / 2, 1)}


@pytest.mark.django_db(transaction=True)
def test_threads_share_a_window():
    account = builders.account()
    may_call(account, "typing")
    counted = []

    def work():
        counted.append(allowed(account, 10))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(counted) == 29
