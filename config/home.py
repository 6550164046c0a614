"""`/`: sends each role to its page; in demo mode, the page with the doors."""

from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from config.demo import doors
from workstreams.models import Role, User

PAGE_OF_ROLE = {Role.AGENT: "/inbox/", Role.SUPERVISOR: "/supervisor/", Role.ADMINISTRATOR: "/admin/"}


def page_of(person: User) -> str:
    """Where a person works."""
    if person.is_administrator:
        return PAGE_OF_ROLE[Role.ADMINISTRATOR]
    return PAGE_OF_ROLE[Role(person.role)]


@never_cache
def home(request: HttpRequest) -> HttpResponseBase:
    """Strangers log in first. In demo mode each persona's own host name leads to that persona's page."""
    if settings.DEMO_MODE and not (request.user.is_authenticated and doors.persona_of_host(request)):
        return doors.show_doors(request)
    if not request.user.is_authenticated:
        return redirect("/login/")
    return redirect(page_of(cast(User, request.user)))
