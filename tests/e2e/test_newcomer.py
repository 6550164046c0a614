"""The first five minutes of somebody who has never seen it: photo, offer, answer with a picture, contact, a wrong token mended."""

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from config.demo import runner, stage
from config.demo.processes import Installation
from tests.installation import running_installation

from .test_story import become_a_customer, open_door, write_as_customer
from .test_transfers import ask

pytestmark = pytest.mark.e2e
TEAPOT, BAG = stage.FILES / "teapot.jpg", stage.FILES / "bag-1.jpg"


@pytest.fixture(scope="module")
def fresh_demo() -> Iterator[Installation]:
    """A demo that nobody has touched."""
    with running_installation(demo=True) as installation:
        runner.start(installation)
        yield installation


@pytest.fixture
def desk(chromium: Browser, fresh_demo: Installation) -> Iterator[BrowserContext]:
    """A newcomer's browser; every error of a page fails the test."""
    window = chromium.new_context(
        locale="en-GB", viewport={"width": 1440, "height": 900}, base_url=f"http://localhost:{fresh_demo.web_port}"
    )
    window.set_default_timeout(20_000)
    troubles: list[str] = []
    window.on("weberror", lambda error: troubles.append(str(error.error)))
    yield window
    window.close()
    assert troubles == []


def send_photo(phone: Page, *files: Path) -> None:
    before = phone.locator("#bubbles .own img").count()
    phone.locator("#pick-photo").set_input_files([str(file) for file in files])
    expect(phone.locator("#bubbles .own img")).to_have_count(before + len(files))


def test_the_first_five_minutes(desk: BrowserContext, fresh_demo: Installation) -> None:
    home = f"http://localhost:{fresh_demo.web_port}/"
    phone = open_door(desk, home, "Be the customer")
    write_as_customer(phone, "みさき", "写真をもう一枚お送りします。")
    send_photo(phone, TEAPOT)

    alice = open_door(desk, home, "Be Alice")
    toast = alice.locator("article.offer", has_text="みさき")
    expect(toast).to_be_visible()
    expect(toast.locator("img.offer-picture")).to_be_visible()
    expect(toast.get_by_text("日本語")).to_be_visible()
    expect(toast.get_by_text(re.compile("rule 1.*first message contains 割れ"))).to_be_visible()
    assert toast.locator("img.offer-picture").evaluate("picture => picture.decode().then(() => picture.naturalWidth > 100)")

    toast.get_by_role("button", name="Accept").click()
    expect(alice.locator("#lines").get_by_text("割れて届きました")).to_be_visible()
    expect(alice.locator("#lines .picture img")).to_have_count(2)
    alice.locator("#attach-files").set_input_files(str(BAG))
    expect(alice.locator(".chip.is-ready")).to_be_visible()
    alice.locator("#composer-text").fill("交換品はこちらでよろしいでしょうか？")
    alice.locator("#composer-text").press("Enter")

    expect(phone.locator("#bubbles").get_by_text("交換品はこちら")).to_be_visible()
    expect(phone.locator("#bubbles .theirs img").last).to_be_visible()
    answer = alice.locator(".bubble-row.is-out", has_text="交換品はこちら")
    expect(answer.get_by_text(re.compile("^(free|counted)$"))).to_be_visible()
    expect(answer.get_by_text("accepted by LINE")).to_be_visible()

    alice.locator("#customer").get_by_role("button", name="New contact").click()
    expect(alice.locator("#customer").get_by_role("button", name="New contact")).to_have_count(0)
    expect(alice.locator("#customer").get_by_text("Alice made the new contact みさき")).to_be_visible()
    write_as_customer(phone, "みさき", "はい、それでお願いします！")
    expect(alice.locator("#lines").get_by_text("それでお願いします")).to_be_visible()
    expect(alice.locator("#worklist .row", has_text="みさき").get_by_text("それでお願いします")).to_be_visible()

    hand_over_to_bob(desk, home, alice)
    connect_a_second_account(desk, home, phone)


def hand_over_to_bob(desk: BrowserContext, home: str, alice: Page) -> None:
    """Bob has the other door of an agent; he is no member of the queue that the rules chose."""
    bob = open_door(desk, home, "Be Bob")
    expect(bob.locator("body[data-connected='1']")).to_be_attached()
    ask(alice, "Bob")
    bob.locator("article.offer", has_text="Alice asks you to take over").get_by_role("button", name="Accept").click()

    expect(bob.locator("#lines").get_by_text("割れて届きました")).to_be_visible()
    expect(bob.locator("#composer-text")).to_be_visible()
    expect(alice.get_by_text("Bob holds this conversation.")).to_be_visible()


def connect_a_second_account(desk: BrowserContext, home: str, phone: Page) -> None:
    """With what LINE's console gives, pasted; first the secret where the token belongs."""
    phone.locator("#console summary").click()
    phone.locator("#account-form [name=display_name]").fill("Koharu Outlet")
    phone.locator("#account-form button").click()
    channel_id, secret, token = [phone.locator("#credentials code").nth(number).inner_text() for number in range(3)]

    root = open_door(desk, home, "Be the administrator")
    root.goto(re.sub(r"/admin/.*", "/admin/channels/accounts/new/", root.url))
    root.locator("#id_name").fill("Koharu Outlet")
    root.locator(".console-button.is-main").click()
    for field, value in (("#id_channel_id", channel_id), ("#id_channel_secret", secret), ("#id_access_token", secret)):
        root.locator(field).fill(value)
    root.locator(".console-button.is-main").click()

    expect(root.get_by_text("LINE doesn't know this token.")).to_be_visible()
    expect(root.get_by_text("Messaging API › Channel access token (long-lived)")).to_be_visible()
    expect(root.locator("#id_access_token")).to_have_attribute("aria-invalid", "true")

    root.locator("#id_access_token").fill(token)
    root.locator(".console-button.is-main").click()
    root.wait_for_url(re.compile("/callback-information/"))
    expect(root.get_by_role("textbox", name="Callback URL").or_(root.locator("code", has_text="/webhooks/line/")).first).to_be_visible()


def test_a_toast_comes_at_once(desk: BrowserContext, fresh_demo: Installation) -> None:
    """The time is printed, not judged: machines differ."""
    home = f"http://localhost:{fresh_demo.web_port}/"
    phone = open_door(desk, home, "Be the customer")
    alice = open_door(desk, home, "Be Alice")
    expect(alice.locator("body[data-connected='1']")).to_be_attached()
    become_a_customer(phone, "林さくら")
    phone.locator("#words").fill("届いたお皿が割れていました。")

    began = time.perf_counter()
    phone.locator("#send").click()
    alice.locator("article.offer", has_text="林さくら").wait_for()
    seconds = time.perf_counter() - began
    sys.stdout.write(f"\ntoast after {seconds * 1000:.0f} ms\n")
