"""People and the queues that they share: what administrators change about them. Nobody is deleted, only switched off.

Callers hold a gate's promise that `actor` is an administrator; Django admin writes the history.
"""

from collections.abc import Iterable, Sequence

from django.db import transaction

from workstreams import ports, presence
from workstreams.models import Agent, Membership, Queue, Role, User


def save_person(
    *,
    person: User,
    password: str = "",
    takes_work: bool,
    public_name: str,
    languages: Sequence[str],
    units_total: int,
    queues: Iterable[Queue],
) -> User:
    """Save a person and, with `takes_work`, the agent's side. Without it, or switched off, nobody offers them anything.

    An empty `password` keeps the one there is. The agent's row stays for the history; without work it is in no queue.
    """
    with transaction.atomic():
        person.is_staff = person.is_superuser = person.role == Role.ADMINISTRATOR
        if password:
            person.set_password(password)
        elif not person.password:
            person.set_unusable_password()
        person.save()
        agent = Agent.objects.filter(user=person).first()
        if takes_work:
            agent = agent or Agent.objects.create(user=person, public_name=public_name)
            agent.public_name, agent.languages, agent.units_total = public_name, list(languages), units_total
            agent.save(update_fields=["public_name", "languages", "units_total"])
        if agent:
            _set_queues(agent, queues if takes_work else [])
            if not person.is_active:
                presence.sign_out(agent)
        ports.work_waiting()
    return person


def save_queue(*, queue: Queue, members: Iterable[Agent]) -> Queue:
    """Save a queue and who is in it. Waiting work is distributed anew."""
    with transaction.atomic():
        queue.save()
        wanted = {agent.pk for agent in members}
        queue.memberships.exclude(agent_id__in=wanted).delete()
        have = set(queue.memberships.values_list("agent_id", flat=True))
        Membership.objects.bulk_create([Membership(queue=queue, agent_id=agent_id) for agent_id in sorted(wanted - have)])
        ports.work_waiting(queue.pk)
    return queue


def _set_queues(agent: Agent, queues: Iterable[Queue]) -> None:
    wanted = {queue.pk for queue in queues}
    agent.memberships.exclude(queue_id__in=wanted).delete()
    have = set(agent.memberships.values_list("queue_id", flat=True))
    Membership.objects.bulk_create([Membership(agent=agent, queue_id=queue_id) for queue_id in sorted(wanted - have)])
