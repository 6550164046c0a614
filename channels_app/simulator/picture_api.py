"""Pictures that LINE serves to everybody: stickers, emoji, portraits. All are our own drawings; an unknown id always gets the same one."""

import hashlib
import re
from pathlib import Path

from .asgi import Request, Response, Router
from .refusals import LineError
from .state import State

PICTURES = Path(__file__).resolve().parent / "pictures"
IDENTIFIER = re.compile(r"[0-9A-Za-z_-]{1,64}")
HEADERS = {"content-type": "image/png", "cache-control": "public, max-age=3600", "x-content-type-options": "nosniff"}


class PictureApi:
    def __init__(self, state: State) -> None:
        self.state = state

    def add_to(self, router: Router, prefix: str = "") -> None:
        router.add("GET", f"{prefix}/stickershop/v1/sticker/{{sticker_id}}/android/sticker.png", self.sticker, "sticker")
        router.add("GET", f"{prefix}/sticonshop/v1/sticon/{{product_id}}/android/{{file}}", self.emoji, "emoji")
        router.add("GET", f"{prefix}/pictures/{{file}}", self.portrait, "picture")

    async def sticker(self, request: Request, sticker_id: str) -> Response:
        if not sticker_id.isdecimal():
            raise LineError(404, "Not found")
        return _drawing("stickers", sticker_id)

    async def emoji(self, request: Request, product_id: str, file: str) -> Response:
        return _drawing("emoji", _name_of(file))

    async def portrait(self, request: Request, file: str) -> Response:
        """An account has an emblem, anybody else a friendly face."""
        owner = _name_of(file)
        is_account = any(channel.bot_user_id == owner for channel in self.state.channels.values())
        return _drawing("accounts" if is_account else "people", owner)


def portrait_url(host: str, owner: str) -> str:
    return f"http://{host}/pictures/{owner}.png"


def _name_of(file: str) -> str:
    if not file.endswith(".png"):
        raise LineError(404, "Not found")
    return file.removesuffix(".png")


def _drawing(folder: str, name: str) -> Response:
    if not IDENTIFIER.fullmatch(name):
        raise LineError(404, "Not found")
    own = PICTURES / folder / f"{name}.png"
    return Response(200, headers=dict(HEADERS), file=own if own.is_file() else _any_of(folder, name))


def _any_of(folder: str, name: str) -> Path:
    drawings = sorted((PICTURES / folder).glob("*.png"))
    return drawings[int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % len(drawings)]
