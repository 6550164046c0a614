"""Handing files out: by signed address only, in ranges, and so that nothing in them runs."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from channels_app.media import keeping, links, storing
from channels_app.models import MediaFile
from tests.media import samples


@pytest.fixture
def make_file(db, account, tmp_path):
    """A ready file: `make_file(bytes, media_type="image/png", kind="image")`."""

    def make(content=b"0123456789", *, preview=b"", **fields):
        path = tmp_path / "made"
        path.write_bytes(content)
        stored = storing.keep(path, suffix="bin")
        shown = ""
        if preview:
            path.write_bytes(preview)
            shown = storing.keep(path, suffix="jpg")
        number = MediaFile.objects.count()
        given = {"origin": "content", "kind": "file", "media_type": "text/plain", "name": "memo.txt", "size": len(content)} | fields
        return MediaFile.objects.create(account=account, source=f"m{number}", state="ready", stored=stored, preview=shown, **given)

    return make


def body(answer):
    return b"".join(answer.streaming_content)


def test_a_signed_address_gives_the_file(client, make_file):
    file = make_file(samples.picture("PNG"), kind="image", media_type="image/png", name="写真.png")

    answer = client.get(links.page_link(file))

    assert (answer.status_code, answer["Content-Type"], body(answer)) == (200, "image/png", samples.picture("PNG"))
    assert answer["Content-Disposition"] == "inline; filename*=utf-8''%E5%86%99%E7%9C%9F.png"
    assert answer["Content-Length"] == str(len(samples.picture("PNG")))


def test_what_a_browser_might_run_is_handed_over_as_a_download_and_sandboxed(client, make_file):
    for media_type in ("text/html", "image/svg+xml", "text/plain", "application/xhtml+xml", "application/pdf"):
        answer = client.get(links.page_link(make_file(samples.SVG, media_type=media_type, name="a.html")))

        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Content-Type"] in ("application/octet-stream", "application/pdf")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert "script-src" not in answer["Content-Security-Policy"]
        assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_a_polyglot_stays_the_picture_that_its_bytes_are(client, make_file):
    answer = client.get(links.page_link(make_file(samples.polyglot(), kind="image", media_type="image/gif", name="a.html")))

    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/gif", "nosniff")


@pytest.mark.parametrize(
    ("asked", "status", "part", "content_range"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=-50", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=5-2", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
        ("items=0-3", 200, b"0123456789", None),
        ("bytes=" + "9" * 30 + "-", 200, b"0123456789", None),
    ],
)
def test_ranges(client, make_file, asked, status, part, content_range):
    answer = client.get(links.page_link(make_file()), headers={"range": asked})

    assert answer.status_code == status
    assert (body(answer) if answer.streaming else answer.content) == part
    assert answer.get("Content-Range") == content_range


def test_head_tells_the_length_and_no_more(client, make_file):
    answer = client.head(links.page_link(make_file()))

    assert (answer.status_code, answer["Content-Length"], answer["Accept-Ranges"], answer.content) == (200, "10", "bytes", b"")


def test_nothing_but_reading(client, make_file):
    assert client.post(links.page_link(make_file())).status_code == 405


def test_a_page_s_address_ends_and_a_sent_one_stays(client, make_file, settings):
    file = make_file()
    page, public = links.page_link(file), links.public_link(file).removeprefix(settings.PUBLIC_BASE_URL)

    with time_machine.travel(timezone.now() + datetime.timedelta(days=2)):
        assert client.get(page).status_code == 200
    with time_machine.travel(timezone.now() + datetime.timedelta(days=3, hours=1)):
        assert client.get(page).status_code == 404
        assert client.get(public).status_code == 200


def test_a_page_s_address_is_the_same_all_day(make_file):
    file = make_file()
    with time_machine.travel("2026-11-21T00:10:00Z"):
        morning = links.page_link(file)
    with time_machine.travel("2026-11-21T23:50:00Z"):
        assert links.page_link(file) == morning


def test_an_address_for_one_thing_opens_nothing_else(client, make_file):
    file, other = make_file(preview=samples.picture()), make_file(b"secret")
    address = links.page_link(file)
    signature = address.split("/")[5]

    assert client.get(address.replace(file.public_id, other.public_id)).status_code == 404
    assert client.get(address.replace("/original/", "/preview/")).status_code == 404
    assert client.get(address.replace(f"/{address.split('/')[4]}/", "/0/")).status_code == 404
    assert client.get(address.replace(signature, signature[:-1] + ("A" if signature[-1] != "A" else "B"))).status_code == 404
    assert client.get(links.page_link(file, links.PREVIEW)).status_code == 200


def test_what_was_taken_back_is_gone_at_once_also_by_the_address_that_was_sent(client, make_file, settings):
    file = make_file(preview=samples.picture())
    addresses = [
        links.page_link(file),
        links.page_link(file, links.PREVIEW),
        links.public_link(file).removeprefix(settings.PUBLIC_BASE_URL),
    ]

    keeping.take_back(MediaFile.objects.filter(pk=file.pk))

    assert [client.get(address).status_code for address in addresses] == [410, 410, 410]


def test_a_browser_asks_before_it_shows_a_file_again_and_is_told_that_it_was_taken_back(client, make_file):
    file = make_file(samples.picture(), kind="image", media_type="image/png", preview=samples.picture())

    for address in (links.page_link(file), links.page_link(file, links.PREVIEW)):
        first = client.get(address)
        again = client.get(address, headers={"if-none-match": first["ETag"]})
        assert first["Cache-Control"] == again["Cache-Control"] == "private, no-cache"
        assert (again.status_code, again.content) == (304, b"")

    keeping.take_back(MediaFile.objects.filter(pk=file.pk))

    gone = client.get(address, headers={"if-none-match": first["ETag"]})
    assert (gone.status_code, gone["Cache-Control"]) == (410, "no-store")


def test_what_a_browser_kept_stays_sandboxed_after_it_asked(client, make_file):
    """It puts the headers of the answer "unchanged" in the place of those that it kept."""
    address = links.page_link(make_file(samples.SVG, media_type="image/svg+xml", name="a.svg"))
    first = client.get(address)

    again = client.get(address, headers={"if-none-match": first["ETag"]})

    for name in ("Content-Security-Policy", "Content-Disposition", "X-Content-Type-Options", "Cross-Origin-Resource-Policy"):
        assert again[name] == first[name]


def test_file_and_preview_and_other_files_are_not_taken_for_one_another(client, make_file):
    file, other = make_file(preview=samples.picture()), make_file()
    addresses = [links.page_link(file), links.page_link(file, links.PREVIEW), links.page_link(other)]

    tags = [client.get(address)["ETag"] for address in addresses]

    assert len(set(tags)) == 3
    assert client.get(addresses[1], headers={"if-none-match": tags[0]}).status_code == 200
    assert file.stored[3:20] not in tags[0]


def test_a_part_is_given_only_of_the_file_that_the_browser_knows(client, make_file):
    address = links.page_link(make_file())
    tag = client.head(address)["ETag"]

    assert client.get(address, headers={"range": "bytes=4-", "if-range": tag}).status_code == 206
    assert client.get(address, headers={"range": "bytes=4-", "if-range": '"another"'}).status_code == 200


def test_stickers_and_portraits_are_kept_for_an_hour(client, make_file):
    file = make_file(samples.picture(), origin="link", kind="image", media_type="image/png")

    assert client.get(links.page_link(file))["Cache-Control"] == "private, max-age=3600"


def test_a_file_that_vanished_from_the_disk_is_404(client, make_file):
    file = make_file()
    storing.forget(file.stored)

    assert client.get(links.page_link(file)).status_code == 404


def test_the_name_in_an_address_is_only_decoration(client, make_file):
    address = links.page_link(make_file(name="a.txt"))

    assert client.get(address.replace("a.txt", "b.html"))["Content-Disposition"] == 'attachment; filename="a.txt"'
