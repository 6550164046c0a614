"""Places of capacity profiles that are free again at the end of the day."""

import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workstreams import ports
from workstreams.clock import database_now
from workstreams.models import Agent, AgentCapacity, DistributionSettings, Reset
from workstreams.rows import update_each
from workstreams.transactions import retried

from .capacity import capacities_with_held


def free_places_if_day_ended() -> bool:
    """Free the places whose day is over, once a day whoever calls how often; says whether this call did.

    The day ends at midnight in the time zone of `DistributionSettings`. The first call only notes when that will be; after
    a time without processes the next call does it late.
    """
    settings, now = DistributionSettings.current(), database_now()
    if settings.next_reset_at is None:
        DistributionSettings.objects.get_or_create(pk=1)
        DistributionSettings.objects.filter(pk=1, next_reset_at=None).update(next_reset_at=next_midnight(now, settings.time_zone))
        return False
    return settings.next_reset_at <= now and _free_places(now)


@retried
def _free_places(now: datetime.datetime) -> bool:
    """What is still held stays in use. Claims the day, then locks the agents by id, then reads."""
    settings = DistributionSettings.objects.get(pk=1)
    due = DistributionSettings.objects.filter(pk=1, next_reset_at__lte=now)
    if not due.update(next_reset_at=next_midnight(now, settings.time_zone)):
        return False
    kept = AgentCapacity.objects.filter(profile__reset=Reset.END_OF_DAY, used__gt=0)
    list(Agent.objects.filter(pk__in=kept.values("agent")).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    rows = {row.pk: (row.held,) for row in capacities_with_held() if row.reset == Reset.END_OF_DAY and row.used != row.held}
    update_each(AgentCapacity, rows, sets=["used"])
    ports.work_waiting()
    return True


def next_midnight(now: datetime.datetime, time_zone: str) -> datetime.datetime:
    """The next midnight of a time zone; of UTC where the name isn't known."""
    try:
        zone: datetime.tzinfo = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = datetime.UTC
    tomorrow = now.astimezone(zone).date() + datetime.timedelta(days=1)
    return datetime.datetime.combine(tomorrow, datetime.time(), zone).astimezone(datetime.UTC)
