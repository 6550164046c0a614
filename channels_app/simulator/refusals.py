"""How LINE refuses: a status and a body of its shape."""

from typing import Any

from .checker import Detail


class Refused(Exception):
    """A customer cannot do that in the app; the text says why."""


class LineError(Exception):
    """A refusal: nothing of the request has taken effect."""

    def __init__(
        self, status: int, message: str, details: list[Detail] | None = None, headers: dict[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.body: dict[str, Any] = {"message": message, **extra}
        if details:
            self.body["details"] = details
