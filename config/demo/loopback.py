"""The last guard of demo mode: whatever the server is bound to, only this machine is answered."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, HttpResponseForbidden

from channels_app.public_address import is_loopback


def loopback_only(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Refuses requests from another machine. Active in demo mode only (`config.settings`)."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if is_loopback(request.META.get("REMOTE_ADDR", "")):
            return get_response(request)
        return HttpResponseForbidden("The demo answers this machine only.", content_type="text/plain")

    return answer
