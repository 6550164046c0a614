"""What the control API reads from a request, and how it refuses."""

from typing import Any

from .asgi import Request


class ControlError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def read_object(request: Request) -> dict[str, Any]:
    try:
        data = request.json()
    except (ValueError, RecursionError) as error:
        raise ControlError(400, f"the body is not JSON that can be read here: {error}") from None
    if not isinstance(data, dict):
        raise ControlError(400, "the body must be a JSON object")
    return data


def read_text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise ControlError(400, f"{name} must be a text that is not empty")
    return value


def read_number(value: str, name: str) -> int:
    if not value.isdecimal() or len(value) > 18:
        raise ControlError(400, f"{name} must be a whole number")
    return int(value)
