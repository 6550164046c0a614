"""*Copy* and *Delete* of a workstream."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from channels_app.workstream_deletion import InUse, delete_workstream, uses_of
from workstreams.access import require_administrator, workstream_to_configure
from workstreams.admin.pages import show_page
from workstreams.admin.workstream_pages import workstream_crumbs
from workstreams.copying import copy_workstream


@require_POST
def copy(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make the copy and open its name for editing."""
    workstream = workstream_to_configure(request.user, public_id)
    made = copy_workstream(actor=require_administrator(request.user), workstream=workstream)
    messages.success(request, _("“%(name)s” is made, with all rules and settings. It has no channel yet.") % {"name": made.name})
    return redirect("admin:workstream_page", made.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, public_id: str) -> HttpResponse:
    """What would be deleted, or what still needs the workstream."""
    workstream = workstream_to_configure(request.user, public_id)
    uses = uses_of(workstream)
    if request.method == "POST":
        try:
            delete_workstream(actor=require_administrator(request.user), workstream=workstream)
        except InUse as refusal:
            uses = refusal.uses
        else:
            messages.success(request, _("“%(name)s” is deleted.") % {"name": workstream.name})
            return redirect("admin:workstreams")
    title = _("Delete the workstream?")
    crumbs = workstream_crumbs(workstream, title)
    return show_page(request, "admin/console/workstream_delete.html", title=title, crumbs=crumbs, workstream=workstream, uses=uses)
