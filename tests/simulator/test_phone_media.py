"""The phone page in a real browser: files, quotes, emoji, mentions, and what accounts send besides text."""

import re

import pytest
from playwright.sync_api import Page, expect

from channels_app.simulator.media import SAMPLES

from .phone import is_drawn, messages, open_chat, picture_of, push
from .receiver import WebhookReceiver
from .server import PROJECT, SimulatorProcess

pytestmark = pytest.mark.e2e

PICTURE = SAMPLES / "image.jpg"
LANGUAGES = ("en", "ja", "es", "da")
# Hands files over as the system does when somebody pastes or drops them.
HAND_OVER = """(target, [kind, names]) => {
  const transfer = new DataTransfer();
  for (const [name, type] of names) transfer.items.add(new File(["bytes of " + name], name, { type }));
  const init = { bubbles: true, cancelable: true };
  if (kind === "paste") return target.dispatchEvent(new ClipboardEvent("paste", { ...init, clipboardData: transfer }));
  target.dispatchEvent(new DragEvent("dragover", { ...init, dataTransfer: transfer }));
  return target.dispatchEvent(new DragEvent("drop", { ...init, dataTransfer: transfer }));
}"""


@pytest.fixture
def misaki(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver) -> str:
    line_simulator.add_channel(webhook_receiver.url, display_name="Koharu Support")
    return line_simulator.add_user("みさき🐰", language="ja")


# --- What the customer sends -------------------------------------------------------------------------


def test_a_photo_is_chosen_and_seen_by_the_sender(
    page: Page, line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    open_chat(page, line_simulator, misaki)
    page.get_by_role("button", name="Attach").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Photos").click()
    chooser.value.set_files(PICTURE)

    (message,) = messages(webhook_receiver, 1)
    assert is_drawn(page.locator(".bubble.own.image img"))
    assert message["type"] == "image"
    assert "imageSet" not in message
    content = line_simulator.line("GET", f"/v2/bot/message/{message['id']}/content")
    assert (content.body, content.headers["content-type"]) == (PICTURE.read_bytes(), "image/jpeg")
    expect(page.locator("#uploads li")).to_have_count(0)


def test_several_photos_at_once_are_one_grid(
    page: Page, line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    open_chat(page, line_simulator, misaki)
    page.locator("#pick-photo").set_input_files([PICTURE, PICTURE, PICTURE])
    expect(page.locator(".image-set .picture")).to_have_count(3)
    sent = messages(webhook_receiver, 3)

    assert [message["imageSet"]["index"] for message in sent] == [1, 2, 3]
    expect(page.locator(".bubble")).to_have_count(1)
    expect(page.get_by_role("link", name="Picture 2 of 3")).to_be_visible()
    page.get_by_role("button", name="Unsend: Picture").press("Enter")
    page.get_by_role("button", name="Unsend", exact=True).click()
    expect(page.locator(".image-set")).to_have_count(0)
    assert [call.events[0]["type"] for call in webhook_receiver.wait_for(6)[3:]] == ["unsend"] * 3


@pytest.mark.parametrize(("kind", "name", "duration"), [("video", "video.mp4", 2000), ("voice", "audio.m4a", 3000)])
def test_a_video_and_a_voice_message_tell_how_long_they_are(
    page: Page, line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str, kind: str, name: str, duration: int
) -> None:
    open_chat(page, line_simulator, misaki)
    page.locator(f"#pick-{kind}").set_input_files(SAMPLES / name)

    (message,) = messages(webhook_receiver, 1)
    assert message["type"] == {"video": "video", "voice": "audio"}[kind]
    assert abs(message["duration"] - duration) < 200
    play = page.locator(".bubble.own").get_by_role("button", name="Play")
    expect(play).to_be_visible()
    play.click()
    player = page.locator(".bubble.own :is(video, audio)")
    page.wait_for_function("player => player.currentTime > 0", arg=player.element_handle())


def test_a_file_shows_its_name_and_size(
    page: Page, line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    open_chat(page, line_simulator, misaki)
    page.locator("#pick-file").set_input_files({"name": "見積 <b>.pdf", "mimeType": "application/pdf", "buffer": b"a" * 12_345})

    (message,) = messages(webhook_receiver, 1)
    assert (message["type"], message["fileName"], message["fileSize"]) == ("file", "見積 <b>.pdf", 12_345)
    card = page.locator(".bubble.own .file-card")
    expect(card).to_contain_text("見積 <b>.pdf")
    expect(card).to_contain_text("12 kB")


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_what_is_pasted_or_dropped_is_sent_by_its_kind(
    page: Page, line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str, kind: str
) -> None:
    open_chat(page, line_simulator, misaki)
    files = [["a.png", "image/png"], ["b.svg", "image/svg+xml"], ["c.mp3", "audio/mpeg"], ["d.jpg", "image/jpeg"]]
    page.get_by_label("Message", exact=True).evaluate(HAND_OVER, [kind, files])

    sent = messages(webhook_receiver, 4)
    assert sorted(message["type"] for message in sent) == ["audio", "file", "image", "image"]
    assert {message["imageSet"]["total"] for message in sent if message["type"] == "image"} == {2}
    expect(page.locator("#drop-hint")).to_be_hidden()
    expect(page.locator(".image-set .broken")).to_have_count(2)


def test_an_upload_that_fails_says_so_and_can_be_tried_again(
    page: Page, complaints: list[str], line_simulator: SimulatorProcess, misaki: str
) -> None:
    open_chat(page, line_simulator, misaki)
    page.route("**/sim/media?*", lambda route: route.fulfill(status=413, json={"error": "too much"}), times=1)
    page.locator("#pick-photo").set_input_files(PICTURE)
    expect(page.locator("#uploads")).to_contain_text("Not sent: too much")
    page.get_by_role("button", name="Try again: image.jpg").click()

    expect(page.locator(".bubble.own.image")).to_be_visible()
    expect(page.locator("#uploads li")).to_have_count(0)
    assert "413" in complaints.pop()


def test_emoji_and_a_mention_are_told_where_they_stand(
    page: Page, line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    open_chat(page, line_simulator, misaki)
    words = page.get_by_label("Message", exact=True)
    words.fill("🐰急須 ")
    page.get_by_role("button", name="Stickers and emoji").click()
    page.get_by_role("tab", name="Emoji").click()
    page.get_by_role("button", name="Crying").click()
    page.get_by_role("button", name="Attach").click()
    page.get_by_role("button", name="Mention the account").click()
    words.press("Enter")

    (message,) = messages(webhook_receiver, 1)
    assert message["text"] == "🐰急須 (cry)@Koharu Support "
    assert message["emojis"] == [{"index": 5, "length": 5, "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "004"}]
    bot = line_simulator.get("/sim/channels")["channels"][0]["bot_user_id"]
    assert message["mention"] == {"mentionees": [{"index": 10, "length": 15, "type": "user", "userId": bot, "isSelf": True}]}
    assert is_drawn(page.locator(".bubble.own .emoji"))
    expect(page.locator(".bubble.own .mention")).to_have_text("@Koharu Support")


def test_a_message_is_answered_by_quoting_it(
    page: Page, line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    (quoted,) = push(line_simulator, misaki, {"type": "text", "text": "写真をお願いします"})
    open_chat(page, line_simulator, misaki)
    page.get_by_role("button", name="Reply: 写真をお願いします").press("Enter")
    expect(page.locator("#replying")).to_contain_text("写真をお願いします")
    words = page.get_by_label("Message", exact=True)
    words.press("Escape")
    expect(page.locator("#replying")).to_be_hidden()
    page.get_by_role("button", name="Reply: 写真をお願いします").press("Enter")
    words.fill("これです")
    words.press("Enter")

    (message,) = messages(webhook_receiver, 1)
    assert message["quotedMessageId"] == quoted["id"]
    strip = page.locator(".bubble.own .quote")
    expect(strip).to_contain_text("Koharu Support")
    expect(strip).to_contain_text("写真をお願いします")
    expect(page.locator("#replying")).to_be_hidden()


def test_a_long_press_opens_a_menu_that_answers_and_unsends(
    page: Page, line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    line_simulator.send(misaki, "もしもし")
    push(line_simulator, misaki, {"type": "text", "text": "はい"})
    open_chat(page, line_simulator, misaki)
    page.locator(".bubble.theirs .content").click(button="right")
    menu = page.get_by_role("menu")
    expect(menu.get_by_role("menuitem")).to_have_text(["Reply", "Copy"])
    menu.get_by_role("menuitem", name="Reply").press("Enter")
    expect(page.locator("#replying")).to_contain_text("はい")
    page.locator(".bubble.own .content").click(button="right")
    expect(menu.get_by_role("menuitem", name="Reply")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Unsend", exact=True).click()

    expect(page.locator("#log").get_by_text("You unsent a message")).to_be_visible()
    assert webhook_receiver.wait_for(2)[1].events[0]["type"] == "unsend"


def test_whoever_reads_the_newest_goes_on_seeing_it(page: Page, line_simulator: SimulatorProcess, misaki: str) -> None:
    for number in range(12):
        line_simulator.send(misaki, f"line {number}\n" * 3)
    open_chat(page, line_simulator, misaki)
    log = page.locator("#log")
    picture = picture_of(line_simulator, line_simulator.send(misaki, {"type": "image"})["message_id"])
    push(line_simulator, misaki, {"type": "image", "originalContentUrl": picture, "previewImageUrl": picture})
    push(line_simulator, misaki, {"type": "text", "text": "the newest"})

    expect(log.get_by_text("the newest")).to_be_in_viewport()
    log.evaluate("log => { log.scrollTop = 0; }")
    push(line_simulator, misaki, {"type": "text", "text": "not yet looked at"})
    expect(log.get_by_text("not yet looked at")).to_have_count(1)
    expect(log.get_by_text("not yet looked at")).not_to_be_in_viewport()


def test_every_word_of_the_page_is_there_in_each_language() -> None:
    source = (PROJECT / "static" / "simulator" / "labels.js").read_text(encoding="utf-8")
    words = {}
    for language in LANGUAGES:
        block = re.search(rf"^  {language}: {{(.*?)^  }},", source, re.DOTALL | re.MULTILINE)
        assert block is not None
        words[language] = re.findall(r'(\w+): "((?:[^"\\]|\\.)*)"', block[1])
    names = {language: sorted(name for name, _ in found) for language, found in words.items()}

    assert len(names["en"]) == len(set(names["en"])) > 100
    assert all(names[language] == names["en"] for language in LANGUAGES)
    assert all(text for found in words.values() for _, text in found)
