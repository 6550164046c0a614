"""*Operating hours*: the list, and the one form with its preview. Rearranging and *Preview* send the form and save nothing."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from workstreams.access import hours_to_configure, require_administrator
from workstreams.clock import database_now
from workstreams.hours import WorkingHours, working_hours
from workstreams.hours_setup import delete_hours, save_hours
from workstreams.hours_words import now_in_words, preview_in_words
from workstreams.models import OperatingHours

from . import hours_week
from .hours_forms import HoursForm
from .pages import Crumb, sent_data, show_page
from .place_fields import country_shown


@require_safe
def hours_list(request: HttpRequest) -> HttpResponse:
    """All operating hours: zone, holidays, whether open now, and the queues that have them."""
    require_administrator(request.user)
    found = OperatingHours.objects.prefetch_related("periods", "holidays", "queues")
    now = database_now()
    rows = [(hours, now_in_words(working_hours(hours), now), country_shown(hours.holiday_country)) for hours in found]
    title = _("Operating hours")
    return show_page(request, "admin/console/hours_list.html", title=title, crumbs=[Crumb(title)], rows=rows)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """New ones begin as most are: workdays from 8 to 17."""
    require_administrator(request.user)
    return _edit(request, OperatingHours(time_zone=settings.TIME_ZONE), _("New operating hours"), hours_week.usual_rows())


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """The same form, filled."""
    hours = hours_to_configure(request.user, public_id)
    return _edit(request, hours, hours.name, hours_week.stored_rows(hours))


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, public_id: str) -> HttpResponse:
    """Asks first; refused while a queue has them."""
    hours = hours_to_configure(request.user, public_id)
    name, error = hours.name, ""
    if request.method == "POST":
        try:
            delete_hours(hours=hours)
        except ValidationError as refusal:
            error = " ".join(refusal.messages)
        else:
            messages.success(request, _("%(name)s was deleted.") % {"name": name})
            return redirect("admin:operating_hours")
    title = _("Delete %(name)s") % {"name": name}
    crumbs = _crumbs(title, Crumb(name, reverse("admin:operating_hours_edit", args=[hours.public_id])))
    context: dict[str, Any] = {"hours": hours, "error": error, "queues": list(hours.queues.all())}
    return show_page(request, "admin/console/hours_delete.html", title=title, crumbs=crumbs, **context)


def _edit(request: HttpRequest, hours: OperatingHours, title: str, rows: hours_week.Rows) -> HttpResponse:
    initial = {name: getattr(hours, name) for name in ("name", "time_zone", "holiday_country")}
    form, focus = HoursForm(sent_data(request), initial=initial), ""
    saved = working_hours(hours) if hours.pk else None
    if request.method != "POST":
        return _show(request, hours, title, form, rows, shown=saved, focus="" if hours.pk else "id_name")
    rows = hours_week.sent_rows(request.POST)
    focus = hours_week.rearranged(rows, request.POST)
    if "save" not in request.POST and "preview" not in request.POST:
        form = HoursForm(initial=request.POST.dict())
        return _show(request, hours, title, form, rows, shown=None, focus=focus)
    try:
        periods = hours_week.periods_of(rows, [str(name) for name in WEEKDAYS.values()])
        holidays = hours_week.holidays_of(rows)
        if form.is_valid():
            values = form.cleaned_data
            if "save" in request.POST:
                actor = require_administrator(request.user)
                save_hours(actor=actor, hours=hours, periods=periods, holidays=holidays, **values)
                messages.success(request, _("Saved."))
                return redirect("admin:operating_hours_edit", hours.public_id)
            saved = hours_week.as_working_hours(values["time_zone"], values["holiday_country"], periods, holidays)
            return _show(request, hours, title, form, rows, shown=saved, focus="preview")
    except ValidationError as error:
        form.add_error(None if "name" not in getattr(error, "error_dict", {}) else "name", error.messages)
    return _show(request, hours, title, form, rows, shown=None)


def _show(
    request: HttpRequest,
    hours: OperatingHours,
    title: str,
    form: HoursForm,
    rows: hours_week.Rows,
    *,
    shown: WorkingHours | None,
    focus: str = "",
) -> HttpResponse:
    now = database_now()
    context: dict[str, Any] = {
        "hours": hours,
        "form": form,
        "week": [(day, WEEKDAYS[day], rows.periods[day]) for day in hours_week.WEEKDAYS],
        "holidays": rows.holidays,
        "now": now_in_words(shown, now) if shown else "",
        "preview": preview_in_words(shown, now) if shown else [],
        "changed": request.method == "POST",
        "focus": focus,
    }
    return show_page(request, "admin/console/hours.html", title=title, crumbs=_crumbs(title), **context)


def _crumbs(title: str, *between: Crumb) -> list[Crumb]:
    return [Crumb(_("Operating hours"), reverse("admin:operating_hours")), *between, Crumb(title)]
