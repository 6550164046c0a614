"""Signing in and out, presence, and what people choose for their pages."""

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from conversations.models import LiveHint
from workstreams.models import Presence


def sign_in(client, name, password=None, **extra):
    return client.post(reverse("login"), {"username": name, "password": password or name, "next": reverse("inbox:inbox"), **extra})


def state_of(agent):
    return Presence.objects.get(agent=agent).state


@pytest.fixture
def away_alice(alice):
    Presence.objects.filter(agent=alice).update(state="offline", seen_at=None)
    return alice


def test_signing_in_makes_available_and_leads_on(client, away_alice):
    answered = sign_in(client, "alice")

    assert answered["Location"] == reverse("inbox:inbox")
    assert state_of(away_alice) == "available"
    assert Presence.objects.get(agent=away_alice).seen_at is not None


def test_a_wrong_password_is_told_and_changes_nothing(client, away_alice):
    page = sign_in(client, "alice", "wrong")

    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode()
    assert state_of(away_alice) == "offline"


def test_too_many_wrong_passwords_close_the_door_for_a_while(client, alice):
    for _attempt in range(settings.AXES_FAILURE_LIMIT):
        sign_in(client, "alice", "wrong")

    answered = sign_in(client, "alice")

    assert answered.status_code == 429
    assert "Too many wrong passwords" in answered.content.decode()


def test_signing_in_leads_nowhere_outside(client, alice):
    answered = client.post(reverse("login"), {"username": "alice", "password": "alice", "next": "https://example.com/"})

    assert "example.com" not in answered.get("Location", "")


def test_the_first_page_of_another_door_makes_available_too(browser, away_alice):
    client = browser(away_alice)

    client.get(reverse("inbox:inbox"))
    after_first = state_of(away_alice)
    client.post(reverse("inbox:presence"), {"state": "do_not_disturb"})
    client.get(reverse("inbox:inbox"))

    assert after_first == "available"
    assert state_of(away_alice) == "do_not_disturb"


def test_signing_out_makes_offline(browser, alice):
    browser(alice).post(reverse("logout"))

    assert state_of(alice) == "offline"


def test_signing_out_needs_a_click_not_a_link(browser, alice):
    assert browser(alice).get(reverse("logout")).status_code == 405


@pytest.mark.parametrize("state", ["available", "busy", "do_not_disturb", "away", "offline"])
def test_a_presence_is_chosen_and_told_to_the_floor(state, script, alice):
    page = script(alice).post(reverse("inbox:presence"), {"state": state}).content.decode()

    assert state_of(alice) == state
    assert f"presence-dot is-{state}" in page
    assert LiveHint.objects.filter(topic="floor").exists() or settings.REDIS_URL


def test_a_presence_that_does_not_exist_changes_nothing(browser, alice):
    page = browser(alice).post(reverse("inbox:presence"), {"state": "asleep"}, follow=True)

    assert page.status_code == 200
    assert state_of(alice) == "available"


def test_the_heartbeat_is_a_sign_of_life(script, alice):
    before = timezone.now() - timezone.timedelta(seconds=40)
    Presence.objects.filter(agent=alice).update(seen_at=before)

    answered = script(alice).post(reverse("inbox:heartbeat"))

    assert answered.status_code == 204
    assert Presence.objects.get(agent=alice).seen_at > before


def test_the_heartbeat_of_somebody_who_is_no_agent_does_no_harm(script, sue):
    assert script(sue).post(reverse("inbox:heartbeat")).status_code == 204


def test_the_meter_counts_conversations_not_units(script, workstream, alice):
    alice.units_used = 40
    alice.save()

    assert "2 of 5" in script(alice).get(reverse("inbox:status")).content.decode()


def test_language_and_theme_are_kept_with_the_person(browser, alice):
    client = browser(alice)

    answered = client.post(reverse("preferences"), {"language": "es", "theme": "dark", "next": "/inbox/"})

    alice.user.refresh_from_db()
    assert (alice.user.language, alice.user.theme) == ("es", "dark")
    assert answered["Location"] == "/inbox/"
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == "es"


def test_strangers_choose_for_their_browser(client, db):
    client.post(reverse("preferences"), {"theme": "dark", "language": "da"})

    page = client.get(reverse("login")).content.decode()

    assert 'data-theme="dark"' in page
    assert '<html lang="da"' in page


@pytest.mark.parametrize(("field", "value"), [("language", "xx"), ("theme", "pink"), ("next", "https://example.com/")])
def test_what_is_not_on_offer_is_not_chosen(field, value, browser, alice):
    answered = browser(alice).post(reverse("preferences"), {field: value})

    alice.user.refresh_from_db()
    assert (alice.user.language, alice.user.theme) == ("", "")
    assert answered["Location"] == reverse("login")


def test_the_inboxs_switches_follow_the_person_to_another_browser(browser, script, alice):
    answered = script(alice).post(reverse("preferences"), {"sound": "0", "desktop": "1"})

    assert answered.status_code == 204
    page = browser(alice).get(reverse("inbox:inbox")).content.decode()
    assert 'data-toggles="sound" aria-pressed="false"' in page
    assert 'data-toggles="desktop" aria-pressed="true"' in page
    assert 'data-toggles="enter" aria-pressed="true"' in page


def test_one_switch_leaves_the_others_and_nonsense_is_nothing(script, alice):
    script(alice).post(reverse("preferences"), {"sound": "0"})
    script(alice).post(reverse("preferences"), {"enter": "0", "desktop": "yes", "root": "1"})

    alice.user.refresh_from_db()
    assert alice.user.choices == {"enter": False, "sound": False, "desktop": False}


def test_strangers_switch_nothing(client, db):
    assert client.post(reverse("preferences"), {"sound": "0", "next": "/login/"})["Location"] == "/login/"
