"""An ASGI layer that lets only so many pages be made at once, so that webhooks find processor time and a database connection.

Pages wait in the order in which they came; webhooks, live updates and health never do (decision 103). A place is taken when
the request is there as a whole and given back when its answer begins to leave: neither a slow upload nor a slow reader has one.
"""

import asyncio
import re
from collections import deque
from typing import Any

from config.request_bodies import Application, Message, Receive, Send

NEVER_WAITS = re.compile(r"^/(?:webhooks/|live/$|healthz$)")
PATIENCE_SECONDS = 10.0
# In the scope of a request for which no place came free; `config.middleware.busy` answers it.
NO_PLACE = "trunkline.no_place"


class Places:
    """So many places, handed out in the order of asking."""

    def __init__(self, number: int) -> None:
        self._free = number
        self._asked: deque[asyncio.Future[None]] = deque()

    def ask(self) -> "asyncio.Future[None]":
        """Done as soon as the place is there. Whoever gives up cancels it; if that comes too late, they give the place back."""
        place = asyncio.get_running_loop().create_future()
        if self._free:
            self._free -= 1
            place.set_result(None)
        else:
            self._asked.append(place)
        return place

    def give_back(self) -> None:
        """To the next who still waits."""
        while self._asked:
            place = self._asked.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._free += 1


class _Turn:
    """One request's way to its place and from it."""

    def __init__(self, places: Places, patience: float, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self._places, self._patience, self._scope = places, patience, scope
        self._receive, self._send = receive, send
        self._is_whole = False
        self._place: asyncio.Future[None] | None = None

    async def receive(self) -> Message:
        """What the client says; the last piece of the body once there is a place, or no hope of one."""
        message = await self._receive()
        if self._is_whole or message["type"] != "http.request" or message.get("more_body", False):
            return message
        self._is_whole = True
        self._place = self._places.ask()
        return message if self._place.done() else await self._waited(self._place, message)

    async def _waited(self, place: "asyncio.Future[None]", message: Message) -> Message:
        """The message, or that the client has left meanwhile."""
        leaving = asyncio.ensure_future(self._receive())
        either: set[asyncio.Future[Any]] = {place, leaving}
        try:
            await asyncio.wait(either, timeout=self._patience, return_when=asyncio.FIRST_COMPLETED)
            if leaving.done():
                return leaving.result()
        finally:
            leaving.cancel()
        if not place.done():
            self._scope[NO_PLACE] = True
            self.end()
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            self.end()
        await self._send(message)

    def end(self) -> None:
        """Give the place back, or stop waiting for it. Harmless the second time."""
        place, self._place = self._place, None
        if place is not None and not place.cancel():
            self._places.give_back()


def in_turn(application: Application, *, places: int, patience: float = PATIENCE_SECONDS) -> Application:
    """At most so many requests at once reach `application` as a whole; whoever waits longer than `patience` gets the busy page."""
    those = Places(places)

    async def waiting(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or NEVER_WAITS.match(scope["path"]):
            await application(scope, receive, send)
            return
        turn = _Turn(those, patience, scope, receive, send)
        try:
            await application(scope, turn.receive, turn.send)
        finally:
            turn.end()

    return waiting
