"""What agents send: uploaded once, prepared by a worker, sent within LINE's limits, or refused in words with nothing lost."""

import io
import json

import pytest
from PIL import Image

from channels_app import sending
from channels_app.adapter import Outcome, SendResult
from channels_app.media import links
from channels_app.models import Bubble, MediaFile
from conversations import attachments, composer
from conversations.models import Attachment, Draft, Message
from tests.media import samples


@pytest.fixture
def work_of_alice(platform, open_channel, alice_has_it):
    return alice_has_it


@pytest.fixture
def upload(script, alice, work_of_alice):
    """`upload(bytes, "name")` as the page does it; returns the answer's JSON after the worker was there."""

    def send(content, name="photo.jpg", *, client_id="c1", person=alice, work=True):
        address = f"/inbox/{work_of_alice.public_id}/upload/?client_id={client_id}&name={name}"
        answer = script(person).post(address, content, content_type="application/octet-stream")
        if answer.status_code != 201:
            return answer
        if work:
            attachments.work(seconds=60)
        found = script(person).get(f"/inbox/{work_of_alice.public_id}/upload/{answer.json()['id']}/").json()
        return found | {"status": answer.status_code}

    return send


@pytest.fixture
def say(script, alice, work_of_alice):
    def post(**fields):
        return script(alice).post(f"/inbox/{work_of_alice.public_id}/send/", {"client_id": "m1"} | fields)

    return post


def sent_objects(platform):
    """What went to LINE, request by request."""
    sending.drain(seconds=60)
    return [message for request in platform.sent for message in json.loads(request["body"])["messages"]]


def opened(read_stored, file):
    return Image.open(io.BytesIO(read_stored(file.stored)))


def test_a_picture_goes_out_with_its_preview_at_addresses_of_ours(upload, say, platform, client, settings):
    found = upload(samples.picture(size=(3000, 2000)))
    assert (found["state"], found["kind"]) == ("ready", "image")

    assert say(text="こちらです", files=[found["id"]]).status_code == 204

    picture, words = sent_objects(platform)
    assert (picture["type"], words) == ("image", {"type": "text", "text": "こちらです"})
    for address in (picture["originalContentUrl"], picture["previewImageUrl"]):
        assert address.startswith(settings.PUBLIC_BASE_URL)
        answer = client.get(address.removeprefix(settings.PUBLIC_BASE_URL))
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")


def test_where_a_photo_was_taken_stays_here_and_it_stands_upright(upload, read_stored):
    upload(samples.with_a_place())

    picture = opened(read_stored, MediaFile.objects.get())
    assert picture.size == (480, 640)
    assert dict(picture.getexif()) == {}
    assert b"taken at home" not in read_stored(MediaFile.objects.get().stored)


def test_large_pictures_come_within_lines_limits_and_transparent_ones_stay_so(upload, read_stored):
    upload(samples.picture("PNG", size=(5000, 4000)), "a.png", client_id="a")
    upload(samples.transparent_picture(), "b.png", client_id="b")

    large, transparent = MediaFile.objects.order_by("id")
    assert max(opened(read_stored, large).size) <= 4096
    assert large.size <= 10_000_000
    assert (large.name, large.media_type) == ("a.jpg", "image/jpeg")
    assert (transparent.name, opened(read_stored, transparent).mode) == ("b.png", "RGBA")


def test_sound_becomes_m4a_with_its_length(upload, say, platform):
    found = upload(samples.sound(2.0), "memo.wav")
    say(files=[found["id"]])

    (audio,) = sent_objects(platform)
    assert (audio["type"], found["name"]) == ("audio", "memo.m4a")
    assert 1900 <= audio["duration"] <= 2200


def test_an_mp4_goes_out_as_video_with_a_preview_picture(upload, say, platform, client, settings):
    found = upload(samples.video(), "clip.mp4")
    say(files=[found["id"]])

    (video,) = sent_objects(platform)
    assert video["type"] == "video"
    answer = client.get(video["previewImageUrl"].removeprefix(settings.PUBLIC_BASE_URL))
    assert answer["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("content", "name"),
    [(samples.PDF, "明細.pdf"), (b"plain words", "memo.txt"), (samples.video(codec="mpeg4"), "old.mp4")],
    ids=["pdf", "text", "video that LINE can't play"],
)
def test_other_files_leave_as_a_card_with_a_link(upload, say, platform, client, settings, content, name):
    found = upload(content, name)
    assert (found["kind"], found["note"]) == ("file", "goes out as a link")
    say(files=[found["id"]])

    (card,) = sent_objects(platform)
    address = card["contents"]["footer"]["contents"][0]["action"]["uri"]
    assert card["type"] == "flex"
    assert found["name"] in card["altText"]
    assert address in card["altText"]
    answer = client.get(address.removeprefix(settings.PUBLIC_BASE_URL))
    assert answer["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("content", "name", "status", "words"),
    [
        (b"", "empty.jpg", 422, "empty"),
        (samples.SVG, "logo.png", 422, "harm"),
        (b"hello", "run.exe", 422, "harm"),
        (b"MZ\x90\x00", "photo.jpg", 422, "harm"),
        (b"x" * (1024 * 1024 + 1), "big.bin", 413, "too large: more than 1 MB"),
    ],
    ids=["0 bytes", "svg with script", "forbidden extension", "renamed program", "too large"],
)
def test_what_is_refused_at_once_says_why_and_leaves_nothing(upload, settings, stored_files, content, name, status, words):
    settings.ATTACHMENT_MAX_MB = 1

    answer = upload(content, name)

    assert (answer.status_code, words in answer.json()["problem"]) == (status, True)
    assert (MediaFile.objects.count(), stored_files()) == (0, [])


@pytest.mark.parametrize("content", [samples.picture()[:700], samples.bomb()], ids=["truncated", "bomb"])
def test_a_picture_that_can_t_be_read_fails_and_can_t_be_sent(upload, say, stored_files, content):
    found = upload(content, "a.png")

    assert (found["state"], "damaged" in found["problem"]) == ("failed", True)
    assert say(files=[found["id"]]).status_code == 422
    assert (Message.objects.filter(direction="out").count(), stored_files()) == (0, [])


def test_a_file_that_isn_t_ready_yet_isn_t_sent(upload, say):
    found = upload(samples.picture(), work=False)

    answer = say(files=[found["id"]], text="with words")

    assert (answer.status_code, "isn't ready" in answer.json()["problem"]) == (422, True)
    assert Bubble.objects.count() == 0


def test_several_files_and_words_are_one_draft_that_a_double_click_sends_once(upload, say, platform):
    ids = [upload(samples.picture(), client_id=f"c{number}")["id"] for number in range(3)]

    assert [say(text="three", files=ids).status_code for _click in range(2)] == [204, 204]

    assert [message.kind for message in Message.objects.filter(direction="out").order_by("id")] == ["image"] * 3 + ["text"]
    assert [item["type"] for item in sent_objects(platform)] == ["image"] * 3 + ["text"]
    assert len(platform.sent) == 1


def test_the_same_upload_twice_is_one_file(upload, stored_files):
    first, second = upload(samples.picture()), upload(samples.picture())

    assert first["id"] == second["id"]
    assert MediaFile.objects.count() == 1
    assert len(stored_files()) == 2


def test_a_file_is_sent_once_and_by_its_owner(upload, say, script, bob, work_of_alice, open_channel):
    found = upload(samples.picture())
    assert say(files=[found["id"]]).status_code == 204

    again = say(files=[found["id"]], client_id="m2")
    assert (again.status_code, "Attach it again" in again.json()["problem"]) == (422, True)
    assert script(bob).get(f"/inbox/{work_of_alice.public_id}/upload/{found['id']}/").status_code == 404


def test_others_upload_nothing_into_my_conversation(upload, bob, charlie):
    assert upload(samples.picture(), person=bob).status_code == 422
    assert upload(samples.picture(), person=charlie).status_code == 404


def test_where_agents_may_not_send_files_nothing_is_taken_and_there_is_no_button(upload, open_channel, script, alice, work_of_alice):
    assert 'id="attach"' in script(alice).get(f"/inbox/{work_of_alice.public_id}/foot/").content.decode()

    open_channel.agents_send_attachments = False
    open_channel.save()

    answer = upload(samples.picture())
    assert (answer.status_code, "can't send files" in answer.json()["problem"]) == (422, True)
    assert 'id="attach"' not in script(alice).get(f"/inbox/{work_of_alice.public_id}/foot/").content.decode()


def test_a_discarded_file_goes_and_a_sent_one_stays(upload, say, script, alice, work_of_alice, stored_files):
    unwanted, wanted = upload(samples.picture(), client_id="a"), upload(samples.picture(), client_id="b")
    say(files=[wanted["id"]])

    for found in (unwanted, wanted):
        script(alice).post(f"/inbox/{work_of_alice.public_id}/upload/{found['id']}/discard/")
    attachments.work(seconds=60)

    assert len(stored_files()) == 2
    assert Attachment.objects.get().file.state == "ready"


def test_uploads_that_nobody_sent_go_after_a_day(upload, say, stored_files):
    old, sent = upload(samples.picture(), client_id="a"), upload(samples.picture(), client_id="b")
    say(files=[sent["id"]])
    MediaFile.objects.update(created_at="2020-01-01T00:00:00Z")

    assert attachments.forget_unsent_uploads() == 1
    assert MediaFile.objects.get(public_id=old["id"]).state == "purged"
    assert len(stored_files()) == 2


def test_a_failed_picture_can_be_sent_again(upload, say, platform, work_of_alice, alice):
    found = upload(samples.picture())
    platform.answers = [SendResult(outcome=Outcome.REJECTED, status=400, error="no")]
    say(files=[found["id"]])
    sending.drain(seconds=60)

    composer.send_again(message_id=Message.objects.get(direction="out").pk, actor=alice.user)
    assert [item["type"] for item in sent_objects(platform)] == ["image", "image"]
    assert Attachment.objects.count() == 2


def test_a_quote_shows_the_customer_what_is_answered(say, platform, work_of_alice):
    asked = Message.objects.get(direction="in")

    say(text="はい", quote=asked.pk)

    assert sent_objects(platform) == [{"type": "text", "text": "はい", "quoteToken": "q"}]
    assert Message.objects.get(direction="out").quoted_message_id == asked.line_message_id


def test_our_own_words_can_be_quoted_once_line_has_them(say, platform):
    platform.answers = [SendResult(outcome=Outcome.ACCEPTED, status=200, message_ids=["901"], quote_tokens=["token-of-901"])]
    say(text="first")
    sending.drain(seconds=60)

    say(text="second", quote=Message.objects.get(direction="out").pk, client_id="m2")
    assert sent_objects(platform)[-1]["quoteToken"] == "token-of-901"


@pytest.mark.parametrize("quote", ["999999", "x", "9" * 30, "-1"])
def test_what_can_t_be_quoted(say, quote):
    assert say(text="はい", quote=quote).status_code in (204, 404)
    assert all(bubble.content.get("quote_token") is None for bubble in Bubble.objects.all())


def test_a_message_of_another_customer_can_t_be_quoted(say, customer_writes, platform):
    customer_writes("secret", user="U" + "9" * 32)
    other = Message.objects.get(text="secret")

    assert say(text="はい", quote=other.pk).status_code == 404


def test_stickers_that_line_takes(say, platform):
    assert say(sticker="11537/52002734", client_id="sticker").status_code == 204
    assert sent_objects(platform) == [{"type": "sticker", "packageId": "11537", "stickerId": "52002734"}]


@pytest.mark.parametrize("sticker", ["1/1", "11537/1", "11537", "/", "11537/52002734x", "a/b/c"])
def test_stickers_that_it_doesn_t_are_refused_in_words(say, sticker):
    answer = say(sticker=sticker)

    assert (answer.status_code, answer.json()["problem"]) == (422, "This sticker can't be sent.")


def test_a_draft_is_there_on_another_device_until_it_is_sent(say, script, alice, bob, work_of_alice):
    address = f"/inbox/{work_of_alice.public_id}/draft/"
    script(alice).post(address, {"text": "まだ書いて</textarea>います"})

    foot = script(alice).get(f"/inbox/{work_of_alice.public_id}/foot/").content.decode()
    assert "まだ書いて&lt;/textarea&gt;います</textarea>" in foot
    script(bob).post(address, {"text": "bob's"})
    assert Draft.objects.count() == 2

    say(sticker="11537/52002734", client_id="sticker")
    assert Draft.objects.count() == 2
    say(text="まだ書いています")
    assert [draft.person for draft in Draft.objects.all()] == [bob.user]
    script(bob).post(address, {"text": "  "})
    assert not Draft.objects.exists()


def test_the_address_of_a_sent_file_stays_after_the_page_s_address_has_ended(upload):
    upload(samples.picture())
    file = MediaFile.objects.get()

    assert links.public_link(file).split("/")[-3] == links.FOR_EVER
    assert links.page_link(file).split("/")[-3] != links.FOR_EVER
