"""The part of the control API that takes and gives files."""

import secrets
from typing import Any

from .asgi import Request, Response, file_response, json_response
from .control_api import STREAMED, ControlApi, webhook_facts
from .control_input import ControlError, read_number, read_object
from .media import CONTENT_TYPES, KINDS, MAX_MEDIA_BYTES, PREPARED_KINDS, MediaStore, TooLarge, sample
from .platform import Platform
from .state import Channel, Media, State

LARGEST_SET = 20  # what LINE's app lets somebody pick at once
# A customer's file is somebody else's word: it may be looked at from the page, but never run as one.
FILE_HEADERS = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox", "x-content-type-options": "nosniff"}
SHOWN_KINDS = ("image/", "video/", "audio/")


class MediaControl:
    def __init__(self, state: State, platform: Platform, store: MediaStore) -> None:
        self.state = state
        self.platform = platform
        self.store = store

    def add_to(self, control: ControlApi) -> None:
        self.control = control
        control.router.add("POST", "/sim/media", self.take, STREAMED)
        control.router.add("GET", "/sim/content/{message_id}", self.give)
        control.router.add("POST", "/sim/users/{user_id}/send_set", self.send_set)

    async def take(self, request: Request) -> Response:
        """Keeps the body as a file that a message can then name. The query says what it is."""
        query = request.query
        channel = self.control.channel(query.get("channel_id", ""))
        kind = query.get("type", "")
        if kind not in KINDS:
            raise ControlError(400, f"type must be one of: {', '.join(KINDS)}")
        preparing_ms = read_number(query.get("preparing_ms", "0"), "preparing_ms")
        duration = read_number(query["duration"], "duration") if query.get("duration") else None
        transcoding = query.get("transcoding", "succeeded")
        if transcoding not in ("succeeded", "failed"):
            raise ControlError(400, "transcoding must be succeeded or failed")
        if kind not in PREPARED_KINDS and (preparing_ms or duration is not None or transcoding == "failed"):
            raise ControlError(400, "only a video or an audio has a duration and is prepared")
        media_id, size = await self._keep(request)
        content_type = request.headers.get("content-type") or CONTENT_TYPES[kind]
        file_name = query.get("file_name", "")
        fails = transcoding == "failed"
        self.state.media[media_id] = Media(media_id, channel.channel_id, kind, content_type, size, file_name, duration, preparing_ms, fails)
        return json_response({"media_id": media_id, "size": size})

    async def _keep(self, request: Request) -> tuple[str, int]:
        try:
            return await self.store.keep(request.chunks())
        except TooLarge:
            raise ControlError(413, f"a file may have {MAX_MEDIA_BYTES // 1024**2} MB at most") from None

    async def give(self, request: Request, message_id: str) -> Response:
        """A sent file for the phone page; a player may ask for parts."""
        content = self.state.contents.get(message_id)
        if content is None or content.gone:
            raise ControlError(404, "no such content")
        media = self.state.media[content.media_id] if content.media_id else sample(content.kind)
        path = self.store.path_of(media)
        if not path.is_file():
            raise ControlError(404, "no such content")
        headers = {"content-type": media.content_type, "cache-control": "private, max-age=3600", **FILE_HEADERS}
        if not media.content_type.startswith(SHOWN_KINDS):
            headers["content-disposition"] = "attachment"
        return file_response(request, path, headers)

    def _is_image(self, media_id: Any, channel: Channel) -> bool:
        media = self.state.media.get(media_id) if isinstance(media_id, str) else None
        return media is not None and (media.channel_id, media.kind) == (channel.channel_id, "image")

    async def send_set(self, request: Request, user_id: str) -> Response:
        """Several images as one set: an event each. `order` (numbers from 1) says which event comes first; LINE promises none."""
        data = read_object(request)
        channel, user, group = self.control.place(data, user_id)
        media_ids = data.get("media_ids")
        if not isinstance(media_ids, list) or not 1 <= len(media_ids) <= LARGEST_SET:
            raise ControlError(400, f"media_ids must be a list of 1 to {LARGEST_SET} ids")
        if not all(self._is_image(item, channel) for item in media_ids):
            raise ControlError(400, "media_ids may name images of this account only")
        numbers = list(range(1, len(media_ids) + 1))
        order = data.get("order", numbers)
        if not isinstance(order, list) or sorted(map(repr, order)) != sorted(map(repr, numbers)):
            raise ControlError(400, "order must hold each number from 1 to the number of images once")
        set_id = secrets.token_hex(32).upper()
        sent: dict[int, dict[str, Any]] = {}
        for index in order:
            image_set = {"id": set_id, "index": index, "total": len(media_ids)}
            message = {"type": "image", "media_id": media_ids[index - 1], "imageSet": image_set}
            event, outcome = await self.platform.write(channel, user, message, group)
            facts = {"message_id": event["message"]["id"], "webhook_event_id": event["webhookEventId"], **webhook_facts(outcome)}
            sent[index] = facts
        return json_response({"image_set_id": set_id, "messages": [sent[index] for index in numbers]})
