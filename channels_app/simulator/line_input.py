"""What LINE's endpoints read from a request, refused in LINE's words."""

import json
from typing import Any

from .asgi import Request
from .checker import Detail
from .refusals import LineError


def read_json(request: Request) -> dict[str, Any]:
    """The body as a JSON object; raises LineError."""
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise LineError(415, f"The content type, {content_type or 'null'}, is not supported")
    try:
        data = request.json()
    except json.JSONDecodeError as error:
        raise LineError(400, f"The request body could not be parsed as JSON (line: {error.lineno}, column: {error.colno})") from None
    except (ValueError, RecursionError):
        raise LineError(400, "The request body could not be parsed as JSON (line: 1, column: 1)") from None
    if not isinstance(data, dict):
        raise LineError(400, "The request body could not be parsed as JSON (line: 1, column: 1)")
    return data


def refuse_wrong(details: list[Detail]) -> None:
    if details:
        raise LineError(400, f"The request body has {len(details)} error(s)", details)
