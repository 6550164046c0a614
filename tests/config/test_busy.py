"""However many pages are asked for: webhooks are taken, and who waited in vain is told so."""

import asyncio
import threading

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.db import connection
from django.http import HttpResponse
from django.test import AsyncClient
from django.urls import path

from channels_app import views
from channels_app.line.signature import sign
from channels_app.models import WebhookEvent
from config.middleware import without_connection
from config.places import NO_PLACE, in_turn
from tests import builders

PAGES = 15
going_on = threading.Event()
inside = threading.Semaphore(0)


def page_with_a_connection(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    inside.release()
    going_on.wait(30)
    return HttpResponse("done")


urlpatterns = [
    path("page/", page_with_a_connection),
    path("webhooks/<slug:channel_type>/<slug:callback_key>/", views.receive_webhook),
]


class WithoutPlace(AsyncClient):
    """A client for which no place came free."""

    def _base_scope(self, **request):
        return super()._base_scope(**request) | {NO_PLACE: True}


async def status_of(application, path, body=b"", **headers):
    said = asyncio.Queue()
    said.put_nowait({"type": "http.request", "body": body, "more_body": False})
    answer = []

    async def send(message):
        answer.append(message)

    scope = {
        "type": "http",
        "method": "POST" if body else "GET",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"localhost"), *((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())],
    }
    await application(scope, said.get, send)
    return answer[0]["status"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.urls(__name__)
def test_webhooks_find_a_connection_while_every_place_is_taken():
    body = b'{"events":[{"type":"follow","webhookEventId":"01BUSY","timestamp":1700000000000,"source":{"type":"user","userId":"U1"}}]}'
    address = f"/webhooks/line/{builders.account().callback_key}/"
    going_on.clear()

    async def story():
        application = in_turn(get_asgi_application(), places=settings.PAGES_AT_ONCE)
        pages = [asyncio.create_task(status_of(application, "/page/")) for _ in range(PAGES)]
        try:
            for _place in range(settings.PAGES_AT_ONCE):
                assert await asyncio.to_thread(inside.acquire, timeout=20)
            return await status_of(application, address, body, x_line_signature=sign(builders.SECRET, body))
        finally:
            going_on.set()
            assert await asyncio.gather(*pages) == [200] * PAGES

    assert asyncio.run(story()) == 200
    assert WebhookEvent.objects.get().event_id == "01BUSY"


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "ja"])
def test_who_waited_in_vain_is_told_so_in_their_language_without_a_query(alice, django_assert_num_queries, language):
    client = WithoutPlace()
    client.force_login(alice.user)
    with django_assert_num_queries(0):
        answer = async_to_sync(client.get)("/inbox/", headers={"accept-language": language})

    assert answer.status_code == 503
    assert f'lang="{language}"' in answer.text
    assert language != "en" or "Nothing was done with what you asked for" in answer.text
    assert answer.headers["Retry-After"] == "5"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_is_still_being_read_keeps_no_connection(rf, settings):
    """Django gives it back after the last byte."""
    connection.ensure_connection()
    chain = without_connection(lambda request: HttpResponse("a long page"))

    assert settings.MIDDLEWARE[0].endswith(".without_connection")
    assert chain(rf.get("/")).content == b"a long page"
    assert connection.connection is None
