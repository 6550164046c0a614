"""The inbox in a real browser, on a real server: what only scripts can get right."""

import re

import pytest
from django.db import transaction
from playwright.sync_api import expect

from channels_app.models import Channel
from conversations import live
from conversations.models import Conversation, Message
from tests import builders
from tests.inbox.conftest import answer, held_by, offered
from tests.inbox.server import server  # noqa: F401 - a fixture
from workstreams.models import User

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def window(chromium, server, browser):  # noqa: F811
    """A window in which somebody is signed in. Whatever the page complains of fails the test."""
    contexts, complaints = [], []

    def open_for(person, path="/inbox/", *, context=None, width=1440):
        if context is None:
            context = chromium.new_context(base_url=server[0], viewport={"width": width, "height": 800}, timezone_id="Asia/Tokyo")
            context.add_cookies([{"name": "sessionid", "value": browser(person).cookies["sessionid"].value, "url": server[0]}])
            contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None)
        page.goto(path)
        return page

    yield open_for
    for context in contexts:
        context.close()
    assert complaints == []


def customer_writes(conversation, text):
    with transaction.atomic():
        message = builders.inbound_message(conversation, text)
        Conversation.objects.filter(pk=conversation.pk).update(
            unread_count=1, last_message_text=text, last_message_direction="in", last_interaction_at=message.occurred_at
        )
        conversation.refresh_from_db()
        live.conversation_changed(conversation)


def listens(page):
    """Wait until hints reach this page."""
    page.wait_for_selector("body[data-connected='1']", state="attached")


def said(conversation):
    return list(Message.objects.filter(conversation=conversation, direction="out").order_by("id").values_list("text", flat=True))


def bubble(page, text):
    return page.locator("#lines .bubble", has_text=text)


def test_enter_sends_once_and_shift_enter_breaks_the_line(window, alices_work, alice):
    page = window(alice, f"/inbox/{alices_work.public_id}/")
    field = page.get_by_label("Your message")

    field.type("一行目")
    field.press("Shift+Enter")
    field.type("二行目")
    page.evaluate(
        """() => { const field = document.getElementById("composer-text");
        const press = () => field.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true}));
        press(); press(); document.querySelector("#composer .is-main").click(); }"""
    )

    expect(bubble(page, "一行目")).to_have_count(1)
    expect(field).to_have_value("")
    assert said(alices_work) == ["一行目\n二行目"]


def test_enter_that_ends_a_composition_sends_nothing(window, alices_work, alice):
    page = window(alice, f"/inbox/{alices_work.public_id}/")
    field = page.get_by_label("Your message")
    field.click()
    keyboard = page.context.new_cdp_session(page)

    keyboard.send("Input.imeSetComposition", {"text": "こうかん", "selectionStart": 4, "selectionEnd": 4})
    keyboard.send("Input.dispatchKeyEvent", {"type": "keyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229})
    keyboard.send("Input.insertText", {"text": "交換"})
    # Safari's order: the composition ends, then comes an Enter that knows nothing of it.
    page.evaluate(
        """() => { const field = document.getElementById("composer-text");
        field.dispatchEvent(new CompositionEvent("compositionend", {bubbles: true}));
        field.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true})); }"""
    )

    expect(field).to_have_value(re.compile("交換"))
    assert said(alices_work) == []


def test_a_customers_words_come_by_themselves_and_disturb_nobody(window, alices_work, alice):
    for number in range(40):
        builders.inbound_message(alices_work, f"前の言葉 {number}", seconds_ago=4000 - number * 60)
    page = window(alice, f"/inbox/{alices_work.public_id}/")
    field = page.get_by_label("Your message")
    field.type("途中まで書いた")
    page.locator("#messages").evaluate("box => { box.scrollTop = 300; }")
    listens(page)

    customer_writes(alices_work, "まだですか")

    expect(bubble(page, "まだですか")).to_have_count(1)
    expect(field).to_have_value("途中まで書いた")
    expect(field).to_be_focused()
    assert page.locator("#messages").evaluate("box => box.scrollTop") == 300
    expect(page.locator(".row", has_text="まだですか")).to_have_count(1)


def test_what_was_typed_survives_a_reload(window, alices_work, alice):
    page = window(alice, f"/inbox/{alices_work.public_id}/")
    page.get_by_label("Your message").type("明日お送りし")

    page.reload()

    expect(page.get_by_label("Your message")).to_have_value("明日お送りし")


def test_an_answer_sent_without_a_connection_arrives_once_when_it_is_back(window, alices_work, alice):
    page = window(alice, f"/inbox/{alices_work.public_id}/")
    page.route("**/send/", lambda route: route.abort())
    page.get_by_label("Your message").type("少々お待ちください")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Not sent: no connection")).to_be_visible()

    page.unroute("**/send/")
    page.get_by_role("button", name="Try again").click()

    expect(bubble(page, "少々お待ちください")).to_have_count(1)
    expect(page.locator("[data-pending]")).to_have_count(0)
    assert said(alices_work) == ["少々お待ちください"]


def test_an_answer_whose_acknowledgement_was_lost_is_one_message(window, alices_work, alice):
    page = window(alice, f"/inbox/{alices_work.public_id}/")

    def lose_the_answer(route):
        route.fetch()
        route.abort()

    page.route("**/send/", lose_the_answer, times=1)
    page.get_by_label("Your message").type("発送いたしました")
    page.get_by_label("Your message").press("Enter")

    # The page learns of it by the thread, and tries again all the same: the message is one.
    with page.expect_response("**/send/", timeout=20_000) as again:
        expect(bubble(page, "発送いたしました")).to_have_count(1)
    assert again.value.status == 204
    expect(page.locator("[data-pending]")).to_have_count(0)
    assert said(alices_work) == ["発送いたしました"]


def test_too_long_an_answer_is_refused_where_it_is_written(window, alices_work, alice):
    page = window(alice, f"/inbox/{alices_work.public_id}/")
    field = page.get_by_label("Your message")

    field.fill("🐰" * 2500 + "x")
    field.press("Enter")

    expect(page.get_by_text("Too long by 1")).to_be_visible()
    expect(page.locator(".composer-count")).to_have_text("5,001 / 5,000")
    assert said(alices_work) == []


def test_an_offer_appears_is_accepted_and_opens(window, waiting_work, alice):
    page = window(alice)
    listens(page)

    with transaction.atomic():
        offered(waiting_work, alice)
        live.agent_changed(alice)
    toast = page.get_by_role("article", name="Incoming chat request")
    expect(toast).to_contain_text("急須が割れて届きました")
    expect(page).to_have_title(re.compile(r"^\(1\)"))
    toast.get_by_role("button", name="Accept").click()

    expect(page).to_have_url(re.compile(waiting_work.public_id))
    expect(page.get_by_label("Your message")).to_be_visible()
    expect(toast).to_have_count(0)


def test_an_offer_that_somebody_else_took_says_who(window, waiting_work, alice, bob):
    offer = offered(waiting_work, alice)
    page = window(alice)
    toast = page.get_by_role("article", name="Incoming chat request")
    expect(toast).to_be_visible()
    page.reload()
    expect(toast).to_be_visible()
    listens(page)

    with transaction.atomic():
        type(offer).objects.filter(pk=offer.pk).update(state="withdrawn", decided_at=offer.offered_at)
        held_by(waiting_work, bob)
        live.agent_changed(alice)

    told = page.get_by_text("Bob took this conversation.")
    expect(told).to_be_visible()
    expect(toast).to_have_count(0)

    # What is fetched again doesn't take the words away, until they are read.
    with page.expect_response(lambda response: "/offers/" in response.url):
        live.agent_changed(alice)
    page.wait_for_timeout(300)
    expect(told).to_be_visible()
    with page.expect_response(lambda response: "/offers/" in response.url):
        page.get_by_role("button", name="Understood").click()
    page.wait_for_timeout(300)
    expect(told).to_have_count(0)


def test_two_tabs_share_one_stream_and_both_hear(window, alices_work, alice):
    streams = []
    first = window(alice, f"/inbox/{alices_work.public_id}/")
    first.context.on("request", lambda request: streams.append(request.frame.page) if "/live/" in request.url else None)
    second = window(alice, "/inbox/", context=first.context)
    second.goto(f"/inbox/{alices_work.public_id}/")
    listens(second)
    listens(first)

    customer_writes(alices_work, "二つの窓")

    expect(bubble(first, "二つの窓")).to_have_count(1)
    expect(bubble(second, "二つの窓")).to_have_count(1)
    assert second not in streams


def test_the_keys_move_through_the_list_and_open(window, channel, alices_work, alice):
    other = held_by(builders.conversation(channel, customer=builders.profile(channel.account, "小安")), alice)
    page = window(alice)

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")

    first = Conversation.objects.filter(pk__in=[other.pk, alices_work.pk]).order_by("-last_interaction_at", "-id")[0]
    expect(page).to_have_url(re.compile(first.public_id))
    expect(page.locator("#thread")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("Nothing opened")).to_be_visible()


def test_what_has_just_appeared_hears_a_click_in_that_very_moment(window, alices_work, alice, bob):
    page = window(alice)
    page.evaluate(
        """() => new MutationObserver((changes, watcher) => {
          const button = document.getElementById("act-transfer");
          if (button) { watcher.disconnect(); button.click(); }
        }).observe(document.getElementById("workplace"), {childList: true})"""
    )

    page.locator(f"#row-{alices_work.public_id}").click()

    expect(page.get_by_role("dialog").get_by_text("Bob", exact=True)).to_be_visible()


def test_on_a_phone_there_is_one_pane_at_a_time(window, alices_work, alice):
    page = window(alice, "/inbox/", width=390)
    expect(page.locator("#worklist")).to_be_visible()
    page.locator(f"#row-{alices_work.public_id}").click()

    expect(page.locator("#worklist")).to_be_hidden()
    expect(page.get_by_label("Your message")).to_be_visible()
    page.get_by_role("button", name="Customer", exact=True).click()
    expect(page.get_by_text("What happened")).to_be_visible()
    page.get_by_role("button", name="Hide the customer summary").click()
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator("#worklist")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("language", ["ja", "es", "da"])
def test_on_a_phone_the_name_of_the_open_page_is_in_sight_whole(window, alices_work, alice, language):
    User.objects.filter(pk=alice.user_id).update(language=language)
    for path in ("/inbox/", "/inbox/contacts/"):
        page = window(alice, path, width=390)

        expect(page.locator(".bar-nav [aria-current]")).to_be_in_viewport(ratio=1)
        expect(page.locator(".account-button")).to_be_in_viewport(ratio=1)


def test_a_conversation_is_transferred_by_a_dialog(window, alices_work, alice, everyone):
    page = window(alice, f"/inbox/{alices_work.public_id}/")

    page.get_by_role("button", name="Transfer").first.click()
    page.get_by_label("Everyone").check()
    page.get_by_role("dialog").get_by_role("button", name="Transfer").click()

    expect(page.get_by_text("Nobody holds this conversation yet")).to_be_visible()
    alices_work.refresh_from_db()
    assert (alices_work.state, alices_work.queue) == ("open", everyone)


def test_a_failed_answer_is_sent_again_at_the_end(window, alices_work, alice):
    answer(alices_work, "届きません", author=alice.user, state="failed", error="Not found")
    page = window(alice, f"/inbox/{alices_work.public_id}/")

    page.get_by_role("button", name="Send again").click()

    expect(bubble(page, "届きません")).to_have_count(2)
    assert said(alices_work) == ["届きません", "届きません"]


def test_reading_takes_the_badge_away(window, alices_work, alice):
    page = window(alice, f"/inbox/{alices_work.public_id}/")
    listens(page)

    with page.expect_response("**/read/"):
        customer_writes(alices_work, "読んでください")

    expect(bubble(page, "読んでください")).to_have_count(1)
    expect(page.locator(".badge")).to_have_count(0)
    alices_work.refresh_from_db()
    assert alices_work.unread_count == 0


def test_the_floor_changes_by_itself_and_a_supervisor_assigns(window, waiting_work, alice, bob, sue):
    page = window(sue, "/supervisor/")
    listens(page)
    customer_writes(waiting_work, "どなたかいますか")
    expect(page.get_by_role("row", name="どなたかいますか")).to_be_visible()

    page.get_by_role("button", name="Assign").click()
    page.get_by_role("dialog").get_by_text("Bob").click()
    page.get_by_role("dialog").get_by_role("button", name="Assign").click()

    expect(page.get_by_text("is now with Bob")).to_be_visible()
    waiting_work.refresh_from_db()
    assert waiting_work.agent == bob


def test_what_is_being_answered_goes_when_the_customer_takes_it_back(window, alices_work, alice):
    asked = builders.inbound_message(alices_work, "my card is 4000 1234", data={"quoteToken": "q"})
    page = window(alice, f"/inbox/{alices_work.public_id}/")
    listens(page)
    page.locator(f'[data-quote="{asked.pk}"]').click()
    page.locator("#composer-text").fill("One moment")
    expect(page.locator("#quoting")).to_contain_text("4000")
    assert "4000" not in page.evaluate("JSON.stringify(localStorage)")
    assert f'"id":"{asked.pk}"' in page.evaluate("localStorage.getItem(Object.keys(localStorage).find((key) => key.startsWith('draft:')))")

    with transaction.atomic():
        Message.objects.filter(pk=asked.pk).update(text="", data={}, withdrawn_at=asked.occurred_at)
        live.conversation_changed(alices_work)

    expect(page.locator("#quoting")).to_be_hidden()
    expect(page.locator(".composer-problem")).to_contain_text("took back the message")
    assert "4000" not in page.content()
    expect(page.locator("#composer-text")).to_have_value("One moment")


def test_the_composer_says_what_the_words_will_be(window, alices_work, alice):
    """A note, an answer, or after the end a last message; a customer who writes again makes it an answer, and what stands there stays."""
    Channel.objects.update(attachments_enabled=True, agents_send_attachments=True)
    held_by(alices_work, alice, "wrap_up")
    page = window(alice, f"/inbox/{alices_work.public_id}/")
    listens(page)
    field = page.get_by_label("Your message")
    expect(field).to_have_attribute("placeholder", "A last message to the customer")
    page.get_by_role("button", name="Note", exact=True).click()
    expect(field).to_have_attribute("placeholder", "Write a note for colleagues")
    expect(page.get_by_role("button", name="Attach files")).to_be_disabled()
    page.get_by_role("button", name="Emoji and stickers").click()
    expect(page.locator("[data-emoji]").first).to_be_visible()
    expect(page.locator("[data-sticker]").first).to_be_hidden()
    page.keyboard.press("Escape")
    field.type("見積もり")

    held_by(alices_work, alice)
    customer_writes(alices_work, "まだあります")
    expect(page.get_by_text("You have ended this conversation.")).to_have_count(0)

    expect(field).to_have_attribute("placeholder", "Write a note for colleagues")
    expect(field).to_have_value("見積もり")
    page.get_by_role("button", name="Note", exact=True).click()
    expect(field).to_have_attribute("placeholder", "Write an answer")
