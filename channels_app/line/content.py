"""What a customer sent beside words: LINE keeps it for a while, so it is copied at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from channels_app.adapter import ContentGone, ContentNotReady, ContentUnavailable, Credentials

from .client import Unclear, Unreachable, call, open_stream


@contextmanager
def open_content(*, credentials: Credentials, message_id: str) -> Iterator[Iterator[bytes]]:
    """The bytes of a picture, video, sound or file. LINE answers 202 without bytes while it prepares a large one."""
    path = f"/v2/bot/message/{quote(message_id, safe='')}/content"
    try:
        with open_stream(path, token=credentials.access_token) as (status, pieces):
            if status != 200:
                _refuse(status, path, credentials)
            yield _readable(pieces)
    except (Unreachable, Unclear) as error:
        raise ContentUnavailable(str(error)) from None


def _readable(pieces: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from pieces
    except Unclear as error:
        raise ContentUnavailable(str(error)) from None


def _refuse(status: int, path: str, credentials: Credentials) -> None:
    if status == 202:
        _ask_about_preparation(path, credentials)
        raise ContentNotReady
    if status in (400, 404, 410):
        raise ContentGone(f"status {status}")
    raise ContentUnavailable(f"status {status}", forbidden=status in (401, 403))


def _ask_about_preparation(path: str, credentials: Credentials) -> None:
    """A video that LINE couldn't prepare would be 202 for ever."""
    answer = call("GET", f"{path}/transcoding", token=credentials.access_token, data_host=True)
    if answer.ok and answer.body.get("status") == "failed":
        raise ContentGone("transcoding failed", failed=True)
