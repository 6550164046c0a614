"""Who is there. An agent is there while the heartbeat of its page is younger than 60 s, whatever the presence says.

The page's leading tab posts a heartbeat every 20 s. After 60 s without one the presence becomes Offline and keeps the
former one, which comes back with a heartbeat or sign-in within 150 s of the last sign of life; later the agent is
Available. An agent who chose Offline or signed out stays Offline until the next choice or sign-in.
"""

import datetime

from django.db.models import F, Q
from django.utils.translation import gettext as _

from workstreams import ports
from workstreams.clock import database_now
from workstreams.models import Agent, BasePresence, Presence
from workstreams.transactions import retried

PRESENT_SECONDS = 60
RESTORE_SECONDS = 150


def present_since(now: datetime.datetime) -> datetime.datetime:
    """An agent seen at or after this moment is there."""
    return now - datetime.timedelta(seconds=PRESENT_SECONDS)


@retried
def sign_in(agent: Agent) -> Presence:
    """Available, or what it was within the last 150 s; a second browser changes nothing. Hints distribution."""
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
def set_presence(agent: Agent, state: str) -> Presence:
    """What the agent chose. `ValueError` for an unknown presence. Hints distribution."""
    if state not in BasePresence.values:
        raise ValueError(_("There is no presence “%(name)s”.") % {"name": state})
    presence, now = _locked(agent), database_now()
    _change(presence, state, now)
    _see(presence, now)
    ports.work_waiting()
    return presence


@retried
def sign_out(agent: Agent) -> Presence:
    """Offline on purpose: the next sign-in makes Available. Hints distribution, for what was on offer goes on."""
    presence, now = _locked(agent), database_now()
    _change(presence, BasePresence.OFFLINE, now)
    presence.save(update_fields=["state", "former", "changed_at"])
    ports.work_waiting()
    return presence


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
    return Presence.objects.select_for_update(no_key=True).get(agent=agent)


def _return(presence: Presence, now: datetime.datetime) -> None:
    """The end of an absence: the former presence if it was short, else Available."""
    before = presence.former if presence.state == BasePresence.OFFLINE else presence.state
    short = presence.seen_at is not None and presence.seen_at >= now - datetime.timedelta(seconds=RESTORE_SECONDS)
    _change(presence, before if before and short else BasePresence.AVAILABLE, now)


def _change(presence: Presence, state: str, now: datetime.datetime) -> None:
    if presence.state != state:
        presence.changed_at = now
    presence.state, presence.former = state, ""


def _see(presence: Presence, now: datetime.datetime) -> None:
    presence.seen_at = now
    presence.save(update_fields=["state", "former", "changed_at", "seen_at"])
