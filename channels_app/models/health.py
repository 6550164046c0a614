"""How an account is doing: what was counted by the hour, and what the platform said when it was last asked."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .account import MessagingAccount


class HourlyCount(models.Model):
    """How often something happened at an account within one hour, and when last. The names are `channels_app.tally`'s."""

    # No index of its own: `hourly_count_once` begins with it.
    account = models.ForeignKey(MessagingAccount, on_delete=models.CASCADE, related_name="hourly_counts", db_index=False)
    name = models.CharField(max_length=40)
    hour = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = _("hourly count")
        verbose_name_plural = _("hourly counts")
        constraints = [models.UniqueConstraint(fields=["account", "name", "hour"], name="hourly_count_once")]

    def __str__(self) -> str:
        return f"{self.count} x {self.name}"


class AccountStatus(models.Model):
    """What the platform said of an account when it was last asked. One row per account, made by the watch that fills it.

    `quota_month` is the month (by the platform's calendar, `2026-11`) for which `quota_used` is kept; `quota_limit` is empty
    where the plan has none. `own_count` is how many pushes of the month we had counted when it was last to be asked,
    `quota_counted` how many the time before: those are in `quota_used`, as far as it counts them at all. The `due` times are
    claims: who moves one forward asks. `tests` are those of the hour that began at `tests_since`. What nobody but a person
    can see is *said by* somebody.
    """

    account = models.OneToOneField(MessagingAccount, on_delete=models.CASCADE, related_name="status")
    quota_due_at = models.DateTimeField(db_default=Now())
    quota_at = models.DateTimeField(null=True)
    quota_month = models.CharField(max_length=7, blank=True)
    quota_limit = models.PositiveBigIntegerField(null=True)
    quota_used = models.PositiveBigIntegerField(null=True)
    quota_counted = models.PositiveBigIntegerField(null=True)
    own_count = models.PositiveBigIntegerField(null=True)
    check_due_at = models.DateTimeField(db_default=Now())
    chat_mode = models.CharField(max_length=20, blank=True)
    setup_at = models.DateTimeField(null=True)
    webhook_address = models.CharField(max_length=500, blank=True)
    webhook_active = models.BooleanField(null=True)
    tests_since = models.DateTimeField(null=True)
    tests = models.PositiveSmallIntegerField(default=0)
    tested_at = models.DateTimeField(null=True)
    test_success = models.BooleanField(null=True)
    test_reason = models.CharField(max_length=100, blank=True)
    test_detail = models.CharField(max_length=500, blank=True)
    redelivery_said_by = models.CharField(max_length=200, blank=True)
    auto_response_said_by = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("account status")
        verbose_name_plural = _("account statuses")

    def __str__(self) -> str:
        return f"status of account {self.account_id}"
