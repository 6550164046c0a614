"""What holds for every page: its policy, no code between the lines, and words for people who are in the wrong place."""

import re

import pytest
from django.test import override_settings
from django.urls import reverse

from tests import builders
from tests.inbox.conftest import answer, closed, offered

INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|\shx-on", re.IGNORECASE)


def pages(alices_work):
    """(person, address) of every page outside admin."""
    thread = reverse("inbox:conversation", args=[alices_work.public_id])
    return [
        ("", reverse("login")),
        ("alice", reverse("inbox:inbox")),
        ("alice", reverse("inbox:inbox") + "?tab=open"),
        ("alice", reverse("inbox:inbox") + "?tab=closed"),
        ("alice", thread),
        ("alice", "/inbox/nothing-here/"),
        ("sue", thread),
        ("sue", reverse("inbox:inbox")),
        ("sue", reverse("supervisor:floor")),
        ("sue", reverse("supervisor:assign", args=[alices_work.public_id])),
        ("sue", reverse("supervisor:force_close", args=[alices_work.public_id])),
        ("root", reverse("inbox:inbox")),
    ]


def test_no_page_holds_code_or_style_between_its_lines(client, browser, channel, alices_work, alice, sue, root, returns):
    answer(alices_work, state="failed", author=alice.user)
    offered(builders.conversation(channel, queue=returns), alice)
    people = {"alice": alice, "sue": sue, "root": root}

    for person, address in pages(alices_work):
        page = (browser(people[person]) if person else client).get(address)

        policy = page["Content-Security-Policy"]
        assert "script-src 'self'" in policy, address
        assert "style-src 'self'" in policy, address
        assert "unsafe" not in policy, address
        assert not INLINE.search(page.content.decode()), address


def test_pages_are_never_kept_by_a_cache(browser, alices_work, alice):
    page = browser(alice).get(reverse("inbox:conversation", args=[alices_work.public_id]))

    assert page["Cache-Control"] == "no-store"


def test_what_a_customer_writes_is_text(browser, account, channel, alices_work, alice):
    builders.inbound_message(alices_work, "<script>alert(1)</script><b onclick=x>hi</b>")
    alices_work.profile.display_name = '"><img src=x onerror=alert(1)>'
    alices_work.profile.save()

    page = browser(alice).get(reverse("inbox:conversation", args=[alices_work.public_id])).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<img src=x" not in page


def test_people_who_take_no_work_are_told_where_to_go(browser, sue, root):
    sues = browser(sue).get(reverse("inbox:inbox")).content.decode()
    roots = browser(root).get(reverse("inbox:inbox")).content.decode()

    assert "You take no conversations" in sues
    assert reverse("supervisor:floor") in sues
    assert reverse("admin:index") not in sues
    assert reverse("admin:index") in roots


def test_each_role_finds_its_own_places_in_the_bar(browser, alice, sue):
    alices = browser(alice).get(reverse("inbox:inbox")).content.decode()
    sues = browser(sue).get(reverse("supervisor:floor")).content.decode()

    assert reverse("supervisor:floor") not in alices
    assert f'href="{reverse("inbox:inbox")}"' not in sues


def test_a_wrong_address_is_explained(browser, alice):
    page = browser(alice).get("/inbox/nothing-here/")

    assert page.status_code == 404
    assert "There is nothing here for you" in page.content.decode()


@override_settings(DEBUG=False)
def test_a_failure_of_ours_is_explained_without_anything_that_could_fail(browser, alice, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr("conversations.inbox.worklist.list_work", fail)
    client = browser(alice)
    client.raise_request_exception = False

    page = client.get(reverse("inbox:inbox"))

    assert page.status_code == 500
    assert "Something went wrong here" in page.content.decode()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chosen_theme_stands_in_the_page(theme, browser, alice):
    alice.user.theme = theme
    alice.user.save()

    assert f'data-theme="{theme}"' in browser(alice).get(reverse("inbox:inbox")).content.decode()


def test_times_are_told_by_the_clock_of_the_browser(browser, alices_work, alice):
    message = builders.inbound_message(alices_work, "夜分に失礼します")
    message.occurred_at = message.occurred_at.replace(hour=15, minute=30)
    message.save()
    client = browser(alice)
    address = reverse("inbox:conversation", args=[alices_work.public_id])

    client.cookies["timezone"] = "Asia/Tokyo"
    in_tokyo = client.get(address).content.decode()
    client.cookies["timezone"] = "Not/A_Zone"
    nowhere = client.get(address).content.decode()

    assert ">00:30</time>" in in_tokyo
    assert ">15:30</time>" in nowhere


def test_previous_conversations_are_named_by_day_and_person(browser, channel, customer, alices_work, alice, bob, returns):
    earlier = closed(alices_work, by=bob.user, agent=bob, days_ago=400)
    later = builders.conversation(channel, customer=customer, queue=returns)

    page = browser(alice).get(reverse("inbox:conversation", args=[later.public_id])).content.decode()

    assert "ended by Bob" in page
    assert reverse("inbox:conversation", args=[earlier.public_id]) in page
