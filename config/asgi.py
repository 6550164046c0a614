"""ASGI entry point: pages, webhooks and live updates in one process."""

import os
import warnings

from django.core.asgi import get_asgi_application

# WhiteNoise hands files over in pieces that Django reads in a thread: slower than it could be, and nothing to report each time.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_application = get_asgi_application()

from django.conf import settings  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402

from config.places import in_turn  # noqa: E402
from config.request_bodies import stop_at_the_limit  # noqa: E402
from config.startup import settle_memory, stop_if_wrong  # noqa: E402 - needs Django to be set up
from config.webhook_threads import webhooks_on_threads  # noqa: E402

stop_if_wrong()
# The limit is outside: a body that is too long is whole where it is cut, and its refusal takes a place like any answer.
pages = in_turn(django_application, places=settings.PAGES_AT_ONCE)
application = stop_at_the_limit(webhooks_on_threads(pages, webhooks=get_wsgi_application()))
settle_memory()
