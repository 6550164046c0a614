"""Django's SQLite back end, except that a connection which is closed is kept for the next one who opens it.

An ASGI server answers each request on a thread of its own, and Django's connections belong to threads. Opening the file,
its PRAGMAs, reading the schema and closing cost several times what storing a webhook does (`docs/benchmarks.md`). For
PostgreSQL, psycopg's pool does the same.
"""

import os
import sqlite3
from collections import deque
from typing import Any

from django.db.backends.sqlite3 import base

KEPT = 16
Kind = tuple[int, int, int]


class DatabaseWrapper(base.DatabaseWrapper):
    """Keeps up to `KEPT` idle connections a process."""

    # Appending to and popping from a deque are atomic, so threads need no lock.
    _idle: "deque[tuple[Kind, sqlite3.Connection]]" = deque()
    _kind: Kind | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self._kind = self._kind_now()
        while self._kind is not None:
            try:
                kind, connection = self._idle.pop()
            except IndexError:
                break
            if kind == self._kind:
                return connection
        connection = super().get_new_connection(conn_params)
        self._kind = self._kind_now()
        return connection

    def _close(self) -> None:
        if self._kind is None or self.errors_occurred or self.connection.in_transaction or len(self._idle) >= KEPT:
            super()._close()  # type: ignore[misc]
        else:
            self._idle.append((self._kind, self.connection))

    def _kind_now(self) -> Kind | None:
        """This process and the very file: a connection must not cross a fork, nor outlive a file that was replaced."""
        if self.is_in_memory_db():
            return None
        try:
            file = os.stat(self.settings_dict["NAME"])
        except OSError:
            return None
        return os.getpid(), file.st_dev, file.st_ino
