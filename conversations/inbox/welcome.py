"""`/welcome/<token>/`: whoever holds a person's link sets their password and is signed in. No session is needed."""

from typing import Any

from axes.utils import reset
from django.contrib.auth import login
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from conversations.inbox.session import greet
from workstreams import password_links
from workstreams.models import Role, User

PAGE_OF_ROLE = {Role.AGENT: "inbox:inbox", Role.SUPERVISOR: "supervisor:floor", Role.ADMINISTRATOR: "admin:index"}
BACKEND = "django.contrib.auth.backends.ModelBackend"


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """The page with the two inputs, in the person's own language; 404 in clear words once the link is over."""
    try:
        person = password_links.person_of(token)
        with translation.override(person.language or translation.get_language()):
            problems = _problems(request, person) if request.method == "POST" else {}
            if request.method == "POST" and not problems:
                return _let_in(request, token)
            return _ask(request, person, problems)
    except password_links.LinkGone:
        return render(request, "welcome.html", {"person": None}, status=404)


def _problems(request: HttpRequest, person: User) -> dict[str, Any]:
    password = request.POST.get("password", "")
    try:
        validate_password(password, person)
    except ValidationError as error:
        return {"password": error.messages}
    if "\x00" in password:
        return {"password": [_("This password holds a character that can't be typed.")]}
    if password != request.POST.get("again", ""):
        return {"again": _("The two passwords differ. Type the same one twice.")}
    return {}


def _let_in(request: HttpRequest, token: str) -> HttpResponse:
    person = password_links.set_password(token=token, password=request.POST["password"])
    # Whoever lost a password has often locked the log-in by trying.
    reset(username=person.username)
    login(request, person, backend=BACKEND)
    response = redirect(PAGE_OF_ROLE[Role(person.role)])
    greet(request, response, person)
    return response


def _ask(request: HttpRequest, person: User, problems: dict[str, Any]) -> HttpResponse:
    other = request.user if isinstance(request.user, User) and request.user.pk != person.pk else None
    context = {"person": person, "other": other, "errors": problems, "rules": password_validators_help_texts()}
    return render(request, "welcome.html", context, status=200)
