"""The addresses of the workstreams' settings below `/admin/`. Names are in the namespace `admin`."""

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from . import (
    converters,  # noqa: F401 - the converter of <public_id:…>
    routing_pages,
    workstream_pages,
)


def admin_urls(site: AdminSite) -> list[URLPattern]:
    """All of them behind the site's gate."""
    guard = site.admin_view
    one = "workstreams/<public_id:public_id>"
    return [
        path(f"{one}/edit/", guard(workstream_pages.edit), name="workstream_edit"),
        path(f"{one}/work-distribution/", guard(workstream_pages.distribution), name="workstream_distribution"),
        path(f"{one}/routing-rules/", guard(routing_pages.rules), name="routing_rules"),
        path(f"{one}/routing-rules/versions/", guard(routing_pages.versions), name="routing_versions"),
    ]
