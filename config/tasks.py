"""The house's own tasks."""

from celery import shared_task
from django.db.models.functions import Now

from config.models import Pulse


@shared_task(name="config.show_life")
def show_life() -> None:
    """Proves that beat, broker and a worker work together: `/healthz` reads the time of the last run."""
    Pulse.objects.update_or_create(name=Pulse.WORKER, defaults={"at": Now()})
