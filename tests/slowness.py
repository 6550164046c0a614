"""`SLOWER=4` makes browser tests run as on a machine that is so much slower; what they find then is a race that somebody will meet."""

import os
import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

SLOWER = int(os.environ.get("SLOWER", "1"))
LATEST_SECONDS = 0.15 * SLOWER
LATENCY_MS = 40 * SLOWER


def slow_down(browser: "Browser") -> None:
    """Every page of this browser computes so much slower, and hears so much later."""
    open_context = browser.new_context

    def new_context(**options: object) -> "BrowserContext":
        context = open_context(**options)  # type: ignore[arg-type]
        context.on("page", _throttle)
        return context

    browser.new_context = new_context  # type: ignore[assignment,method-assign]


def _throttle(page: "Page") -> None:
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    conditions = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.emulateNetworkConditions", conditions)


class LateFragments:
    """Middleware: what a page's script asks for comes later, and in another order than it was asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "X-Fragment" not in request.headers and "HX-Request" not in request.headers:
            return self.get_response(request)
        time.sleep(random.uniform(0, LATEST_SECONDS / 2))
        response = self.get_response(request)
        time.sleep(random.uniform(0, LATEST_SECONDS / 2))
        return response
