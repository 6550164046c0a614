"""The Celery application. Tasks are hints that rows wait: none of them carries data."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init, worker_ready
from django.core.exceptions import ImproperlyConfigured

from config import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

broker.install()
app = Celery("trunkline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def stop_if_settings_are_wrong(**kwargs: Any) -> None:
    """Celery logs what a signal handler raises and goes on; only leaving stops the process."""
    from config.startup import stop_if_wrong  # models exist only once Django is set up

    try:
        stop_if_wrong()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from None


@worker_ready.connect
def get_ready(**kwargs: Any) -> None:
    """What a channel type imports is imported before the first customer waits for it; then the garbage collector slows down."""
    from channels_app.registry import adapter_for, offered_types
    from config.startup import settle_memory

    for channel_type in offered_types():
        adapter_for(channel_type).get_ready()
    settle_memory()


@worker_ready.connect
def look_for_waiting_rows(sender: Any, **kwargs: Any) -> None:
    """A worker that starts doesn't wait for the next sweep; and `/healthz` learns at once that broker and worker agree."""
    for entry in app.conf.beat_schedule.values():
        app.send_task(entry["task"], expires=60)
