"""Content from LINE and media to LINE, against the simulator over HTTP: each answer that LINE documents has its consequence."""

import json
import urllib.request
import uuid
from urllib.parse import urlencode

import pytest

from channels_app.adapter import ContentGone, ContentNotReady, ContentUnavailable, Credentials, Outcome
from channels_app.line.adapter import LineAdapter
from tests.media import samples
from tests.simulator.fixtures import line_simulator, line_simulator_process, webhook_receiver

__all__ = ["line_simulator", "line_simulator_process", "webhook_receiver"]
CHANNEL = "1650000001"
PICTURE = "http://127.0.0.1:8000/media/a/original/0/s/a.jpg"


@pytest.fixture
def simulator(line_simulator, settings):
    settings.LINE_API_BASE = settings.LINE_DATA_API_BASE = line_simulator.url
    line_simulator.post("/sim/channels", {"channel_id": CHANNEL, "channel_secret": "s" * 32, "access_token": "good-token"})
    line_simulator.post("/sim/channels", {"channel_id": "1650000002", "channel_secret": "s" * 32, "access_token": "other-token"})
    return line_simulator


@pytest.fixture
def customer(simulator):
    return simulator.post("/sim/users", {"display_name": "みさき🐰", "channel_id": CHANNEL, "silent": True})["user_id"]


@pytest.fixture
def sent(simulator, customer):
    """`sent("image", bytes, …)` is the id of a message with this content."""

    def send(kind, content, **query):
        address = f"{simulator.url}/sim/media?{urlencode({'channel_id': CHANNEL, 'type': kind} | query)}"
        request = urllib.request.Request(address, data=content, headers={"Content-Type": "application/octet-stream"})
        with urllib.request.urlopen(request) as answer:
            media_id = json.load(answer)["media_id"]
        message = {"channel_id": CHANNEL, "message": {"type": kind, "media_id": media_id}}
        return simulator.post(f"/sim/users/{customer}/send", message)["message_id"]

    return send


def credentials(token="good-token"):
    return Credentials(account_id=1, channel_id=CHANNEL, access_token=token)


def fetched(message_id, token="good-token"):
    with LineAdapter().open_content(credentials=credentials(token), message_id=message_id) as pieces:
        return b"".join(pieces)


def test_the_bytes_come_as_they_were_sent(sent):
    picture = samples.picture(size=(1500, 1500))

    assert fetched(sent("image", picture)) == picture


def test_a_video_in_preparation_is_not_ready_and_one_that_failed_is_gone(sent):
    with pytest.raises(ContentNotReady):
        fetched(sent("video", samples.video(), preparing_ms=60_000))
    with pytest.raises(ContentGone) as gone:
        fetched(sent("video", samples.video(), transcoding="failed"))
    assert gone.value.failed


def test_what_was_unsent_is_gone_and_what_never_was_too(simulator, customer, sent):
    message_id = sent("image", samples.picture())
    simulator.post(f"/sim/users/{customer}/unsend", {"channel_id": CHANNEL, "message_id": message_id})

    for each in (message_id, "1", "../../etc"):
        with pytest.raises(ContentGone):
            fetched(each)


def test_a_dead_token_is_refused_and_another_account_finds_nothing(sent):
    message_id = sent("image", samples.picture())

    with pytest.raises(ContentUnavailable) as refusal:
        fetched(message_id, "dead-token")
    assert refusal.value.forbidden
    with pytest.raises(ContentGone):
        fetched(message_id, "other-token")


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 500}, {"kind": "status", "status": 429}, {"kind": "reset"}])
def test_trouble_can_be_tried_again(simulator, sent, fault):
    message_id = sent("image", samples.picture())
    simulator.post("/sim/faults", {"endpoint": "content", "times": 1} | fault)

    with pytest.raises(ContentUnavailable):
        fetched(message_id)
    assert fetched(message_id) == samples.picture()


CONTENTS = [
    {"kind": "image", "original_url": PICTURE, "preview_url": PICTURE},
    {"kind": "video", "original_url": PICTURE, "preview_url": PICTURE},
    {"kind": "audio", "original_url": PICTURE, "duration_ms": 1500},
    {"kind": "audio", "original_url": PICTURE, "duration_ms": 0},
    {"kind": "sticker", "package_id": "11537", "sticker_id": "52002734"},
    {"kind": "file", "original_url": PICTURE, "name": "明細" * 80 + ".pdf", "size_words": "1 MB", "open_label": "เปิดไฟล์นี้เดี๋ยวนี้เลยนะคะ"},
]


@pytest.mark.parametrize("content", CONTENTS, ids=lambda content: f"{content['kind']}")
def test_line_takes_each_kind_of_bubble(simulator, customer, content):
    adapter = LineAdapter()
    body = adapter.freeze(contents=[content], recipient=customer, push=True)

    result = adapter.send(credentials=credentials(), body=body, reply_token="", retry_key=str(uuid.uuid4()))

    assert (result.outcome, result.error) == (Outcome.ACCEPTED, "")


def test_what_was_accepted_can_be_quoted_with_the_token_that_came_back(simulator, customer):
    adapter = LineAdapter()

    def push(content):
        body = adapter.freeze(contents=[content], recipient=customer, push=True)
        return adapter.send(credentials=credentials(), body=body, reply_token="", retry_key=str(uuid.uuid4()))

    first = push({"kind": "text", "text": "one"})
    assert first.quote_tokens[0]
    assert push({"kind": "text", "text": "two", "quote_token": first.quote_tokens[0]}).outcome is Outcome.ACCEPTED
    assert push({"kind": "text", "text": "two", "quote_token": "nobody's"}).outcome is Outcome.REJECTED


@pytest.mark.parametrize("package_and_range", LineAdapter().sticker_packages().items(), ids=lambda item: item[0])
def test_the_simulator_knows_the_packages_that_we_offer(simulator, customer, package_and_range):
    package, stickers = package_and_range
    adapter = LineAdapter()
    body = adapter.freeze(contents=[{"kind": "sticker", "package_id": package, "sticker_id": stickers[0]}], recipient=customer, push=True)

    assert adapter.send(credentials=credentials(), body=body, reply_token="", retry_key=str(uuid.uuid4())).outcome is Outcome.ACCEPTED
