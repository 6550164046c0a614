"""The addresses of the workstreams' settings and of people below `/admin/`. Names are in the namespace `admin`."""

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from . import (
    converters,  # noqa: F401 - the converter of <public_id:…>
    hours_pages,
    installation_pages,
    people_pages,
    queue_pages,
    routing_pages,
    routing_versions,
    timeout_pages,
    variable_pages,
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
        path(f"{one}/routing-rules/versions/", guard(routing_versions.versions), name="routing_versions"),
        path("queues/", guard(queue_pages.queues), name="queues"),
        path("queues/new/", guard(queue_pages.new), name="queue_new"),
        path("queues/<public_id:public_id>/", guard(queue_pages.edit), name="queue"),
        path("queues/<public_id:public_id>/copy/", guard(queue_pages.copy), name="queue_copy"),
        path("queues/<public_id:public_id>/delete/", guard(queue_pages.delete), name="queue_delete"),
        path("operating-hours/", guard(hours_pages.hours_list), name="operating_hours"),
        path("operating-hours/new/", guard(hours_pages.new), name="operating_hours_new"),
        path("operating-hours/<public_id:public_id>/", guard(hours_pages.edit), name="operating_hours_edit"),
        path("operating-hours/<public_id:public_id>/delete/", guard(hours_pages.delete), name="operating_hours_delete"),
        path(f"{one}/time-out-rules/", guard(timeout_pages.rules), name="timeout_rules"),
        path(f"{one}/time-out-rules/new/", guard(timeout_pages.new), name="timeout_rule_new"),
        path(f"{one}/time-out-rules/<public_id:rule_id>/", guard(timeout_pages.edit), name="timeout_rule"),
        path(f"{one}/time-out-rules/<public_id:rule_id>/delete/", guard(timeout_pages.delete), name="timeout_rule_delete"),
        path(f"{one}/context-variables/", guard(variable_pages.variables), name="context_variables"),
        path(f"{one}/context-variables/<slug:name>/delete/", guard(variable_pages.delete), name="context_variable_delete"),
        path("workstreams/work-distribution/", guard(installation_pages.settings), name="distribution_settings"),
        path("people/", guard(people_pages.people), name="people"),
        path("people/new/", guard(people_pages.new), name="person_new"),
        path("people/<public_id:public_id>/", guard(people_pages.edit), name="person"),
        path("people/<public_id:public_id>/link/", guard(people_pages.new_link), name="person_link"),
        path("people/<public_id:public_id>/reactivate/", guard(people_pages.come_back), name="person_reactivate"),
    ]
