"""The timers of one conversation: what each time-out rule of its workstream is counting, and switching one off and on.

A timer counts a silence. The customer's begins with the agent's last message; the agent's with the customer's last message
or, before the first answer since the assignment, with the assignment. Each new message ends a silence.
"""

import datetime
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from conversations import journal, live
from conversations.lifecycle import ACTIVE, WAITING, NotAllowedNow, lock_conversation, require_own
from conversations.models import Conversation, TimeoutRun, TimerSwitch
from workstreams.clock import database_now
from workstreams.models import TimeoutAction, TimeoutRule, Trigger, User
from workstreams.transactions import retried


class TimerState(models.TextChoices):
    """How far a timer is. Active: ready, but nobody owes an answer. The thresholds are Dynamics'."""

    ACTIVE = "active", _("ready")
    STARTED = "started", _("counting")
    HALFWAY = "halfway", _("more than half")
    ALMOST = "almost", _("almost due")
    LAST_MINUTE = "last_minute", _("less than a minute")
    JUST_RAN = "just_ran", _("has just run")
    OFF = "off", _("switched off")


@dataclass(frozen=True, slots=True)
class Timer:
    """A rule's timer in a conversation. `silent_since` is None while nobody owes an answer; `due_at` also while it is off."""

    rule: TimeoutRule
    silent_since: datetime.datetime | None
    due_at: datetime.datetime | None
    is_off: bool
    has_run: bool

    def state(self, at: datetime.datetime) -> TimerState:
        """Its state at a moment."""
        if self.is_off:
            return TimerState.OFF
        if self.has_run:
            return TimerState.JUST_RAN
        if self.due_at is None:
            return TimerState.ACTIVE
        left, whole = (self.due_at - at).total_seconds(), self.rule.minutes * 60
        if left < 60:
            return TimerState.LAST_MINUTE
        passed = 1 - left / whole
        return TimerState.ALMOST if passed > 0.75 else TimerState.HALFWAY if passed > 0.5 else TimerState.STARTED

    def is_due(self, at: datetime.datetime) -> bool:
        """Whether the rule has to run."""
        return self.due_at is not None and not self.has_run and self.due_at <= at


def states_of(rule: TimeoutRule) -> tuple[str, ...]:
    """The states of a conversation in which a rule counts: what waits can't be made to wait."""
    waits = rule.trigger == Trigger.CUSTOMER_SILENT and rule.action != TimeoutAction.WAIT
    return (ACTIVE, WAITING) if waits else (ACTIVE,)


def silent_since(conversation: Conversation, rule: TimeoutRule) -> datetime.datetime | None:
    """When the silence began that the rule counts now; None if there is none. `timeouts.due_conversations` says the same in SQL."""
    if conversation.state not in states_of(rule):
        return None
    customer, agent = conversation.last_customer_message_at, conversation.last_agent_message_at
    agent_spoke_last = agent is not None and (customer is None or agent >= customer)
    if rule.trigger == Trigger.CUSTOMER_SILENT:
        return agent if agent_spoke_last else None
    if customer is None or agent_spoke_last:
        return None
    assigned = conversation.assigned_at
    return assigned if assigned is not None and (agent is None or agent < assigned) else customer


def timers_of(conversation: Conversation, rules: list[TimeoutRule] | None = None) -> list[Timer]:
    """The timers of a conversation, in the order in which they would run. One query where its workstream has no rule, else three."""
    if rules is None:
        rules = list(TimeoutRule.objects.filter(workstream=conversation.channel.workstream_id, enabled=True))
    if not rules:
        return []
    switches = {each.rule_id: each for each in TimerSwitch.objects.filter(conversation=conversation, rule__in=rules)}
    runs = set(TimeoutRun.objects.filter(conversation=conversation, rule__in=rules).values_list("rule_id", "silent_since"))
    return [_timer(conversation, rule, switches.get(rule.pk), runs) for rule in rules]


def _timer(conversation: Conversation, rule: TimeoutRule, switch: TimerSwitch | None, runs: set[tuple[int, datetime.datetime]]) -> Timer:
    since = silent_since(conversation, rule)
    is_off = switch is not None and switch.off_at is not None
    due_at = None
    if since is not None and not is_off:
        held = switch.held_seconds if switch is not None and switch.silent_since == since else 0
        due_at = since + datetime.timedelta(minutes=rule.minutes, seconds=held)
    return Timer(rule, since, due_at, is_off, since is not None and (rule.pk, since) in runs)


@retried
def switch_timer(*, conversation_id: int, rule_id: int, on: bool, actor: User) -> Conversation:
    """Switch a rule off in one conversation, or on again: its timer goes on where it stood. Twice is once.

    `NotAllowedNow` for who neither has the conversation nor supervises, and for a rule that is gone.
    """
    conversation = lock_conversation(conversation_id)
    require_own(conversation, actor)
    rule = TimeoutRule.objects.filter(pk=rule_id, workstream=conversation.channel.workstream_id).first()
    if rule is None:
        raise NotAllowedNow(_("This time-out rule doesn't exist any more."))
    switch, _is_new = TimerSwitch.objects.get_or_create(conversation=conversation, rule=rule)
    if on == (switch.off_at is None):
        return conversation
    now, since = database_now(), silent_since(conversation, rule)
    if not on:
        switch.off_at = now
    else:
        _resume(switch, since, now)
    switch.save()
    journal.record(conversation, "timer_on" if on else "timer_off", actor=actor, rule=rule.name)
    live.conversation_changed(conversation)
    return conversation


def _resume(switch: TimerSwitch, since: datetime.datetime | None, now: datetime.datetime) -> None:
    """What passed of this silence while the timer was off doesn't count."""
    if switch.silent_since != since:
        switch.silent_since, switch.held_seconds = since, 0
    if since is not None and switch.off_at is not None:
        switch.held_seconds += max(0, int((now - max(switch.off_at, since)).total_seconds()))
    switch.off_at = None
