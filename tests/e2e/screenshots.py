"""`make screenshots`: plays the demo's story in a browser and keeps its pictures in `docs/images/`."""

import base64
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from config.demo import runner
from config.demo.processes import Installation
from tests.browser import chromium
from tests.installation import running_installation

from .test_story import accept_offer_of, open_door, write_as_customer

IMAGES = Path(__file__).resolve().parent.parent.parent / "docs" / "images"
SIZE = {"width": 1240, "height": 820}


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with running_installation(demo=True) as installation, chromium() as browser:
        runner.start(installation)
        play(browser, installation)
    for picture in sorted(IMAGES.glob("*.png")):
        sys.stdout.write(f"docs/images/{picture.name} {picture.stat().st_size // 1024} KiB\n")


def play(browser: Browser, installation: Installation) -> None:
    home = f"http://localhost:{installation.web_port}/"
    window = browser.new_context(locale="en-GB", viewport=SIZE, device_scale_factor=2)
    window.set_default_timeout(20_000)
    phone, alice = open_door(window, home, "Be the customer"), open_door(window, home, "Be Alice")
    answer_misaki(phone, alice)
    story(browser, phone, alice)
    bob = open_door(window, home, "Be Bob")
    expect(bob.locator("article.offer")).to_have_count(1, timeout=30_000)
    bob.locator("[data-row]", has_text="พลอย").click()
    expect(bob.locator("#composer-text")).to_be_visible()
    bob.emulate_media(color_scheme="dark")
    keep(bob, "offers")
    keep(open_door(window, home, "Be the supervisor"), "floor")
    root = open_door(window, home, "Be the administrator")
    root.set_viewport_size({"width": 1440, "height": 820})
    keep(root, "checklist")
    root.get_by_role("link", name="Routing rules").first.click()
    keep(root, "rules")
    window.close()


def answer_misaki(phone: Page, alice: Page) -> None:
    accept_offer_of(alice, "みさき")
    say(alice, "みさき様、割れて届いてしまい申し訳ありません。交換品をすぐにお送りします。")
    expect(phone.locator("#bubbles").get_by_text("交換品をすぐにお送りします。")).to_be_visible()
    say(alice, "配送の箱はまだお手元にありますか？")
    expect(phone.locator("#bubbles").get_by_text("まだお手元に")).to_be_visible()
    write_as_customer(phone, "みさき", "ありがとうございます！箱は捨ててしまったのですが大丈夫でしょうか？")
    expect(alice.get_by_text("箱は捨ててしまった").last).to_be_visible()
    say(alice, "はい、箱がなくても大丈夫です。明日の午前中にお届けします。🫖")
    expect(phone.locator("#bubbles").get_by_text("明日の午前中")).to_be_visible()
    say(alice, "お届けの前に、お電話でご連絡いたします。")
    expect(phone.locator("#bubbles").get_by_text("お電話でご連絡")).to_be_visible()
    expect(alice.get_by_text("free", exact=True).first).to_be_visible()


def say(inbox: Page, words: str) -> None:
    inbox.locator("#composer-text").fill(words)
    inbox.locator("#composer-text").press("Enter")


def keep(page: Page, name: str) -> None:
    page.wait_for_timeout(800)
    page.screenshot(path=IMAGES / f"{name}.png", scale="css")


def story(browser: Browser, phone: Page, inbox: Page) -> None:
    """Phone and inbox beside each other on one sheet."""
    left = base64.b64encode(phone.locator(".device").screenshot()).decode()
    right = base64.b64encode(inbox.screenshot()).decode()
    sheet = browser.new_page(viewport={"width": 1700, "height": 860}, device_scale_factor=1)
    sheet.set_content(
        "<style>body{margin:0;height:860px;display:flex;gap:28px;align-items:center;justify-content:center;background:#e7e9ee}"
        "img{height:800px;border-radius:14px;box-shadow:0 8px 30px #0003}</style>"
        f"<img src='data:image/png;base64,{left}'><img src='data:image/png;base64,{right}'>"
    )
    sheet.wait_for_timeout(300)
    sheet.screenshot(path=IMAGES / "story.png")
    sheet.close()


if __name__ == "__main__":
    main()
