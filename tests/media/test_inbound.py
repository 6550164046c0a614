"""What customers send: fetched once, typed by its bytes, kept or refused with a reason; a message never waits for it."""

import io

import pytest
from PIL import Image

from channels_app.adapter import ContentGone, ContentNotReady, ContentUnavailable
from channels_app.media import preparing
from channels_app.models import Bubble, MediaFile
from conversations import attachments
from conversations.models import Attachment, Conversation, JournalEntry, Message
from tests.gateway.test_groups import in_group
from tests.media import samples
from tests.media.conftest import due_again


def only_file():
    return MediaFile.objects.get()


def test_a_picture_is_a_message_at_once_and_has_its_bytes_when_the_worker_was_there(customer_sends, read_stored):
    picture = samples.picture()

    customer_sends("image", picture, work=False)
    assert (Message.objects.get().kind, only_file().state) == ("image", "pending")

    attachments.work(seconds=60)
    file = only_file()
    assert (file.state, file.media_type, file.size, file.width, file.height) == ("ready", "image/jpeg", len(picture), 640, 480)
    assert read_stored(file.stored) == picture
    assert max(Image.open(io.BytesIO(read_stored(file.preview))).size) <= 720


@pytest.mark.parametrize(
    ("kind", "content", "media_type"),
    [("video", samples.video(), "video/mp4"), ("audio", samples.sound(), "audio/x-wav"), ("file", samples.PDF, "application/pdf")],
    ids=["video", "audio", "file"],
)
def test_video_sound_and_documents_come_too(customer_sends, kind, content, media_type):
    customer_sends(kind, content, fileName="請求書.pdf")

    file = only_file()
    assert (file.state, file.kind, file.media_type) == ("ready", kind, media_type)
    assert bool(file.preview) == (kind == "video")
    assert (file.duration_ms > 900) == (kind in ("video", "audio"))


def test_a_redelivered_event_makes_no_second_file(customer_sends, customer_writes, platform):
    customer_sends("image", samples.picture())
    customer_sends("image", samples.picture())

    assert (MediaFile.objects.count(), Attachment.objects.count(), platform.asked) == (1, 1, ["7"])


def test_two_workers_fetch_a_file_once(customer_sends, platform):
    customer_sends("image", samples.picture(), work=False)
    file = only_file()

    assert [preparing.claim(file), preparing.claim(MediaFile.objects.get())] == [True, False]


def test_a_worker_that_died_leaves_the_file_to_the_next(customer_sends, platform):
    customer_sends("image", samples.picture(), work=False)
    assert preparing.claim(only_file())

    due_again()  # the lease is over
    attachments.work(seconds=60)
    assert only_file().state == "ready"


def test_content_in_preparation_is_asked_for_again(customer_sends, platform):
    customer_sends("video", [ContentNotReady(), samples.video()])

    assert (only_file().state, platform.asked) == ("ready", ["7", "7"])


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ContentGone("status 410"), "gone"),
        (ContentGone("transcoding failed", failed=True), "not_prepared"),
        (b"", "empty"),
        (b"not a picture at all", "damaged"),
        (samples.picture()[:900], "damaged"),
        (samples.SVG, "blocked"),
        (b"\xef\xbb\xbf <!DOCTYPE html><script>alert(1)</script>", "blocked"),
        (b"MZ\x90\x00 a program", "blocked"),
        (samples.video(), "damaged"),
        (samples.bomb(), "damaged"),
    ],
    ids=["gone", "not prepared", "0 bytes", "text", "truncated", "svg", "html", "program", "renamed video", "bomb"],
)
def test_what_is_no_picture_is_refused_with_its_reason(customer_sends, stored_files, answer, reason):
    customer_sends("image", answer)

    assert (only_file().state, only_file().reason) == ("failed", reason)
    assert stored_files() == []


def test_trouble_is_tried_again_and_then_shown_with_a_way_to_try_once_more(customer_sends, platform, alice):
    customer_sends("image", [ContentUnavailable("ReadTimeoutError")] * 8 + [samples.picture()])
    for _try in range(8):
        due_again()
        attachments.work(seconds=60)
    assert (only_file().state, only_file().reason, len(platform.asked)) == ("failed", "unreachable", 8)

    assert attachments.fetch_again(attachment=Attachment.objects.get())
    attachments.work(seconds=60)
    assert only_file().state == "ready"
    assert not attachments.fetch_again(attachment=Attachment.objects.get())


def test_a_full_disk_is_a_reason_and_no_exception(customer_sends, platform, monkeypatch):
    def no_space(path, **names):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("channels_app.media.storing.keep", no_space)
    customer_sends("image", samples.picture())
    MediaFile.objects.update(attempts=7)
    due_again()
    attachments.work(seconds=60)

    assert (only_file().state, only_file().reason) == ("failed", "no_space")


def test_more_bytes_than_allowed_stop_the_fetch_and_the_customer_is_told_once(customer_sends, settings, stored_files):
    settings.ATTACHMENT_MAX_MB = 1
    customer_sends("video", b"\x00\x00\x00\x18ftypmp42" + b"x" * 1_100_000)
    customer_sends("video", b"\x00\x00\x00\x18ftypmp42" + b"x" * 1_100_000, number="8")

    assert {file.reason for file in MediaFile.objects.all()} == {"too_large"}
    assert stored_files() == []
    assert Bubble.objects.count() == 1


def test_a_document_that_says_it_is_too_large_is_not_fetched_at_all(customer_sends, platform):
    customer_sends("file", samples.PDF, fileName="film.pdf", fileSize=200 * 1024 * 1024)

    assert (only_file().reason, platform.asked) == ("too_large", [])


@pytest.mark.parametrize("kind", ["group", "room"])
@pytest.mark.parametrize("declared", [200 * 1024 * 1024, 1000], ids=["it says so", "found while it is fetched"])
def test_in_a_group_nobody_is_told_of_a_file_that_is_too_large(customer_sends, customer_writes, platform, settings, kind, declared):
    settings.ATTACHMENT_MAX_MB = 1
    platform.contents["7"] = b"x" * 1_100_000

    customer_writes("x", source=in_group(kind=kind), message={"type": "file", "id": "7", "fileName": "film.pdf", "fileSize": declared})
    attachments.work(seconds=60)

    assert (only_file().reason, Bubble.objects.count()) == ("too_large", 0)
    assert not JournalEntry.objects.filter(verb="refusal_unsaid").exists()


def test_a_forbidden_extension_is_not_fetched(customer_sends, platform):
    customer_sends("file", b"echo", fileName="offer.pdf.BAT")

    assert (only_file().reason, platform.asked) == ("blocked", [])


def test_switched_off_no_byte_is_fetched_the_agent_sees_it_and_the_customer_is_told_once(customer_sends, open_channel, platform):
    open_channel.customers_send_attachments = False
    open_channel.save()

    customer_sends("image", samples.picture())
    customer_sends("image", samples.picture(), number="8")

    assert platform.asked == []
    assert {file.reason for file in MediaFile.objects.all()} == {"off"}
    assert "受け取れません" in Bubble.objects.get().content["text"] or "can't be received" in Bubble.objects.get().content["text"]
    assert Conversation.objects.get().unread_count == 2


def test_a_file_refused_while_off_can_be_fetched_after_attachments_are_on(customer_sends, open_channel, platform):
    open_channel.customers_send_attachments = False
    open_channel.save()
    customer_sends("image", samples.picture())
    assert not attachments.fetch_again(attachment=Attachment.objects.get())

    open_channel.customers_send_attachments = True
    open_channel.save()
    assert attachments.fetch_again(attachment=Attachment.objects.get())
    attachments.work(seconds=60)
    assert only_file().state == "ready"


def test_an_unsent_picture_leaves_no_byte(customer_sends, event_comes, stored_files):
    customer_sends("image", samples.picture())
    assert len(stored_files()) == 2

    event_comes(type="unsend", unsend={"messageId": "7"})
    assert (only_file().state, Attachment.objects.count()) == ("purged", 0)

    attachments.work(seconds=60)
    assert stored_files() == []
    assert (only_file().stored, only_file().preview) == ("", "")


def test_bytes_that_arrive_after_the_unsend_are_deleted(customer_sends, event_comes, stored_files):
    customer_sends("image", samples.picture(), work=False)
    file = only_file()
    assert preparing.claim(file)

    event_comes(type="unsend", unsend={"messageId": "7"})
    preparing.prepare(file)

    assert (only_file().state, stored_files()) == ("purged", [])


def test_a_picture_at_somebody_elses_address_goes_through_the_guard(customer_sends, platform):
    provider = {"contentProvider": {"type": "external", "originalContentUrl": "http://169.254.169.254/latest/meta-data/"}}
    customer_sends("image", samples.picture(), **provider)

    assert (only_file().reason, platform.asked) == ("forbidden", [])


@pytest.mark.parametrize("address", [None, 7, "", "javascript:alert(1)", "https://", "\x00"])
def test_an_address_that_is_none_is_refused(customer_sends, platform, address):
    customer_sends("image", samples.picture(), contentProvider={"type": "external", "originalContentUrl": address})

    assert (only_file().state, only_file().reason, platform.asked) == ("failed", "forbidden", [])


def test_a_set_of_pictures_keeps_its_number_and_place(customer_sends):
    for number, index in (("9", 2), ("8", 1)):
        customer_sends("image", samples.picture(), number=number, imageSet={"id": "S", "index": index, "total": 2})

    assert [message.data["set"] for message in Message.objects.order_by("id")] == [
        {"id": "S", "index": 2, "total": 2},
        {"id": "S", "index": 1, "total": 2},
    ]


def test_a_file_that_nobody_foresaw_stops_no_other(customer_sends, platform):
    customer_sends("image", KeyError("never thought of"), work=False)
    customer_sends("image", samples.picture(), number="8")

    assert dict(MediaFile.objects.values_list("source", "state")) == {"7": "pending", "8": "ready"}
    for _try in range(8):
        due_again()
        attachments.work(seconds=60)
    assert MediaFile.objects.get(source="7").state == "failed"


def test_a_file_at_which_workers_die_is_given_up(customer_sends, platform):
    customer_sends("image", samples.picture(), work=False)
    MediaFile.objects.update(attempts=preparing.MAXIMUM_ATTEMPTS)

    attachments.work(seconds=60)

    assert (only_file().state, platform.asked) == ("failed", [])
