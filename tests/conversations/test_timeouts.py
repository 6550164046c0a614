"""Time-out rules: once per silence, at the right moment, and each thing they can do."""

import datetime

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels_app.models import AccountState, Bubble, Lane, MessagingAccount
from conversations import composer, lifecycle, tasks, timeouts, timers
from conversations.models import Conversation, Message, TimeoutRun
from conversations.timers import TimerState
from tests import builders
from workstreams.models import Agent, TimeoutRule, User


def ago(minutes):
    return timezone.now() - datetime.timedelta(minutes=minutes)


@pytest.fixture
def make_rule(workstream):
    def make(trigger="customer_silent", action="message_agent", minutes=10, **extra):
        says = {"texts": {"en": "Still there?", "ja": "いかがですか？"}, "fallback_language": "en"} if "message" in action else {}
        fields = {"name": f"After {minutes}"} | says | extra
        return TimeoutRule.objects.create(workstream=workstream, trigger=trigger, action=action, minutes=minutes, **fields)

    return make


@pytest.fixture
def talk(channel, alice):
    """Alice's conversation: minutes ago of the assignment, the customer's last message, and Alice's."""

    def make(customer=None, agent=None, assigned=60, state="active", **extra):
        number = Lane.objects.count()
        customer_profile = builders.profile(channel.account, lane=Lane.objects.create(account=channel.account, key=f"user:{number}"))
        fields = {
            "last_customer_message_at": ago(customer) if customer is not None else None,
            "last_agent_message_at": ago(agent) if agent is not None else None,
            "assigned_at": ago(assigned),
        }
        if state == "active":
            fields |= {"holder": alice, "units_held": 20}
            Agent.objects.filter(pk=alice.pk).update(units_used=20)
        return builders.conversation(channel, customer=customer_profile, state=state, agent=alice, **(fields | extra))

    return make


# --- When ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trigger", "customer", "agent", "assigned", "runs"),
    [
        ("customer_silent", 20, 11, 60, True),
        ("customer_silent", 20, 9, 60, False),
        ("customer_silent", None, 11, 60, True),
        ("customer_silent", 5, 11, 60, False),  # the customer has answered
        ("customer_silent", 20, None, 60, False),  # nobody has asked
        ("agent_silent", 11, 20, 60, True),
        ("agent_silent", 9, 20, 60, False),
        ("agent_silent", 20, 11, 60, False),  # the agent has answered
        ("agent_silent", 20, None, 11, True),  # no answer yet: since the assignment
        ("agent_silent", 20, None, 9, False),
        ("agent_silent", 5, None, 11, True),  # … whatever the customer adds meanwhile
        ("agent_silent", 30, 40, 11, True),  # handed on after an answer: the new agent's time begins with the assignment
        ("agent_silent", 30, 40, 9, False),
        ("agent_silent", None, None, 11, False),  # nobody has asked anything
    ],
)
def test_a_rule_runs_when_its_silence_has_lasted_long_enough(make_rule, talk, trigger, customer, agent, assigned, runs):
    make_rule(trigger=trigger, minutes=10)
    talk(customer=customer, agent=agent, assigned=assigned)

    tasks.run_timeouts()

    assert TimeoutRun.objects.count() == runs


def test_it_runs_once_per_silence_and_again_in_the_next(make_rule, talk):
    make_rule(minutes=10)
    conversation = talk(customer=30, agent=20)

    assert [timeouts.run_due() for _ in range(3)] == [1, 0, 0]

    Conversation.objects.filter(pk=conversation.pk).update(last_agent_message_at=ago(12))
    assert [timeouts.run_due(), timeouts.run_due()] == [1, 0]
    assert TimeoutRun.objects.count() == 2


def test_a_rule_that_is_off_or_of_another_workstream_does_nothing(make_rule, talk, everyone):
    make_rule(enabled=False)
    other = builders.workstream(fallback_queue=everyone, name="Other")
    make_rule(texts={"en": "x"}).__class__.objects.filter(enabled=True).update(workstream=other)
    talk(agent=20)

    assert timeouts.run_due() == 0


def test_rules_that_are_due_at_once_run_by_priority(make_rule, talk):
    make_rule(action="close", priority=2)
    make_rule(action="message_agent", priority=1)
    conversation = talk(agent=20)

    tasks.run_timeouts()

    assert list(conversation.journal.order_by("pk").values_list("verb", flat=True)) == ["timer_ran", "timer_ran", "closed_by_rule"]


def test_what_was_due_when_a_sweep_looked_but_not_under_the_lock_is_left(make_rule, talk, monkeypatch):
    make_rule()
    talk(agent=20)
    lock = composer.lock_with_lane

    def answered_meanwhile(conversation_id):
        Conversation.objects.filter(pk=conversation_id).update(last_customer_message_at=timezone.now())
        return lock(conversation_id)

    monkeypatch.setattr(composer, "lock_with_lane", answered_meanwhile)

    assert timeouts.run_due() == 0
    assert not TimeoutRun.objects.exists()


def test_one_conversation_s_trouble_is_not_the_others(make_rule, talk, monkeypatch, caplog):
    make_rule()
    broken, fine = talk(agent=20), talk(agent=20)
    lock = composer.lock_with_lane

    def trouble(conversation_id):
        if conversation_id == broken.pk:
            raise RuntimeError("broken")
        return lock(conversation_id)

    monkeypatch.setattr(composer, "lock_with_lane", trouble)

    assert timeouts.run_due() == 1
    assert TimeoutRun.objects.get().conversation == fine
    assert "broken" in caplog.text


MOMENTS = st.one_of(st.none(), st.integers(0, 40))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    customer=MOMENTS,
    agent=MOMENTS,
    assigned=MOMENTS,
    state=st.sampled_from(["active", "waiting", "wrap_up", "open"]),
    trigger=st.sampled_from(["customer_silent", "agent_silent"]),
    action=st.sampled_from(["message_agent", "wait", "release", "close"]),
    minutes=st.integers(1, 40),
)
def test_the_sweep_s_query_finds_just_what_the_timers_say(
    channel, alice, workstream, customer, agent, assigned, state, trigger, action, minutes
):
    if (action, trigger) in (("wait", "agent_silent"), ("release", "customer_silent")):
        return
    TimeoutRule.objects.all().delete()
    Conversation.objects.all().delete()
    rule = TimeoutRule.objects.create(
        workstream=workstream, name="x", trigger=trigger, action=action, minutes=minutes, texts={"en": "x"}, fallback_language="en"
    )
    at = timezone.now() - datetime.timedelta(seconds=30)
    moments = {
        name: None if value is None else at - datetime.timedelta(minutes=value)
        for name, value in (("last_customer_message_at", customer), ("last_agent_message_at", agent), ("assigned_at", assigned))
    }
    conversation = builders.conversation(channel, state=state, agent=None if state == "open" else alice, **moments)

    (timer,) = timers.timers_of(conversation)

    assert timeouts.due_conversations(rule).exists() == timer.is_due(timezone.now())


# --- What ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "words"), [("ja", "いかがですか？"), ("th", "Still there?"), ("", "Still there?")])
def test_a_message_to_the_customer_goes_through_the_composer_in_their_language_once(make_rule, talk, language, words):
    make_rule(action="message_customer")
    conversation = talk(agent=20, language=language)

    tasks.run_timeouts()
    tasks.run_timeouts()

    message = Message.objects.get()
    assert (message.text, message.direction, message.author) == (words, "out", None)
    assert Bubble.objects.get().content["text"] == words
    conversation.refresh_from_db()
    assert conversation.state == "active"
    assert conversation.last_agent_message_at < ago(19), "what the product says is no answer"


def test_what_can_not_be_sent_is_said_in_the_journal_and_not_tried_again(make_rule, talk):
    make_rule(action="message_customer")
    conversation = talk(agent=20)
    MessagingAccount.objects.update(state=AccountState.DISABLED)

    assert [timeouts.run_due(), timeouts.run_due()] == [1, 0]

    assert not Message.objects.exists()
    assert list(conversation.journal.order_by("pk").values_list("verb", flat=True)) == ["timer_ran", "timer_unsaid"]


def test_a_reminder_is_a_line_in_the_agent_s_language_that_the_customer_does_not_get(make_rule, talk, alice):
    User.objects.filter(pk=alice.user_id).update(language="ja")
    make_rule(trigger="agent_silent")
    talk(customer=20, agent=30)

    tasks.run_timeouts()

    message = Message.objects.get()
    assert (message.text, message.direction, message.kind, message.bubble) == ("いかがですか？", "notice", "notice", None)


@pytest.mark.parametrize("state", ["active", "waiting"])
def test_closing_ends_it_and_frees_its_agent(make_rule, talk, state):
    make_rule(action="close")
    conversation = talk(agent=20, state=state)

    tasks.run_timeouts()

    conversation.refresh_from_db()
    assert (conversation.state, conversation.close_reason, Agent.objects.get().units_used) == ("closed", "timeout_rule", 0)


def test_moved_to_waiting_it_stays_its_agent_s_and_frees_their_units(make_rule, talk, alice):
    make_rule(action="wait")
    conversation = talk(agent=20)

    tasks.run_timeouts()

    conversation.refresh_from_db()
    assert (conversation.state, conversation.agent, Agent.objects.get().units_used) == ("waiting", alice, 0)
    assert timeouts.run_due() == 0


def test_what_waits_already_is_not_made_to_wait(make_rule, talk):
    make_rule(action="wait")
    talk(agent=20, state="waiting")

    assert timeouts.run_due() == 0


def test_released_it_is_back_in_its_queue_and_newly_queued(make_rule, talk):
    make_rule(trigger="agent_silent", action="release")
    conversation = talk(customer=20)

    tasks.run_timeouts()

    queued_at = conversation.queued_at
    conversation.refresh_from_db()
    assert (conversation.state, conversation.agent, conversation.affinity_agent) == ("open", None, None)
    assert conversation.queued_at > queued_at
    assert Agent.objects.get().units_used == 0
    assert conversation.journal.get(verb="returned").data["reason"] == "timeout_rule"


# --- Switching ------------------------------------------------------------------------------------------


def test_off_it_does_not_run_and_on_again_it_goes_on_where_it_stood(make_rule, talk, alice, monkeypatch):
    rule = make_rule(minutes=10)
    conversation = talk(agent=4)
    moments = {"at": timezone.now()}
    monkeypatch.setattr("conversations.timers.database_now", lambda: moments["at"])
    switch = {"conversation_id": conversation.pk, "rule_id": rule.pk, "actor": alice.user}

    timers.switch_timer(on=False, **switch)
    timers.switch_timer(on=False, **switch)
    (timer,) = timers.timers_of(conversation)
    assert (timer.state(moments["at"]), timer.due_at) == (TimerState.OFF, None)

    moments["at"] += datetime.timedelta(hours=1)
    timers.switch_timer(on=True, **switch)
    timers.switch_timer(on=True, **switch)

    (timer,) = timers.timers_of(conversation)
    left = timer.due_at - moments["at"]
    assert datetime.timedelta(minutes=5, seconds=58) < left < datetime.timedelta(minutes=6, seconds=2)
    assert list(conversation.journal.order_by("pk").values_list("verb", flat=True)) == ["timer_off", "timer_on"]


def test_a_rule_that_is_off_for_one_conversation_runs_in_the_others(make_rule, talk, alice):
    rule = make_rule()
    off, on = talk(agent=20), talk(agent=20)
    timers.switch_timer(conversation_id=off.pk, rule_id=rule.pk, on=False, actor=alice.user)

    tasks.run_timeouts()

    assert TimeoutRun.objects.get().conversation == on


def test_a_new_silence_owes_nothing_to_the_time_off_in_the_one_before(make_rule, talk, alice):
    rule = make_rule(minutes=10)
    conversation = talk(agent=5)
    for on in (False, True):
        timers.switch_timer(conversation_id=conversation.pk, rule_id=rule.pk, on=on, actor=alice.user)
    conversation.timer_switches.update(held_seconds=3600)

    Conversation.objects.filter(pk=conversation.pk).update(last_agent_message_at=ago(11))

    assert timeouts.run_due() == 1


def test_only_its_agent_and_supervisors_switch(make_rule, talk, bob, sue):
    rule = make_rule()
    conversation = talk(agent=5)

    with pytest.raises(lifecycle.NotAllowedNow):
        timers.switch_timer(conversation_id=conversation.pk, rule_id=rule.pk, on=False, actor=bob.user)
    timers.switch_timer(conversation_id=conversation.pk, rule_id=rule.pk, on=False, actor=sue)

    assert conversation.timer_switches.get().off_at is not None


@pytest.mark.parametrize(
    ("minutes_silent", "state"),
    [
        (None, TimerState.ACTIVE),
        (1, TimerState.STARTED),
        (49, TimerState.STARTED),
        (51, TimerState.HALFWAY),
        (76, TimerState.ALMOST),
        (99.5, TimerState.LAST_MINUTE),
    ],
)
def test_a_timer_says_how_far_it_is(make_rule, talk, minutes_silent, state):
    make_rule(minutes=100)
    conversation = talk(agent=minutes_silent)

    (timer,) = timers.timers_of(conversation)

    assert timer.state(timezone.now()) == state


def test_a_timer_says_that_it_has_just_run_until_somebody_writes(make_rule, talk):
    make_rule(minutes=10)
    conversation = talk(agent=20)
    tasks.run_timeouts()

    assert [each.state(timezone.now()) for each in timers.timers_of(conversation)] == [TimerState.JUST_RAN]

    Conversation.objects.filter(pk=conversation.pk).update(last_customer_message_at=timezone.now())
    conversation.refresh_from_db()
    assert [each.state(timezone.now()) for each in timers.timers_of(conversation)] == [TimerState.ACTIVE]


def test_a_workstream_without_rules_costs_one_query(talk, django_assert_num_queries):
    conversation = talk(agent=20)

    with django_assert_num_queries(1):
        assert timers.timers_of(conversation) == []
