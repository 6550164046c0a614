"""What every page of agents and supervisors has in common: a person who is signed in, and their own clock."""

import functools
import zoneinfo
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from workstreams.models import User

TIME_ZONE_COOKIE = "timezone"
View = Callable[..., HttpResponse]


class PersonRequest(HttpRequest):
    """A request of somebody who is signed in; the type of what `signed_in` hands to a view."""

    user: User
    htmx: HtmxDetails


def wants_fragment(request: HttpRequest) -> bool:
    """Whether a script asks for a part of a page (htmx, or `fetch` with the header `X-Fragment`)."""
    return bool(getattr(request, "htmx", False)) or request.headers.get("X-Fragment") == "1"


def person_time_zone(request: HttpRequest) -> zoneinfo.ZoneInfo:
    """The browser's time zone, as `page.js` told it by cookie; else the installation's."""
    name = request.COOKIES.get(TIME_ZONE_COOKIE, "")
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return zoneinfo.ZoneInfo(settings.TIME_ZONE)


def signed_in(view: View) -> View:
    """For people who are signed in. A script whose session has ended gets 401 and loads the log-in page itself."""

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            if wants_fragment(request):
                return HttpResponse(status=401, headers={"HX-Refresh": "true"})
            return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
        with timezone.override(person_time_zone(request)):
            response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    return wrapped
