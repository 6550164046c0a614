"""The floor: who sees it, what it shows, and what a supervisor does there."""

import datetime
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from channels_app.models import Alert
from conversations.models import Conversation
from conversations.supervisor import queries
from tests import builders
from tests.inbox.conftest import closed, held_by, offered

FLOOR = "supervisor:floor"


@pytest.mark.parametrize("name", ["floor", "assign", "force_close"])
def test_the_floor_is_for_supervisors_and_administrators(name, client, browser, waiting_work, alice, sue, root):
    address = reverse(f"supervisor:{name}", args=[waiting_work.public_id] if name != "floor" else [])

    assert browser(sue).get(address).status_code == 200
    assert browser(root).get(address).status_code == 200
    assert browser(alice).get(address).status_code == 404
    assert client.get(address).status_code == 302


@pytest.mark.parametrize("name", ["assign", "force_close"])
def test_agents_move_nothing_on_the_floor(name, browser, waiting_work, alice, bob):
    answered = browser(alice).post(reverse(f"supervisor:{name}", args=[waiting_work.public_id]), {"agent": bob.public_id})

    assert answered.status_code == 404
    waiting_work.refresh_from_db()
    assert waiting_work.state == "open"


def test_the_tiles_count(browser, channel, alices_work, alice, bob, charlie, sue, returns):
    for minutes in (1, 20):
        since = timezone.now() - datetime.timedelta(minutes=minutes)
        builders.conversation(channel, queue=returns, queued_at=since)
    held_by(builders.conversation(channel), bob, "waiting")
    closed(builders.conversation(channel), agent=bob)
    builders.agent("dana", present="away")

    page = browser(sue).get(reverse(FLOOR)).content.decode()

    figures = [part.split("</p>")[0].split(">")[-1] for part in page.split('<p class="tile-figure')[1:]]
    assert figures == ["2", "20 min", "1"]
    assert "Available <strong>3</strong>" in page
    assert "Away <strong>1</strong>" in page


def test_the_longest_wait_stands_on_top_and_closed_ones_nowhere(browser, channel, alices_work, sue, returns, bob):
    new = builders.conversation(channel, queue=returns, queued_at=timezone.now())
    old = builders.conversation(channel, queue=returns, queued_at=timezone.now() - datetime.timedelta(hours=1))
    over = closed(builders.conversation(channel), agent=bob)

    page = browser(sue).get(reverse(FLOOR)).content.decode()

    places = [page.index(f'id="close-{conversation.public_id}"') for conversation in (old, new, alices_work)]
    assert places == sorted(places)
    assert over.public_id not in page


def test_the_floor_is_filtered_by_state(browser, channel, alices_work, sue, returns):
    waiting = builders.conversation(channel, queue=returns)

    page = browser(sue).get(reverse(FLOOR), {"state": "active"}).content.decode()

    assert alices_work.public_id in page
    assert waiting.public_id not in page


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ["All", "Waiting", "Active", "Waiting for customer"]), ("ja", ["すべて", "待機中", "対応中", "顧客の返信待ち"])],
)
def test_the_filters_call_a_state_as_tiles_and_rows_do(browser, sue, language, words):
    filters = browser(sue).get(reverse(FLOOR), headers={"accept-language": language}).context["filters"]

    assert [str(name) for _code, name in filters] == words


def test_warnings_and_the_health_of_an_account_are_in_japanese(browser, account, sue):
    counted = {"wrong_signature": {"count": 2}, "events_wait": {"count": 1}, "sends_wait": {"count": 2}}
    for kind, figures in {"limit": {"used": 90, "limit": 100}, **counted}.items():
        Alert.objects.create(account=account, kind=kind, level=90, figures=figures)
    client, japanese = browser(sue), {"accept-language": "ja"}
    pages = [
        client.get(reverse(FLOOR), headers=japanese).content.decode(),
        client.get(reverse("supervisor:account_health", args=[account.public_id]), headers=japanese).content.decode(),
    ]

    for page in pages:
        assert "今月はプランの100通のうち90通を使用しました（90%）。" in page
        health = page[page.index('<div class="health">') :].partition("</main>")[0].partition('<div class="tiles">')[0]
        english = {word for text in re.findall(r">([^<>]+)", health) for word in re.findall(r"[A-Za-z]{3,}", text)}
        assert english <= {"Koharu", "Support", "Webhook"}


def test_a_supervisor_assigns_even_over_capacity(browser, waiting_work, bob, sue):
    bob.units_used = bob.units_total
    bob.save()
    client, address = browser(sue), reverse("supervisor:assign", args=[waiting_work.public_id])
    dialog = client.get(address).content.decode()

    page = client.post(address, {"agent": bob.public_id}, follow=True).content.decode()

    assert "5 of 5 · full" in dialog
    assert "is now with Bob" in page
    waiting_work.refresh_from_db()
    assert (waiting_work.state, waiting_work.agent) == ("active", bob)


def test_assigning_to_nobody_is_not_found(browser, waiting_work, sue):
    assert browser(sue).post(reverse("supervisor:assign", args=[waiting_work.public_id]), {"agent": "nobody"}).status_code == 404


def test_force_closing_names_what_is_lost_and_closes(browser, alices_work, sue):
    client, address = browser(sue), reverse("supervisor:force_close", args=[alices_work.public_id])
    dialog = client.get(address).content.decode()

    page = client.post(address, follow=True).content.decode()

    assert "Alice loses it at once" in dialog
    assert "1 message was not read." in dialog
    assert "is closed." in page
    alices_work.refresh_from_db()
    assert (alices_work.state, alices_work.closed_by) == ("closed", sue)


def test_what_is_closed_already_is_said(browser, alices_work, alice, sue):
    closed(alices_work, agent=alice)

    page = browser(sue).post(reverse("supervisor:force_close", args=[alices_work.public_id]), follow=True).content.decode()

    assert "This conversation is closed." in page


def test_a_supervisor_reads_along_and_writes_nothing(browser, alices_work, sue):
    page = browser(sue).get(reverse("inbox:conversation", args=[alices_work.public_id])).content.decode()

    assert "急須が割れて届きました" in page
    assert "You are reading along." in page
    assert 'id="composer"' not in page
    alices_work.refresh_from_db()
    assert alices_work.unread_count == 1


def test_scripts_get_the_floor_without_its_frame(script, browser, waiting_work, sue):
    fragment = script(sue).get(reverse(FLOOR)).content.decode()
    dialog = script(sue).get(reverse("supervisor:assign", args=[waiting_work.public_id])).content.decode()

    assert "<html" not in fragment
    assert "tile-figure" in fragment
    assert "<html" not in dialog


def test_an_agent_who_was_never_here_counts_as_offline(browser, alice, sue):
    alice.presence.delete()

    page = browser(sue).get(reverse(FLOOR)).content.decode()

    assert "Offline <strong>1</strong>" in page


def test_the_cost_of_the_floor_does_not_grow_with_it(browser, channel, alice, sue, returns):
    def add(count, tag):
        for number in range(count):
            one = builders.conversation(channel, customer=builders.profile(channel.account, f"{tag}{number}"), queue=returns)
            if number % 3 == 0:
                held_by(one, alice)
            elif number % 3 == 1:
                offered(one, alice)
            builders.agent(f"{tag}{number}", queues=[returns])

    client = browser(sue)
    add(5, "few")
    client.get(reverse(FLOOR))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse(FLOOR))
    add(45, "many")
    with CaptureQueriesContext(connection) as many:
        client.get(reverse(FLOOR))

    assert Conversation.objects.count() == 50
    assert len(many) == len(few)
    assert len(few) < 18


def test_a_floor_that_is_too_long_shows_those_who_wait_and_says_that_there_are_more(channel, returns, bob, monkeypatch):
    monkeypatch.setattr(queries, "SHOWN_AT_MOST", 2)
    at = timezone.now()
    held = held_by(builders.conversation(channel, queued_at=at - datetime.timedelta(hours=9)), bob)
    waiting = [builders.conversation(channel, queue=returns, queued_at=at - datetime.timedelta(hours=hours)) for hours in (3, 1)]

    shown, more = queries.live_conversations()
    assert ([row.conversation for row in shown], more) == (waiting, True)

    shown, more = queries.live_conversations("active")
    assert ([row.conversation for row in shown], more) == ([held], False)


def test_a_supervisor_asks_an_agent_first(browser, alices_work, alice, bob, sue):
    client, address = browser(sue), reverse("supervisor:assign", args=[alices_work.public_id])
    dialog = client.get(address).content.decode()

    page = client.post(address, {"agent": bob.public_id, "ask": "1"}, follow=True).content.decode()

    assert "Alice keeps it until they accept." in dialog
    assert "Bob is asked to take みさき🐰." in page
    assert "asks Bob" in page
    alices_work.refresh_from_db()
    assert (alices_work.agent, alices_work.receiver) == (alice, bob)


def test_what_waits_in_a_queue_has_no_agent_who_keeps_it(browser, waiting_work, bob, sue):
    dialog = browser(sue).get(reverse("supervisor:assign", args=[waiting_work.public_id])).content.decode()

    assert "Ask first" not in dialog
