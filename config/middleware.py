"""Middleware of the house."""

from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils import translation

from config.places import NO_PLACE

IN_ADMIN_LANGUAGES = ("/admin/", "/demo/")
WEBHOOKS = "/webhooks/"
RETRY_AFTER_SECONDS = 5


def without_connection(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """First in the list: an answer that is being sent keeps no database connection, however slowly it is read.

    Django gives it back only when the last byte has left, which is too late where the pool is small.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        return response

    return answer


def busy(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Who waited for a place in vain (`config.places`) is told to come back; without a query, and whoever it is."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if NO_PLACE not in getattr(request, "scope", {}):
            return get_response(request)
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS), "Cache-Control": "no-store"}
        return HttpResponse(render_to_string("503.html"), status=503, headers=headers)

    return answer


def on_one_thread(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Last in the list: keeps all middleware on the request's one thread.

    Under ASGI, Django would run each middleware's two halves as a thread call of its own, twenty hops a request. A last
    middleware that can only be sync lets the whole chain be sync.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        return get_response(request)

    return answer


def whole_languages_in_admin(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Admin's pages are English for those whose language has only the inbox's texts: no page mixes two."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(IN_ADMIN_LANGUAGES) and translation.get_language() not in settings.ADMIN_LANGUAGES:
            with translation.override("en"):
                return get_response(request)
        return get_response(request)

    return answer


def webhooks_at_once(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Right behind security's: a webhook has no session, language, form or page, and going past all that costs a quarter of it."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(WEBHOOKS):
            return get_response(request)
        try:
            found = resolve(request.path_info)
        except Resolver404:
            return get_response(request)
        request.resolver_match = found
        response: HttpResponseBase = found.func(request, *found.args, **found.kwargs)
        response.headers.setdefault("Content-Security-Policy", "default-src 'none'")
        return response

    return answer
