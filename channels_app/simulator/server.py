"""Runs the simulator: one process, bound to this machine only."""

import asyncio
import signal
from types import FrameType

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .application import Options, Simulator

HOST = "127.0.0.1"


class Protocol(HttpToolsProtocol):
    """uvicorn's own protocol, which also lets the application drop a connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["simulator.transport"] = self.transport  # type: ignore[typeddict-unknown-key]


class Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, simulator: Simulator) -> None:
        super().__init__(config)
        self.simulator = simulator
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self.loop is not None:
            self.loop.call_soon_threadsafe(self.simulator.stop_waiting)


def run(port: int, options: Options) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code. Raises UnreadableState when the state file is no such file."""
    simulator = Simulator(options)
    config = uvicorn.Config(
        simulator,
        host=HOST,
        port=port,
        http=Protocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    server = Server(config, simulator)
    # A stop that was asked for is a success: uvicorn would raise the signal once more at the end.
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.signal(signal.SIGINT, lambda *_: None)
    server.run()
    return 0 if server.started else 1
