"""One click signs in as one of the demo's people, each on a host name of its own.

A session cookie belongs to one host name, so Alice on `alice.localhost` and Bob on `bob.localhost` stay signed in side by
side. The door is a form that posts to the page's own host (where the CSRF token counts); the answer leads to the persona's
host with a ticket that is signed, lives for seconds and opens once. Outside demo mode none of this exists (404).
"""

import secrets
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth import login
from django.core import signing
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from channels_app.public_address import is_loopback
from workstreams.models import User

TICKET_SECONDS = 60
SALT = "trunkline.demo.door"


@dataclass(frozen=True, slots=True)
class Persona:
    """One of the demo's people behind a door."""

    username: str
    door: str | Promise
    about: str | Promise
    page: str


PERSONAS = (
    Persona("alice", _("Be Alice"), _("Agent for returns; speaks Japanese and English."), "/inbox/"),
    Persona("bob", _("Be Bob"), _("Agent for Taiwan and Thailand; speaks Chinese, Thai and English."), "/inbox/"),
    Persona("sue", _("Be the supervisor"), _("Sue sees the floor, assigns and closes."), "/supervisor/"),
    Persona("root", _("Be the administrator"), _("Root connects accounts and shapes the work."), "/admin/"),
)
BY_NAME = {persona.username: persona for persona in PERSONAS}


def persona_of_host(request: HttpRequest) -> Persona | None:
    """The persona whose own host name this request came to."""
    return BY_NAME.get(request.get_host().split(":")[0].removesuffix(".localhost"))


def _asked(request: HttpRequest) -> SplitResult:
    """Host name and port as the browser wrote them."""
    return urlsplit(f"//{request.get_host()}")


def _only_in_the_demo(request: HttpRequest) -> None:
    if not settings.DEMO_MODE or not is_loopback(_asked(request).hostname or ""):
        raise Http404


def phone_address() -> str:
    """The customer's phone: the simulator's page, at the address where the product looks for LINE."""
    line = urlsplit(settings.LINE_API_BASE)
    return f"http://localhost:{line.port or 80}/?device=phone"


@csp_update({"form-action": ["http://*.localhost:*"]})  # Chromium checks the redirect of a form as well
def show_doors(request: HttpRequest) -> HttpResponse:
    """The demo's first page."""
    _only_in_the_demo(request)
    return render(request, "demo/doors.html", {"personas": PERSONAS, "phone": phone_address()})


@require_POST
@never_cache
def knock(request: HttpRequest, username: str) -> HttpResponse:
    """Makes the ticket and leads to the persona's host; with `here`, stays on this host, for browsers that don't know `*.localhost`."""
    _only_in_the_demo(request)
    if username not in BY_NAME:
        raise Http404
    ticket = signing.dumps({"username": username, "nonce": secrets.token_urlsafe(16)}, salt=SALT)
    asked = _asked(request)
    host = asked.hostname if "here" in request.POST else f"{username}.localhost"
    port = f":{asked.port}" if asked.port else ""
    return redirect(f"{request.scheme}://{host}{port}/demo/enter/{ticket}/")


@require_GET
@never_cache
def enter(request: HttpRequest, ticket: str) -> HttpResponse:
    """Signs in, once per ticket. A stale ticket leads back to the doors."""
    _only_in_the_demo(request)
    try:
        claim = signing.loads(ticket, salt=SALT, max_age=TICKET_SECONDS)
    except signing.BadSignature:
        return redirect("home")
    if not cache.add(f"demo-ticket:{claim['nonce']}", True, timeout=2 * TICKET_SECONDS):
        return redirect("home")
    persona = BY_NAME[claim["username"]]
    person = get_object_or_404(User, username=persona.username, is_active=True)
    login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    return redirect(persona.page)
