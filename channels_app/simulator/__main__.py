"""`python -m channels_app.simulator`: the simulator without Django around it; `manage.py line_simulator` becomes this."""

import argparse
import sys
from pathlib import Path

from .application import Options
from .server import HOST, run
from .storage import UnreadableState


def seconds_list(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(",") if part.strip())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8020, help=f"port on {HOST} (default 8020)")
    parser.add_argument("--state", type=Path, default=None, metavar="FILE", help="keep everything in FILE across restarts")
    parser.add_argument("--webhook-timeout", type=float, default=2.0, metavar="SECONDS", help="as LINE: 2")
    parser.add_argument("--https-required", action="store_true", help="refuse plain http in URLs, as LINE does")
    parser.add_argument("--fetch-media", action="store_true", help="fetch the pictures, films and sounds that accounts send, as LINE does")
    parser.add_argument(
        "--redelivery-seconds",
        type=seconds_list,
        default=(2.0, 5.0, 15.0, 30.0, 60.0),
        metavar="LIST",
        help="waits before each redelivery to a channel that has it switched on (default 2,5,15,30,60)",
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="line_simulator", description="A stand-in for LINE, with a phone page.")
    add_arguments(parser)
    chosen = parser.parse_args()
    options = Options(
        state_file=chosen.state,
        webhook_timeout_seconds=chosen.webhook_timeout,
        https_required=chosen.https_required,
        fetch_media=chosen.fetch_media,
        redelivery_seconds=chosen.redelivery_seconds,
    )
    sys.stdout.write(f"LINE simulator: http://{HOST}:{chosen.port}/\n")
    sys.stdout.flush()
    try:
        return run(chosen.port, options)
    except UnreadableState as error:
        sys.stderr.write(f"line_simulator: {error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
