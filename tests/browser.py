"""Chromium for tests and pictures: Debian's, headless, and talking to this machine alone."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Run by root it has no sandbox; the others keep it from talking to anybody but this machine.
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
)


class NoChromium(Exception):
    """It must be installed first; `str()` says how."""


@contextmanager
def chromium() -> "Iterator[Browser]":
    """A browser until the end of the block."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise NoChromium("No Chromium here. On Debian: apt-get install chromium fonts-noto-cjk fonts-thai-tlwg")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS.split())
        yield browser
        browser.close()
