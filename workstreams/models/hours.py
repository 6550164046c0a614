"""When a queue is open."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from workstreams.identifiers import new_public_id

MINUTES_OF_A_DAY = 24 * 60


class OperatingHours(models.Model):
    """A week of periods in one time zone, less holidays. A queue without hours is always open."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=100)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", help_text="an IANA name")
    holiday_country = models.CharField(_("holidays of"), max_length=40, blank=True, help_text="ISO 3166, with subdivision after a hyphen")

    class Meta:
        verbose_name = _("operating hours")
        verbose_name_plural = _("operating hours")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="operating_hours_name_unique")]

    def __str__(self) -> str:
        return self.name


class Period(models.Model):
    """Open from one wall-clock time to another on one weekday (Monday is 0). Minutes since midnight; 1440 is the day's end."""

    hours = models.ForeignKey(OperatingHours, on_delete=models.CASCADE, related_name="periods")
    weekday = models.PositiveSmallIntegerField(_("weekday"))
    from_minute = models.PositiveSmallIntegerField()
    to_minute = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        ordering = ["weekday", "from_minute"]
        constraints = [
            models.CheckConstraint(name="period_weekday_known", condition=Q(weekday__lte=6)),
            models.CheckConstraint(
                name="period_within_a_day", condition=Q(from_minute__lt=F("to_minute"), to_minute__lte=MINUTES_OF_A_DAY)
            ),
            models.UniqueConstraint(fields=["hours", "weekday", "from_minute"], name="period_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.from_minute}–{self.to_minute}"


class Holiday(models.Model):
    """Days on which the hours don't hold, by hand; those of `holiday_country` come on top."""

    hours = models.ForeignKey(OperatingHours, on_delete=models.CASCADE, related_name="holidays")
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["first_day"]
        constraints = [models.CheckConstraint(name="holiday_ends_after_start", condition=Q(first_day__lte=F("last_day")))]

    def __str__(self) -> str:
        return f"{self.first_day}: {self.reason}"
