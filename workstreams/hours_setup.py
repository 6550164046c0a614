"""What administrators decide about operating hours."""

import datetime
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from workstreams.audit import record_change
from workstreams.models import Holiday, OperatingHours, Period, User
from workstreams.own_names import save_unless_taken

Periods = Sequence[tuple[int, int, int]]
Holidays = Sequence[tuple[datetime.date, datetime.date, str]]


def save_hours(
    *, actor: User | None, hours: OperatingHours, name: str, time_zone: str, holiday_country: str, periods: Periods, holidays: Holidays
) -> OperatingHours:
    """Save hours with all their periods (weekday, from and to minute) and holidays (first and last day, reason).

    Holds from now on. `ValidationError` for a name that is taken.
    """
    added = hours.pk is None
    hours.name, hours.time_zone, hours.holiday_country = name, time_zone, holiday_country
    with transaction.atomic():
        save_unless_taken(hours, ValidationError({"name": _("There are operating hours of this name already.")}))
        hours.periods.all().delete()
        hours.holidays.all().delete()
        rows = [Period(hours=hours, weekday=day, from_minute=start, to_minute=end) for day, start, end in periods]
        days = [Holiday(hours=hours, first_day=first, last_day=last, reason=reason) for first, last, reason in holidays]
        Period.objects.bulk_create(rows)
        Holiday.objects.bulk_create(days)
        record_change(actor=actor, target=hours, added=added)
    return hours


def delete_hours(*, hours: OperatingHours) -> None:
    """Delete hours that no queue has. `ValidationError` with the queues that have them."""
    with transaction.atomic():
        OperatingHours.objects.select_for_update().get(pk=hours.pk)
        queues = ", ".join(hours.queues.values_list("name", flat=True))
        if queues:
            raise ValidationError(_("These queues have them: %(queues)s.") % {"queues": queues})
        hours.delete()
