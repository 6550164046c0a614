"""People and the queues that they share: what administrators change about them. Nobody is deleted, only switched off.

Callers hold a gate's promise that `actor` is an administrator; what could be lost meanwhile is checked again under a lock.
"""

from collections.abc import Iterable, Mapping, Sequence

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workstreams import password_links, ports, presence
from workstreams.audit import record_change
from workstreams.clock import database_now
from workstreams.models import Agent, AgentSkill, BasePresence, Membership, Queue, Role, User
from workstreams.transactions import retried


@retried
def save_person(
    *,
    actor: User | None = None,
    person: User,
    takes_work: bool,
    public_name: str,
    languages: Sequence[str],
    units_total: int,
    queues: Iterable[Queue],
    password: str = "",
    default_presence: str = BasePresence.AVAILABLE,
    skills: Mapping[int, int] | None = None,
) -> User:
    """Save a person and, with `takes_work`, the agent's side. Without it nobody offers them anything; what they have stays.

    `skills`: ratings by skill id, None leaves them as they are. A new person has no password but the demo's `password`: they
    set their own (`password_links`). The agent's row stays for the history; without work it is in no queue.
    `ValidationError` for a log-in that is taken, and for administrators who would take their own role away.
    """
    if actor is not None:
        _lock_people(actor, person)
    added = person.pk is None
    _save_user(actor, person, password)
    agent = Agent.objects.filter(user=person).first()
    if takes_work:
        agent = agent or Agent.objects.create(user=person, public_name=public_name)
        room_changed = agent.units_total != units_total
        agent.public_name, agent.languages, agent.units_total = public_name, list(languages), units_total
        agent.default_presence = default_presence
        agent.save(update_fields=["public_name", "languages", "units_total", "default_presence"])
        if skills is not None:
            _set_skills(agent, skills)
        if room_changed:
            presence.follow_capacity(agent)
    if agent:
        _set_queues(agent, queues if takes_work else [])
    record_change(actor=actor, target=person, added=added, fields=[gettext_noop("Person")])
    ports.work_waiting()
    return person


@retried
def deactivate(*, actor: User, person: User) -> Agent | None:
    """Nobody can sign in as this person any more and nothing new comes to them; returns their agent. Twice is once.

    Their sessions end with the password, so coming back takes a new link. What they are working on is the caller's to
    return, after the commit: from then on no lock is needed, for agents who have left are given nothing.
    `ValidationError` for oneself, which is why one administrator always stays.
    """
    if actor.pk == person.pk:
        raise ValidationError(_("You can't deactivate yourself. Another administrator can."))
    _lock_people(actor, person)
    password_links.end_link(person)
    if person.is_active:
        person.is_active = False
        person.set_unusable_password()
        person.save(update_fields=["is_active", "password"])
        record_change(actor=actor, target=person, fields=[gettext_noop("Deactivated")])
    agent = Agent.objects.select_related("user").filter(user=person).first()
    if agent is not None:
        Agent.objects.filter(pk=agent.pk, left_at__isnull=True).update(left_at=database_now())
        presence.sign_out(agent)
    return agent


@retried
def reactivate(*, actor: User, person: User) -> User:
    """The person may come back, with the queues they had and a password that they set anew. Twice is once."""
    _lock_people(actor, person)
    if not person.is_active:
        person.is_active = True
        person.save(update_fields=["is_active"])
        Agent.objects.filter(user=person).update(left_at=None)
        record_change(actor=actor, target=person, fields=[gettext_noop("Reactivated")])
    return person


def _lock_people(actor: User, person: User) -> None:
    """Lock both by id, so that two administrators who turn against each other come one after the other.

    `ValidationError` if the actor is no administrator any more. Reads again whether the person is active.
    """
    rows = User.objects.select_for_update(no_key=True).filter(pk__in={actor.pk, person.pk} - {None}).order_by("pk")
    locked = {row.pk: row for row in rows}
    now = locked[actor.pk]
    if not (now.is_active and now.is_administrator):
        raise ValidationError(_("You are no administrator any more, so nothing was changed."))
    if person.pk == actor.pk and person.role != Role.ADMINISTRATOR:
        raise ValidationError({"role": _("You can't take the administrator's role from yourself.")})
    if person.pk is not None:
        person.is_active, person.password = locked[person.pk].is_active, locked[person.pk].password


def _save_user(actor: User | None, person: User, password: str) -> None:
    person.is_staff = person.is_superuser = person.role == Role.ADMINISTRATOR
    if password:
        person.set_password(password)
    elif not person.password:
        person.set_unusable_password()
    taken = ValidationError({"username": _("Somebody has this log-in already.")})
    if User.objects.filter(username__iexact=person.username).exclude(pk=person.pk).exists():
        raise taken
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:
        raise taken from error


def _set_queues(agent: Agent, queues: Iterable[Queue]) -> None:
    wanted = {queue.pk for queue in queues}
    agent.memberships.exclude(queue_id__in=wanted).delete()
    have = set(agent.memberships.values_list("queue_id", flat=True))
    missing = [Membership(agent=agent, queue_id=queue_id) for queue_id in sorted(wanted - have)]
    # The queue's own page may put the agent in at the same moment.
    Membership.objects.bulk_create(missing, ignore_conflicts=True)


def _set_skills(agent: Agent, skills: Mapping[int, int]) -> None:
    agent.skills.exclude(skill_id__in=skills).delete()
    rows = [AgentSkill(agent=agent, skill_id=skill_id, rating=rating) for skill_id, rating in sorted(skills.items())]
    AgentSkill.objects.bulk_create(rows, update_conflicts=True, unique_fields=["agent", "skill"], update_fields=["rating"])
