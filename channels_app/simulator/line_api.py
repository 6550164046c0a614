"""LINE's own endpoints, with LINE's checks and LINE's words (Messaging API reference)."""

import re
import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from . import validation
from .asgi import Request, Response, Router, json_response
from .chat_api import ChatApi
from .checker import Detail, InvalidProperty, is_allowed_url
from .content_api import ContentApi
from .faults import QUOTA_REACHED, RATE_LIMITED
from .group_api import GroupApi
from .groups import Groups
from .line_input import read_json, refuse_wrong
from .picture_api import PictureApi
from .platform import Platform
from .rate_limits import RateLimits
from .refusals import LineError
from .state import Channel, State
from .webhooks import WebhookSender, encode_body, sign

OPEN_ENDPOINTS = {"verify", "sticker", "emoji", "picture"}
MAX_REQUEST_BYTES = 2 * 1024 * 1024
RETRY_KEY = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
RECEIVER_ID = re.compile(r"[UCR][0-9a-f]{32}")
LONG_LIVED_SECONDS = 3_138_007_490  # as in LINE's example: a token without an end answers with about a century
MISSING_TOKEN = "Authorization header required. Must follow the scheme, 'Authorization: Bearer <ACCESS TOKEN>'"  # noqa: S105
WRONG_TOKEN = (
    "Authentication failed due to the following reason: invalid token. "  # noqa: S105
    "Confirm that the access token in the authorization header is valid."
)


class LineApi:
    """`router` names each endpoint; `answer` runs one request and never raises for what a caller did."""

    def __init__(
        self,
        state: State,
        platform: Platform,
        webhooks: WebhookSender,
        contents: ContentApi,
        pictures: PictureApi,
        groups: Groups,
        https_required: bool,
    ) -> None:
        self.state = state
        self.platform = platform
        self.webhooks = webhooks
        self.https_required = https_required
        self.limits = RateLimits(state)
        self.router = Router()
        add = self.router.add
        add("POST", "/v2/bot/message/push", self.push, "push")
        add("POST", "/v2/bot/message/reply", self.reply, "reply")
        add("POST", "/v2/bot/message/multicast", self.multicast, "multicast")
        add("POST", "/v2/bot/message/validate/{method}", self.validate, "validate")
        add("GET", "/v2/bot/message/quota", self.quota, "quota")
        add("GET", "/v2/bot/message/quota/consumption", self.consumption, "consumption")
        add("GET", "/v2/bot/message/{message_id}/content", contents.content, "content")
        add("GET", "/v2/bot/message/{message_id}/content/preview", contents.preview, "preview")
        add("GET", "/v2/bot/message/{message_id}/content/transcoding", contents.transcoding, "transcoding")
        add("GET", "/v2/bot/profile/{user_id}", self.profile, "profile")
        add("GET", "/v2/bot/info", self.info, "info")
        add("GET", "/v2/bot/channel/webhook/endpoint", self.get_webhook, "webhook_get")
        add("PUT", "/v2/bot/channel/webhook/endpoint", self.set_webhook, "webhook_set")
        add("POST", "/v2/bot/channel/webhook/test", self.test_webhook, "webhook_test")
        ChatApi(state).add_to(self.router)
        GroupApi(state, groups).add_to(self.router)
        pictures.add_to(self.router)
        add("POST", "/v2/oauth/verify", self.verify, "verify")
        add("GET", "/oauth2/v2.1/verify", self.verify_v21, "verify")

    async def answer(self, request: Request, request_id: str) -> Response:
        found = self.router.find(request.method, request.path)
        try:
            if found is None:
                raise LineError(404, "Not found")
            route, captured = found
            if route.name in OPEN_ENDPOINTS:
                return await route.handler(request, **captured)
            channel = self._authenticated(request)
            if not self.limits.take(channel, route.name):
                raise LineError(429, RATE_LIMITED)
            if request.too_large:
                raise LineError(413, "Payload Too Large")
            return await route.handler(request, channel, request_id=request_id, **captured)
        except LineError as error:
            return json_response(error.body, error.status, error.headers)
        except RecursionError:
            return json_response({"message": "The request body could not be parsed as JSON (line: 1, column: 1)"}, 400)
        except InvalidProperty as error:
            return json_response({"message": str(error)}, 400)

    def _authenticated(self, request: Request) -> Channel:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise LineError(401, MISSING_TOKEN)
        channel = self.state.channel_of_token(token.strip())
        if channel is None:
            raise LineError(401, WRONG_TOKEN)
        return channel

    # --- Sending -------------------------------------------------------------------------------------

    async def push(self, request: Request, channel: Channel, request_id: str) -> Response:
        key = self._retry_key(request)
        data = read_json(request)
        refuse_wrong(validation.check_send(data, "to", self.https_required))
        if key is not None:
            self._refuse_used_key(channel, key)
        user_id = self._receiver(channel, data["to"])
        self._check_for_chat(channel, user_id, data["messages"])
        self._spend_quota(channel, self.state.recipients(channel, user_id))
        sent = self.platform.accept(channel, user_id, data["messages"], "push", request_id)
        self._remember_key(channel, key, request_id, {"sentMessages": sent})
        return json_response({"sentMessages": sent})

    async def multicast(self, request: Request, channel: Channel, request_id: str) -> Response:
        """The same messages to many customers, each counted; groups can't be named, and who can't receive is passed over."""
        key = self._retry_key(request)
        data = read_json(request)
        refuse_wrong(validation.check_multicast(data, self.https_required))
        if key is not None:
            self._refuse_used_key(channel, key)
        if not all(user_id.startswith("U") and RECEIVER_ID.fullmatch(user_id) for user_id in data["to"]):
            raise InvalidProperty("to")
        refuse_wrong(validation.check_for_chat(data["messages"], to_group=False))
        reached = [user_id for user_id in dict.fromkeys(data["to"]) if self.state.may_receive(channel, user_id)]
        self._spend_quota(channel, len(reached))
        for user_id in reached:
            self.platform.accept(channel, user_id, data["messages"], "multicast", request_id)
        self._remember_key(channel, key, request_id, {})
        return json_response({})

    def _retry_key(self, request: Request) -> str | None:
        key = request.headers.get("x-line-retry-key")
        if key is not None and not RETRY_KEY.fullmatch(key):
            raise LineError(400, "The value of the X-Line-Retry-Key header is invalid: it must be a UUID")
        return key

    def _remember_key(self, channel: Channel, key: str | None, request_id: str, answer: dict[str, Any]) -> None:
        if key is not None:
            channel.retry_keys[key.lower()] = {"request_id": request_id, "answer": answer, "at": self.state.now()}

    async def reply(self, request: Request, channel: Channel, request_id: str) -> Response:
        if "x-line-retry-key" in request.headers:
            raise LineError(400, "The X-Line-Retry-Key header is not supported by this endpoint")
        data = read_json(request)
        refuse_wrong(validation.check_send(data, "replyToken", self.https_required))
        token = self.state.reply_tokens.get(data["replyToken"])
        if token is None or token.used or token.channel_id != channel.channel_id or self.state.now() > token.usable_until:
            raise LineError(400, "Invalid reply token")
        self._check_for_chat(channel, token.user_id, data["messages"])
        token.used = True
        return json_response({"sentMessages": self.platform.accept(channel, token.user_id, data["messages"], "reply", request_id)})

    async def validate(self, request: Request, channel: Channel, request_id: str, method: str) -> Response:
        if method not in ("reply", "push", "multicast", "narrowcast", "broadcast"):
            raise LineError(404, "Not found")
        refuse_wrong(validation.check_send(read_json(request), None, self.https_required))
        return json_response({})

    def _refuse_used_key(self, channel: Channel, key: str) -> None:
        record = self.state.used_retry_key(channel, key.lower())
        if record is not None:
            accepted = {"x-line-accepted-request-id": record["request_id"]}
            raise LineError(409, "The retry key is already accepted", headers=accepted, **record.get("answer", {}))

    def _receiver(self, channel: Channel, to: str) -> str:
        if not RECEIVER_ID.fullmatch(to):
            raise LineError(400, "The property, 'to', in the request body is invalid (line: -, column: -)")
        if to in self.state.groups and self.state.may_receive(channel, to):
            return to
        user = self.state.users.get(to)
        if user is None or user.provider != channel.provider:
            raise LineError(400, "Failed to send messages")
        return to

    def _check_for_chat(self, channel: Channel, user_id: str, messages: list[dict[str, Any]]) -> None:
        refuse_wrong(validation.check_for_chat(messages, to_group=user_id in self.state.groups))
        chat = self.state.chats.get((channel.channel_id, user_id))
        wrong = [
            Detail(message="Invalid quote token", property=f"messages[{index}].quoteToken")
            for index, message in enumerate(messages)
            if "quoteToken" in message and not self.platform.chat_knows_quote(chat, message["quoteToken"])
        ]
        refuse_wrong(wrong)

    def _spend_quota(self, channel: Channel, recipients: int) -> None:
        """Counted by recipient, however many messages the request holds; who cannot receive isn't counted.

        What a running narrowcast has reserved can't be spent, though LINE doesn't count it as consumed yet.
        """
        used = channel.usage.get(self.state.month(), 0)
        if recipients and channel.quota is not None and used + channel.quota_reserved + recipients > channel.quota:
            raise LineError(429, QUOTA_REACHED)
        if recipients:
            channel.usage[self.state.month()] = used + recipients

    # --- Looking up ----------------------------------------------------------------------------------

    async def profile(self, request: Request, channel: Channel, request_id: str, user_id: str) -> Response:
        user = self.state.users.get(user_id)
        chat = self.state.chats.get((channel.channel_id, user_id))
        knows = chat is not None and not chat.blocked and (chat.friend or chat.last_wrote_at is not None)
        if user is None or not knows:
            raise LineError(404, "Not found")
        answer = {"userId": user.user_id, "displayName": user.display_name}
        optional = {"language": user.language, "pictureUrl": user.picture_url, "statusMessage": user.status_message}
        return json_response({**answer, **{name: value for name, value in optional.items() if value}})

    async def info(self, request: Request, channel: Channel, request_id: str) -> Response:
        answer = {
            "userId": channel.bot_user_id,
            "basicId": channel.basic_id,
            "displayName": channel.display_name,
            "chatMode": channel.chat_mode,
            "markAsReadMode": "manual" if channel.chat_mode == "chat" else "auto",
        }
        if channel.picture_url:
            answer["pictureUrl"] = channel.picture_url
        return json_response(answer)

    async def quota(self, request: Request, channel: Channel, request_id: str) -> Response:
        if channel.quota is None:
            return json_response({"type": "none"})
        return json_response({"type": "limited", "value": channel.quota})

    async def consumption(self, request: Request, channel: Channel, request_id: str) -> Response:
        return json_response({"totalUsage": channel.usage.get(self.state.month(), 0)})

    # --- Tokens --------------------------------------------------------------------------------------

    async def verify(self, request: Request) -> Response:
        """Long-lived and short-lived tokens, form-encoded."""
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        return self._verified(form.get("access_token", ""), ("long-lived", "short-lived"))

    async def verify_v21(self, request: Request) -> Response:
        return self._verified(request.query.get("access_token", ""), ("v2.1", "stateless"))

    def _verified(self, token: str, kinds: tuple[str, ...]) -> Response:
        channel = self.state.channel_of_token(token)
        if channel is None or channel.token_kind not in kinds:
            return json_response({"error": "invalid_request", "error_description": "access token invalid"}, 400)
        expires_in = LONG_LIVED_SECONDS
        if channel.token_expires_at is not None:
            expires_in = (channel.token_expires_at - self.state.now()) // 1000
        return json_response({"client_id": channel.channel_id, "expires_in": expires_in, "scope": "P CM"})

    # --- Webhook settings ----------------------------------------------------------------------------

    async def get_webhook(self, request: Request, channel: Channel, request_id: str) -> Response:
        if not channel.webhook_url:
            raise LineError(404, "Not found")
        return json_response({"endpoint": channel.webhook_url, "active": channel.webhook_active})

    async def set_webhook(self, request: Request, channel: Channel, request_id: str) -> Response:
        channel.webhook_url = self._endpoint(read_json(request).get("endpoint"))
        return json_response({})

    async def test_webhook(self, request: Request, channel: Channel, request_id: str) -> Response:
        """Sends a signed body without events and tells what came back."""
        data = read_json(request) if request.body else {}
        endpoint = self._endpoint(data["endpoint"]) if "endpoint" in data else channel.webhook_url
        if not endpoint:
            raise LineError(404, "Not found")
        started_at = self.state.now()
        body = encode_body({"destination": channel.bot_user_id, "events": []})
        outcome = await self.webhooks.post(endpoint, body, sign(channel.channel_secret, body))
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(started_at / 1000))
        return json_response(
            {
                "success": outcome.received,
                "timestamp": f"{moment}.{started_at % 1000:03d}Z",
                "statusCode": outcome.status or 0,
                "reason": outcome.reason,
                "detail": outcome.detail,
            }
        )

    def _endpoint(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > 500 or not is_allowed_url(value, self.https_required):
            raise LineError(400, "Invalid webhook endpoint URL")
        if urlsplit(value).username is not None:
            raise LineError(400, "Invalid webhook endpoint URL")
        return value
