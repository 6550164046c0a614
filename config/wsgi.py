"""WSGI entry point: pages and webhooks for who prefers a WSGI server; `/live/` stays on ASGI, where webhooks are quicker (decision 124)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from config.startup import settle_memory, stop_if_wrong  # noqa: E402 - needs Django to be set up

stop_if_wrong()
settle_memory()
