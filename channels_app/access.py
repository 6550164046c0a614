"""Gates of accounts and channels: administrators only, 404 otherwise."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from channels_app.models import AccountState, Channel, MessagingAccount, WebhookEvent
from workstreams.access import require_administrator
from workstreams.models import User


def find_account(public_id: str) -> MessagingAccount | None:
    """An account that isn't removed, by what stands in an address; whatever stands there."""
    if not public_id.isalnum():
        return None
    return MessagingAccount.objects.exclude(state=AccountState.REMOVED).filter(public_id=public_id).first()


def account_to_configure(user: User | AnonymousUser, public_id: str) -> MessagingAccount:
    """An account that isn't removed, or 404."""
    require_administrator(user)
    account = find_account(public_id)
    if account is None:
        raise Http404
    return account


def channel_to_configure(user: User | AnonymousUser, public_id: str) -> Channel:
    """A live channel with its account and workstream, or 404."""
    require_administrator(user)
    channel = Channel.objects.select_related("account", "workstream").filter(public_id=public_id, removed_at=None).first()
    if channel is None:
        raise Http404
    return channel


def journal_of(user: User | AnonymousUser) -> QuerySet[WebhookEvent]:
    """Every webhook event, those of removed accounts too."""
    require_administrator(user)
    return WebhookEvent.objects.all()


def event_to_inspect(user: User | AnonymousUser, event_id: int) -> WebhookEvent:
    """One webhook event with its account and its content, or 404."""
    return get_object_or_404(journal_of(user).select_related("account"), pk=event_id)
