"""What may stand in a log: a callback key is half of what a forger needs, so access logs show only its beginning."""

import logging
import re

CALLBACK = re.compile(r"(/webhooks/[^/]+/[^/?]{6})[^/?\s]+")
LOGGERS = ("uvicorn.access", "django.request", "django.server")


class ShortCallbackKeys(logging.Filter):
    """Shortens callback keys in the arguments of a record."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(CALLBACK.sub(r"\1…", given) if isinstance(given, str) else given for given in record.args)
        return True


def shorten_callback_keys() -> None:
    """For the loggers that write paths. Twice is harmless."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(each, ShortCallbackKeys) for each in logger.filters):
            logger.addFilter(ShortCallbackKeys())
