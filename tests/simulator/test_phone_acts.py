"""The phone page in a real browser: taps on buttons, read marks, the loading animation, groups."""

import pytest
from playwright.sync_api import Page, expect

from .phone import messages, open_chat, push
from .receiver import WebhookReceiver
from .server import CHANNEL, SimulatorProcess

pytestmark = pytest.mark.e2e


@pytest.fixture
def misaki(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver) -> str:
    line_simulator.add_channel(webhook_receiver.url, display_name="Koharu Support")
    return line_simulator.add_user("みさき🐰", language="ja")


def test_a_quick_reply_shows_its_words_sends_its_data_and_goes(
    page: Page, line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    order = {"type": "postback", "label": "My order", "data": "topic=order", "displayText": "It is about my order"}
    silent = {"type": "postback", "label": "Nothing", "data": "topic=none"}
    items = [{"type": "action", "action": action} for action in (order, silent)]
    push(line_simulator, misaki, {"type": "text", "text": "What is it about?", "quickReply": {"items": items}})
    open_chat(page, line_simulator, misaki)
    page.get_by_role("button", name="My order").click()

    expect(page.locator(".bubble.own")).to_contain_text("It is about my order")
    expect(page.get_by_role("button", name="Nothing")).to_have_count(0)
    assert webhook_receiver.wait_for(1)[0].events[0]["postback"] == {"data": "topic=order"}


def test_a_quick_reply_without_words_goes_too(
    page: Page, line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    action = {"type": "postback", "label": "Later", "data": "later"}
    push(line_simulator, misaki, {"type": "text", "text": "Now?", "quickReply": {"items": [{"type": "action", "action": action}]}})
    open_chat(page, line_simulator, misaki)
    page.get_by_role("button", name="Later").click()

    expect(page.get_by_role("button", name="Later")).to_have_count(0)
    expect(page.locator(".bubble.own")).to_have_count(0)


def test_a_template_button_sends_a_postback_and_stays(
    page: Page, line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    actions = [{"type": "postback", "label": "Send again", "data": "again", "displayText": "Please send it again"}]
    template = {"type": "buttons", "text": "What shall we do?", "actions": actions}
    push(line_simulator, misaki, {"type": "template", "altText": "What shall we do?", "template": template})
    open_chat(page, line_simulator, misaki)
    page.get_by_role("button", name="Send again").click()

    expect(page.locator(".bubble.own")).to_contain_text("Please send it again")
    expect(page.get_by_role("button", name="Send again")).to_be_enabled()
    assert webhook_receiver.wait_for(1)[0].events[0]["postback"] == {"data": "again"}


def test_a_time_is_picked(page: Page, line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str) -> None:
    picker = {"type": "datetimepicker", "label": "Choose a day", "data": "visit", "mode": "date", "initial": "2026-12-24"}
    push(
        line_simulator,
        misaki,
        {"type": "template", "altText": "When?", "template": {"type": "buttons", "text": "When?", "actions": [picker]}},
    )
    open_chat(page, line_simulator, misaki)
    page.get_by_role("button", name="Choose a day").click()
    page.get_by_label("Choose a day").last.fill("2026-12-25")
    page.get_by_role("button", name="OK").click()

    event = webhook_receiver.wait_for(1)[0].events[0]
    assert event["postback"] == {"data": "visit", "params": {"date": "2026-12-25"}}


def test_what_was_read_is_marked(page: Page, line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str) -> None:
    line_simulator.send(misaki, "one")
    line_simulator.send(misaki, "two")
    open_chat(page, line_simulator, misaki)
    expect(page.locator(".bubble.own .read")).to_have_count(0)
    token = messages(webhook_receiver, 2)[0]["markAsReadToken"]
    line_simulator.line("POST", "/v2/bot/chat/markAsRead", {"markAsReadToken": token})

    expect(page.locator(".bubble.own .read")).to_have_text(["Read"])


def test_the_loading_animation_comes_and_goes_with_its_time(page: Page, line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.send(misaki, "anyone?")
    open_chat(page, line_simulator, misaki)
    line_simulator.line("POST", "/v2/bot/chat/loading/start", {"chatId": misaki, "loadingSeconds": 5})

    expect(page.get_by_role("img", name="The account is writing")).to_be_visible()
    expect(page.get_by_role("img", name="The account is writing")).to_have_count(0, timeout=30_000)


def test_the_loading_animation_goes_with_the_answer(page: Page, line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.send(misaki, "anyone?")
    open_chat(page, line_simulator, misaki)
    line_simulator.line("POST", "/v2/bot/chat/loading/start", {"chatId": misaki, "loadingSeconds": 60})
    expect(page.get_by_role("img", name="The account is writing")).to_be_visible()
    push(line_simulator, misaki, {"type": "text", "text": "Yes!"})

    expect(page.get_by_role("img", name="The account is writing")).to_have_count(0)
    expect(page.locator(".bubble.theirs")).to_contain_text("Yes!")


def test_a_group_is_made_on_the_phone_and_its_members_write_in_turn(
    page: Page, line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    line_simulator.add_user("Daniel W.")
    open_chat(page, line_simulator, misaki)
    page.get_by_text("New group").click()
    page.get_by_label("Name").nth(1).fill("Tea ceremony")
    page.get_by_label("みさき🐰").check()
    page.get_by_label("Daniel W.").check()
    page.get_by_role("button", name="Make a group with the account").click()
    expect(page.get_by_role("heading", name="Tea ceremony")).to_be_visible()
    for name, words in (("みさき🐰", "Who brings the sweets?"), ("Daniel W.", "I do")):
        page.get_by_label("Who writes").select_option(label=name)
        page.get_by_label("Message", exact=True).fill(words)
        page.keyboard.press("Enter")
        expect(page.locator(".bubble.own")).to_contain_text(words)

    expect(page.locator(".bubble.theirs")).to_contain_text(["みさき🐰Who brings the sweets?"])
    join, first, second = (call.events[0] for call in webhook_receiver.wait_for(3))
    assert [event["type"] for event in (join, first, second)] == ["join", "message", "message"]
    assert first["source"]["userId"] == misaki != second["source"]["userId"]
    expect(page.locator("#customers")).to_contain_text("Tea ceremony")


def test_an_edit_is_shown(page: Page, line_simulator: SimulatorProcess, misaki: str) -> None:
    made = line_simulator.post("/sim/groups", {"channel_id": CHANNEL, "name": "Tea", "member_ids": [misaki], "silent": True})
    place = {"channel_id": CHANNEL, "group_id": made["group_id"]}
    sent = line_simulator.post(f"/sim/users/{misaki}/send", {**place, "message": {"type": "text", "text": "at noon"}})
    open_chat(page, line_simulator, misaki, f"&group_id={made['group_id']}")
    expect(page.locator(".bubble.own")).to_contain_text("at noon")
    line_simulator.post(f"/sim/users/{misaki}/edit", {**place, "message_id": sent["message_id"], "text": "at one"})

    expect(page.locator(".bubble.own")).to_contain_text("at one")
    expect(page.locator(".bubble.own")).to_contain_text("edited")
