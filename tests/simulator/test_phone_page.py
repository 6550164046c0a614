"""The phone page in a real browser."""

import functools
import http.server
import re
import threading
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.late import Late

from .phone import open_chat
from .receiver import WebhookReceiver
from .server import CHANNEL, SimulatorProcess

pytestmark = pytest.mark.e2e


@pytest.fixture
def misaki(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver) -> str:
    line_simulator.add_channel(webhook_receiver.url, display_name="Koharu Support")
    return line_simulator.add_user("みさき🐰", language="ja")


def push(simulator: SimulatorProcess, to: str, text: str) -> None:
    data = {"to": to, "messages": [{"type": "text", "text": text}]}
    assert simulator.line("POST", "/v2/bot/message/push", data).status == 200


def test_what_is_typed_is_sent_with_enter_and_the_answer_appears_by_itself(
    page: Page, line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    open_chat(page, line_simulator, misaki)
    words = page.get_by_label("Message", exact=True)
    words.fill("急須が割れて届きました")
    words.press("Shift+Enter")
    words.type("交換をお願いします")
    words.press("Enter")
    expect(page.locator(".bubble.own")).to_have_text(re.compile("急須が割れて届きました\n交換をお願いします"))
    event = webhook_receiver.wait_for(1)[0].events[0]
    reply = {"replyToken": event["replyToken"], "messages": [{"type": "text", "text": "承知しました"}]}
    line_simulator.line("POST", "/v2/bot/message/reply", reply)
    push(line_simulator, misaki, "発送しました")

    assert event["message"]["text"] == "急須が割れて届きました\n交換をお願いします"
    expect(page.locator(".bubble.theirs")).to_have_count(2)
    expect(page.locator(".bubble.theirs").nth(0)).to_contain_text("reply · free")
    expect(page.locator(".bubble.theirs").nth(1)).to_contain_text("push · counted")


def test_enter_that_chooses_a_candidate_sends_nothing(page: Page, line_simulator: SimulatorProcess, misaki: str) -> None:
    open_chat(page, line_simulator, misaki)
    words = page.get_by_label("Message", exact=True)
    words.fill("きゅうす")
    words.evaluate(
        "field => field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
    )
    words.evaluate(
        "field => field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true, cancelable: true}))"
    )

    expect(words).to_have_value("きゅうす")
    assert line_simulator.chat(misaki) == []


def test_a_sticker_and_a_place_can_be_sent_by_keyboard(page: Page, line_simulator: SimulatorProcess, misaki: str) -> None:
    open_chat(page, line_simulator, misaki)
    page.get_by_role("button", name="Stickers").press("Enter")
    page.get_by_role("button", name="Thank you").press("Enter")
    expect(page.get_by_role("img", name="Sticker: Thank you")).to_be_visible()
    page.get_by_role("button", name="Attach").press("Enter")
    page.get_by_role("button", name="Send a location").press("Enter")
    expect(page.locator(".bubble.location")).to_be_visible()

    assert [bubble["type"] for bubble in line_simulator.chat(misaki)] == ["sticker", "location"]


def test_a_message_can_be_unsent(page: Page, line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.send(misaki, "my card number is 1234")
    open_chat(page, line_simulator, misaki)
    page.get_by_role("button", name="Unsend: my card number is 1234").press("Enter")
    page.get_by_role("button", name="Unsend", exact=True).click()

    expect(page.get_by_text("You unsent a message")).to_be_visible()
    expect(page.get_by_text("my card number")).to_have_count(0)


def test_the_same_chat_is_there_on_every_device(page: Page, line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.send(misaki, "started on the web page")
    open_chat(page, line_simulator, misaki, "&device=web")
    expect(page.locator("body")).to_have_attribute("data-device", "web")

    for device in ("Phone", "Desktop"):
        page.get_by_label(device).check(force=True)
        expect(page.locator("body")).to_have_attribute("data-device", device.lower())
        expect(page.locator(".bubble")).to_contain_text("started on the web page")


def test_a_new_customer_can_be_added_and_writes(
    page: Page, line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    open_chat(page, line_simulator, misaki)
    page.get_by_text("New customer").click()
    page.locator("#customer-form").get_by_label("Name").fill("<b>Daniel</b> W.")
    page.locator("#customer-form").get_by_label("Language").select_option("en")
    page.get_by_role("button", name="Add the account as a friend").click()
    expect(page.get_by_text("as <b>Daniel</b> W.")).to_be_visible()
    expect(page.get_by_label("Message", exact=True)).to_be_focused()

    assert webhook_receiver.wait_for(1)[0].events[0]["type"] == "follow"
    assert {user["language"] for user in line_simulator.get("/sim/users")["users"]} == {"ja", "en"}


def test_a_list_that_comes_late_takes_no_new_customer_away(page: Page, line_simulator: SimulatorProcess, misaki: str) -> None:
    open_chat(page, line_simulator, misaki)
    late = Late(page, "**/sim/users?channel_id=*")
    late.wait()

    page.locator("#new-customer summary").click()
    page.locator("#customer-form").get_by_label("Name").fill("高橋健一")
    page.locator("#customer-form button").click()
    expect(page.locator("#customers [aria-current]")).to_contain_text("高橋健一")
    with page.expect_response("**/sim/faults"):
        late.let_go()

    expect(page.locator("#customers [aria-current]")).to_contain_text("高橋健一")
    expect(page.locator("#customers button")).to_have_count(2)


def test_blocking_closes_the_chat_and_unblocking_opens_it(page: Page, line_simulator: SimulatorProcess, misaki: str) -> None:
    open_chat(page, line_simulator, misaki)
    page.get_by_role("button", name="Block").click()
    expect(page.get_by_role("status")).to_contain_text("You have blocked this account")
    expect(page.get_by_label("Message", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Unblock").click()

    expect(page.get_by_label("Message", exact=True)).to_be_enabled()


def test_trouble_can_be_made_and_ended(page: Page, line_simulator: SimulatorProcess, misaki: str) -> None:
    open_chat(page, line_simulator, misaki)
    trouble = page.locator("#trouble")
    trouble.locator("select[name=status]").select_option("500")
    trouble.get_by_label("Times").fill("")
    trouble.get_by_role("button", name="Make trouble").click()
    expect(trouble.get_by_text("push: 500 × ∞")).to_be_visible()
    during = line_simulator.line("POST", "/v2/bot/message/push", {"to": misaki, "messages": [{"type": "text", "text": "a"}]}).status
    trouble.get_by_role("button", name="End all trouble").click()
    expect(trouble.get_by_text("push: 500 × ∞")).to_have_count(0)

    assert during == 500
    push(line_simulator, misaki, "well again")


def test_an_account_is_made_with_what_a_wizard_asks_for(
    page: Page, line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver
) -> None:
    page.goto(line_simulator.url)
    page.get_by_text("Accounts and webhook").click()
    page.locator("#account-form").get_by_label("Name").fill("Second shop")
    page.get_by_role("button", name="Make an account").click()
    expect(page.locator("#credentials code")).to_have_count(3)
    channel_id, _, token = page.locator("#credentials code").all_text_contents()
    page.get_by_label("Webhook URL of the chosen account").fill(webhook_receiver.url)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Saved")).to_be_visible()

    assert line_simulator.line("GET", "/v2/bot/info", token=token).json["displayName"] == "Second shop"
    assert line_simulator.get("/sim/channels")["channels"][0]["webhook_url"] == webhook_receiver.url
    assert re.fullmatch(r"165\d{7}", channel_id)


def test_markup_in_a_message_stays_text(page: Page, line_simulator: SimulatorProcess, misaki: str) -> None:
    push(line_simulator, misaki, "<img src=x onerror=alert(1)> https://example.com/a?b=1&c=2")
    open_chat(page, line_simulator, misaki)

    expect(page.locator(".bubble.theirs .content")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(page.locator(".bubble.theirs .content a")).to_have_attribute("href", "https://example.com/a?b=1&c=2")


@pytest.mark.parametrize(
    ("language", "title"), [("ja", "LINE シミュレーター"), ("es", "Simulador de LINE"), ("da", "LINE-simulator"), ("xx", "LINE simulator")]
)
def test_the_page_speaks_the_language_asked_for(
    page: Page, line_simulator: SimulatorProcess, misaki: str, language: str, title: str
) -> None:
    page.goto(f"{line_simulator.url}/?lang={language}")

    expect(page.get_by_role("heading", name=title)).to_be_visible()


@pytest.mark.parametrize("width", [390, 768, 1440])
@pytest.mark.parametrize("device", ["phone", "desktop", "web"])
def test_nothing_sticks_out_sideways(page: Page, line_simulator: SimulatorProcess, misaki: str, width: int, device: str) -> None:
    push(line_simulator, misaki, "https://example.com/" + "long" * 60)
    line_simulator.send(misaki, "長い" * 200)
    page.set_viewport_size({"width": width, "height": 800})
    open_chat(page, line_simulator, misaki, f"&device={device}")
    expect(page.locator(".bubble")).to_have_count(2)

    for selector in ("html", "#log"):
        assert page.locator(selector).evaluate("element => element.scrollWidth <= element.clientWidth")


def test_the_phone_can_stand_in_a_page_of_this_machine(page: Page, line_simulator: SimulatorProcess, misaki: str, tmp_path: Path) -> None:
    address = f"{line_simulator.url}/?channel_id={CHANNEL}&user_id={misaki}"
    (tmp_path / "demo.html").write_text(
        f'<!doctype html><link rel="icon" href="data:,"><iframe title="Phone" src="{address}" width="390" height="700"></iframe>'
    )
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        page.goto(f"http://customer.localhost:{server.server_port}/demo.html")
        phone = page.frame_locator("iframe")
        phone.get_by_label("Message", exact=True).fill("from a frame")
        phone.get_by_label("Message", exact=True).press("Enter")
        expect(phone.locator(".bubble.own")).to_contain_text("from a frame")
    finally:
        server.shutdown()
        server.server_close()
