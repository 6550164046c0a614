"""The work list: what stands in which tab, in which order, and at what cost."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from channels_app.models import Lane, ReplyToken
from conversations.inbox import worklist
from conversations.models import Conversation
from tests import builders
from tests.inbox.conftest import closed, held_by, offered, stored_event
from workstreams.models import Membership


def rows(page):
    """The public ids of the rows, in their order."""
    content = page.content.decode()
    return [part.split('"')[0] for part in content.split('data-row="')[1:]]


def many(channel, count, **fields):
    """Conversations with a message each, the first one the oldest."""
    made = []
    for number in range(count):
        at = timezone.now() - datetime.timedelta(minutes=count - number)
        one = builders.conversation(channel, customer=builders.profile(channel.account, f"C{number}"), **fields)
        Conversation.objects.filter(pk=one.pk).update(last_interaction_at=at, last_message_at=at, last_message_text=f"text {number}")
        made.append(one)
    return made


def test_each_conversation_stands_in_its_tab(browser, channel, alices_work, alice, returns, everyone):
    waiting = held_by(builders.conversation(channel, queue=returns), alice, "waiting")
    open_work = builders.conversation(channel, queue=returns)
    foreign = builders.conversation(channel, queue=builders.queue("Foreign"))
    over = closed(builders.conversation(channel, queue=returns), agent=alice)
    client, address = browser(alice), reverse("inbox:worklist")

    assert set(rows(client.get(address, {"tab": "mine"}))) == {alices_work.public_id, waiting.public_id}
    assert rows(client.get(address, {"tab": "open"})) == [open_work.public_id]
    assert rows(client.get(address, {"tab": "closed"})) == [over.public_id]
    assert foreign.public_id not in client.get(address, {"tab": "open"}).content.decode()


def test_my_work_shows_the_newest_first_and_the_queue_the_longest_wait(browser, channel, alice, returns):
    mine = [held_by(conversation, alice) for conversation in many(channel, 3, queue=returns)]
    waiting = many(channel, 3, queue=returns)
    client, address = browser(alice), reverse("inbox:worklist")

    assert rows(client.get(address)) == [conversation.public_id for conversation in reversed(mine)]
    assert rows(client.get(address, {"tab": "open"})) == [conversation.public_id for conversation in waiting]


@pytest.mark.parametrize("tab", ["mine", "open", "closed"])
def test_every_row_is_shown_once_over_all_pages(tab, browser, channel, alice, returns, monkeypatch):
    monkeypatch.setattr(worklist, "PAGE_SIZE", 4)
    made = many(channel, 10, queue=returns)
    at = timezone.now()
    for conversation in made:
        # The same moment for all: the key decides.
        Conversation.objects.filter(pk=conversation.pk).update(last_interaction_at=at)
        if tab == "mine":
            held_by(conversation, alice)
        if tab == "closed":
            closed(conversation, agent=alice)
    Conversation.objects.filter(state="closed").update(closed_at=at)
    client, address = browser(alice), reverse("inbox:worklist")

    seen, after = [], ""
    for _page in range(3):
        page = client.get(address, {"tab": tab, "after": after})
        seen += rows(page)
        content = page.content.decode()
        after = content.split("after=")[1].split('"')[0].replace("%3A", ":").replace("%2B", "+") if "after=" in content else ""

    assert len(seen) == len(set(seen)) == 10
    assert after == ""


def test_a_list_that_is_fetched_again_is_as_long_as_it_was(browser, channel, alice, returns, monkeypatch):
    monkeypatch.setattr(worklist, "PAGE_SIZE", 4)
    many(channel, 10, queue=returns)

    assert len(rows(browser(alice).get(reverse("inbox:worklist"), {"tab": "open", "shown": "8"}))) == 8


@pytest.mark.parametrize(
    "cursor", ["x", "_", "2026-13-45T00:00:00+00:00_1", "2026-01-01T00:00:00_1", "2026-01-01T00:00:00+00:00_9" + "9" * 40]
)
def test_a_cursor_that_nobody_made_shows_the_first_page(cursor, browser, alices_work, alice):
    page = browser(alice).get(reverse("inbox:worklist"), {"after": cursor, "shown": "9" * 50, "tab": "nonsense"})

    assert page.status_code == 200
    assert rows(page) == [alices_work.public_id]


def test_only_unread_ones_are_shown_if_wished(browser, channel, alices_work, alice):
    held_by(builders.conversation(channel), alice)

    assert rows(browser(alice).get(reverse("inbox:worklist"), {"unread": "1"})) == [alices_work.public_id]


def test_the_tabs_count_and_stop_counting(browser, channel, alices_work, alice, returns, monkeypatch):
    many(channel, 4, queue=returns)
    monkeypatch.setattr(worklist, "COUNTED_AT_MOST", 3)

    counts = worklist.list_work(alice, "mine").counts

    assert counts == {"mine": "1", "open": "3+"}


def test_work_on_offer_to_a_colleague_is_marked(browser, waiting_work, alice, bob):
    offered(waiting_work, bob)

    assert "offered to Bob" in browser(alice).get(reverse("inbox:worklist"), {"tab": "open"}).content.decode()


@pytest.mark.parametrize(("minutes", "mark"), [(1, None), (4, "is-warn"), (16, "is-trouble")])
def test_the_longer_a_customer_waits_the_louder_the_row(minutes, mark, browser, waiting_work, alice):
    since = timezone.now() - datetime.timedelta(minutes=minutes)
    Conversation.objects.filter(pk=waiting_work.pk).update(queued_at=since)

    page = browser(alice).get(reverse("inbox:worklist"), {"tab": "open"}).content.decode()

    if mark:
        assert f'<span class="tag {mark}">waiting {minutes} min</span>' in page
    else:
        assert ">waiting" not in page


def test_a_free_answer_is_shown_while_it_is_free(browser, alices_work, customer, alice, account):
    token = ReplyToken.objects.create(
        event=stored_event(account), lane=customer.lane, value="t", usable_until=timezone.now() + datetime.timedelta(seconds=41)
    )
    client, address = browser(alice), reverse("inbox:worklist")
    while_fresh = client.get(address).content.decode()

    token.state, token.value = "spent", None
    token.save()

    assert "data-countdown" in while_fresh
    assert "data-countdown" not in client.get(address).content.decode()


def test_an_empty_list_says_what_to_expect(browser, alice):
    page = browser(alice).get(reverse("inbox:inbox"), {"tab": "open"}).content.decode()

    assert "No work waiting." in page
    assert "You are Available." in page


def test_last_words_that_were_taken_back_are_not_shown(browser, alices_work, alice):
    Conversation.objects.filter(pk=alices_work.pk).update(last_message_text="", last_message_kind="withdrawn")

    assert "A message was taken back." in browser(alice).get(reverse("inbox:worklist")).content.decode()


@pytest.mark.parametrize("tab", ["mine", "open", "closed"])
def test_the_cost_of_the_list_does_not_grow_with_it(tab, browser, channel, alice, bob, returns):
    def add(count):
        for number, conversation in enumerate(many(channel, count, queue=returns)):
            profile = conversation.profile
            profile.lane = Lane.objects.create(account=channel.account, key=f"user:{profile.line_id}")
            profile.save()
            if tab == "mine":
                held_by(conversation, alice)
            elif tab == "closed":
                closed(conversation, by=bob.user, agent=bob)
            elif number % 2:
                offered(conversation, bob)

    client, address = browser(alice), reverse("inbox:inbox")
    add(5)
    client.get(address, {"tab": tab})
    with CaptureQueriesContext(connection) as few:
        client.get(address, {"tab": tab})
    add(45)
    with CaptureQueriesContext(connection) as many_queries:
        client.get(address, {"tab": tab, "shown": "60"})

    assert len(many_queries) == len(few)
    assert len(few) < 20


@pytest.mark.parametrize(
    ("tab", "sort", "first"), [("mine", "", "new"), ("mine", "oldest", "old"), ("open", "", "old"), ("open", "newest", "new")]
)
def test_the_order_can_be_turned_round_and_pages_follow_it(channel, alice, returns, browser, monkeypatch, tab, sort, first):
    monkeypatch.setattr(worklist, "PAGE_SIZE", 1)
    state = {"state": "active", "agent": alice, "holder": alice, "units_held": 20} if tab == "mine" else {"queue": returns}
    made = {}
    for name, hours in (("old", 5), ("new", 1)):
        at = timezone.now() - datetime.timedelta(hours=hours)
        made[name] = builders.conversation(channel, last_interaction_at=at, **state).public_id

    pages = worklist.list_work(alice, tab, sort=sort, shown=1)
    following = worklist.list_work(alice, tab, sort=sort, after=pages.next_cursor)

    second = {"old": "new", "new": "old"}[first]
    assert [row.conversation.public_id for row in (*pages.rows, *following.rows)] == [made[first], made[second]]


@pytest.mark.parametrize(("tab", "sort"), [("open", ""), ("open", "newest"), ("closed", "")])
def test_several_queues_and_ones_own_are_one_list_page_after_page(channel, alice, bob, returns, monkeypatch, tab, sort):
    monkeypatch.setattr(worklist, "PAGE_SIZE", 2)
    second = builders.queue("Repairs")
    Membership.objects.create(queue=second, agent=alice)
    made = []
    for number, queue in enumerate([returns, second, second, returns, second]):
        at = timezone.now() - datetime.timedelta(hours=9 - number)
        one = builders.conversation(channel, queue=queue, last_interaction_at=at)
        if tab == "closed":
            Conversation.objects.filter(pk=closed(one, agent=alice if number == 1 else bob).pk).update(closed_at=at)
        made.append(one.public_id)

    seen, after = [], ""
    for _page in range(3):
        page = worklist.list_work(alice, tab, sort=sort, after=after, shown=2)
        seen += [row.conversation.public_id for row in page.rows]
        after = page.next_cursor

    assert seen == (made if (tab, sort) == ("open", "") else made[::-1])
    assert after == ""
