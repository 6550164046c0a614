"""`/healthz` tells the truth and no secret."""

import datetime

import pytest
from django.db import OperationalError
from django.utils import timezone

from channels_app.models import WebhookEvent
from config import health
from config.models import Pulse
from config.tasks import show_life


def pending_event(account, *, seconds_ago: float) -> WebhookEvent:
    at = timezone.now() - datetime.timedelta(seconds=seconds_ago)
    return WebhookEvent.objects.create(
        account=account, event_id="e1", kind="message", lane_key="user:U1", payload=b"{}", occurred_at=at, received_at=at
    )


def test_a_worker_that_showed_life_makes_the_installation_well(db, client):
    show_life()

    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert answer.json()["oldest_pending_event_seconds"] is None


@pytest.mark.parametrize("silent_seconds", [None, 3600])
def test_a_silent_worker_is_told_but_webhooks_still_count(db, client, silent_seconds):
    if silent_seconds:
        Pulse.objects.create(name=Pulse.WORKER, at=timezone.now() - datetime.timedelta(seconds=silent_seconds))

    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["broker"]) == ("degraded", "silent")


def test_the_age_of_the_oldest_waiting_event_is_shown(client, account):
    pending_event(account, seconds_ago=90)

    assert client.get("/healthz").json()["oldest_pending_event_seconds"] >= 90


def test_a_database_out_of_reach_is_503(db, client, monkeypatch):
    def unreachable():
        raise OperationalError("connection refused at db.internal")

    monkeypatch.setattr(health, "database_now", unreachable)

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert "db.internal" not in answer.content.decode()
