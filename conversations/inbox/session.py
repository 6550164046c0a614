"""Signing in and out, and what a person chose for their pages: language, theme, and what the inbox may do."""

from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

from conversations import access, live
from conversations.inbox.choices import choices_of, chosen
from conversations.inbox.frame import wants_fragment
from conversations.inbox.views import WORKING_SINCE_SIGN_IN
from workstreams import presence
from workstreams.models import User

THEMES = ("", "light", "dark")
THEME_COOKIE = "theme"
A_YEAR = 365 * 24 * 3600


class SignIn(LoginView):
    """The log-in page. Signing in makes an agent Available."""

    template_name = "login.html"
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        greet(self.request, response, form.get_user())
        return response


def greet(request: HttpRequest, response: HttpResponse, person: User) -> None:
    """What follows a sign-in by whichever door: an agent is Available, the pages are in the person's language."""
    agent = access.agent_of(person)
    if agent is not None:
        presence.sign_in(agent)
        live.agent_changed(agent)
        request.session[WORKING_SINCE_SIGN_IN] = True
    if person.language:
        _remember(response, settings.LANGUAGE_COOKIE_NAME, person.language)


class SignOut(LogoutView):
    """Signing out makes an agent Offline: nobody who isn't there gets an offer."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        agent = access.agent_of(request.user) if request.user.is_authenticated else None
        if agent is not None:
            presence.sign_out(agent)
            live.agent_changed(agent)
        return super().post(request, *args, **kwargs)


@require_POST
def set_preferences(request: HttpRequest) -> HttpResponse:
    """Language and theme: by cookie for everybody, and kept with the person who is signed in, as are the inbox's switches."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        target = reverse("login")
    response = HttpResponse(status=204) if wants_fragment(request) else HttpResponseRedirect(target)
    changed: list[tuple[str, Any]] = []
    person = request.user if isinstance(request.user, User) else None
    language, theme = request.POST.get("language"), request.POST.get("theme")
    if language in dict(settings.LANGUAGES) and check_for_language(language):
        _remember(response, settings.LANGUAGE_COOKIE_NAME, language)
        changed.append(("language", language))
    if theme in THEMES:
        _remember(response, THEME_COOKIE, theme)
        changed.append(("theme", theme))
    switched = chosen(request.POST.dict())
    if person is not None and switched:
        changed.append(("choices", choices_of(person) | switched))
    if person is not None and changed:
        for name, value in changed:
            setattr(person, name, value)
        person.save(update_fields=[name for name, value in changed])
    return response


def _remember(response: HttpResponse, cookie: str, value: str) -> None:
    response.set_cookie(cookie, value, max_age=A_YEAR, samesite="Lax", secure=settings.SECURE_COOKIES)
