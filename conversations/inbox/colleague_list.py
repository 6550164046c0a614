"""The colleagues to whom a conversation can be handed over, or who can be consulted, as the dialogs show them."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from conversations.colleagues import consultants, receivers
from conversations.lifecycle import cost_of
from conversations.models import Conversation
from workstreams.distribution.capacity import load_rooms
from workstreams.models import Agent, AgentSkill, BasePresence, DistributionSettings, TransferTo, User

READ_AT_MOST = 200
SHOWN_AT_MOST = 30


@dataclass(frozen=True, slots=True)
class Colleague:
    """One who may be asked. `skills` are those of the conversation's that they have; without room they can't be chosen."""

    agent: Agent
    skills: list[str]
    has_room: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Who was found, the best first; whether there are more. `why_nobody` is for when there is nobody at all."""

    colleagues: list[Colleague]
    more: bool
    why_nobody: str


def list_colleagues(conversation: Conversation, actor: User, *, query: str = "") -> Found:
    """Who fits best comes first: the skills that the conversation asks for, then room, then who is Available, then the freest.

    Skills aren't enforced: a person decides. Five queries, whatever their number.
    """
    return _list(conversation, receivers(conversation, actor=actor), query, why_nobody=_why_nobody(conversation, actor), takes_room=True)


def list_consultants(conversation: Conversation, actor: User, *, query: str = "") -> Found:
    """The same of those who can be asked for advice; that takes no room."""
    nobody = _("No colleague can be asked at the moment.")
    return _list(conversation, consultants(conversation), query, why_nobody=nobody, takes_room=False)


def _why_nobody(conversation: Conversation, actor: User) -> str:
    """Whoever sees colleagues at work, but may not choose them, reads that it is a rule."""
    allowed = TransferTo.EVERYBODY if actor.is_supervisor else DistributionSettings.current().transfer_to
    if allowed == TransferTo.NOBODY:
        return _("Here conversations are transferred to queues only.")
    if allowed == TransferTo.QUEUE:
        return _("No colleague of the queue “%(queue)s” can be asked at the moment.") % {"queue": conversation.queue}
    return _("No colleague can be asked at the moment.")


def _list(conversation: Conversation, found: QuerySet[Agent], query: str, *, why_nobody: str, takes_room: bool) -> Found:
    found = found.select_related("user", "presence__custom").order_by("public_name", "pk")
    for word in query.split():
        names = ("public_name", "user__first_name", "user__last_name", "user__username")
        found = found.filter(Q(*[(f"{name}__icontains", word) for name in names], _connector=Q.OR))
    agents = list(found[:READ_AT_MOST])
    rooms = load_rooms({agent.pk: agent.units_free for agent in agents}, most_sessions=DistributionSettings.current().most_sessions)
    cost, skills = cost_of(conversation), _skills(conversation, agents)
    colleagues = [Colleague(agent, skills.get(agent.pk, []), not takes_room or not rooms[agent.pk].why_not(cost)) for agent in agents]
    free = {agent.pk: rooms[agent.pk].free_for(cost) for agent in agents}
    colleagues.sort(key=lambda each: (-len(each.skills), not each.has_room, _is_busy(each.agent), -free[each.agent.pk]))
    return Found(colleagues[:SHOWN_AT_MOST], len(colleagues) > SHOWN_AT_MOST, why_nobody)


def _is_busy(agent: Agent) -> bool:
    return agent.presence.state != BasePresence.AVAILABLE


def _skills(conversation: Conversation, agents: list[Agent]) -> dict[int, list[str]]:
    """The names of the skills that are asked for, by the agent who has them with the rating asked for; no query where none is."""
    asked = {int(skill): least for skill, least in conversation.skills.items()}
    if not asked:
        return {}
    found: dict[int, list[str]] = {}
    rows = AgentSkill.objects.filter(agent__in=agents, skill__in=asked).order_by("skill__name")
    for agent_id, skill_id, name, rating in rows.values_list("agent_id", "skill_id", "skill__name", "rating"):
        if rating >= asked[skill_id]:
            found.setdefault(agent_id, []).append(name)
    return found
