"""The last guard of demo mode: whatever the server is bound to, only this machine is answered."""

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.utils.decorators import sync_and_async_middleware

from config.checks import is_loopback


def _comes_from_elsewhere(request: HttpRequest) -> bool:
    return not is_loopback(request.META.get("REMOTE_ADDR", ""))


def _refusal() -> HttpResponse:
    return HttpResponseForbidden("The demo answers this machine only.", content_type="text/plain")


@sync_and_async_middleware
def loopback_only(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Refuses requests from another machine. Active in demo mode only (`config.settings`)."""
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> Any:
            return _refusal() if _comes_from_elsewhere(request) else await get_response(request)

        return answer_async

    def answer(request: HttpRequest) -> Any:
        return _refusal() if _comes_from_elsewhere(request) else get_response(request)

    return answer
