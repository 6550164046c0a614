"""LINE's content endpoints (host api-data.line.me): what customers sent, while LINE has it."""

from .asgi import Request, Response, json_response
from .media import PREPARED_KINDS, VIDEO_PREVIEW, MediaStore, sample
from .refusals import LineError
from .state import Channel, Content, State

PREVIEWED_KINDS = ("image", "video")


class ContentApi:
    def __init__(self, state: State, store: MediaStore) -> None:
        self.state = state
        self.store = store

    async def content(self, request: Request, channel: Channel, request_id: str, message_id: str) -> Response:
        """The bytes; 202 without any while LINE prepares a video or an audio (for ever, when that fails)."""
        content = self._content(channel, message_id)
        if content is None:
            raise LineError(404, "not found")
        if self._status(content) != "succeeded":
            return Response(202)
        return self._file(content)

    async def transcoding(self, request: Request, channel: Channel, request_id: str, message_id: str) -> Response:
        content = self._content(channel, message_id)
        if content is None or content.kind not in PREPARED_KINDS:
            raise LineError(400, "The message is neither a video nor an audio")
        return json_response({"status": self._status(content)})

    async def preview(self, request: Request, channel: Channel, request_id: str, message_id: str) -> Response:
        """LINE shrinks; this is the picture itself, and one and the same still for every video."""
        content = self._content(channel, message_id)
        if content is None or content.kind not in PREVIEWED_KINDS:
            raise LineError(400, "The message is neither an image nor a video")
        if content.kind == "video":
            return Response(200, headers={"content-type": "image/jpeg"}, file=VIDEO_PREVIEW)
        return self._file(content)

    def _content(self, channel: Channel, message_id: str) -> Content | None:
        """None for a message without content of its own. Raises LineError: 404 for a stranger's or unknown one, 410 once unsent."""
        content = self.state.contents.get(message_id)
        if content is not None and content.channel_id == channel.channel_id:
            if content.gone:
                raise LineError(410, "The content is gone")
            return content
        chats = (chat for chat in self.state.chats.values() if chat.channel_id == channel.channel_id)
        bubbles = (bubble for chat in chats for bubble in chat.bubbles if bubble["direction"] == "inbound")
        found = next((bubble for bubble in bubbles if bubble["message_id"] == message_id), None)
        if found is None:
            raise LineError(404, "not found")
        if found["type"] == "unsent":
            raise LineError(410, "The content is gone")
        return None

    def _file(self, content: Content) -> Response:
        media = self.state.media[content.media_id] if content.media_id else sample(content.kind)
        path = self.store.path_of(media)
        if not path.is_file():  # somebody tidied up the folder
            raise LineError(410, "The content is gone")
        return Response(200, headers={"content-type": media.content_type}, file=path)

    def _status(self, content: Content) -> str:
        if self.state.now() < content.ready_at:
            return "processing"
        return "failed" if content.fails else "succeeded"
