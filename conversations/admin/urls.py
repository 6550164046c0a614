"""The addresses of admin pages that need to know conversations. Names are in the namespace `admin`."""

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

import workstreams.admin.converters  # noqa: F401 - the converter of <public_id:…>

from . import decision_pages, departure_pages, journal_pages, routing_try


def admin_urls(site: AdminSite) -> list[URLPattern]:
    """All of them behind the site's gate."""
    guard = site.admin_view
    rules = "workstreams/<public_id:public_id>/routing-rules"
    return [
        path("people/<public_id:public_id>/deactivate/", guard(departure_pages.deactivate), name="person_deactivate"),
        path(f"{rules}/try/", guard(routing_try.try_rules), name="routing_try"),
        path(f"{rules}/decisions/", guard(decision_pages.decisions), name="routing_decisions"),
        path(f"{rules}/decisions/<int:decision_id>/", guard(decision_pages.decision), name="routing_decision"),
        path("journal/", guard(journal_pages.journal), name="journal"),
        path("journal/again/", guard(journal_pages.process_again), name="journal_again"),
        path("journal/<int:event_id>/", guard(journal_pages.event), name="journal_event"),
    ]
