"""Every request that came to LINE's endpoints, for tests and for people who look for what the product really sent."""

from collections import deque
from typing import Any

from .asgi import Request, Response
from .state import State

KEPT = 20_000


class RequestLog:
    """The newest requests. Numbers go on growing across restarts; the entries themselves live in memory only."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.entries: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def start(self, request: Request, request_id: str, endpoint: str) -> dict[str, Any]:
        """A new entry. Its `status` stays None until, and unless, the caller was answered."""
        self.state.request_count += 1
        entry = {
            "index": self.state.request_count,
            "at": self.state.now(),
            "method": request.method,
            "path": request.path,
            "endpoint": endpoint,
            "query": request.query,
            "headers": request.headers,
            "body": _readable(request),
            "request_id": request_id,
            "fault": None,
            "status": None,
            "response": None,
        }
        self.entries.append(entry)
        return entry

    def finish(self, entry: dict[str, Any], response: Response) -> None:
        entry["status"] = response.status
        if response.file is not None:
            entry["response"] = f"({response.file.stat().st_size} bytes of {response.headers['content-type']})"
        else:
            entry["response"] = response.body.decode("utf-8", "replace")

    def after(self, index: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for entry in reversed(self.entries):
            if entry["index"] <= index:
                break
            found.append(entry)
        return found[::-1]

    def clear(self) -> None:
        self.entries.clear()


def _readable(request: Request) -> Any:
    """The body as JSON where it is JSON, else as text; None when there is none."""
    if not request.body:
        return None
    try:
        return request.json()
    except (ValueError, RecursionError):
        return request.body.decode("utf-8", "replace")
