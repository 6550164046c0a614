"""Attaching an account to a workstream: the pages of *Set up LINE*, kept in a draft row, and what follows afterwards.

Callers hold a gate's promise that `actor` is an administrator. Locks: the account's row (`no_key`).
"""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from channels_app.models import AccountState, Channel, ChannelDraft, MessagingAccount
from workstreams import ports
from workstreams.audit import record_change
from workstreams.models import User, WorkState, Workstream

ACCOUNT, LANGUAGE, BEHAVIORS, USER_FEATURES, SUMMARY = 1, 2, 3, 4, 5
SETTINGS = (
    "language",
    "greeting_enabled",
    "greeting_text",
    "routes_groups",
    "attachments_enabled",
    "customers_send_attachments",
    "agents_send_attachments",
    "read_marks",
    "typing_shown",
)


class CannotSetUp(Exception):
    """The channel can't be made. `str()` is in the user's words."""


def available_accounts(channel_type: str) -> QuerySet[MessagingAccount]:
    """Active accounts of a type that serve no workstream."""
    live = Channel.objects.filter(account=OuterRef("pk"), removed_at=None)
    return MessagingAccount.objects.filter(~Exists(live), channel_type=channel_type, state=AccountState.ACTIVE)


def start_setup(*, actor: User, workstream: Workstream, account: MessagingAccount | None = None) -> ChannelDraft:
    """The set-up in progress of a workstream, made if there is none; `account` is preselected if it is available."""
    with transaction.atomic():
        draft, _made = ChannelDraft.objects.get_or_create(workstream=workstream, defaults={"created_by": actor})
        if account is not None and available_accounts(workstream.channel_type).filter(pk=account.pk).exists():
            draft.account = account
            draft.save(update_fields=["account"])
    return draft


def save_page(*, draft: ChannelDraft, page: int, **values: Any) -> ChannelDraft:
    """Keep what one page says; the page after it may be opened from now on."""
    for name, value in values.items():
        setattr(draft, name, value)
    draft.reached = max(draft.reached, page + 1)
    draft.save(update_fields=[*values, "reached"])
    return draft


def discard_setup(*, draft: ChannelDraft) -> None:
    """Forget a set-up in progress."""
    draft.delete()


def finish_setup(*, actor: User, draft: ChannelDraft) -> Channel:
    """Make the channel and drop the draft. `CannotSetUp` if a page is missing or the account was taken meanwhile."""
    if draft.account is None or draft.reached < SUMMARY:
        raise CannotSetUp(_("Some pages aren't filled in yet."))
    try:
        with transaction.atomic():
            account = MessagingAccount.objects.select_for_update(no_key=True).get(pk=draft.account.pk)
            if account.state != AccountState.ACTIVE:
                raise CannotSetUp(_("%(name)s isn't active.") % {"name": account.name})
            settings = {name: getattr(draft, name) for name in SETTINGS}
            channel = Channel.objects.create(account=account, workstream=draft.workstream, **settings)
            draft.delete()
            record_change(actor=actor, target=channel, added=True)
    except IntegrityError as error:
        raise CannotSetUp(_("%(name)s serves another workstream meanwhile.") % {"name": draft.account.name}) from error
    return channel


def change_channel(*, actor: User, channel: Channel, **values: Any) -> Channel:
    """Change language, behaviours or user features of a live channel."""
    with transaction.atomic():
        for name, value in values.items():
            setattr(channel, name, value)
        channel.save(update_fields=list(values))
        record_change(actor=actor, target=channel, fields=[gettext_noop("Settings")])
    return channel


def remove_channel(*, actor: User, channel: Channel) -> Channel:
    """Detach the account; it is available again. Conversations stay. Once removed, again is harmless."""
    with transaction.atomic():
        if Channel.objects.filter(pk=channel.pk, removed_at=None).update(removed_at=Now()):
            record_change(actor=actor, target=channel, fields=[gettext_noop("State")])
    return channel


def unfinished_work(channels: QuerySet[Channel]) -> int:
    """How many pieces of work of these channels aren't closed. `channel` is the one field that they need beyond `WorkItem`."""
    work: Any = ports.work_item_model()._default_manager
    return int(work.filter(channel__in=channels).exclude(state=WorkState.CLOSED).count())
