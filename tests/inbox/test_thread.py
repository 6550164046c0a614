"""The thread: what each bubble says, what stands above it, and what reading does."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from channels_app.models import Alert
from conversations import journal
from conversations.inbox import thread
from conversations.models import Conversation, Message, RoutingDecision
from tests import builders
from tests.inbox.conftest import answer, ended, held_by


def page_of(client, conversation, name="conversation", **query):
    return client.get(reverse(f"inbox:{name}", args=[conversation.public_id]), query).content.decode()


@pytest.mark.parametrize(
    ("state", "method", "words"),
    [
        ("", "push", "Waiting to be sent"),
        ("sending", "push", "Sending"),
        ("retry", "push", "Trying again"),
        ("accepted", "reply", "accepted by LINE"),
        ("accepted", "push", "counted"),
        ("accepted", "reply", ">free<"),
        ("unknown", "push", "Probably delivered. Send anyway?"),
        ("failed", "push", "Not sent: No such user"),
        ("refused", "reply", "Waiting to be sent"),
    ],
)
def test_a_bubble_says_what_became_of_it(state, method, words, browser, alices_work, alice):
    answer(alices_work, state=state, method=method, error="No such user" if state == "failed" else "", author=alice.user)

    page = page_of(browser(alice), alices_work)

    assert words in page
    assert ("Send again" in page) == (state == "failed")
    assert ("Send anyway" in page) == (state == "unknown")
    assert "elivered by" not in page


@pytest.mark.parametrize("state", ["", "retry"])
def test_a_held_bubble_says_why(state, browser, account, alices_work, alice):
    account.paused_reason, account.paused_since = "The access token has expired", timezone.now()
    account.save()
    answer(alices_work, state=state, author=alice.user)

    assert "Held: The access token has expired" in page_of(browser(alice), alices_work)


@pytest.mark.parametrize("state", ["", "retry"])
def test_a_bubble_of_an_account_that_was_switched_off_is_held_and_says_so(state, browser, account, alices_work, alice):
    account.state = "disabled"
    account.save()
    answer(alices_work, state=state, author=alice.user)

    assert "The messaging account is switched off" in page_of(browser(alice), alices_work).partition("Held")[2]


def test_a_used_up_quota_holds_pushes_but_not_replies(browser, account, alices_work, alice):
    account.push_paused_reason, account.push_paused_since = "Monthly limit", timezone.now()
    account.save()
    answer(alices_work, state="retry", method="reply", author=alice.user)

    assert "Held" not in page_of(browser(alice), alices_work)


def test_the_limit_is_told_before_anybody_writes_and_to_nobody_who_reads_along(browser, account, alices_work, alice, sue):
    account.limit_reached, account.limit_policy = True, "replies"
    account.save()

    assert "Only free replies can be sent" in page_of(browser(alice), alices_work)
    assert "Only free replies can be sent" not in page_of(browser(sue), alices_work)


def test_the_limits_nearness_costs_no_query(script, account, alices_work, alice):
    def queries():
        with CaptureQueriesContext(connection) as made:
            page = client.get(reverse("inbox:foot", args=[alices_work.public_id])).content.decode()
        return len(made), "At least 80 %" in page

    client = script(alice)
    queries()
    far = queries()
    Alert.objects.create(account=account, kind="limit", level=80, subject="2026-11 1000", figures={"limit": 1000})

    assert (far, queries()) == ((far[0], False), (far[0], True))


@pytest.mark.parametrize(("state", "warning"), [("blocked", "has blocked the account"), ("unknown", "wrote more than seven days ago")])
def test_the_agent_is_warned_where_answers_may_not_arrive(state, warning, browser, alices_work, customer, alice):
    customer.follow_state = state
    customer.save()
    long_ago = timezone.now() - datetime.timedelta(days=7, minutes=1)
    Conversation.objects.filter(pk=alices_work.pk).update(last_customer_message_at=long_ago)
    answer(alices_work, state="accepted", author=alice.user)

    page = page_of(browser(alice), alices_work)

    assert warning in page
    assert "accepted by LINE, may not arrive" in page


def test_a_customer_who_wrote_within_seven_days_is_reached_even_if_not_known_as_a_friend(browser, alices_work, customer, alice):
    customer.follow_state = "unknown"
    customer.save()
    Conversation.objects.filter(pk=alices_work.pk).update(last_customer_message_at=timezone.now() - datetime.timedelta(days=6))
    answer(alices_work, state="accepted", author=alice.user)

    assert "may not arrive" not in page_of(browser(alice), alices_work)


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("image", {}, "📷 Picture"),
        ("sticker", {}, "😊 Sticker"),
        ("file", {"fileName": "statement.pdf"}, "📄 File: statement.pdf"),
        ("file", {"fileName": {"not": "text"}}, "📄 File"),
        ("unsupported", {"type": "hologram"}, "❔ Unsupported message"),
        ("never-heard-of", {}, "❔ Unsupported message"),
    ],
)
def test_other_kinds_are_labelled_lines(kind, data, words, browser, alices_work, alice):
    builders.inbound_message(alices_work, "", kind=kind, data=data)

    assert f">{words}<" in page_of(browser(alice), alices_work)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("follow", "The customer added the account as a friend."),
        ("unfollow", "The customer blocked the account."),
        ("zeppelin", "Event: zeppelin"),
    ],
)
def test_events_are_lines_between_the_bubbles(name, words, browser, alices_work, alice):
    Message.objects.create(
        conversation=alices_work,
        account=alices_work.channel.account,
        direction="notice",
        kind="notice",
        data={"name": name},
        occurred_at=timezone.now(),
    )

    assert words in page_of(browser(alice), alices_work)


def test_a_message_that_was_taken_back_leaves_a_tombstone(browser, alices_work, alice):
    message = builders.inbound_message(alices_work, "")
    Message.objects.filter(pk=message.pk).update(withdrawn_at=timezone.now())

    assert "The customer took this message back." in page_of(browser(alice), alices_work)


def test_a_long_conversation_is_shown_a_page_at_a_time(browser, alices_work, alice, monkeypatch):
    monkeypatch.setattr(thread, "PAGE_SIZE", 10)
    for number in range(34):
        builders.inbound_message(alices_work, f"line-{number:02d}", seconds_ago=1000 - number * 10)
    client = browser(alice)
    first = page_of(client, alices_work)
    assert "line-23" not in first
    assert "line-33" in first

    before = first.split('data-older="')[1].split('"')[0]
    joined = page_of(client, alices_work, "thread", before=before)
    since = joined.split('data-from="')[1].split('"')[0]
    again = page_of(client, alices_work, "thread", since=since)

    assert [f"line-{number:02d}" in joined for number in (14, 15, 33)] == [False, True, True]
    assert again == joined


@pytest.mark.parametrize("cursor", ["x", "-", "1-", "9" * 30 + "-1", "1-" + "9" * 30, "１-２"])
def test_a_cursor_that_nobody_made_shows_the_newest_page(cursor, browser, alices_work, alice):
    assert "急須が割れて届きました" in page_of(browser(alice), alices_work, "thread", since=cursor)


def test_earlier_conversations_stand_above_one_after_the_other(browser, channel, customer, alice, bob, returns):
    first = ended(channel, customer, returns, by=bob.user, agent=bob, days_ago=20)
    builders.inbound_message(first, "最初の話")
    second = ended(channel, customer, returns, by=alice.user, agent=alice, days_ago=5)
    builders.inbound_message(second, "二番目の話")
    now = builders.conversation(channel, customer=customer, queue=returns)
    client = browser(alice)

    page = page_of(client, now)
    shown = page_of(client, now, "earlier")
    above_it = page_of(client, second, "earlier")
    nothing = page_of(client, first, "earlier")

    assert "二番目の話" in shown
    assert "ended by Alice" in shown
    assert reverse("inbox:earlier", args=[second.public_id]) in shown
    assert "最初の話" in above_it
    assert "ended by Bob" in above_it
    assert nothing == ""
    assert "二番目の話" in page
    assert "最初の話" not in page
    assert reverse("inbox:earlier", args=[second.public_id]) in page


def test_what_failed_in_an_earlier_conversation_is_not_sent_again_from_there(browser, channel, customer, alice, returns):
    earlier = ended(channel, customer, returns, by=alice.user, agent=alice)
    answer(earlier, "昔の失敗", state="failed", author=alice.user)
    now = held_by(builders.conversation(channel, customer=customer, queue=returns), alice)

    page = page_of(browser(alice), now)

    assert "昔の失敗" in page
    assert "Send again" not in page


def test_the_head_names_the_rule_that_chose(browser, workstream, waiting_work, alice, returns):
    route = builders.route(returns, ("message.first_text", "contains_any", ["返品", "割れ"]))
    facts, matched = {"message.first_text": "急須が割れて届きました"}, {"routes": [route["id"]], "route": route["id"]}
    ruleset = builders.publish(workstream, route)
    RoutingDecision.objects.create(conversation=waiting_work, ruleset=ruleset, queue=returns, facts=facts, matched=matched)

    assert "Returns · rule 1: first message contains 割れ" in page_of(browser(alice), waiting_work)


def test_the_head_names_the_rule_even_when_the_words_were_taken_back(browser, workstream, waiting_work, alice, returns):
    route = builders.route(returns, ("message.first_text", "contains_any", ["返品", "割れ"]), name="Broken")
    ruleset = builders.publish(workstream, route)
    RoutingDecision.objects.create(conversation=waiting_work, ruleset=ruleset, queue=returns, matched={"route": route["id"]})

    assert "Returns · rule 1 “Broken”" in page_of(browser(alice), waiting_work)


def test_the_head_says_when_no_rule_matched(browser, waiting_work, alice, returns):
    RoutingDecision.objects.create(conversation=waiting_work, queue=returns)

    assert "Returns · no rule matched" in page_of(browser(alice), waiting_work)


def test_what_happened_is_told_in_sentences(browser, alices_work, alice, sue):
    journal.record(alices_work, "routed", queue="Returns", rule="", position=1)
    journal.record(alices_work, "offered", agent="Alice")
    journal.record(alices_work, "accepted", actor=alice.user, agent="Alice")
    journal.record(alices_work, "assigned", actor=sue, agent="Bob")
    journal.record(alices_work, "delivery_failed", words="Not found")
    journal.record(alices_work, "something_new", actor=sue)

    page = page_of(browser(alice), alices_work, "customer")

    for sentence in [
        "Queue Returns, by rule 1",
        "Offered to Alice",
        "Alice accepted",
        "Sue assigned it to Bob",
        "A message could not be sent: Not found",
        "Something new",
    ]:
        assert f">{sentence}<" in page


def test_opening_ones_own_conversation_reads_it(browser, alices_work, alice):
    page_of(browser(alice), alices_work)

    alices_work.refresh_from_db()
    assert alices_work.unread_count == 0
    assert alices_work.read_message_id == alices_work.messages.last().pk


def test_looking_at_a_colleagues_conversation_reads_nothing(browser, alices_work, bob, sue):
    page_of(browser(bob), alices_work)
    page_of(browser(sue), alices_work)
    browser(bob).post(reverse("inbox:read", args=[alices_work.public_id]), {"up_to": "999999"})

    alices_work.refresh_from_db()
    assert alices_work.unread_count == 1


def test_fetching_bubbles_again_reads_nothing_until_the_page_says_they_were_seen(browser, alices_work, alice):
    client = browser(alice)
    page_of(client, alices_work, "thread")
    alices_work.refresh_from_db()
    assert alices_work.unread_count == 1

    client.post(reverse("inbox:read", args=[alices_work.public_id]), {"up_to": str(alices_work.messages.last().pk)})

    alices_work.refresh_from_db()
    assert alices_work.unread_count == 0


def test_what_came_after_the_page_was_made_stays_unread(alices_work):
    seen = alices_work.messages.last()
    builders.inbound_message(alices_work, "まだですか")
    Conversation.objects.filter(pk=alices_work.pk).update(unread_count=2)

    thread.mark_read(conversation=alices_work, up_to_message_id=seen.pk)
    thread.mark_read(conversation=alices_work, up_to_message_id=seen.pk - 1)

    alices_work.refresh_from_db()
    assert (alices_work.unread_count, alices_work.read_message_id) == (1, seen.pk)


def test_days_are_separated_and_minutes_are_grouped(browser, alices_work, alice):
    Message.objects.all().delete()
    at = timezone.now().replace(hour=10, minute=41, second=1)
    for seconds, text in [(0, "a"), (20, "b"), (70, "c")]:
        message = builders.inbound_message(alices_work, text)
        Message.objects.filter(pk=message.pk).update(occurred_at=at + timezone.timedelta(seconds=seconds))

    page = page_of(browser(alice), alices_work, "thread")

    assert page.count('class="divider"') == 1
    assert page.count("is-continued") == 1


def test_customers_words_carry_their_language(browser, alices_work, customer, alice):
    builders.inbound_message(alices_work, "สวัสดีค่ะ")

    assert '<div class="bubble" lang="th">สวัสดีค่ะ</div>' in page_of(browser(alice), alices_work)


def test_the_cost_of_a_thread_does_not_grow_with_it(browser, channel, customer, alices_work, alice, bob, returns):
    def add(count):
        for number in range(count):
            builders.inbound_message(alices_work, f"in {number}")
            answer(alices_work, f"out {number}", state="accepted", author=[alice, bob][number % 2].user)
            journal.record(alices_work, "accepted", actor=[alice, bob][number % 2].user)
            Message.objects.filter(direction="in", conversation=alices_work).update(sender_profile=customer)

    client = browser(alice)
    add(3)
    page_of(client, alices_work)
    with CaptureQueriesContext(connection) as few:
        page_of(client, alices_work)
    add(27)
    with CaptureQueriesContext(connection) as many:
        page_of(client, alices_work)

    assert len(many) == len(few)
    assert len(few) < 35
