"""The agents whom a customer prefers: up to three, in the order in which they are asked."""

from collections.abc import Mapping

from conversations.models import MOST_PREFERRED, Contact, PreferredAgent
from workstreams.models import Agent, Workstream

PLACES = range(1, MOST_PREFERRED + 1)


def are_used() -> bool:
    """Whether any workstream asks preferred agents first; otherwise nobody needs to choose them."""
    return Workstream.objects.filter(uses_preferred_agents=True).exists()


def input_name(place: int) -> str:
    """The form's name for the agent in a place."""
    return f"preferred-{place}"


def names(contact: Contact) -> list[str]:
    """The agents' names, the first one to be asked first."""
    return [row.agent.user.shown_name for row in contact.preferred_agents.select_related("agent__user")]


def kept(contact: Contact) -> dict[int, str]:
    """Public ids of the agents by their places."""
    return dict(contact.preferred_agents.values_list("position", "agent__public_id"))


def save(contact: Contact, raw: Mapping[str, str]) -> None:
    """Keep the agents that a form sent; gaps close, repeats and people who take no work fall out. The contact is locked.

    A form without these inputs changes nothing.
    """
    if input_name(1) not in raw:
        return
    sent = dict.fromkeys(raw.get(input_name(place), "") for place in PLACES)
    found = {agent.public_id: agent for agent in Agent.objects.filter(public_id__in=sent)}
    contact.preferred_agents.all().delete()
    chosen = enumerate((found[public_id] for public_id in sent if public_id in found), start=1)
    PreferredAgent.objects.bulk_create(PreferredAgent(contact=contact, agent=agent, position=place) for place, agent in chosen)
