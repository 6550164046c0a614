"""Profiles come in the background; what the platform doesn't show leaves a name one can still tell apart."""

from types import SimpleNamespace

import pytest
from django.utils import timezone

from channels_app.adapter import FetchedProfile, ProfileUnavailable
from channels_app.models import AccountState, MessagingAccount
from conversations import profiles
from conversations.facts import collect, language_of
from conversations.models import Conversation, SocialProfile

pytestmark = pytest.mark.django_db


def test_a_new_customer_is_fetched_once(customer_writes, platform):
    platform()
    customer_writes("hello")
    assert SocialProfile.objects.get().shown_name == "Customer 1111"

    assert (profiles.fetch_due(), profiles.fetch_due()) == (1, 0)

    profile = SocialProfile.objects.get()
    assert (profile.shown_name, profile.language) == ("みさき🐰", "ja")


def test_a_profile_that_line_does_not_show_is_not_asked_for_again(customer_writes, platform, monkeypatch):
    adapter = platform()
    monkeypatch.setattr(adapter, "fetch_profile", lambda **asked: FetchedProfile(missing=True))
    customer_writes("hello")

    assert (profiles.fetch_due(), profiles.fetch_due()) == (1, 0)

    assert SocialProfile.objects.get().fetched_at is not None


def test_an_unreachable_platform_is_asked_later(customer_writes, platform, monkeypatch):
    adapter = platform()

    def fail(**asked):
        raise ProfileUnavailable("down")

    monkeypatch.setattr(adapter, "fetch_profile", fail)
    customer_writes("hello")

    assert profiles.fetch_due() == 1

    profile = SocialProfile.objects.get()
    assert (profile.fetched_at, profile.fetch_attempts) == (None, 1)
    assert profile.fetch_due_at is not None


def test_a_slow_platform_is_left_to_the_next_run(customer_writes, platform, monkeypatch):
    adapter = platform()
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(profiles, "time", clock)
    monkeypatch.setattr(profiles, "SLOW_SECONDS", 2)

    def slow(**asked):
        clock.now += 9
        raise ProfileUnavailable("timed out")

    monkeypatch.setattr(adapter, "fetch_profile", slow)
    for number in range(3):
        customer_writes("hello", user=f"U{number:032}")

    assert profiles.fetch_due() == 1
    assert sorted(SocialProfile.objects.values_list("fetch_attempts", flat=True)) == [0, 0, 1]


def test_a_switched_off_account_is_not_asked(customer_writes, platform, account):
    platform()
    customer_writes("hello")
    MessagingAccount.objects.update(state=AccountState.DISABLED)

    assert profiles.fetch_due() == 0


def test_the_language_is_the_profiles_or_else_that_of_the_script(customer_writes):
    customer_writes("สวัสดีค่ะ")
    conversation = Conversation.objects.select_related("profile").get()
    assert collect(conversation, at=timezone.now())["customer.language"] == "th"

    conversation.profile.language = "en"
    assert collect(conversation, at=timezone.now())["customer.language"] == "en"


@pytest.mark.parametrize(
    ("text", "language"),
    [("返品したい", "ja"), ("退貨", "zh"), ("คืนสินค้า", "th"), ("반품", "ko"), ("return", ""), ("", ""), ("割れ 1 🫖", "ja")],
)
def test_a_script_gives_its_language_away(text, language):
    assert language_of(text) == language
