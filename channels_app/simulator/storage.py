"""The state file: written a moment after a change and at the end, read at the start."""

import asyncio
import os
import threading
import time
from pathlib import Path

from .state import State

DEBOUNCE_SECONDS = 0.1
# A big state takes long to write; then it is written more rarely, so that writing never takes over.
SHARE_OF_TIME = 4


class UnreadableState(Exception):
    """The file exists but holds no state of this program."""


class StateFile:
    def __init__(self, path: Path | None, state: State) -> None:
        self.path = path
        self.state = state
        self.pending = False
        self.writing: asyncio.Task[None] | None = None
        self.last_cost = 0.0
        self.lock = threading.Lock()

    def read(self) -> None:
        """Raises UnreadableState with the file's name when it can't be used."""
        if self.path is None or not self.path.exists():
            return
        try:
            self.state.load_json(self.path.read_text(encoding="utf-8"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnreadableState(f"{self.path} is not a state file of the simulator ({error!r}); move it away to start afresh") from error

    def changed(self) -> None:
        """Write soon; any number of calls until then is one write."""
        if self.path is None:
            return
        self.pending = True
        if self.writing is None or self.writing.done():
            self.writing = asyncio.get_running_loop().create_task(self._write_soon(self.path))

    async def _write_soon(self, path: Path) -> None:
        while self.pending:
            await asyncio.sleep(max(DEBOUNCE_SECONDS, self.last_cost * SHARE_OF_TIME))
            self.pending = False
            started = time.perf_counter()
            text = self.state.to_json()
            await asyncio.to_thread(self._write, path, text)
            self.last_cost = time.perf_counter() - started

    async def close(self) -> None:
        if self.path is None:
            return
        if self.writing is not None:
            self.writing.cancel()
            await asyncio.gather(self.writing, return_exceptions=True)
        self._write(self.path, self.state.to_json())

    def _write(self, path: Path, text: str) -> None:
        """Replace the file as a whole: whoever reads it sees the old state or the new one. It holds secrets, so it is ours alone."""
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(path.name + ".tmp")
        with self.lock:
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, path)
