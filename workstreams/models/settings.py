"""What is the same for the whole installation."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

FEWEST_DECLINES, MOST_DECLINES = 1, 5


class TransferTo(models.TextChoices):
    """To whom agents may hand their conversations over; whoever is asked may decline."""

    NOBODY = "nobody", _("To queues only")
    QUEUE = "queue", _("To colleagues of the conversation's queue")
    EVERYBODY = "everybody", _("To all colleagues")


class DistributionSettings(models.Model):
    """How work is handed out, everywhere. One row at most; without it the defaults hold."""

    decline_limit = models.PositiveSmallIntegerField(
        _("declines of one agent"),
        default=3,
        validators=[MinValueValidator(FEWEST_DECLINES), MaxValueValidator(MOST_DECLINES)],
        help_text=_("An agent who declined or missed a conversation so often isn't offered it again."),
    )
    most_sessions = models.PositiveSmallIntegerField(
        _("most open sessions"),
        default=10,
        validators=[MinValueValidator(1)],
        help_text=_("An agent with so many conversations is offered no other, whatever room is left."),
    )
    missed_makes_inactive = models.BooleanField(_("inactive after a missed offer"), default=False)
    declined_makes_do_not_disturb = models.BooleanField(_("do not disturb after a declined offer"), default=False)
    transfer_to = models.CharField(
        _("transfer to agents"),
        max_length=10,
        choices=TransferTo.choices,
        default=TransferTo.QUEUE,
        help_text=_("Whoever is asked may decline. Supervisors may ask everybody."),
    )
    consults = models.BooleanField(
        _("consult colleagues"), default=True, help_text=_("Agents may ask colleagues to read along and advise them. It takes no capacity.")
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        help_text=_("Places that are free again at the end of the day are so at its midnight."),
    )
    next_reset_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="when the day ends; empty: not yet known")

    class Meta:
        verbose_name = _("distribution settings")
        verbose_name_plural = _("distribution settings")
        constraints = [
            models.CheckConstraint(name="distribution_settings_one_row", condition=Q(id=1)),
            models.CheckConstraint(
                name="distribution_settings_decline_limit",
                condition=Q(decline_limit__gte=FEWEST_DECLINES, decline_limit__lte=MOST_DECLINES),
            ),
            models.CheckConstraint(name="distribution_settings_sessions", condition=Q(most_sessions__gte=1)),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @classmethod
    def current(cls) -> "DistributionSettings":
        """The row, or one with the defaults that isn't saved."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)
