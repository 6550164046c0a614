"""The addresses of admin pages that need to know conversations. Names are in the namespace `admin`."""

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

import workstreams.admin.converters  # noqa: F401 - the converter of <public_id:…>

from . import departure_pages, journal_pages


def admin_urls(site: AdminSite) -> list[URLPattern]:
    """All of them behind the site's gate."""
    guard = site.admin_view
    return [
        path("people/<public_id:public_id>/deactivate/", guard(departure_pages.deactivate), name="person_deactivate"),
        path("journal/", guard(journal_pages.journal), name="journal"),
        path("journal/again/", guard(journal_pages.process_again), name="journal_again"),
        path("journal/<int:event_id>/", guard(journal_pages.event), name="journal_event"),
    ]
