"""An ASGI layer that answers webhooks on a few threads that stay, by Django's WSGI handler.

Django's ASGI handler begins a thread for each request and hops between it and the event loop, which costs more than to check and
store a webhook (decision 124). Of a webhook nothing is asynchronous: its body is there as a whole before it takes a thread.
"""

import asyncio
import functools
import io
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from config.middleware import WEBHOOKS
from config.request_bodies import Application, Receive, Send

# Those that wait for a colleague's statement (`channels_app.together`) have a thread too.
THREADS = 20

Environ = dict[str, Any]
WsgiApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


def webhooks_on_threads(application: Application, *, webhooks: WsgiApplication) -> Application:
    """What comes to a webhook's address goes to `webhooks`, everything else to `application`."""
    threads = ThreadPoolExecutor(THREADS, thread_name_prefix="webhook")

    async def either(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(WEBHOOKS):
            await application(scope, receive, send)
            return
        body = await _whole_body(receive)
        if body is None:
            return
        call = functools.partial(_answer, webhooks, _environ(scope, body))
        status, headers, content = await asyncio.get_running_loop().run_in_executor(threads, call)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return either


async def _whole_body(receive: Receive) -> bytes | None:
    """The body, however slowly it comes; None if the client has left before its end."""
    parts = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _answer(webhooks: WsgiApplication, environ: Environ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Status, headers and content."""
    begun: list[Any] = []
    response = webhooks(environ, lambda status, headers, exc_info=None: begun.extend((status, headers)))
    try:
        content = b"".join(response)
    finally:
        # Django says by this that the request is over: connections are given back.
        if hasattr(response, "close"):
            response.close()
    status, headers = begun
    return int(status.split(" ")[0]), [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers], content


def _environ(scope: dict[str, Any], body: bytes) -> Environ:
    """The request as PEP 3333 has it."""
    server = scope.get("server") or ("localhost", 0)
    client = scope.get("client") or ("", 0)
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").upper().replace("-", "_"), raw_value.decode("latin-1")
        if "_" in raw_name.decode("latin-1"):
            continue  # could pass for another header, as every WSGI server sees it
        key = name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ
