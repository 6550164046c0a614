"""What a request costs before any view is reached."""

import pytest
from asgiref.sync import SyncToAsync, async_to_sync
from django.test import AsyncClient


@pytest.mark.django_db
def test_middleware_stays_on_one_thread_under_asgi(monkeypatch):
    hops = []
    call = SyncToAsync.__call__

    def counted(self, *args, **kwargs):
        hops.append(self.func)
        return call(self, *args, **kwargs)

    monkeypatch.setattr(SyncToAsync, "__call__", counted)

    assert async_to_sync(AsyncClient().get)("/static/nothing.css").status_code == 404

    # The chain and its end, not two halves of each middleware.
    assert 0 < len(hops) <= 6


@pytest.mark.django_db
def test_a_webhook_goes_past_everything_that_pages_need(client):
    webhook, page = client.post("/webhooks/line/nobody/"), client.get("/login/")

    # Security's part stays: nothing guesses at types, and plain HTTP is turned away where that is set.
    assert webhook.headers["X-Content-Type-Options"] == "nosniff"
    for passed in ("Content-Language", "X-Frame-Options"):
        assert (passed in webhook.headers, passed in page.headers) == (False, True)
    assert webhook.headers["Content-Security-Policy"] == "default-src 'none'"


@pytest.mark.django_db
def test_what_only_begins_like_a_webhook_is_a_page_that_is_not_found(client):
    answer = client.get("/webhooks/nothing/of/the/kind/")

    assert (answer.status_code, "Content-Security-Policy" in answer.headers) == (404, True)
