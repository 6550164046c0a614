"""The ASGI application: LINE's endpoints, the control API and the phone page on one port."""

import asyncio
import socket
import struct
import sys
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .asgi import Disconnected, NoResponse, Receive, Request, Response, Scope, Send, json_response, open_request, send_response
from .checker import is_loopback_host
from .content_api import ContentApi
from .control_api import ControlApi
from .faults import Fault, Faults
from .fetching import Fetching
from .groups import Groups
from .identifiers import new_request_id
from .line_api import MAX_REQUEST_BYTES, LineApi
from .media import MediaStore
from .media_control import MediaControl
from .people_control import PeopleControl
from .phone import answer_page
from .picture_api import PictureApi
from .platform import Platform
from .request_log import RequestLog
from .state import State
from .storage import StateFile
from .trouble_control import TroubleControl
from .webhook_client import WebhookClient
from .webhooks import WebhookSender

EMPTY_STATUSES = {202, 204}
MAX_CONTROL_BYTES = 64 * 1024 * 1024  # a webhook body beyond any receiver's limit can be sent too


@dataclass(frozen=True)
class Options:
    state_file: Path | None = None
    webhook_timeout_seconds: float = 2.0  # LINE: after two seconds a webhook is booked as request_timeout
    https_required: bool = False
    fetch_media: bool = False
    redelivery_seconds: tuple[float, ...] = (2, 5, 15, 30, 60)  # LINE keeps its own intervals to itself


class Simulator:
    def __init__(self, options: Options) -> None:
        self.state = State()
        self.storage = StateFile(options.state_file, self.state)
        self.storage.read()
        self.state.on_change = self.storage.changed
        self.store = MediaStore(options.state_file, self.state)
        self.store.sweep()
        self.client = WebhookClient(options.webhook_timeout_seconds)
        self.webhooks = WebhookSender(self.state, self.client, options.redelivery_seconds)
        platform = Platform(self.state, self.webhooks, self.store)
        if options.fetch_media:
            platform.on_shown = Fetching(self.state).start
        self.faults = Faults()
        self.log = RequestLog(self.state)
        pictures = PictureApi(self.state)
        groups = Groups(self.state, self.webhooks)
        contents = ContentApi(self.state, self.store)
        self.line = LineApi(self.state, platform, self.webhooks, contents, pictures, groups, options.https_required)
        names = {route.name for route in self.line.router.routes}
        self.control = ControlApi(self.state, platform, self.webhooks, self.log)
        self.control.on_reset = self.forget_rest
        pictures.add_to(self.control.router, "/sim")  # for the phone: neither faults nor the log know of it
        MediaControl(self.state, platform, self.store).add_to(self.control)
        PeopleControl(self.state, platform, groups).add_to(self.control)
        self.trouble = TroubleControl(self.webhooks, self.faults, names)
        self.trouble.add_to(self.control)
        self.release = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer_http(scope, receive, send)

    def forget_rest(self) -> None:
        """What a reset ends besides the state."""
        self.trouble.forget()
        self.store.clear()
        self.line.limits.buckets.clear()
        self.release_held()

    def release_held(self) -> None:
        """Drop the connections that a fault holds open."""
        self.release.set()
        self.release = asyncio.Event()

    def stop_waiting(self) -> None:
        """The end has come: whoever waits is let go."""
        self.control.closing.set()
        self.state.announce()
        self.release_held()

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        redelivering = asyncio.create_task(self.webhooks.redeliver_forever())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        redelivering.cancel()
        await self.storage.close()
        self.client.close()
        self.store.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer_http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        controlled = path.startswith("/sim/")
        request = open_request(scope, receive)
        try:
            if not (controlled and self.control.reads_itself(request)):
                await request.read(MAX_CONTROL_BYTES if controlled else MAX_REQUEST_BYTES)
            if controlled:
                response = await self._answer_control(request)
            elif path == "/" or path.startswith("/static/"):
                response = answer_page(request)
            else:
                response = await self._answer_line(request)
        except Disconnected:
            return
        except NoResponse:
            drop_connection(request.transport)
            return
        except Exception:
            traceback.print_exc(file=sys.stderr)
            response = json_response({"message": "Internal Server Error", "error": "the simulator has a defect; see its output"}, 500)
        with suppress(OSError):
            await send_response(response, send)
        if response.cut and request.transport is not None:
            request.transport.close()

    async def _answer_control(self, request: Request) -> Response:
        if not comes_from_this_machine(request.headers):
            return json_response({"error": "only pages of this machine may use the control API"}, 403)
        response = await self.control.answer(request)
        if request.method != "GET":
            self.storage.changed()
        return response

    async def _answer_line(self, request: Request) -> Response:
        request_id = new_request_id()
        found = self.line.router.find(request.method, request.path)
        name = found[0].name if found is not None else ""
        entry = self.log.start(request, request_id, name)
        fault = self.faults.take(name, request.path)
        if fault is not None:
            entry["fault"] = fault.kind
        response = await self._answer_with_fault(fault, request, request_id)
        response.headers["x-line-request-id"] = request_id
        self.log.finish(entry, response)
        if request.method != "GET":
            self.storage.changed()
        return response

    async def _answer_with_fault(self, fault: Fault | None, request: Request, request_id: str) -> Response:
        if fault is None:
            return await self.line.answer(request, request_id)
        if fault.kind == "status":
            return _fault_response(fault)
        if fault.kind == "cut":
            response = await self.line.answer(request, request_id)
            response.cut = True
            return response
        if fault.kind == "accept_then_timeout":
            await self.line.answer(request, request_id)
            self.storage.changed()
        if fault.kind != "reset":
            await self._hold(request, fault.seconds)
        raise NoResponse

    async def _hold(self, request: Request, seconds: float) -> None:
        """Stay silent until the caller gives up, the time is over, or everything is reset."""
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(request.disconnected()), asyncio.ensure_future(self.release.wait())]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in waits:
                waiting.cancel()


def _fault_response(fault: Fault) -> Response:
    if fault.status in EMPTY_STATUSES and fault.body is None:
        return Response(fault.status, headers=fault.headers)
    body = fault.answer_body()
    if isinstance(body, str):
        return Response(fault.status, body.encode(), {"content-type": "text/plain; charset=utf-8", **fault.headers})
    return json_response(body, fault.status, fault.headers)


def comes_from_this_machine(headers: dict[str, str]) -> bool:
    """Whether a request is no page of somebody else's: host and origin must be loopback (a browser names both truly)."""
    if not is_loopback_host(urlsplit(f"//{headers.get('host', '')}").hostname):
        return False
    origin = headers.get("origin")
    if origin is not None:
        return is_loopback_host(urlsplit(origin).hostname)
    return headers.get("sec-fetch-site") != "cross-site"


def drop_connection(transport: Any) -> None:
    """Close at once, with a reset instead of a farewell."""
    if transport is None:
        return
    own = transport.get_extra_info("socket")
    with suppress(OSError, AttributeError), socket.socket(fileno=socket.dup(own.fileno())) as twin:
        twin.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
