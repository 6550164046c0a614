"""Settings, URLs and process entry points. Imports everything; nothing imports it."""

from .celery import app as celery_app

__all__ = ["celery_app"]
