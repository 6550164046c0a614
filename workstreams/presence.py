"""Who is there. An agent is there while the heartbeat of its page is younger than 60 s, whatever the presence says.

The page's leading tab posts a heartbeat every 20 s. After 60 s without one the presence becomes Offline and keeps the
former one, which comes back with a heartbeat or sign-in within 150 s of the last sign of life; later the agent's usual one
counts. An agent who chose Offline or signed out stays Offline until the next choice or sign-in.

Available, Busy and Do not disturb follow what the agent has (`follow_capacity`): with nothing Available, with something
Busy, without room Do not disturb. What the agent chose holds: Available and Busy until the next conversation comes or
goes, anything else until the next choice.
"""

import datetime

from django.db.models import F, Q
from django.utils.translation import gettext as _

from workstreams import ports
from workstreams.clock import database_now
from workstreams.models import Agent, BasePresence, CustomPresence, Presence
from workstreams.transactions import retried

PRESENT_SECONDS = 60
RESTORE_SECONDS = 150
# What changes when the presence does.
CHANGING = ["state", "former", "by_hand", "custom", "changed_at"]


def present_since(now: datetime.datetime) -> datetime.datetime:
    """An agent seen at or after this moment is there."""
    return now - datetime.timedelta(seconds=PRESENT_SECONDS)


@retried
def sign_in(agent: Agent) -> Presence:
    """The agent's usual presence, or what it was within the last 150 s; a second browser changes nothing. Hints distribution."""
    presence, now = _locked(agent), database_now()
    alive = presence.seen_at is not None and presence.seen_at >= present_since(now)
    if presence.state == BasePresence.OFFLINE or not alive:
        _return(presence, now)
    _see(presence, now)
    ports.work_waiting()
    return presence


def heartbeat(agent: Agent) -> None:
    """The agent's page is open. One conditional update while it never stopped; otherwise an absence ends."""
    now = database_now()
    if not Presence.objects.filter(agent=agent, seen_at__gte=present_since(now)).exclude(state=BasePresence.OFFLINE).update(seen_at=now):
        _end_absence(agent)


@retried
def _end_absence(agent: Agent) -> None:
    presence, now = _locked(agent), database_now()
    was_swept = presence.state == BasePresence.OFFLINE and presence.former
    if was_swept or presence.state != BasePresence.OFFLINE:
        _return(presence, now)
        ports.work_waiting()
    _see(presence, now)


@retried
def set_presence(agent: Agent, choice: str) -> Presence:
    """What the agent chose: a base presence, or the public id of one of the team's own. Hints distribution.

    `ValueError` for anything else, and for Inactive, which nobody chooses.
    """
    custom = None
    if choice not in dict(BasePresence.choosable()):
        custom = CustomPresence.objects.filter(public_id=choice).first()
        if custom is None:
            raise ValueError(_("There is no presence “%(name)s”.") % {"name": choice})
    presence, now = _locked(agent), database_now()
    _change(presence, custom.base if custom else choice, now, by_hand=True, custom=custom)
    _see(presence, now)
    ports.work_waiting()
    return presence


@retried
def sign_out(agent: Agent) -> Presence:
    """Offline on purpose: the next sign-in makes Available. Hints distribution, for what was on offer goes on."""
    presence, now = _locked(agent), database_now()
    _change(presence, BasePresence.OFFLINE, now)
    presence.save(update_fields=CHANGING)
    ports.work_waiting()
    return presence


def follow_capacity(*agents: Agent | None) -> list[Agent]:
    """Make Available, Busy or Do not disturb what fits the load of these agents; returns those for whom it changed something.

    Called after a conversation came or went, inside the same transaction and after the change of capacity, which locks
    the agents' rows.
    """
    following = Q(state__in=[BasePresence.AVAILABLE, BasePresence.BUSY]) | Q(state=BasePresence.DO_NOT_DISTURB, by_hand=False)
    rows = Presence.objects.filter(following, agent__in={agent.pk for agent in agents if agent is not None}).order_by("agent_id")
    changing: dict[str, list[Agent]] = {}
    for presence in rows.select_related("agent__user").prefetch_related("agent__capacities__profile"):
        fitting = fitting_presence(presence.agent)
        if presence.state != fitting or presence.by_hand:
            changing.setdefault(fitting, []).append(presence.agent)
    for fitting, those in sorted(changing.items()):
        changes = {"state": fitting, "by_hand": False, "custom": None, "changed_at": database_now()}
        Presence.objects.filter(following, agent__in=those).update(**changes)
    return [agent for those in changing.values() for agent in those]


def fitting_presence(agent: Agent) -> str:
    """Available with nothing, Busy with something, Do not disturb without room.

    Without room: no place left in one capacity profile that blocks, or in all profiles, and no units, if the agent uses any.
    """
    places = list(agent.capacities.all())
    full = [place for place in places if place.used >= place.limit]
    no_units = agent.units_used >= agent.units_total or (bool(places) and not agent.units_used)
    if any(place.profile.blocks for place in full):
        return BasePresence.DO_NOT_DISTURB
    if not agent.units_used and not any(place.used for place in places):
        return BasePresence.AVAILABLE
    return BasePresence.DO_NOT_DISTURB if no_units and len(full) == len(places) else BasePresence.BUSY


def make_inactive(agent: Agent) -> None:
    """The agent let an offer pass: nothing is offered until they choose a presence again."""
    _step_back(agent, BasePresence.INACTIVE)


def make_do_not_disturb(agent: Agent) -> None:
    """The agent declined an offer: nothing is offered until they choose a presence again."""
    _step_back(agent, BasePresence.DO_NOT_DISTURB)


@retried
def end_inactive(agent: Agent) -> bool:
    """Somebody says that the agent takes work again; False if they weren't Inactive. Hints distribution."""
    inactive = Presence.objects.filter(agent=agent, state=BasePresence.INACTIVE)
    fitting = fitting_presence(Agent.objects.get(pk=agent.pk))
    ended = bool(inactive.update(state=fitting, by_hand=False, changed_at=database_now()))
    if ended:
        ports.work_waiting()
    return ended


def _step_back(agent: Agent, state: str) -> None:
    ready = Presence.objects.filter(agent=agent, state__in=[BasePresence.AVAILABLE, BasePresence.BUSY])
    ready.update(state=state, by_hand=True, custom=None, former="", changed_at=database_now())


def sweep() -> list[Agent]:
    """Make agents Offline who were not seen for 60 s; returns those whom this call made so."""
    now = database_now()
    gone = Presence.objects.filter(Q(seen_at__lt=present_since(now)) | Q(seen_at__isnull=True)).exclude(state=BasePresence.OFFLINE)
    made_offline = []
    for presence in gone.select_related("agent__user").order_by("agent_id"):
        # The condition again: a heartbeat may have come since the list was read.
        if gone.filter(pk=presence.pk).update(former=F("state"), state=BasePresence.OFFLINE, changed_at=now):
            made_offline.append(presence.agent)
    return made_offline


def _locked(agent: Agent) -> Presence:
    Presence.objects.get_or_create(agent=agent)
    locked = Presence.objects.select_for_update(no_key=True).get(agent=agent)
    locked.agent = Agent.objects.get(pk=agent.pk)
    return locked


def _return(presence: Presence, now: datetime.datetime) -> None:
    """The end of an absence: the former presence if it was short, else the agent's usual one."""
    before = presence.former if presence.state == BasePresence.OFFLINE else presence.state
    short = presence.seen_at is not None and presence.seen_at >= now - datetime.timedelta(seconds=RESTORE_SECONDS)
    if before and short:
        _change(presence, before, now, by_hand=presence.by_hand, custom=presence.custom)
    elif presence.agent.default_presence == BasePresence.AVAILABLE:
        _change(presence, fitting_presence(presence.agent), now)
    else:
        _change(presence, presence.agent.default_presence, now, by_hand=True)


def _change(presence: Presence, state: str, now: datetime.datetime, *, by_hand: bool = False, custom: CustomPresence | None = None) -> None:
    if presence.state != state:
        presence.changed_at = now
    presence.state, presence.former, presence.by_hand, presence.custom = state, "", by_hand, custom


def _see(presence: Presence, now: datetime.datetime) -> None:
    presence.seen_at = now
    presence.save(update_fields=[*CHANGING, "seen_at"])
