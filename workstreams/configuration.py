"""What administrators decide about a workstream: its name, its queues' order of last resort, how work is distributed."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workstreams import ports
from workstreams.audit import record_change
from workstreams.models import Agent, DistributionSettings, Queue, User, Workstream
from workstreams.own_names import save_unless_taken

# What the page *Work distribution* says about a workstream.
DISTRIBUTION = (
    "capacity_by",
    "units_per_conversation",
    "capacity_profile",
    "allowed_presences",
    "skill_matching",
    "relax_skills_after_seconds",
    "keep_same_agent",
    "affinity_wait_seconds",
    "uses_preferred_agents",
    "preferred_fallback",
    "offer_seconds",
    "auto_assign",
    "auto_accept",
    "wrap_up_block",
    "wrap_up_seconds",
    "auto_close_minutes",
)
# What an administrator says about all workstreams at once.
SETTINGS_OF_ALL = (
    "decline_limit",
    "missed_makes_inactive",
    "declined_makes_do_not_disturb",
    "most_sessions",
    "transfer_to",
    "consults",
    "time_zone",
)
UNITS_OF_AN_AGENT = Agent._meta.get_field("units_total").default


def conversations_at_a_time(units: int) -> int:
    """How many conversations an agent with the usual capacity takes, if each costs `units`."""
    return int(UNITS_OF_AN_AGENT // units) if units else 0


def units_of_a_conversation() -> int:
    """What one conversation costs: the least of all workstreams, so that a count of conversations is never too small."""
    least = Workstream.objects.order_by("units_per_conversation").values_list("units_per_conversation", flat=True).first()
    return least or int(Workstream._meta.get_field("units_per_conversation").default)


def create_workstream(
    *,
    actor: User | None,
    name: str,
    channel_type: str,
    mode: str,
    fallback_queue: Queue | None = None,
    new_queue_name: str = "",
    units_per_conversation: int = 20,
) -> Workstream:
    """A workstream with its fallback queue, a new one if `new_queue_name` is given. `ValidationError` for a name that is taken."""
    with transaction.atomic():
        if new_queue_name:
            fallback_queue = _create_queue(actor, new_queue_name)
        workstream = Workstream(
            name=name, channel_type=channel_type, mode=mode, fallback_queue=fallback_queue, units_per_conversation=units_per_conversation
        )
        save_unless_taken(workstream, _name_is_taken())
        record_change(actor=actor, target=workstream, added=True)
    return workstream


def change_workstream(*, actor: User | None, workstream: Workstream, name: str, fallback_queue: Queue) -> Workstream:
    """Another name or fallback queue. Mode and channel type are fixed. `ValidationError` for a name that is taken."""
    with transaction.atomic():
        workstream.name, workstream.fallback_queue = name, fallback_queue
        save_unless_taken(workstream, _name_is_taken(), update_fields=["name", "fallback_queue"])
        record_change(actor=actor, target=workstream, fields=[gettext_noop("Name"), gettext_noop("Fallback queue")])
    return workstream


def change_distribution(*, actor: User | None, workstream: Workstream, **values: Any) -> Workstream:
    """How conversations of the workstream reach agents, and how they end; `values` are some of `DISTRIBUTION`.

    Holds for offers made from now on, and for wrap-ups and silences that last already.
    """
    with transaction.atomic():
        for name, value in values.items():
            if name not in DISTRIBUTION:
                raise TypeError(f"{name} is no setting of distribution")
            setattr(workstream, name, value)
        workstream.save(update_fields=list(values))
        record_change(actor=actor, target=workstream, fields=[gettext_noop("Work distribution")])
        ports.work_waiting()
    return workstream


def change_settings_of_all(*, actor: User | None, **values: Any) -> DistributionSettings:
    """Some of `SETTINGS_OF_ALL`, for the whole installation. Another time zone has another end of the day."""
    with transaction.atomic():
        settings, _made = DistributionSettings.objects.select_for_update().get_or_create(pk=1)
        if "time_zone" in values and values["time_zone"] != settings.time_zone:
            settings.next_reset_at = None
        for name, value in values.items():
            if name not in SETTINGS_OF_ALL:
                raise TypeError(f"{name} is no setting of all workstreams")
            setattr(settings, name, value)
        settings.save()
        record_change(actor=actor, target=settings, fields=[gettext_noop("Work distribution")])
        ports.work_waiting()
    return settings


def _create_queue(actor: User | None, name: str) -> Queue:
    queue = Queue(name=name)
    save_unless_taken(queue, ValidationError({"new_queue_name": _("There is a queue of this name already.")}))
    record_change(actor=actor, target=queue, added=True)
    return queue


def _name_is_taken() -> ValidationError:
    return ValidationError({"name": _("There is a workstream of this name already.")})
