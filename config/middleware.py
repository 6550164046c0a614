"""Middleware of the house."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase


def on_one_thread(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Last in the list: keeps all middleware on the request's one thread.

    Under ASGI, Django would run each middleware's two halves as a thread call of its own, twenty hops a request. A last
    middleware that can only be sync lets the whole chain be sync.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        return get_response(request)

    return answer
