"""Chromium for tests and pictures: Debian's, headless, and talking to this machine alone."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.slowness import SLOWER, slow_down

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Run by root it has no sandbox; the others keep it from talking to anybody but this machine.
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
)
# What a page shows in the end is awaited as long as a slow and busy machine takes: a test that passes doesn't wait for it.
PATIENCE_MS = 15_000


class NoChromium(Exception):
    """It must be installed first; `str()` says how."""


@contextmanager
def chromium() -> "Iterator[Browser]":
    """A browser until the end of the block."""
    from playwright.sync_api import expect, sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise NoChromium("No Chromium here. On Debian: apt-get install chromium fonts-noto-cjk fonts-thai-tlwg")
    expect.set_options(timeout=PATIENCE_MS * SLOWER)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS.split())
        if SLOWER > 1:
            slow_down(browser)
        yield browser
        browser.close()
