"""The link with which people set their own password: made by an administrator, shown once, used once."""

import datetime
import re

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY, authenticate
from django.core.exceptions import ValidationError
from django.db.models import F
from django.test import Client
from django.urls import reverse

from tests import builders
from workstreams import password_links
from workstreams.models import PasswordLink, Presence, User

GOOD = {"password": "tanuki-teapot-41", "again": "tanuki-teapot-41"}


@pytest.fixture
def dana(db):
    return builders.agent("dana", present="offline")


@pytest.fixture
def link(root, dana):
    """The path of a fresh link of Dana's."""
    return path_of(password_links.make_link(actor=root, person=dana.user))


@pytest.fixture
def guest():
    """A browser where nobody is signed in."""
    return Client()


def path_of(address):
    assert address.startswith(settings.PUBLIC_BASE_URL)
    return address.removeprefix(settings.PUBLIC_BASE_URL)


def signed_in(client):
    return client.session.get(SESSION_KEY)


def gone(answer):
    return answer.status_code == 404 and "doesn't work any more" in answer.content.decode()


def test_with_the_link_dana_sets_her_password_and_is_at_work(guest, link, dana, rf):
    page = guest.get(link).content.decode()
    answer = guest.post(link, GOOD)

    assert "Welcome, Dana" in page
    assert answer["Location"] == reverse("inbox:inbox")
    assert signed_in(guest) == str(dana.user.pk)
    assert authenticate(rf.post("/"), username="dana", password=GOOD["password"]) == dana.user
    assert Presence.objects.get(agent=dana).state == "available"


def test_the_page_is_in_the_persons_language(guest, link, dana):
    User.objects.filter(pk=dana.user.pk).update(language="es")

    assert 'lang="es"' in guest.get(link).content.decode()
    assert guest.post(link, GOOD).cookies[settings.LANGUAGE_COOKIE_NAME].value == "es"


def test_looking_at_the_link_does_not_use_it_but_setting_the_password_does(guest, link, dana):
    guest.get(link)
    guest.post(link, GOOD)
    password = User.objects.get(pk=dana.user.pk).password

    assert gone(guest.get(link))
    assert gone(Client().post(link, {"password": "another-teapot-42", "again": "another-teapot-42"}))
    assert User.objects.get(pk=dana.user.pk).password == password


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"password": "123"}, "too short"),
        ({"password": "password1"}, "too common"),
        ({"password": "83659174026"}, "entirely numeric"),
        ({"password": ""}, "too short"),
        ({"password": "nul\x00nul\x00nul\x00", "again": "nul\x00nul\x00nul\x00"}, "can’t be typed|can&#x27;t be typed"),
        ({"again": "another-teapot-42"}, "two passwords differ"),
    ],
)
def test_a_password_that_will_not_do_is_told_in_words_and_the_link_lives(guest, link, values, words):
    page = guest.post(link, GOOD | values)

    assert page.status_code == 200
    assert re.search(words, page.content.decode())
    assert signed_in(guest) is None
    assert guest.post(link, GOOD).status_code == 302


def test_a_newer_link_ends_the_former(guest, root, link, dana):
    newer = path_of(password_links.make_link(actor=root, person=dana.user))

    assert gone(guest.get(link))
    assert guest.get(newer).status_code == 200


def test_a_link_ends_after_its_days(guest, link, root):
    days = datetime.timedelta(days=settings.PASSWORD_LINK_DAYS)
    assert PasswordLink.objects.get().ends_at - PasswordLink.objects.get().made_at == days == datetime.timedelta(days=7)
    PasswordLink.objects.update(ends_at=F("ends_at") - days)

    assert gone(guest.get(link))
    assert gone(guest.post(link, GOOD))


def test_the_days_of_a_link_are_a_setting(settings, root, dana):
    settings.PASSWORD_LINK_DAYS = 2

    password_links.make_link(actor=root, person=dana.user)

    link = PasswordLink.objects.get()
    assert link.ends_at - link.made_at == datetime.timedelta(days=2)


@pytest.mark.parametrize("token", ["x", "A" * 43, "a" * 4000, "' OR 1=1"])
def test_an_invented_link_leads_nowhere(guest, link, token):
    assert guest.get(f"/welcome/{token}/").status_code == 404


def test_setting_a_password_ends_the_sessions_of_the_old_one(browser_of_dana, guest, link):
    assert browser_of_dana.get(reverse("inbox:inbox")).status_code == 200

    guest.post(link, GOOD)

    assert browser_of_dana.get(reverse("inbox:inbox"))["Location"].startswith(reverse("login"))


@pytest.fixture
def browser_of_dana(dana):
    client = Client()
    client.force_login(dana.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_somebody_else_who_is_signed_in_is_told_and_signed_out(client, root, link, dana):
    client.force_login(root, backend="django.contrib.auth.backends.ModelBackend")

    assert "Root is signed in here" in client.get(link).content.decode()
    client.post(link, GOOD)

    assert signed_in(client) == str(dana.user.pk)


def test_the_link_opens_a_log_in_that_was_locked_by_trying(guest, link):
    for _try in range(settings.AXES_FAILURE_LIMIT):
        guest.post(reverse("login"), {"username": "dana", "password": "wrong"})
    assert guest.post(reverse("login"), {"username": "dana", "password": "dana"}).status_code == 429

    Client().post(link, GOOD)

    assert guest.post(reverse("login"), {"username": "dana", "password": GOOD["password"]}).status_code == 302


def test_a_new_link_is_made_on_the_persons_page(as_root, guest, link, dana):
    answer = as_root.post(reverse("admin:person_link", args=[dana.user.public_id]))
    newer = re.search(r'value="http[^"]*(/welcome/[^"]+)"', answer.content.decode())[1]

    assert gone(guest.get(link))
    assert guest.get(newer).status_code == 200


def test_the_deactivated_get_no_link(as_root, root, dana):
    User.objects.filter(pk=dana.user.pk).update(is_active=False)

    as_root.post(reverse("admin:person_link", args=[dana.user.public_id]))
    with pytest.raises(ValidationError, match="deactivated"):
        password_links.make_link(actor=root, person=dana.user)

    assert not PasswordLink.objects.exists()
