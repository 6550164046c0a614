"""Endpoints with a small allowance: a call is counted before it is made, so that all processes together stay within it."""

from django.db.models import F

from channels_app.models import CallWindow, MessagingAccount
from channels_app.registry import adapter_for
from workstreams.clock import Now, seconds_from_now


def may_call(account: MessagingAccount, endpoint: str) -> bool:
    """Count one call to `endpoint` (a name in the adapter's `allowances`); False if the account has had its share for now.

    A window begins with its first call and isn't sliding: an allowance of half the platform's limit keeps any stretch of
    that length within it.
    """
    calls, seconds = adapter_for(account.channel_type).allowances[endpoint]
    window = CallWindow.objects.filter(account=account, endpoint=endpoint)
    if window.filter(began_at__lte=seconds_from_now(-seconds)).update(began_at=Now(), calls=1):
        return True
    if window.filter(calls__lt=calls).update(calls=F("calls") + 1):
        return True
    _window, is_first = CallWindow.objects.get_or_create(account=account, endpoint=endpoint, defaults={"began_at": Now(), "calls": 1})
    return is_first
