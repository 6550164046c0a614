"""What administrators decide about a workstream: its name, its queues' order of last resort, how work is distributed."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workstreams import ports
from workstreams.audit import record_change
from workstreams.models import Agent, Queue, User, Workstream

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
        _require_free_name(workstream)
        workstream.save()
        record_change(actor=actor, target=workstream, added=True)
    return workstream


def change_workstream(*, actor: User | None, workstream: Workstream, name: str, fallback_queue: Queue) -> Workstream:
    """Another name or fallback queue. Mode and channel type are fixed. `ValidationError` for a name that is taken."""
    with transaction.atomic():
        workstream.name, workstream.fallback_queue = name, fallback_queue
        _require_free_name(workstream)
        workstream.save(update_fields=["name", "fallback_queue"])
        record_change(actor=actor, target=workstream, fields=[gettext_noop("Name"), gettext_noop("Fallback queue")])
    return workstream


def change_distribution(
    *,
    actor: User | None,
    workstream: Workstream,
    units_per_conversation: int,
    allowed_presences: list[str],
    offer_seconds: int,
    wrap_up_seconds: int,
) -> Workstream:
    """How conversations of the workstream reach agents. Holds for offers made from now on."""
    with transaction.atomic():
        workstream.units_per_conversation = units_per_conversation
        workstream.allowed_presences = allowed_presences
        workstream.offer_seconds = offer_seconds
        workstream.wrap_up_seconds = wrap_up_seconds
        workstream.save(update_fields=["units_per_conversation", "allowed_presences", "offer_seconds", "wrap_up_seconds"])
        record_change(actor=actor, target=workstream, fields=[gettext_noop("Work distribution")])
        ports.work_waiting()
    return workstream


def _create_queue(actor: User | None, name: str) -> Queue:
    queue = Queue(name=name)
    try:
        queue.validate_constraints()
    except ValidationError as error:
        raise ValidationError({"new_queue_name": _("There is a queue of this name already.")}) from error
    queue.save()
    record_change(actor=actor, target=queue, added=True)
    return queue


def _require_free_name(workstream: Workstream) -> None:
    try:
        workstream.validate_constraints()
    except ValidationError as error:
        raise ValidationError({"name": _("There is a workstream of this name already.")}) from error
