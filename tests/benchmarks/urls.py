"""The product's addresses and, beside them in the same process, the view that only verifies and parses."""

import os
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from linebot.v3.webhook import WebhookParser

from config.urls import urlpatterns as product


@cache
def _parser() -> WebhookParser:
    return WebhookParser(os.environ["BENCH_CHANNEL_SECRET"])


@csrf_exempt
@require_POST
def parse_only(request: HttpRequest) -> HttpResponse:
    """What LINE's own example does: the SDK checks the signature and parses the events. Nothing is stored."""
    _parser().parse(request.body.decode(), request.headers["x-line-signature"])
    return HttpResponse(status=200)


urlpatterns = [path("bench/parse-only/", parse_only), *product]
