"""What a request costs before any view is reached."""

from asgiref.sync import SyncToAsync, async_to_sync
from django.test import AsyncClient


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
