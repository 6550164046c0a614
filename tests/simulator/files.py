"""Files that customers send, for the tests around them."""

from typing import Any

from .server import Answer, SimulatorProcess

KINDS = ("image", "video", "audio", "file")
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


def get_content(simulator: SimulatorProcess, message_id: str, what: str = "", **more: Any) -> Answer:
    return simulator.line("GET", f"/v2/bot/message/{message_id}/content{what}", **more)


def sent_file(simulator: SimulatorProcess, user: str, kind: str, body: bytes = PICTURE, **fields: Any) -> str:
    """The id of a message that carries the bytes."""
    media_id = simulator.upload(kind, body, **fields)
    return simulator.send(user, {"type": kind, "media_id": media_id})["message_id"]
