"""The embedded broker: kombu's filesystem transport, made safe to be read while it is written.

kombu writes a message in place, so a worker that looks at the wrong moment reads half of it and dies (seen here within a
minute). Here a message appears by renaming, and is taken by renaming into a folder of our own, not the system's.
As tasks carry no data, one waiting message per task is enough: a second hint takes the place of the first, so the folder
never holds more files than there are tasks, however long the worker is away.
"""

import contextlib
import os
import time
import uuid
from collections.abc import Callable
from json import JSONDecodeError
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps, loads

LEFTOVER_SECONDS = 60


class Channel(filesystem.Channel):
    """Messages are files `<name>.<queue>.msg`, put and taken by atomic renames."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for folder in (self.data_folder_in, self.data_folder_out, self.control_folder):
            Path(folder).mkdir(parents=True, exist_ok=True)
        _clear_leftovers(Path(self.data_folder_in))

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # its two bases disagree
        folder = Path(self.data_folder_out)
        draft = folder / f"{uuid.uuid4().hex}.draft"
        draft.write_text(dumps(payload), encoding="utf-8")
        draft.replace(folder / f"{self._name(payload)}.{queue}.msg")

    def _name(self, payload: Any) -> str:
        task = payload.get("headers", {}).get("task") if isinstance(payload, dict) else None
        return str(task).replace(".", "-") if task else f"{time.monotonic_ns()}-{uuid.uuid4().hex}"

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        folder = Path(self.data_folder_in)
        waiting = sorted(name for name in os.listdir(folder) if name.partition(".")[2] == f"{queue}.msg")
        for name in waiting:
            taken = folder / f"{uuid.uuid4().hex}.taken"
            try:
                (folder / name).rename(taken)
                content = taken.read_text(encoding="utf-8")
                taken.unlink()
                message = loads(content)
            except (FileNotFoundError, ValueError):
                # Another worker was quicker, or a disk that was full left half a file: the sweep says it again.
                taken.unlink(missing_ok=True)
                continue
            if isinstance(message, dict) and {"body", "headers", "properties"} <= message.keys():
                return message
        raise Empty

    def get_table(self, exchange: str) -> Any:
        return _patiently(super().get_table, exchange)

    def _queue_bind(self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None) -> None:
        _patiently(super()._queue_bind, exchange, routing_key, pattern, queue)


def _clear_leftovers(folder: Path) -> None:
    """What processes left behind that were killed between two renames. A living one needs milliseconds."""
    for file in [*folder.glob("*.draft"), *folder.glob("*.taken")]:
        with contextlib.suppress(FileNotFoundError):
            if time.time() - file.stat().st_mtime > LEFTOVER_SECONDS:
                file.unlink()


def _patiently(read: Callable[..., Any], *arguments: Any) -> Any:
    """kombu creates its table of queues empty and fills it a moment later; whoever reads in between reads again."""
    for _ in range(40):
        try:
            return read(*arguments)
        except JSONDecodeError:
            time.sleep(0.025)
    return read(*arguments)


class Transport(filesystem.Transport):
    Channel = Channel


def install() -> None:
    """Let `filesystem://` mean this transport."""
    TRANSPORT_ALIASES["filesystem"] = "config.broker:Transport"
