"""With `--fetch-media` the simulator fetches what accounts send, as LINE does, and tells what it could not have."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from .server import SimulatorProcess, free_port, running_simulator


@pytest.fixture(scope="module")
def fetching() -> Iterator[SimulatorProcess]:
    with running_simulator(fetch_media=True) as simulator:
        yield simulator


@pytest.fixture
def misaki(fetching: SimulatorProcess) -> str:
    fetching.reset()
    fetching.add_channel()
    return fetching.add_user()


def problem_of(simulator: SimulatorProcess, user: str, message: dict[str, Any]) -> str | None:
    """What the simulator says about a message once it has looked."""
    assert simulator.line("POST", "/v2/bot/message/push", {"to": user, "messages": [message]}).status == 200
    deadline = time.monotonic() + 30
    while "media_problem" not in simulator.chat(user)[-1]:
        assert time.monotonic() < deadline, "nobody looked"
        time.sleep(0.02)
    return simulator.chat(user)[-1]["media_problem"]


def address(simulator: SimulatorProcess, user: str, kind: str, body: bytes | None = None) -> str:
    """Where a file lies: what a customer has sent stands in for the product's own."""
    message = {"type": kind} if body is None else {"type": kind, "media_id": simulator.upload(kind, body)}
    return f"{simulator.url}/sim/content/{simulator.send(user, message)['message_id']}"


def test_what_is_there_is_fine(fetching: SimulatorProcess, misaki: str) -> None:
    image, video, audio = (address(fetching, misaki, kind) for kind in ("image", "video", "audio"))

    for message in (
        {"type": "image", "originalContentUrl": image, "previewImageUrl": image.replace("127.0.0.1", "shop.localhost")},
        {"type": "video", "originalContentUrl": video, "previewImageUrl": image},
        {"type": "audio", "originalContentUrl": audio, "duration": 1000},
    ):
        assert problem_of(fetching, misaki, message) is None


def test_each_way_to_be_unusable_is_told(fetching: SimulatorProcess, misaki: str) -> None:
    image, text = address(fetching, misaki, "image"), f"{fetching.url}/static/simulator/page.css"
    large = address(fetching, misaki, "image", b"\xff\xd8\xff" + bytes(1024 * 1024))

    def image_problem(original: str, preview: str) -> str | None:
        return problem_of(fetching, misaki, {"type": "image", "originalContentUrl": original, "previewImageUrl": preview})

    assert image_problem(image, f"{fetching.url}/missing.jpg") == "previewImageUrl: status 404"
    assert image_problem(text, image) == "originalContentUrl: not JPEG or PNG"
    assert image_problem(image, large) == "previewImageUrl: more than 1 MB"
    assert image_problem(large, image) is None
    assert "refused" in str(image_problem(f"http://127.0.0.1:{free_port()}/a.jpg", image))
    video = {"type": "video", "originalContentUrl": image, "previewImageUrl": image}
    assert problem_of(fetching, misaki, video) == "originalContentUrl: not mp4"
    audio = {"type": "audio", "originalContentUrl": image, "duration": 1000}
    assert problem_of(fetching, misaki, audio) == "originalContentUrl: not mp3 or m4a"


def test_without_the_option_nobody_looks(line_simulator: SimulatorProcess) -> None:
    line_simulator.add_channel()
    user = line_simulator.add_user()
    picture = f"{line_simulator.url}/v2/bot/info"
    message = {"type": "image", "originalContentUrl": picture, "previewImageUrl": picture}
    line_simulator.line("POST", "/v2/bot/message/push", {"to": user, "messages": [message]})
    time.sleep(0.2)

    assert [entry["endpoint"] for entry in line_simulator.requests()] == ["push"]
