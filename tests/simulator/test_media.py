"""What customers send besides words: uploads, LINE's content endpoints, image sets."""

import http.client
import io
import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from .files import KINDS, PICTURE, get_content, sent_file
from .receiver import WebhookReceiver
from .server import CHANNEL, Answer, SimulatorProcess, running_simulator, start_simulator

MEBIBYTE = 1024 * 1024
STARTS = {"image": b"\xff\xd8\xff", "video": b"ftyp", "audio": b"ftyp", "file": b"%PDF-"}


@pytest.fixture
def misaki(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver) -> str:
    line_simulator.add_channel(webhook_receiver.url)
    return line_simulator.add_user("みさき🐰")


def refused(simulator: SimulatorProcess, path: str, data: Any) -> tuple[int, str]:
    answer = simulator.call("POST", path, data)
    return answer.status, answer.json["error"]


# --- Uploads and the messages that carry them --------------------------------------------------------


def test_a_file_arrives_as_the_customer_sent_it(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str) -> None:
    media_id = line_simulator.upload("file", PICTURE, "application/x-kimono; charset=a", file_name="見積 (2).pdf")
    message_id = line_simulator.send(misaki, {"type": "file", "media_id": media_id})["message_id"]
    answer = get_content(line_simulator, message_id)

    message = webhook_receiver.last_event()["message"]
    assert (message["fileName"], message["fileSize"]) == ("見積 (2).pdf", len(PICTURE))
    assert "media_id" not in message
    assert "contentProvider" not in message
    assert (answer.status, answer.body) == (200, PICTURE)
    assert answer.headers["content-type"] == "application/x-kimono; charset=a"
    assert answer.headers["content-length"] == str(len(PICTURE))


@pytest.mark.parametrize("kind", ["video", "audio"])
def test_a_duration_is_told_when_it_is_known(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str, kind: str
) -> None:
    sent_file(line_simulator, misaki, kind, duration=61_500)
    known = webhook_receiver.last_event()["message"]
    sent_file(line_simulator, misaki, kind)
    unknown = webhook_receiver.last_event()["message"]

    assert known["duration"] == 61_500
    assert "duration" not in unknown
    assert known["contentProvider"] == {"type": "line"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_without_a_file_carries_a_drawn_sample(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str, kind: str
) -> None:
    message_id = line_simulator.send(misaki, {"type": kind})["message_id"]
    answer = get_content(line_simulator, message_id)

    assert answer.status == 200
    assert STARTS[kind] in answer.body[:12]
    assert len(answer.body) < 20_000
    if kind == "file":
        assert webhook_receiver.last_event()["message"]["fileSize"] == len(answer.body)


def test_what_a_message_says_of_its_file_can_be_a_lie(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    media_id = line_simulator.upload("file", PICTURE, file_name="a.pdf")
    line_simulator.send(misaki, {"type": "file", "media_id": media_id, "fileName": "../b.exe", "fileSize": 1})

    message = webhook_receiver.last_event()["message"]
    assert (message["fileName"], message["fileSize"]) == ("../b.exe", 1)


def test_an_empty_file_is_a_file(line_simulator: SimulatorProcess, misaki: str) -> None:
    answer = get_content(line_simulator, sent_file(line_simulator, misaki, "file", b""))

    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "0")


def test_a_file_may_be_sent_twice_and_goes_with_its_last_message(line_simulator: SimulatorProcess, misaki: str) -> None:
    media_id = line_simulator.upload("image", PICTURE)
    first, second = (line_simulator.send(misaki, {"type": "image", "media_id": media_id})["message_id"] for _ in range(2))
    line_simulator.unsend(misaki, first)

    assert get_content(line_simulator, first).status == 410
    assert get_content(line_simulator, second).body == PICTURE
    line_simulator.unsend(misaki, second)
    status, words = refused(
        line_simulator, f"/sim/users/{misaki}/send", {"channel_id": CHANNEL, "message": {"type": "image", "media_id": media_id}}
    )
    assert (status, words) == (400, "media_id names no file of this account")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("type=image", 404),
        ("channel_id=unknown&type=image", 404),
        (f"channel_id={CHANNEL}", 400),
        (f"channel_id={CHANNEL}&type=sticker", 400),
        (f"channel_id={CHANNEL}&type=video&preparing_ms=soon", 400),
        (f"channel_id={CHANNEL}&type=video&preparing_ms=-1", 400),
        (f"channel_id={CHANNEL}&type=video&duration=long", 400),
        (f"channel_id={CHANNEL}&type=video&transcoding=perhaps", 400),
        (f"channel_id={CHANNEL}&type=image&preparing_ms=5", 400),
        (f"channel_id={CHANNEL}&type=file&duration=5", 400),
        (f"channel_id={CHANNEL}&type=file&transcoding=failed", 400),
    ],
)
def test_an_upload_that_makes_no_sense_is_refused(line_simulator: SimulatorProcess, misaki: str, query: str, status: int) -> None:
    answer = line_simulator.call("POST", f"/sim/media?{query}", body=PICTURE)

    assert answer.status == status
    assert answer.json["error"]


def test_only_pages_of_this_machine_can_upload_or_look(line_simulator: SimulatorProcess, misaki: str) -> None:
    message_id = sent_file(line_simulator, misaki, "image")
    origin = {"Origin": "https://example.com"}

    assert line_simulator.call("POST", f"/sim/media?channel_id={CHANNEL}&type=image", body=b"a", headers=origin).status == 403
    assert line_simulator.call("GET", f"/sim/content/{message_id}", headers=origin).status == 403
    assert line_simulator.call("GET", f"/sim/content/{message_id}").status == 200


@pytest.mark.parametrize(("media_id", "words"), [("nothing", "names no file"), (7, "names no file"), (None, "names no file")])
def test_a_message_with_a_wrong_file_is_refused(line_simulator: SimulatorProcess, misaki: str, media_id: Any, words: str) -> None:
    message = {"type": "image", "media_id": media_id}
    status, said = refused(line_simulator, f"/sim/users/{misaki}/send", {"channel_id": CHANNEL, "message": message})

    assert status == 400
    assert words in said
    assert line_simulator.chat(misaki) == []


def test_a_file_belongs_to_one_kind_and_one_account(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.add_channel(channel_id="1650000002")
    line_simulator.add_user(channel_id="1650000002", user_id=misaki)
    media_id = line_simulator.upload("image", PICTURE)
    other_kind = {"channel_id": CHANNEL, "message": {"type": "file", "media_id": media_id}}
    other_account = {"channel_id": "1650000002", "message": {"type": "image", "media_id": media_id}}

    assert refused(line_simulator, f"/sim/users/{misaki}/send", other_kind) == (400, "the file was uploaded as image, not as file")
    assert refused(line_simulator, f"/sim/users/{misaki}/send", other_account) == (400, "media_id names no file of this account")


class Zeros(io.RawIOBase):
    """A body of zeros that nobody has to hold."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1) -> bytes:
        size = min(self.left, size if size > 0 else MEBIBYTE)
        self.left -= size
        return bytes(size)


def upload_zeros(simulator: SimulatorProcess, size: int) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=60, blocksize=MEBIBYTE)
    try:
        path = f"/sim/media?channel_id={CHANNEL}&type=video"
        connection.request("POST", path, Zeros(size), {"Content-Length": str(size)})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def memory_of(simulator: SimulatorProcess) -> int:
    """The most that the process ever held, in bytes."""
    status = Path(f"/proc/{simulator.process.pid}/status")
    if not status.exists():
        pytest.skip("this system does not tell what a process holds")
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) * 1024


def test_a_video_of_200_mb_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    with running_simulator(tmp_path / "line.json") as simulator:
        simulator.add_channel()
        user = simulator.add_user()
        before = memory_of(simulator)
        status, answer = upload_zeros(simulator, 200 * MEBIBYTE)
        message_id = simulator.send(user, {"type": "video", "media_id": answer["media_id"]})["message_id"]
        connection = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=60)
        connection.request("GET", f"/v2/bot/message/{message_id}/content", headers={"Authorization": f"Bearer token-{CHANNEL}"})
        response = connection.getresponse()
        received = 0
        while piece := response.read(MEBIBYTE):
            received += len(piece)
        connection.close()

        assert (status, response.headers["Content-Length"], received) == (200, str(200 * MEBIBYTE), 200 * MEBIBYTE)
        assert memory_of(simulator) - before < 40 * MEBIBYTE
        assert (tmp_path / "line.json").stat().st_size < MEBIBYTE


def test_more_than_anybody_may_send_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with running_simulator(tmp_path / "line.json") as simulator:
        simulator.add_channel()
        status, answer = upload_zeros(simulator, 220 * MEBIBYTE + 1)

        assert status == 413
        assert "220 MB" in answer["error"]
        assert list((tmp_path / "line.json.media").iterdir()) == []


def test_an_upload_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    with running_simulator(tmp_path / "line.json") as simulator:
        simulator.add_channel()
        with socket.create_connection(("127.0.0.1", simulator.port)) as sender:
            head = f"POST /sim/media?channel_id={CHANNEL}&type=image HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n"
            sender.sendall(head.encode() + b"only this")
        deadline = time.monotonic() + 30
        folder = tmp_path / "line.json.media"
        while not folder.exists() or list(folder.iterdir()):
            assert time.monotonic() < deadline, "the half file stayed"
            time.sleep(0.02)

        assert simulator.get("/sim/health")["status"] == "ok"


# --- Image sets --------------------------------------------------------------------------------------


def send_set(simulator: SimulatorProcess, user: str, media_ids: list[str], **more: Any) -> Any:
    return simulator.post(f"/sim/users/{user}/send_set", {"channel_id": CHANNEL, "media_ids": media_ids, **more})


def test_several_images_go_out_as_one_set(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str) -> None:
    bodies = [PICTURE + bytes([number]) for number in range(3)]
    sent = send_set(line_simulator, misaki, [line_simulator.upload("image", body) for body in bodies], order=[3, 1, 2])

    messages = [call.events[0]["message"] for call in webhook_receiver.wait_for(3)]
    assert [message["imageSet"]["index"] for message in messages] == [3, 1, 2]
    assert {(message["imageSet"]["id"], message["imageSet"]["total"]) for message in messages} == {(sent["image_set_id"], 3)}
    assert [get_content(line_simulator, item["message_id"]).body for item in sent["messages"]] == bodies
    assert [message["id"] for message in messages] == [sent["messages"][index]["message_id"] for index in (2, 0, 1)]


@pytest.mark.parametrize(
    "more",
    [
        {"media_ids": []},
        {"media_ids": "all"},
        {"media_ids": ["unknown"]},
        {"media_ids": [7]},
        {"media_ids": ["{image}"] * 21},
        {"media_ids": ["{image}", "{file}"]},
        {"order": [1]},
        {"order": [1, 1]},
        {"order": [1, 3]},
        {"order": ["1", "2"]},
        {"order": "backwards"},
    ],
)
def test_a_set_that_makes_no_sense_is_refused_as_a_whole(line_simulator: SimulatorProcess, misaki: str, more: dict[str, Any]) -> None:
    names = {"{image}": line_simulator.upload("image", PICTURE), "{file}": line_simulator.upload("file", PICTURE)}
    data: dict[str, Any] = {"channel_id": CHANNEL, "media_ids": ["{image}", "{image}"], **more}
    if isinstance(data["media_ids"], list):
        data["media_ids"] = [names.get(item, item) for item in data["media_ids"]]
    status, words = refused(line_simulator, f"/sim/users/{misaki}/send_set", data)

    assert status == 400
    assert words
    assert line_simulator.chat(misaki) == []


# --- The phone's way to them, and the end of things ---------------------------------------------------


def test_the_phone_gets_a_file_and_parts_of_it(line_simulator: SimulatorProcess, misaki: str) -> None:
    sent_file(line_simulator, misaki, "video", content_type="video/mp4")
    url = line_simulator.chat(misaki)[0]["content_url"]

    def part(wanted: str) -> Answer:
        return line_simulator.call("GET", url, headers={"Range": wanted})

    whole = line_simulator.call("GET", url)
    assert (whole.status, whole.body, whole.headers["accept-ranges"]) == (200, PICTURE, "bytes")
    assert (part("bytes=0-9").status, part("bytes=0-9").body) == (206, PICTURE[:10])
    assert part("bytes=5-").headers["content-range"] == f"bytes 5-{len(PICTURE) - 1}/{len(PICTURE)}"
    assert part("bytes=-7").body == PICTURE[-7:]
    assert part(f"bytes=10-{len(PICTURE) * 2}").body == PICTURE[10:]
    assert part(f"bytes={len(PICTURE)}-").status == 416
    assert part("pages=1").body == PICTURE


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "application/pdf"])
def test_a_customers_file_is_never_run_as_a_page(line_simulator: SimulatorProcess, misaki: str, content_type: str) -> None:
    sent_file(line_simulator, misaki, "file", b"<script>alert(1)</script>", content_type=content_type)
    answer = line_simulator.call("GET", line_simulator.chat(misaki)[0]["content_url"])

    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert ("content-disposition" in answer.headers) == (not content_type.startswith("image/"))


def test_files_survive_a_restart_and_go_with_unsend_and_reset(tmp_path: Path) -> None:
    state, folder = tmp_path / "line.json", tmp_path / "line.json.media"
    with running_simulator(state) as first:
        first.add_channel()
        user = first.add_user()
        kept, unsent = sent_file(first, user, "image"), sent_file(first, user, "image")
        first.unsend(user, unsent)
        assert len(list(folder.iterdir())) == 1
    (folder / "0123.part").write_bytes(b"half")

    with running_simulator(state) as second:
        assert get_content(second, kept).body == PICTURE
        assert get_content(second, unsent).status == 410
        assert len(list(folder.iterdir())) == 1
        assert folder.stat().st_mode & 0o077 == 0
        second.reset()
        assert list(folder.iterdir()) == []


def test_a_file_that_vanished_is_gone_and_no_defect(tmp_path: Path) -> None:
    state = tmp_path / "line.json"
    with running_simulator(state) as first:
        first.add_channel()
        message_id = sent_file(first, first.add_user(), "image")
        for path in (tmp_path / "line.json.media").iterdir():
            path.unlink()
        assert [get_content(first, message_id, what).status for what in ("", "/preview")] == [410, 410]
        assert first.call("GET", f"/sim/content/{message_id}").status == 404

    with running_simulator(state) as second:
        assert get_content(second, message_id).status == 410


def test_without_a_state_file_the_folder_goes_with_the_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    simulator = start_simulator()
    simulator.add_channel()
    simulator.upload("image", PICTURE)
    during = list(tmp_path.glob("line-simulator-*"))
    simulator.stop()

    assert len(during) == 1
    assert list(tmp_path.glob("line-simulator-*")) == []


def test_a_state_file_of_an_older_simulator_still_starts(tmp_path: Path) -> None:
    state = tmp_path / "line.json"
    with running_simulator(state) as first:
        first.add_channel()
    old = json.loads(state.read_text())
    del old["media"], old["contents"]
    state.write_text(json.dumps(old))

    with running_simulator(state) as second:
        assert second.get("/sim/health")["channels"] == 1
