"""What a server process does once before it serves: Django's checks, which it doesn't run by itself, and how it keeps its memory."""

import contextlib
import ctypes
import gc
import threading

from django.core.checks import CheckMessage, Error, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from config.checks import in_words

M_ARENA_MAX, HEAPS = -8, 2  # the option's number in glibc's malloc.h


def wrong_settings() -> list[CheckMessage]:
    """Every error of Django's and our own checks, the database's included."""
    return [message for message in run_checks(databases=["default"]) if message.level >= Error("").level]


def stop_if_wrong() -> None:
    """Raises `ImproperlyConfigured` with the named errors.

    On a thread of its own: an ASGI server loads the application inside its event loop, where Django refuses database calls.
    """
    found: list[CheckMessage] = []

    def look() -> None:
        try:
            found.extend(wrong_settings())
        finally:
            connections.close_all()

    thread = threading.Thread(target=look, name="start-up checks")
    thread.start()
    thread.join()
    if found:
        raise ImproperlyConfigured("Trunkline doesn't start:\n" + in_words(found))


def settle_memory() -> None:
    """Called when all is imported, before there are many threads; memory stays flat then (`make bench ONLY=soak`).

    What is there now lasts: the collector needn't look at it again, nor as often at the rest. And glibc keeps two heaps for
    all threads instead of one for each that was ever busy at the same time, none of which it gives back.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    with contextlib.suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, HEAPS)
