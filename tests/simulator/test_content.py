"""LINE's content endpoints: what customers sent, while LINE has it."""

import http.client

import pytest

from .files import KINDS, PICTURE, get_content, sent_file
from .line_openapi import answer_schema, errors_of, require_description
from .receiver import WebhookReceiver
from .server import SimulatorProcess


@pytest.fixture
def misaki(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver) -> str:
    line_simulator.add_channel(webhook_receiver.url)
    return line_simulator.add_user("みさき🐰")


def test_a_video_is_202_without_bytes_until_it_is_prepared(line_simulator: SimulatorProcess, misaki: str) -> None:
    message_id = sent_file(line_simulator, misaki, "video", preparing_ms=60_000)
    early, status_early = get_content(line_simulator, message_id), get_content(line_simulator, message_id, "/transcoding")
    line_simulator.advance_clock(61)
    late, status_late = get_content(line_simulator, message_id), get_content(line_simulator, message_id, "/transcoding")

    assert (early.status, early.body) == (202, b"")
    assert (late.status, late.body) == (200, PICTURE)
    assert (status_early.json, status_late.json) == ({"status": "processing"}, {"status": "succeeded"})


def test_preparing_can_fail(line_simulator: SimulatorProcess, misaki: str) -> None:
    message_id = sent_file(line_simulator, misaki, "audio", preparing_ms=60_000, transcoding="failed")
    first = get_content(line_simulator, message_id, "/transcoding").json
    line_simulator.advance_clock(61)

    assert first == {"status": "processing"}
    assert get_content(line_simulator, message_id, "/transcoding").json == {"status": "failed"}
    assert get_content(line_simulator, message_id).status == 202


@pytest.mark.parametrize("kind", [*KINDS, "text", "sticker", "location"])
def test_each_endpoint_answers_for_its_kinds_alone(line_simulator: SimulatorProcess, misaki: str, kind: str) -> None:
    message_id = line_simulator.send(misaki, {"type": kind, **({"text": "a"} if kind == "text" else {})})["message_id"]

    assert get_content(line_simulator, message_id).status == (200 if kind in KINDS else 404)
    assert get_content(line_simulator, message_id, "/transcoding").status == (200 if kind in ("video", "audio") else 400)
    preview = get_content(line_simulator, message_id, "/preview")
    assert preview.status == (200 if kind in ("image", "video") else 400)
    if preview.status == 200:
        assert preview.headers["content-type"] == "image/jpeg"
        assert preview.body.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("what", ["", "/transcoding", "/preview"])
def test_only_the_accounts_own_token_opens_a_content(line_simulator: SimulatorProcess, misaki: str, what: str) -> None:
    line_simulator.add_channel(channel_id="1650000002")
    message_id = sent_file(line_simulator, misaki, "video")

    assert get_content(line_simulator, message_id, what).status == 200
    assert get_content(line_simulator, message_id, what, token="token-1650000002").status == 404
    assert get_content(line_simulator, message_id, what, token="wrong").status == 401
    assert get_content(line_simulator, message_id, what, token=None).status == 401
    unknown = get_content(line_simulator, "461230966842064897", what)
    assert (unknown.status, unknown.json) == (404, {"message": "not found"})


@pytest.mark.parametrize("what", ["", "/transcoding", "/preview"])
@pytest.mark.parametrize("kind", [*KINDS, "text"])
def test_what_was_unsent_is_gone_everywhere(line_simulator: SimulatorProcess, misaki: str, kind: str, what: str) -> None:
    message_id = line_simulator.send(misaki, {"type": kind, **({"text": "a"} if kind == "text" else {})})["message_id"]
    line_simulator.unsend(misaki, message_id)
    answer = get_content(line_simulator, message_id, what)

    assert (answer.status, answer.json) == (410, {"message": "The content is gone"})
    assert line_simulator.call("GET", f"/sim/content/{message_id}").status == 404


def test_content_of_another_provider_is_not_at_line(line_simulator: SimulatorProcess, misaki: str) -> None:
    provider = {"type": "external", "originalContentUrl": "https://example.com/a.jpg"}
    message_id = line_simulator.send(misaki, {"type": "image", "contentProvider": provider})["message_id"]

    assert get_content(line_simulator, message_id).status == 404


def test_content_can_have_trouble_and_is_in_the_log(line_simulator: SimulatorProcess, misaki: str) -> None:
    message_id = sent_file(line_simulator, misaki, "video", content_type="video/mp4")
    for endpoint, what in (("content", ""), ("transcoding", "/transcoding"), ("preview", "/preview")):
        line_simulator.add_fault(endpoint, "status", status=500, times=1)
        assert get_content(line_simulator, message_id, what).status == 500
        assert get_content(line_simulator, message_id, what).status == 200

    log = line_simulator.requests()
    assert [entry["endpoint"] for entry in log] == ["content", "content", "transcoding", "transcoding", "preview", "preview"]
    assert log[1]["response"] == f"({len(PICTURE)} bytes of video/mp4)"


@pytest.mark.parametrize("endpoint", ["content/transcoding", "content"])
def test_the_answers_are_what_line_describes(line_simulator: SimulatorProcess, misaki: str, endpoint: str) -> None:
    require_description()
    message_id = sent_file(line_simulator, misaki, "video")
    path = f"/v2/bot/message/{{messageId}}/{endpoint}"
    found = line_simulator.line("GET", path.replace("{messageId}", message_id))
    absent = line_simulator.line("GET", path.replace("{messageId}", "1"))

    assert errors_of("messaging-api", answer_schema("messaging-api", "GET", path, 404), absent.json) == []
    if endpoint == "content/transcoding":
        assert errors_of("messaging-api", answer_schema("messaging-api", "GET", path, 200), found.json) == []


def test_an_answer_can_break_off_in_the_middle(line_simulator: SimulatorProcess, misaki: str) -> None:
    message_id = sent_file(line_simulator, misaki, "image")
    line_simulator.add_fault("content", "cut", times=1)
    with pytest.raises(http.client.IncompleteRead) as cut:
        get_content(line_simulator, message_id)

    assert cut.value.partial == PICTURE[: len(PICTURE) // 2]
    assert get_content(line_simulator, message_id).body == PICTURE


def test_any_content_can_be_made_to_wait(line_simulator: SimulatorProcess, misaki: str) -> None:
    message_id = sent_file(line_simulator, misaki, "image")
    line_simulator.add_fault("content", "status", status=202, times=1)
    waiting = get_content(line_simulator, message_id)

    assert (waiting.status, waiting.body) == (202, b"")
    assert get_content(line_simulator, message_id).status == 200
