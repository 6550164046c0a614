"""Live hints: who hears what, and what open streams cost."""

import http.client
import os
import urllib.parse
import urllib.request

import pytest
from django.db import connection, transaction
from django.urls import reverse

from conversations import live
from conversations.inbox.stream import _topics_of
from tests.inbox.server import APPLICATION_NAME, server  # noqa: F401 - a fixture

STREAMS = 50
CONNECTIONS_AT_MOST = 4


class Stream:
    """One open page's stream."""

    def __init__(self, address, session, conversations=()):
        parts = urllib.parse.urlsplit(address)
        query = urllib.parse.urlencode([("c", public_id) for public_id in conversations])
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
        self.connection.request("GET", f"/live/?{query}", headers={"Cookie": f"sessionid={session}"} if session else {})
        self.response = self.connection.getresponse()

    def next_hint(self):
        """The topics of the next hint; one ping is passed over."""
        event, pings = "", 0
        while pings < 2:
            line = self.response.readline().decode().strip()
            pings += line == "event: ping"
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
            if line.startswith("data: ") and event == "hint":
                return set(line.removeprefix("data: ").split(" "))
        pytest.fail("No hint came.")

    def close(self):
        self.connection.close()


@pytest.fixture
def open_stream(server, browser):  # noqa: F811
    opened = []

    def open_for(person, *conversations):
        session = browser(person).cookies["sessionid"].value if person else ""
        stream = Stream(server[0], session, [conversation.public_id for conversation in conversations])
        opened.append(stream)
        stream.response.readline() if stream.response.status == 200 else None
        return stream

    yield open_for
    for stream in opened:
        stream.close()


@pytest.mark.django_db(transaction=True)
def test_a_stream_tells_what_became_stale_and_nothing_else(open_stream, waiting_work, alice, charlie):
    alices, charlies = open_stream(alice, waiting_work), open_stream(charlie, waiting_work)

    with transaction.atomic():
        live.conversation_changed(waiting_work)
    with transaction.atomic():
        live.agent_changed(charlie)

    assert alices.next_hint() == {f"conversation:{waiting_work.public_id}", f"queue:{waiting_work.queue.public_id}"}
    assert charlies.next_hint() == {f"agent:{charlie.public_id}"}


@pytest.mark.django_db(transaction=True)
def test_the_floor_is_for_supervisors(open_stream, waiting_work, sue):
    stream = open_stream(sue)

    with transaction.atomic():
        live.conversation_changed(waiting_work)

    assert stream.next_hint() == {live.FLOOR}


@pytest.mark.django_db(transaction=True)
def test_strangers_get_no_stream(open_stream, waiting_work):
    assert open_stream(None, waiting_work).response.status == 401


@pytest.mark.django_db(transaction=True)
def test_many_open_pages_hold_no_database_connections(open_stream, server, browser, waiting_work, alice):  # noqa: F811
    streams = [open_stream(alice, waiting_work) for _number in range(STREAMS)]
    assert {stream.response.status for stream in streams} == {200}

    with transaction.atomic():
        live.conversation_changed(waiting_work)
    hints = [stream.next_hint() for stream in streams]
    request = urllib.request.Request(f"{server[0]}/inbox/", headers={"Cookie": f"sessionid={browser(alice).cookies['sessionid'].value}"})
    with urllib.request.urlopen(request, timeout=20) as page:
        title = page.read().decode()

    assert "Inbox · Trunkline" in title
    assert len(hints) == STREAMS
    assert connections_of(server[1]) <= CONNECTIONS_AT_MOST


def connections_of(process_id):
    """How many connections to the database the server holds."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Other tests beside this one have servers of the same name, on databases of their own.
            ours = "application_name = %s AND datname = current_database()"
            cursor.execute(f"SELECT count(*) FROM pg_stat_activity WHERE {ours}", [APPLICATION_NAME])
            return cursor.fetchone()[0]
    folder, name = f"/proc/{process_id}/fd", str(connection.settings_dict["NAME"])
    held = 0
    for descriptor in os.listdir(folder):
        try:
            held += os.readlink(f"{folder}/{descriptor}") == name
        except FileNotFoundError:
            continue
    return held


def test_where_no_stream_can_be_held_open_the_answer_says_so(browser, alice):
    answered = browser(alice).get(reverse("live"))

    assert answered.status_code == 501
    assert "ASGI" in answered.content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_topics_are_what_the_person_may_see(rf, waiting_work, account, channel, alice, charlie, sue, returns, everyone):
    def topics(person):
        request = rf.get("/live/", {"c": [waiting_work.public_id, "nothing"]})
        request.user = person
        return _topics_of(request)

    shown = {f"conversation:{waiting_work.public_id}", f"thread:{waiting_work.public_id}"}
    assert topics(alice.user) == shown | {
        f"agent:{alice.public_id}",
        f"work:{alice.public_id}",
        f"queue:{returns.public_id}",
        f"queue:{everyone.public_id}",
    }
    assert not shown & topics(charlie.user)
    assert topics(sue) == shown | {live.FLOOR}
