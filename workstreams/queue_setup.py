"""What administrators decide about queues: settings, members and overflow; copies; and what keeps one from being deleted."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from workstreams import ports
from workstreams.audit import record_change
from workstreams.models import Agent, Membership, Overflow, Queue, User, WorkState, Workstream
from workstreams.overflows import OverflowDraft, save_overflows
from workstreams.own_names import save_unless_taken
from workstreams.rulesets import uses_of_queue
from workstreams.transactions import retried


@retried
def save_queue(
    *, actor: User | None = None, queue: Queue, members: Iterable[Agent], overflows: Collection[OverflowDraft] | None = None
) -> Queue:
    """Save a queue, who is in it and what it does when it overflows (None: as before). Waiting work is distributed anew.

    `ValidationError` for a name that is taken, and for overflow in a circle.
    """
    added = queue.pk is None
    save_unless_taken(queue, ValidationError({"name": _("There is a queue of this name already.")}))
    if overflows is not None:
        save_overflows(queue=queue, drafts=overflows)
    wanted = {agent.pk for agent in members}
    queue.memberships.exclude(agent_id__in=wanted).delete()
    have = set(queue.memberships.values_list("agent_id", flat=True))
    missing = [Membership(queue=queue, agent_id=agent_id) for agent_id in sorted(wanted - have)]
    # The agent's own page may put them in at the same moment.
    Membership.objects.bulk_create(missing, ignore_conflicts=True)
    record_change(actor=actor, target=queue, added=added)
    ports.work_waiting(queue.pk)
    return queue


@retried
def copy_queue(*, actor: User | None, queue: Queue) -> Queue:
    """A queue of its own with the same settings, members and overflow, called "Copy of …". Locks the queue: two copies have two names."""
    Queue.objects.select_for_update(no_key=True).get(pk=queue.pk)
    name, number = _("Copy of %(name)s") % {"name": queue.name}, 1
    while Queue.objects.filter(name__iexact=_numbered(name, number)).exists():
        number += 1
    members = list(queue.agents.all())
    overflows = [OverflowDraft(row.condition, row.action, row.threshold, row.target) for row in queue.overflows.select_related("target")]
    same = ("priority", "assignment_method", "order_by", "ageing_seconds", "hours", "service_level_seconds", "ended_texts")
    copy = Queue(name=_numbered(name, number), **{each: getattr(queue, each) for each in same})
    return save_queue(actor=actor, queue=copy, members=members, overflows=overflows)


@dataclass(frozen=True)
class Uses:
    """What would miss a queue."""

    fallback_for: list[Workstream] = field(default_factory=list)
    rules_of: list[Workstream] = field(default_factory=list)
    overflow_of: list[Queue] = field(default_factory=list)
    live: int = 0
    closed: int = 0

    def __bool__(self) -> bool:
        return bool(self.fallback_for or self.rules_of or self.overflow_of or self.live or self.closed)


def uses_of(queue: Queue) -> Uses:
    """Workstreams, rules, other queues' overflow and conversations; the history of conversations counts too."""
    items = ports.work_item_model()._default_manager.filter(queue=queue)
    live = items.exclude(state=WorkState.CLOSED).count()
    uses = uses_of_queue(queue)
    return Uses(
        fallback_for=[use.workstream for use in uses if use.is_fallback],
        rules_of=[use.workstream for use in uses if use.in_rules],
        overflow_of=list(Queue.objects.filter(overflows__in=Overflow.objects.filter(target=queue)).distinct()),
        live=live,
        closed=items.count() - live,
    )


def delete_queue(*, queue: Queue) -> None:
    """Delete a queue that nothing needs. `ValidationError` if something does (`uses_of` says what)."""
    refusal = ValidationError(_("This queue is in use, so it can't be deleted."))
    with transaction.atomic():
        Queue.objects.select_for_update().get(pk=queue.pk)
        if uses_of(queue):
            raise refusal
        try:
            with transaction.atomic():
                queue.delete()
        except ProtectedError as error:
            raise refusal from error


def _numbered(name: str, number: int) -> str:
    ending = f" {number}" if number > 1 else ""
    return name[: 100 - len(ending)] + ending
