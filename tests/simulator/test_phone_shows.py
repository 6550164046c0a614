"""The phone page in a real browser: what accounts send besides text."""

import pytest
from playwright.sync_api import Page, expect

from .phone import is_drawn, messages, open_chat, picture_of, push
from .receiver import WebhookReceiver
from .server import SimulatorProcess

pytestmark = pytest.mark.e2e


@pytest.fixture
def misaki(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver) -> str:
    line_simulator.add_channel(webhook_receiver.url, display_name="Koharu Support")
    return line_simulator.add_user("みさき🐰", language="ja")


def test_the_account_quotes_a_photo_and_an_unsent_one_leaves_a_mark(page: Page, line_simulator: SimulatorProcess, misaki: str) -> None:
    message_id = line_simulator.send(misaki, {"type": "image"})["message_id"]
    token = line_simulator.chat(misaki)[0]["quote_token"]
    push(line_simulator, misaki, {"type": "text", "text": "確認しました", "quoteToken": token})
    open_chat(page, line_simulator, misaki)
    strip = page.locator(".bubble.theirs .quote")
    expect(strip).to_contain_text("みさき🐰")
    assert is_drawn(strip.locator("img"))
    line_simulator.unsend(misaki, message_id)

    expect(page.locator(".bubble.theirs .quote")).to_have_text("The message is not available")


def test_pictures_films_and_sounds_of_the_account_are_shown(page: Page, line_simulator: SimulatorProcess, misaki: str) -> None:
    shown = {
        kind: picture_of(line_simulator, line_simulator.send(misaki, {"type": kind})["message_id"]) for kind in ("image", "video", "audio")
    }
    push(
        line_simulator,
        misaki,
        {"type": "image", "originalContentUrl": shown["image"] + "?original", "previewImageUrl": shown["image"]},
        {"type": "video", "originalContentUrl": shown["video"], "previewImageUrl": shown["image"]},
        {"type": "audio", "originalContentUrl": shown["audio"], "duration": 61_000},
        {"type": "sticker", "packageId": "11537", "stickerId": "52002734"},
    )
    open_chat(page, line_simulator, misaki)
    theirs = page.locator(".bubble.theirs")

    assert is_drawn(theirs.locator(".picture img"))
    expect(theirs.locator("a.picture")).to_have_attribute("href", shown["image"] + "?original")
    expect(theirs.locator("video")).to_have_attribute("poster", shown["image"])
    expect(theirs.locator(".sound")).to_contain_text("1:01")
    assert is_drawn(theirs.locator(".sticker-picture"))


def test_a_picture_that_cannot_be_had_leaves_a_mark(page: Page, line_simulator: SimulatorProcess, misaki: str) -> None:
    address = f"{line_simulator.url}/static/simulator/page.css"
    push(line_simulator, misaki, {"type": "image", "originalContentUrl": address, "previewImageUrl": address})
    line_simulator.send(misaki, {"type": "image", "media_id": line_simulator.upload("image", b"no picture", "image/jpeg")})
    open_chat(page, line_simulator, misaki)

    expect(page.get_by_text("Picture cannot be shown")).to_have_count(2)


CARD = {
    "type": "bubble",
    "body": {
        "type": "box",
        "layout": "horizontal",
        "contents": [
            {"type": "text", "text": "📄", "size": "xxl", "flex": 0},
            {
                "type": "box",
                "layout": "vertical",
                "contents": [
                    {"type": "text", "text": "見積.pdf", "weight": "bold", "wrap": True},
                    {"type": "text", "text": "1 MB", "size": "xs", "color": "#5B6576"},
                    {"type": "separator"},
                ],
            },
        ],
    },
    "footer": {
        "type": "box",
        "layout": "vertical",
        "contents": [
            {"type": "button", "style": "primary", "action": {"type": "uri", "label": "Open", "uri": "https://example.com/a"}},
            {"type": "button", "action": {"type": "message", "label": "Yes", "text": "Yes, please"}},
        ],
    },
}


def test_a_card_is_drawn_with_its_texts_and_buttons(
    page: Page, line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    push(line_simulator, misaki, {"type": "flex", "altText": "A card", "contents": CARD})
    open_chat(page, line_simulator, misaki)
    card = page.get_by_role("group", name="A card")
    expect(card.get_by_text("見積.pdf")).to_have_css("font-weight", "700")
    expect(card.get_by_text("1 MB")).to_have_css("font-size", "13px")
    expect(card.get_by_text("1 MB")).to_have_css("color", "rgb(91, 101, 118)")
    expect(card.get_by_role("link", name="Open")).to_have_attribute("href", "https://example.com/a")
    expect(card.get_by_role("link", name="Open")).to_have_attribute("rel", "noopener noreferrer")
    card.get_by_role("button", name="Yes").click()

    assert messages(webhook_receiver, 1)[0]["text"] == "Yes, please"


def test_a_carousel_and_templates_are_drawn(page: Page, line_simulator: SimulatorProcess, misaki: str) -> None:
    actions = [{"type": "message", "label": "Yes", "text": "Yes"}, {"type": "message", "label": "No", "text": "No"}]
    push(
        line_simulator,
        misaki,
        {"type": "flex", "altText": "Two cards", "contents": {"type": "carousel", "contents": [CARD, CARD]}},
        {"type": "template", "altText": "Sure?", "template": {"type": "confirm", "text": "Are you sure?", "actions": actions}},
        {"type": "template", "altText": "Menu", "template": {"type": "buttons", "title": "Menu", "text": "Choose", "actions": actions}},
        {"type": "template", "altText": "Row", "template": {"type": "carousel", "columns": [{"text": "One", "actions": actions}] * 2}},
    )
    open_chat(page, line_simulator, misaki)

    expect(page.get_by_role("group", name="Two cards").locator(".flex-bubble")).to_have_count(2)
    expect(page.get_by_role("group", name="Sure?")).to_contain_text("Are you sure?")
    expect(page.get_by_role("group", name="Menu").get_by_role("button")).to_have_text(["Yes", "No"])
    expect(page.get_by_role("group", name="Row").locator(".flex-bubble")).to_have_count(2)


# Cards that LINE would refuse: whatever comes, the page draws the rest and opens nothing strange.
ODD_CARDS = """async () => {
  const { drawFlex, isOpenable } = await import("/static/simulator/flex.js");
  const { drawTemplate } = await import("/static/simulator/templates.js");
  let nested = { type: "box", layout: "vertical", contents: [{ type: "hologram" }, { type: "text" }, { type: "image" }, null] };
  for (let depth = 0; depth < 100; depth += 1) nested = { type: "box", layout: "horizontal", contents: [nested] };
  const action = { type: "uri", label: "Bad", uri: "javascript:alert(1)" };
  const bad = { type: "box", layout: "vertical", contents: [{ type: "button", action }], backgroundColor: "url(https://example.com)" };
  const odd = [undefined, {}, { type: "bubble" }, { type: "carousel" }, { type: "bubble", body: nested }];
  for (const contents of odd) drawFlex({ message: { contents } });
  for (const template of [undefined, {}, { type: "buttons" }, { type: "carousel", columns: [{}] }]) drawTemplate({ message: { template } });
  const drawn = drawFlex({ message: { contents: { type: "bubble", body: bad } } });
  const openable = ["javascript:alert(1)", "data:text/html,a", "file:///a", "nonsense", "https://example.com", "tel:1"].filter(isOpenable);
  const one = (selector) => drawn.querySelector(selector);
  return [drawn.querySelectorAll("a").length, one("button").disabled, one(".flex-box").style.cssText, openable];
}"""


def test_odd_cards_break_nothing_and_open_nothing(page: Page, line_simulator: SimulatorProcess, misaki: str) -> None:
    open_chat(page, line_simulator, misaki)

    links, disabled, style, openable = page.evaluate(ODD_CARDS)
    assert (links, disabled, openable) == (0, True, ["https://example.com", "tel:1"])
    assert "url" not in style


def test_text_with_substitutions_is_drawn(page: Page, line_simulator: SimulatorProcess, misaki: str) -> None:
    heart = {"type": "emoji", "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "007"}
    push(line_simulator, misaki, {"type": "textV2", "text": "{heart} thanks {{order}}", "substitution": {"heart": heart}})
    open_chat(page, line_simulator, misaki)
    content = page.locator(".bubble.theirs .content")

    expect(content).to_have_text(" thanks {order}")
    assert is_drawn(content.locator(".emoji"))


@pytest.mark.parametrize("width", [390, 1440])
def test_no_kind_of_bubble_sticks_out_sideways(page: Page, line_simulator: SimulatorProcess, misaki: str, width: int) -> None:
    for kind in ("image", "video", "audio", "file", "location", "sticker"):
        line_simulator.send(misaki, {"type": kind})
    line_simulator.send(misaki, {"type": "file", "fileName": "long" * 60 + ".pdf"})
    push(line_simulator, misaki, {"type": "flex", "altText": "Cards", "contents": {"type": "carousel", "contents": [CARD] * 3}})
    page.set_viewport_size({"width": width, "height": 800})
    open_chat(page, line_simulator, misaki)
    expect(page.locator(".bubble")).to_have_count(8)

    for selector in ("html", "#log"):
        assert page.locator(selector).evaluate("element => element.scrollWidth <= element.clientWidth")


def test_quick_replies_belong_to_the_newest_message(
    page: Page, line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    yes = {"type": "action", "action": {"type": "message", "label": "Yes", "text": "Yes, please"}}
    more = {"type": "action", "action": {"type": "uri", "label": "More", "uri": "https://example.com/more"}}
    push(line_simulator, misaki, {"type": "text", "text": "Shall we?", "quickReply": {"items": [yes, more]}})
    open_chat(page, line_simulator, misaki)
    choices = page.locator(".quick-replies")
    expect(choices.get_by_role("link", name="More")).to_have_attribute("href", "https://example.com/more")
    choices.get_by_role("button", name="Yes").click()

    assert messages(webhook_receiver, 1)[0]["text"] == "Yes, please"
    expect(choices).to_have_count(0)
