"""Periodic and hinted work on conversations. Tasks carry no data, may run twice, and only call actions."""

import datetime
import logging
import time
from collections.abc import Callable

from celery import shared_task

from channels_app.hints import SingleRun
from conversations import (
    attachments,
    auto_close,
    consults,
    departure,
    dispatch,
    former_words,
    lifecycle,
    live,
    offers,
    overflow,
    profiles,
    timeouts,
)
from conversations.hints import DISTRIBUTE, FETCH_MEDIA, FETCH_PROFILES
from conversations.models import LiveHint
from workstreams import presence
from workstreams.clock import database_now
from workstreams.distribution import capacity, day_end

logger = logging.getLogger(__name__)

# The longest run of one task: a worker's slot must come free for others.
RUN_SECONDS = 20
LIVE_HINT_SECONDS = 60

_distribution = SingleRun()
_profiles = SingleRun()
# A large video must not keep everybody's pictures waiting.
_media = SingleRun(slots=3)
_reported_drift: set[capacity.Drift] = set()


@shared_task(name=DISTRIBUTE)
def distribute() -> None:
    """Route and distribute what waits, for at most 20 s a round. Not twice at once in a process."""
    _distribution.run(_route_and_distribute)


def _route_and_distribute() -> None:
    dispatch.run(until=time.monotonic() + RUN_SECONDS)
    # What is moved is hinted, and so distributed in the next round.
    overflow.leave_queues_without_agents()


@shared_task(name="conversations.sweep")
def sweep() -> None:
    """Every 5 s: whatever a lost hint or a dead process left behind. One step's failure doesn't stop the others."""
    ended = (_sweep_presence, departure.return_left_work, offers.expire_offers, consults.expire_consults, lifecycle.close_finished_wrap_ups)
    for step in (*ended, day_end.free_places_if_day_ended, overflow_slow_queues, distribute, report_drift, _purge_live_hints):
        _guarded(step)


@shared_task(name="conversations.close_silent")
def close_silent() -> None:
    """Every 5 min: close the conversations in which nothing has happened for too long."""
    auto_close.close_silent(until=time.monotonic() + RUN_SECONDS)


@shared_task(name="conversations.run_timeouts")
def run_timeouts() -> None:
    """Every 15 s: run the time-out rules whose time is over."""
    timeouts.run_due(until=time.monotonic() + RUN_SECONDS)


def _guarded(step: Callable[[], object]) -> None:
    try:
        step()
    except Exception:
        logger.exception("the sweep's step %s failed", getattr(step, "__name__", step))


def _sweep_presence() -> None:
    for agent in presence.sweep():
        live.agent_changed(agent)


def overflow_slow_queues() -> None:
    """Move or end what has waited too long, for at most 20 s a round."""
    overflow.overflow_slow_queues(until=time.monotonic() + RUN_SECONDS)


def report_drift() -> list[capacity.Drift]:
    """Agents who have other capacity in use than their conversations hold; logged once each, never mended behind anybody's back."""
    drift = capacity.find_drift()
    for each in set(drift) - _reported_drift:
        what = f"places in profile {each.profile_id}" if each.profile_id else "units"
        logger.error("agent %s has %s %s in use, its conversations hold %s", each.agent_id, each.used, what, each.held)
    _reported_drift.clear()
    _reported_drift.update(drift)
    return drift


def _purge_live_hints() -> None:
    LiveHint.objects.filter(at__lt=database_now() - datetime.timedelta(seconds=LIVE_HINT_SECONDS)).delete()


@shared_task(name=FETCH_PROFILES)
def fetch_profiles() -> None:
    """Fetch the profiles that are due. Not twice at once in a process."""
    _profiles.run(profiles.fetch_due)


@shared_task(name="conversations.refresh_profiles")
def refresh_profiles() -> None:
    """Ask anew, once a day, for the profiles of customers who are being served."""
    profiles.refresh_old()


@shared_task(name="conversations.tidy")
def tidy() -> None:
    """Forget what nobody needs any more."""
    former_words.forget_old()


@shared_task(name=FETCH_MEDIA)
def fetch_media() -> None:
    """Fetch and prepare the files that are due, and delete what was taken back."""
    _media.run(attachments.work)


@shared_task(name="conversations.tidy_media")
def tidy_media() -> None:
    """Forget uploads that nobody sent."""
    attachments.forget_unsent_uploads()
