"""The addresses of the workstreams' settings and of people below `/admin/`. Names are in the namespace `admin`."""

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from . import (
    converters,  # noqa: F401 - the converter of <public_id:…>
    people_pages,
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
        path("people/", guard(people_pages.people), name="people"),
        path("people/new/", guard(people_pages.new), name="person_new"),
        path("people/<public_id:public_id>/", guard(people_pages.edit), name="person"),
        path("people/<public_id:public_id>/link/", guard(people_pages.new_link), name="person_link"),
        path("people/<public_id:public_id>/reactivate/", guard(people_pages.come_back), name="person_reactivate"),
    ]
