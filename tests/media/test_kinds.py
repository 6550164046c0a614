"""Names and types: nothing is believed."""

import pytest

from channels_app.media import kinds
from tests.media import samples


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("請求書.pdf", "請求書.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\system32\\cmd.txt", "cmd.txt"),
        ("bill\x00\r\n.pdf", "bill.pdf"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("  .. ", "file"),
        ("", "file"),
        ('<img src=x onerror="alert(1)">.png', "_img src=x onerror=_alert(1)__.png"),
        ("x" * 400 + ".docx", "x" * 138 + ".docx"),
    ],
)
def test_a_name_is_shown_without_path_and_control_characters(given, shown):
    assert kinds.clean_name(given) == shown


@pytest.mark.parametrize("name", ["run.exe", "run.EXE", "run.exe ", "run.exe.", "page.html", "x.svg", "run.\u200bexe"])
def test_forbidden_extensions_are_found(name):
    assert kinds.is_blocked_name(name)


@pytest.mark.parametrize("name", ["exe", "run.exe.pdf", "見積.xlsx", "photo.jpg"])
def test_others_are_not(name):
    assert not kinds.is_blocked_name(name)


@pytest.mark.parametrize(
    ("content", "media_type", "kind"),
    [
        (samples.picture(), "image/jpeg", "image"),
        (samples.picture("PNG"), "image/png", "image"),
        (samples.polyglot(), "image/gif", "image"),
        (samples.video(), "video/mp4", "video"),
        (samples.sound(), "audio/x-wav", "audio"),
        (samples.PDF, "application/pdf", "file"),
        ("ただの文".encode() * 2000, "text/plain", "file"),
        (b"\x00\x01\x02", "application/octet-stream", "file"),
    ],
)
def test_the_bytes_say_what_it_is(content, media_type, kind):
    found = kinds.sniff(content[: kinds.HEAD_BYTES])

    assert (found.media_type, found.kind) == (media_type, kind)
    assert not found.is_script


@pytest.mark.parametrize("content", [samples.SVG, b" \n<HTML>", b"<script>", b"MZ", b"\x7fELF", b"#!/bin/sh"])
def test_what_could_run_is_known_as_such(content):
    assert kinds.sniff(content).is_script
