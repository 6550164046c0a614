"""Middleware of the house."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

IN_ADMIN_LANGUAGES = ("/admin/", "/demo/")


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
