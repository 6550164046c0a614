"""Profiles as the platform shows them, fetched in the background; a message never waits for one."""

import logging
import time

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F

from channels_app.adapter import FetchedProfile, ProfileUnavailable
from channels_app.credentials import credentials_of
from channels_app.media import keeping
from channels_app.models import AccountState
from channels_app.reasons import type_and_place
from channels_app.registry import adapter_for
from conversations import attachments, contact_index, dispatch, live
from conversations.models import Conversation, SocialProfile
from workstreams.clock import Now, seconds_from_now
from workstreams.models import WorkState

logger = logging.getLogger(__name__)

LEASE_SECONDS = 30
REFRESH_SECONDS = 24 * 3600
MAXIMUM_ATTEMPTS = 8
# An account at which a fetch took longer is left to the next run.
SLOW_SECONDS = 2


def refresh_old() -> int:
    """Make the profiles due that are a day old and belong to somebody who is being served; returns how many."""
    served = Conversation.objects.exclude(state=WorkState.CLOSED).values("profile_id")
    old = SocialProfile.objects.filter(pk__in=served, fetch_due_at=None, fetched_at__lt=seconds_from_now(-REFRESH_SECONDS))
    return old.update(fetch_due_at=Now(), fetch_attempts=0)


def fetch_due(*, seconds: float = 20, limit: int = 100) -> int:
    """Fetch the profiles that are due, each claimed by moving its due time, until the time is up; returns how many were asked for."""
    due = SocialProfile.objects.filter(
        fetch_due_at__lte=Now(), account__paused_reason="", account__state__in=(AccountState.DRAFT, AccountState.ACTIVE)
    )
    end = time.monotonic() + seconds
    slow: set[int] = set()
    fetched = 0
    for profile in due.select_related("account", "met_in").order_by("fetch_due_at")[:limit]:
        began = time.monotonic()
        if began >= end:
            break
        claimed = SocialProfile.objects.filter(pk=profile.pk, fetch_due_at__lte=Now())
        if profile.account_id not in slow and claimed.update(
            fetch_due_at=seconds_from_now(LEASE_SECONDS), fetch_attempts=F("fetch_attempts") + 1
        ):
            _fetch_alone(profile)
            fetched += 1
            if time.monotonic() - began > SLOW_SECONDS:
                slow.add(profile.account_id)
    return fetched


def _fetch_alone(profile: SocialProfile) -> None:
    """What goes wrong with one profile is no reason to leave the others."""
    try:
        _fetch(profile)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.error("Profile %d can't be fetched: %s.", profile.pk, type_and_place(error))
        _try_later(profile)


def _fetch(profile: SocialProfile) -> None:
    try:
        found = _ask(profile)
    except ProfileUnavailable as error:
        logger.info("Profile %d can't be fetched now: %s.", profile.pk, error)
        _try_later(profile)
        return
    with transaction.atomic():
        row = SocialProfile.objects.filter(pk=profile.pk)
        if found.missing:
            row.update(fetched_at=Now(), fetch_due_at=None)
        else:
            picture = keeping.ask_for_link(found.picture_url) if found.picture_url else None
            row.update(
                picture=picture,
                display_name=found.display_name,
                picture_url=found.picture_url,
                language=found.language or profile.language,
                fetched_at=Now(),
                fetch_due_at=None,
                fetch_attempts=0,
            )
            attachments.hint_fetching()
            contact_index.reindex_of_profile(profile.pk)
        _tell_conversation(profile)


def _ask(profile: SocialProfile) -> FetchedProfile:
    """What the platform shows; a group tells the name of a member who isn't a friend."""
    adapter, credentials = adapter_for(profile.account.channel_type), credentials_of(profile.account)
    found = adapter.fetch_profile(credentials=credentials, kind=profile.kind, source_id=profile.line_id)
    if found.missing and profile.met_in is not None:
        chat = profile.met_in
        found = adapter.fetch_profile(credentials=credentials, kind=chat.kind, source_id=chat.line_id, member_id=profile.line_id)
    return found


def _try_later(profile: SocialProfile) -> None:
    """1, 2, 4 … minutes; after eight tries the platform's next sign of the customer starts anew."""
    attempts = profile.fetch_attempts + 1
    due_at = None if attempts >= MAXIMUM_ATTEMPTS else seconds_from_now(60 * 2 ** (attempts - 1))
    SocialProfile.objects.filter(pk=profile.pk).update(fetch_due_at=due_at)


def _tell_conversation(profile: SocialProfile) -> None:
    conversation = (
        Conversation.objects.filter(profile=profile).exclude(state=WorkState.CLOSED).select_related("queue", "agent", "holder").first()
    )
    if conversation is not None:
        live.conversation_changed(conversation)
        if conversation.routed_at is None:
            dispatch.hint()
