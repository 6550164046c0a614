"""The timers above the answer: what counts, how far it is, and switching one off and on."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from channels_app.models import Lane
from conversations import timeouts
from conversations.models import Conversation
from tests import builders
from workstreams.models import TimeoutRule, Workstream


@pytest.fixture
def rule(workstream):
    return TimeoutRule.objects.create(workstream=workstream, name="Hurry up", trigger="agent_silent", minutes=10, action="release")


@pytest.fixture
def asked(alices_work):
    """The customer asked Alice eight minutes ago."""
    at = timezone.now() - datetime.timedelta(minutes=8)
    Conversation.objects.update(last_customer_message_at=at, last_agent_message_at=None, assigned_at=at)
    alices_work.refresh_from_db()
    return alices_work


def foot(client, conversation):
    return client.get(reverse("inbox:foot", args=[conversation.public_id])).content.decode()


def head(client, conversation):
    return client.get(reverse("inbox:head", args=[conversation.public_id])).content.decode()


def switch(client, conversation, rule, on):
    return client.post(reverse("inbox:timer", args=[conversation.public_id, rule.public_id]), {"on": on})


def test_a_running_timer_says_how_long_it_has_left_and_how_far_it_is(script, alice, asked, rule):
    shown = foot(script(alice), asked)

    for words in ("Hurry up", "puts it back into its queue", "in 1 min", "almost due", "Switch off"):
        assert words in shown


def test_the_page_has_them_too_and_fetches_them_with_the_answer_alone(browser, alice, asked, rule):
    page = browser(alice).get(reverse("inbox:conversation", args=[asked.public_id])).content.decode()

    assert page.count('id="timers"') == 1
    assert "almost due" in page
    assert "timers/" not in "".join(part.split(">")[0] for part in page.split("data-refresh=")[1:])


def test_without_rules_or_once_closed_there_is_nothing(script, alice, asked, workstream):
    assert "<details" not in foot(script(alice), asked).split('id="timers"')[1].split("</div>")[0]

    TimeoutRule.objects.create(workstream=workstream, name="Hurry up", trigger="agent_silent", minutes=10, action="release")
    Conversation.objects.update(state="wrap_up")

    assert "Hurry up" not in foot(script(alice), asked)


def test_switched_off_and_on_again_by_its_agent(script, alice, asked, rule):
    off = switch(script(alice), asked, rule, "0").content.decode()
    Conversation.objects.update(assigned_at=timezone.now() - datetime.timedelta(hours=1))

    assert "switched off" in off
    assert "Switch on" in off
    assert '<details class="timers" open>' in off
    assert timeouts.run_due() == 0

    on = switch(script(alice), asked, rule, "1").content.decode()

    assert "Switch off" in on
    assert timeouts.run_due() == 1


def test_without_a_script_the_page_is_shown_again(browser, alice, asked, rule):
    answer = switch(browser(alice), asked, rule, "0")

    assert answer.url == reverse("inbox:conversation", args=[asked.public_id])
    assert asked.timer_switches.get().off_at is not None


def test_a_colleague_sees_them_and_is_told_whose_it_is_when_switching(script, bob, asked, rule):
    shown, answer = foot(script(bob), asked), switch(script(bob), asked, rule, "0").content.decode()

    assert "Hurry up" in shown
    assert "Switch off" not in shown
    assert "Alice has this conversation." in answer
    assert not asked.timer_switches.exists()


def test_a_supervisor_switches_too(script, sue, asked, rule):
    assert "Switch off" in foot(script(sue), asked)

    switch(script(sue), asked, rule, "0")

    assert asked.timer_switches.get().off_at is not None


def test_a_stranger_finds_nothing(script, charlie, asked, rule):
    assert switch(script(charlie), asked, rule, "0").status_code == 404


def test_the_rule_of_another_workstream_is_not_found(script, alice, asked, everyone):

    other = builders.workstream(fallback_queue=everyone, name="Other")
    rule = TimeoutRule.objects.create(workstream=other, name="x", trigger="agent_silent", minutes=10, action="release")

    assert switch(script(alice), asked, rule, "0").status_code == 404


def test_many_rules_cost_as_many_queries_as_one(script, alice, asked, rule, workstream):
    client = script(alice)
    foot(client, asked)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            foot(client, asked)
        return len(captured)

    one = queries()
    for number in range(9):
        TimeoutRule.objects.create(workstream=workstream, name=f"{number}", trigger="agent_silent", minutes=10, action="release")

    assert queries() == one


def test_what_a_rule_did_is_in_the_journal_in_words(browser, alice, asked, rule):
    Conversation.objects.update(assigned_at=timezone.now() - datetime.timedelta(hours=1))
    timeouts.run_due()

    page = browser(alice).get(reverse("inbox:customer", args=[asked.public_id])).content.decode()

    assert "Time-out rule “Hurry up”" in page
    assert "Back in its queue, by a time-out rule" in page


@pytest.mark.parametrize(("block", "words"), [("custom", "in 4 min"), ("always", "in 23 h")])
def test_an_ended_conversation_says_how_long_its_wrap_up_lasts(script, alice, asked, workstream, block, words):
    Workstream.objects.update(wrap_up_block=block, wrap_up_seconds=300)
    Conversation.objects.update(state="wrap_up", state_changed_at=timezone.now() - datetime.timedelta(seconds=30))

    assert f"It closes by itself {words};" in foot(script(alice), asked)


NEW_ONE = "When they write again, a new conversation begins"


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("none", NEW_ONE),
        ("custom", "If they write within 5 min, the conversation is yours again"),
        ("always", "If they write within 24 h, the conversation is yours again"),
    ],
)
def test_the_end_says_what_becomes_of_what_the_customer_writes_then(script, alice, asked, workstream, block, words):
    Workstream.objects.update(wrap_up_block=block, wrap_up_seconds=300)

    active = head(script(alice), asked)
    Conversation.objects.update(state="wrap_up")
    ended = head(script(alice), asked)

    assert words in active
    assert "choose Wait for customer" in active
    assert (NEW_ONE in active) == (block == "none")
    assert NEW_ONE in ended


def test_in_standby_nobody_is_promised_a_return_from_wrap_up(script, alice, asked, workstream):
    Workstream.objects.update(wrap_up_block="custom", wrap_up_seconds=300)
    Lane.objects.update(standby=True)

    shown = head(script(alice), asked)

    assert "End the conversation" in shown
    assert "yours again" not in shown
