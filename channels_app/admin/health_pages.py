"""The health of an account: what came and went, what waits, what went wrong, and what the month has cost."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from channels_app.access import account_to_configure
from channels_app.health import health_of

from .account_wizard import account_tab


@require_safe
def account_health(request: HttpRequest, public_id: str) -> HttpResponse:
    """Figures of the database alone; the platform isn't asked."""
    account = account_to_configure(request.user, public_id)
    return account_tab(request, "admin/console/account_health.html", account, "account_health", health=health_of(account))
