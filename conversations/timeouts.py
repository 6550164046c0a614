"""Time-out rules at work: after a silence that lasts too long, one thing happens, once for that silence.

The sweep finds what may be due by one query a rule; each is then looked at again under the locks of lane and conversation, where
a row of `TimeoutRun` says that the rule has run. Two sweeps at once do it once; a sweep that never came is made up for by the next.
"""

import datetime
import logging
import time

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When

from conversations import automatic_texts, composer, journal, live, system_lines
from conversations.lifecycle import close, leave_for_customer, put_back
from conversations.models import Conversation, TimeoutRun, TimerSwitch
from conversations.timers import Timer, states_of, timers_of
from workstreams.clock import database_now
from workstreams.models import TimeoutAction, TimeoutRule, Trigger
from workstreams.transactions import retried

logger = logging.getLogger(__name__)
BATCH = 100
REASON = "timeout_rule"


def run_due(*, until: float = float("inf")) -> int:
    """Run every rule where its time is over; returns how often one ran. `until` is a time of `time.monotonic`."""
    ran = 0
    for rule in TimeoutRule.objects.filter(enabled=True):
        last_id = 0
        while time.monotonic() < until:
            ids = list(due_conversations(rule).filter(pk__gt=last_id).order_by("pk").values_list("pk", flat=True)[:BATCH])
            ran += sum(_run_guarded(conversation_id, rule) for conversation_id in ids)
            if len(ids) < BATCH:
                break
            last_id = ids[-1]
    return ran


def due_conversations(rule: TimeoutRule) -> QuerySet[Conversation]:
    """The conversations in which a rule is due, and some whose timer was held for a while."""
    customer, agent, assigned = F("last_customer_message_at"), F("last_agent_message_at"), F("assigned_at")
    found = Conversation.objects.filter(channel__workstream=rule.workstream_id, state__in=states_of(rule))
    if rule.trigger == Trigger.CUSTOMER_SILENT:
        found = found.filter(Q(last_customer_message_at=None) | Q(last_agent_message_at__gte=customer)).annotate(silent_since=agent)
    else:
        found = found.filter(Q(last_agent_message_at=None) | Q(last_agent_message_at__lt=customer))
        unanswered = Q(last_agent_message_at=None) | Q(last_agent_message_at__lt=assigned)
        since_assigned = When(Q(last_customer_message_at__isnull=False, assigned_at__isnull=False) & unanswered, then=assigned)
        found = found.annotate(silent_since=Case(since_assigned, default=customer))
    found = found.filter(silent_since__lte=database_now() - datetime.timedelta(minutes=rule.minutes))
    of_rule = {"conversation": OuterRef("pk"), "rule": rule}
    has_run = TimeoutRun.objects.filter(**of_rule, silent_since=OuterRef("silent_since"))
    return found.exclude(Exists(has_run)).exclude(Exists(TimerSwitch.objects.filter(**of_rule, off_at__isnull=False)))


def _run_guarded(conversation_id: int, rule: TimeoutRule) -> bool:
    try:
        return _run(conversation_id, rule.pk)
    except Exception:
        # One conversation's trouble is not the others'; the next sweep comes back to it.
        logger.exception("time-out rule %s failed in conversation %s", rule.pk, conversation_id)
        return False


@retried
def _run(conversation_id: int, rule_id: int) -> bool:
    """Run one rule in one conversation if it is still due. Locks the lane, then the conversation."""
    conversation = composer.lock_with_lane(conversation_id)
    rules = list(TimeoutRule.objects.filter(pk=rule_id, enabled=True, workstream=conversation.channel.workstream_id))
    now = database_now()
    timer = next((each for each in timers_of(conversation, rules) if each.is_due(now)), None)
    if timer is None or timer.silent_since is None:
        return False
    TimeoutRun.objects.create(conversation=conversation, rule=timer.rule, silent_since=timer.silent_since, ran_at=now)
    journal.record(conversation, "timer_ran", rule=timer.rule.name)
    _act(conversation, timer, now)
    live.conversation_changed(conversation)
    return True


def _act(conversation: Conversation, timer: Timer, now: datetime.datetime) -> None:
    action = timer.rule.action
    if action == TimeoutAction.MESSAGE_CUSTOMER:
        _tell_customer(conversation, timer)
    elif action == TimeoutAction.MESSAGE_AGENT:
        _remind_agent(conversation, timer.rule)
    elif action == TimeoutAction.WAIT:
        leave_for_customer(conversation, at=now, actor=None, reason=REASON)
    elif action == TimeoutAction.RELEASE:
        put_back(conversation, at=now, actor=None, reason=REASON)
    else:
        close(conversation, "closed_by_rule", at=now, actor=None, reason=REASON)


def _tell_customer(conversation: Conversation, timer: Timer) -> None:
    """By the composer, in the customer's language. What can't be sent is not tried again: the journal says so."""
    rule = timer.rule
    languages = (conversation.language, conversation.channel.language, rule.fallback_language)
    text = automatic_texts.in_language(rule.texts, *languages)
    client_id = f"timeout:{rule.public_id}:{conversation.public_id}:{timer.silent_since:%Y%m%d%H%M%S%f}"
    if not composer.tell_customer(conversation=conversation, text=text, client_id=client_id):
        journal.record(conversation, "timer_unsaid", rule=rule.name)


def _remind_agent(conversation: Conversation, rule: TimeoutRule) -> None:
    """A line between the bubbles, for colleagues alone, in the agent's language."""
    own = conversation.agent.user.language if conversation.agent else ""
    system_lines.add(conversation, "timeout", text=automatic_texts.in_language(rule.texts, own, rule.fallback_language))
