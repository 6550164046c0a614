"""The product's addresses and, beside them in the same process, what a webhook is measured against."""

import os
from functools import cache

from django.db import connection
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


@csrf_exempt
@require_POST
def insert_only(request: HttpRequest) -> HttpResponse:
    """One plain row of the same size, committed. Nothing is checked, read, encrypted or hinted."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_plain (body) VALUES (%s)", [request.body.decode()])
    return HttpResponse(status=200)


urlpatterns = [path("bench/parse-only/", parse_only), path("bench/insert-only/", insert_only), *product]
