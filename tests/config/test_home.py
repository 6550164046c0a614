"""`/` and the doors of demo mode."""

import datetime
import re

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.core import signing
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse
from django.test import AsyncRequestFactory, Client, RequestFactory

from config.demo import doors
from config.demo.loopback import loopback_only


@pytest.fixture
def demo(settings):
    settings.DEMO_MODE = True
    settings.PUBLIC_BASE_URL = "http://127.0.0.1:8000"
    settings.LINE_API_BASE = "http://127.0.0.1:8001"


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def open_door(client: Client, username: str, **data: str):
    """Knocks on the plain host and follows to the persona's host."""
    knocked = client.post(f"/demo/door/{username}/", data, headers={"host": "localhost:8000"})
    assert knocked.status_code == 302
    host, path = re.fullmatch(r"http://([^/]+)(/.*)", knocked["Location"]).groups()
    return host, client.get(path, headers={"host": host})


@pytest.mark.parametrize(("who", "page"), [("alice", "/inbox/"), ("sue", "/supervisor/"), ("root", "/admin/")])
def test_home_sends_each_role_to_its_page(request, client, who, page):
    persona = request.getfixturevalue(who)
    client.force_login(getattr(persona, "user", persona))

    assert client.get("/")["Location"] == page


def test_home_asks_strangers_to_log_in(db, client):
    assert client.get("/")["Location"].startswith("/login/")


def test_outside_demo_mode_there_are_no_doors(client, alice):
    ticket = signing.dumps({"username": "alice", "nonce": "n"}, salt=doors.SALT)

    knocked = client.post("/demo/door/alice/", headers={"host": "localhost"})
    entered = client.get(f"/demo/enter/{ticket}/", headers={"host": "alice.localhost"})

    assert (knocked.status_code, entered.status_code) == (404, 404)
    assert signed_in_as(client) is None


def test_the_demo_page_has_a_door_for_everybody(db, client, demo):
    page = client.get("/", headers={"host": "localhost:8000"})

    assert page.status_code == 200
    for door in ("Be the customer", "Be Alice", "Be Bob", "Be the supervisor", "Be the administrator"):
        assert door in page.content.decode()
    assert "http://localhost:8001/" in page.content.decode()
    assert "<script" not in page.content.decode()


@pytest.mark.parametrize(("who", "page"), [("alice", "/inbox/"), ("sue", "/supervisor/"), ("root", "/admin/")])
def test_a_door_signs_in_on_a_host_of_its_own(request, client, demo, who, page):
    persona = request.getfixturevalue(who)

    host, entered = open_door(client, who)

    assert host == f"{who}.localhost:8000"
    assert entered["Location"] == page
    assert signed_in_as(client) == str(getattr(persona, "user", persona).pk)
    assert not entered.cookies["sessionid"]["domain"]


def test_a_door_can_open_on_the_same_host(client, demo, alice):
    host, entered = open_door(client, "alice", here="1")

    assert (host, entered["Location"]) == ("localhost:8000", "/inbox/")


def test_a_ticket_opens_once(client, demo, alice):
    knocked = client.post("/demo/door/alice/", headers={"host": "localhost:8000"})
    path = knocked["Location"].removeprefix("http://alice.localhost:8000")
    client.get(path, headers={"host": "alice.localhost:8000"})

    stranger = Client()
    again = stranger.get(path, headers={"host": "alice.localhost:8000"})

    assert again["Location"] == "/"
    assert signed_in_as(stranger) is None


def test_a_ticket_goes_stale(client, demo, alice):
    earlier = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=doors.TICKET_SECONDS + 1)
    with time_machine.travel(earlier):
        knocked = client.post("/demo/door/alice/", headers={"host": "localhost:8000"})

    late = client.get(knocked["Location"].removeprefix("http://alice.localhost:8000"), headers={"host": "alice.localhost:8000"})

    assert late["Location"] == "/"
    assert signed_in_as(client) is None


def test_a_forged_ticket_opens_nothing(client, demo, alice):
    forged = signing.dumps({"username": "alice", "nonce": "n"}, key="another key", salt=doors.SALT)

    assert client.get(f"/demo/enter/{forged}/", headers={"host": "alice.localhost:8000"})["Location"] == "/"
    assert signed_in_as(client) is None


def test_another_site_cannot_knock(demo, alice):
    strict = Client(enforce_csrf_checks=True)

    refused = strict.post("/demo/door/alice/", headers={"host": "localhost:8000", "origin": "https://example.com"})

    assert refused.status_code == 403


def test_doors_are_only_for_the_demos_people(client, demo, charlie):
    assert client.post("/demo/door/charlie/", headers={"host": "localhost:8000"}).status_code == 404


def test_doors_are_only_on_loopback_hosts(settings, client, demo, alice):
    settings.ALLOWED_HOSTS = ["*"]

    assert client.post("/demo/door/alice/", headers={"host": "support.example.com"}).status_code == 404
    assert client.get("/", headers={"host": "support.example.com"}).status_code == 404


def test_home_on_a_personas_own_host_leads_to_its_page(client, demo, alice):
    open_door(client, "alice")

    assert client.get("/", headers={"host": "alice.localhost:8000"})["Location"] == "/inbox/"


def test_demo_mode_answers_this_machine_only():
    guarded = loopback_only(lambda request: HttpResponse("let in"))

    assert guarded(RequestFactory().get("/", REMOTE_ADDR="127.0.0.1")).status_code == 200
    assert guarded(RequestFactory().get("/", REMOTE_ADDR="192.0.2.7")).status_code == 403


@pytest.mark.django_db
def test_demo_mode_answers_this_machine_only_under_asgi(settings):
    settings.MIDDLEWARE = ["config.demo.loopback.loopback_only", *settings.MIDDLEWARE]

    def status(address):
        request = AsyncRequestFactory().get("/static/nothing.css")
        request.META["REMOTE_ADDR"] = address
        return async_to_sync(ASGIHandler().get_response_async)(request).status_code

    assert status("127.0.0.1") == 404
    assert status("192.0.2.7") == 403
