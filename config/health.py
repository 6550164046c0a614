"""`/healthz`: is this installation alive? For load balancers and people; holds no secret and no content."""

from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Min
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from channels_app.models import EventState, WebhookEvent
from config.models import Pulse
from workstreams.clock import database_now

SILENT_AFTER_SECONDS = 6 * settings.SWEEP_SECONDS


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the database answers, else 503: webhooks are stored even when every worker is dead."""
    try:
        return JsonResponse(_state())
    except DatabaseError:
        return JsonResponse({"status": "down", "database": "unreachable"}, status=503)


def _state() -> dict[str, Any]:
    now = database_now()
    oldest = WebhookEvent.objects.filter(state=EventState.PENDING).aggregate(at=Min("received_at"))["at"]
    worker = Pulse.objects.filter(name=Pulse.WORKER).values_list("at", flat=True).first()
    silent_seconds = None if worker is None else round((now - worker).total_seconds(), 1)
    swept = silent_seconds is not None and silent_seconds <= SILENT_AFTER_SECONDS
    return {
        "status": "ok" if swept else "degraded",
        "database": "ok",
        "oldest_pending_event_seconds": None if oldest is None else round((now - oldest).total_seconds(), 1),
        "last_sweep_seconds": silent_seconds,
        "broker": "ok" if swept else "silent",
    }
