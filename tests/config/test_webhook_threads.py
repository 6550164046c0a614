"""Webhooks on threads of their own: the same answers as by Django's ASGI handler, and nothing stays behind."""

import asyncio
import json
import threading

import pytest
from asgiref.sync import async_to_sync
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.db import connection

from channels_app.line.signature import sign
from channels_app.models import WebhookEvent
from config.webhook_threads import THREADS, webhooks_on_threads
from tests import builders
from tests.channels_app.conftest import body_of, text_event

pytestmark = pytest.mark.django_db(transaction=True)


def by_asgi():
    return get_asgi_application()


def by_threads():
    async def nothing_else(scope, receive, send):
        raise AssertionError(scope["path"])

    return webhooks_on_threads(nothing_else, webhooks=get_wsgi_application())


async def answer_of(application, path, body=b"", *, method="POST", pieces=1, leaves=False, headers=()):
    """Status, headers and content of what the application says."""
    said, answers = asyncio.Queue(), []
    size = len(body) // pieces + 1
    parts = [body[start : start + size] for start in range(0, len(body), size)] or [b""]
    for number, part in enumerate(parts, 1):
        said.put_nowait({"type": "http.request", "body": part, "more_body": leaves or number < len(parts)})
    if leaves:
        said.put_nowait({"type": "http.disconnect"})

    async def send(message):
        answers.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "http_version": "1.1",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 4711),
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json"), *headers],
    }
    await application(scope, said.get, send)
    if not answers:
        return None
    heads = sorted((name.lower(), value) for name, value in answers[0]["headers"])
    return answers[0]["status"], heads, b"".join(answer.get("body", b"") for answer in answers[1:])


def signed(body, secret=builders.SECRET):
    return [(b"x-line-signature", sign(secret, body).encode())]


@pytest.fixture
def path(account):
    return f"/webhooks/line/{account.callback_key}/"


def test_every_answer_is_the_one_of_django_s_asgi_handler(path, settings):
    settings.WEBHOOK_MAX_BYTES = 2000
    good, large = json.dumps(body_of(text_event(1))).encode(), b"x" * 2001
    questions = [
        {"body": good, "headers": signed(good)},
        {"body": good, "headers": signed(good, "another")},
        {"body": good, "headers": [(b"x_line_signature", signed(good)[0][1])]},
        {"body": good},
        {"body": b""},
        {"body": large, "headers": signed(large)},
        {"method": "GET"},
        {"method": "HEAD"},
        {"method": "PUT", "body": b"\xff"},
    ]
    for question in questions:
        asked = {"path": path} | question
        assert async_to_sync(answer_of)(by_threads(), **asked) == async_to_sync(answer_of)(by_asgi(), **asked), question
    for odd in ("/webhooks/line/nobody/", "/webhooks/post/" + path.split("/")[-2] + "/", "/webhooks/", "/webhooks/é/☃/"):
        here, there = (async_to_sync(answer_of)(make(), odd, good) for make in (by_threads, by_asgi))
        assert here[0] == there[0], odd
    assert WebhookEvent.objects.count() == 1


def test_a_body_in_pieces_is_whole_and_one_that_breaks_off_is_nothing(path):
    body = json.dumps(body_of(*(text_event(number) for number in range(20)))).encode()

    assert async_to_sync(answer_of)(by_threads(), path, body, leaves=True, headers=signed(body)) is None
    assert not WebhookEvent.objects.exists()
    assert async_to_sync(answer_of)(by_threads(), path, body, pieces=7, headers=signed(body))[0] == 200
    assert WebhookEvent.objects.count() == 20


def test_however_many_come_at_once_threads_stay_few_and_no_connection_is_kept(path):
    bodies = [json.dumps(body_of(text_event(number))).encode() for number in range(100)]
    application, most, before = by_threads(), 0, set(threading.enumerate())

    async def all_at_once():
        nonlocal most
        answers = [asyncio.ensure_future(answer_of(application, path, body, headers=signed(body))) for body in bodies]
        while not all(answer.done() for answer in answers):
            most = max(most, sum(thread.name.startswith("webhook") for thread in set(threading.enumerate()) - before))
            await asyncio.sleep(0.001)
        return [answer.result()[0] for answer in answers]

    assert async_to_sync(all_at_once)() == [200] * 100
    assert WebhookEvent.objects.count() == 100
    assert 0 < most <= THREADS
    if connection.vendor == "postgresql":
        connection.close()
        pool = connection.pool.get_stats()
        assert pool["pool_available"] == pool["pool_size"]


def test_other_addresses_go_where_they_went():
    asked = []

    async def pages(scope, receive, send):
        asked.append(scope["path"])

    application = webhooks_on_threads(pages, webhooks=get_wsgi_application())
    for other in ("/", "/webhooks", "/admin/webhooks/"):
        async_to_sync(answer_of)(application, other)

    assert asked == ["/", "/webhooks", "/admin/webhooks/"]
