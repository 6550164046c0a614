"""What became of time-out rules in one conversation: which ran, and which an agent switched off."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from workstreams.models import TimeoutRule

from .conversation import Conversation


class TimeoutRun(models.Model):
    """A rule ran, once for the silence that began at `silent_since`. A new message begins another silence."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="timeout_runs")
    rule = models.ForeignKey(TimeoutRule, on_delete=models.CASCADE, related_name="+")
    silent_since = models.DateTimeField()
    ran_at = models.DateTimeField()

    class Meta:
        verbose_name = _("run of a time-out rule")
        verbose_name_plural = _("runs of time-out rules")
        constraints = [models.UniqueConstraint(fields=["conversation", "rule", "silent_since"], name="timeout_run_once_per_silence")]

    def __str__(self) -> str:
        return f"{self.rule_id} in {self.conversation_id}"


class TimerSwitch(models.Model):
    """An agent switched a rule off in a conversation (`off_at`), or on again: then its timer goes on where it stood.

    `held_seconds` is for how long it stood still in the silence that began at `silent_since`.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="timer_switches")
    rule = models.ForeignKey(TimeoutRule, on_delete=models.CASCADE, related_name="+")
    off_at = models.DateTimeField(null=True, blank=True)
    silent_since = models.DateTimeField(null=True, blank=True)
    held_seconds = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("switched timer")
        verbose_name_plural = _("switched timers")
        constraints = [models.UniqueConstraint(fields=["conversation", "rule"], name="timer_switch_one_each")]

    def __str__(self) -> str:
        return f"{self.rule_id} in {self.conversation_id}"
