"""LINE's endpoints for what a customer sees besides messages: the read mark and the loading animation."""

import re

from .asgi import Request, Response, Router, json_response
from .checker import Checker, Detail, InvalidProperty
from .line_input import read_json, refuse_wrong
from .refusals import LineError
from .state import Channel, Chat, State

USER_ID = re.compile(r"U[0-9a-f]{32}")
LOADING_SECONDS = 20
WRONG_READ_TOKEN = "Invalid markAsReadToken. Tokens must be used by the bot that received them via Webhook."  # noqa: S105


class ChatApi:
    def __init__(self, state: State) -> None:
        self.state = state

    def add_to(self, router: Router) -> None:
        router.add("POST", "/v2/bot/chat/markAsRead", self.mark_as_read, "mark_as_read")
        router.add("POST", "/v2/bot/message/markAsRead", self.mark_customer_as_read, "mark_as_read_old")
        router.add("POST", "/v2/bot/chat/loading/start", self.start_loading, "loading")

    async def mark_as_read(self, request: Request, channel: Channel, request_id: str) -> Response:
        """That message and all before it. The token never ends, and is good for the account that got it only."""
        data = read_json(request)
        checker = Checker(https_required=False)
        token = checker.value(data, "markAsReadToken", "", str, True)
        refuse_wrong(_named(checker))
        found = self._message_of(channel, token)
        if found is None:
            raise LineError(400, WRONG_READ_TOKEN)
        chat, position = found
        self._mark(chat, position)
        return json_response({})

    async def mark_customer_as_read(self, request: Request, channel: Channel, request_id: str) -> Response:
        """The older way, which LINE opens to few: accounts with the chat function can't have it."""
        if not channel.may_mark_by_user or channel.chat_mode == "chat":
            raise LineError(403, "Access to this API is not available for your account")
        data = read_json(request)
        reference = data.get("chat")
        user_id = reference.get("userId") if isinstance(reference, dict) else None
        if not isinstance(user_id, str) or not USER_ID.fullmatch(user_id):
            raise InvalidProperty("chat.userId")
        chat = self.state.chats.get((channel.channel_id, user_id))
        if chat is not None and chat.bubbles:
            self._mark(chat, len(chat.bubbles) - 1)
        return json_response({})

    async def start_loading(self, request: Request, channel: Channel, request_id: str) -> Response:
        """A moving bubble in a chat with one customer, until the account writes or the time is over."""
        data = read_json(request)
        checker = Checker(https_required=False)
        chat_id = checker.value(data, "chatId", "", str, True)
        seconds = checker.value(data, "loadingSeconds", "", int, False)
        if seconds is not None and not 5 <= seconds <= 60:
            checker.complain("loadingSeconds", "Must be between 5 and 60")
        if seconds is not None and seconds % 5:
            checker.complain("loadingSeconds", "must be a multiple of five")
        if chat_id is not None and not USER_ID.fullmatch(chat_id):
            raise InvalidProperty("chatId")
        refuse_wrong(_named(checker))
        chat = self.state.chats.get((channel.channel_id, str(chat_id)))
        if chat is not None and self.state.may_receive(channel, chat.user_id):
            chat.loading_until = self.state.now() + (seconds or LOADING_SECONDS) * 1000
            self.state.touch(chat)
        return json_response({}, 202)

    def _message_of(self, channel: Channel, token: str) -> tuple[Chat, int] | None:
        for chat in self.state.chats.values():
            if chat.channel_id == channel.channel_id:
                for position, bubble in enumerate(chat.bubbles):
                    if bubble.get("read_token") == token:
                        return chat, position
        return None

    def _mark(self, chat: Chat, position: int) -> None:
        for bubble in chat.bubbles[: position + 1]:
            if bubble["direction"] == "inbound":
                bubble["read"] = True
        self.state.touch(chat)


def _named(checker: Checker) -> list[Detail]:
    """The checker writes paths from an object on; here the object is the body itself."""
    for detail in checker.details:
        detail["property"] = detail["property"].removeprefix(".")
    return checker.details
