"""What a customer takes back goes from the drafts that browsers keep, and none of them brings it back."""

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from channels_app.inbound import InboundEvent, InboundMessage, Source
from conversations import intake, lifecycle
from conversations.inbox.thread import PAGE_SIZE
from conversations.models import Draft, Message
from tests import builders
from tests.inbox.conftest import held_by
from tests.inbox.server import server  # noqa: F401 - a fixture
from tests.inbox.test_browser import listens, window  # noqa: F401 - a fixture
from tests.late import Late

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def asked(alices_work):
    return Message.objects.get(conversation=alices_work, direction="in")


@pytest.fixture
def page(window, alices_work, alice):  # noqa: F811
    opened = window(alice, f"/inbox/{alices_work.public_id}/")
    listens(opened)
    opened.wait_for_load_state("networkidle")
    return opened


def happens(asked, **event):
    now = timezone.now()
    whose = {"webhook_event_id": 0, "lane_id": 0, "account_id": asked.account_id}
    with transaction.atomic():
        intake.receive(InboundEvent(**event, **whose, occurred_at=now, received_at=now), asked.conversation.channel)


def take_back(asked):
    happens(asked, kind="unsent", name="unsend", target_message_id=asked.line_message_id, source=Source("unknown", ""))


def edit(asked, text):
    profile = asked.conversation.profile
    message = InboundMessage(id=asked.line_message_id, kind="text", text=text)
    happens(asked, kind="edited", name="messageEdited", message=message, source=Source(profile.kind, profile.line_id))


def field(page):
    return page.get_by_label("Your message")


def kept(page):
    return page.evaluate("Object.entries(localStorage).filter(([key]) => key.startsWith('draft:')).map(([, draft]) => draft).join()")


def wait_until_nothing_is_kept(page):
    for _ in range(500):
        if not kept(page):
            return
        page.wait_for_timeout(20)
    raise AssertionError(kept(page))


def leave(page, conversation, text, *, seconds_ago):
    """As a page does that was closed while the line was away."""
    draft = f"{{id: 'left', text: {text!r}, files: [], at: Date.now() - {seconds_ago * 1000}}}"
    page.evaluate(f"localStorage.setItem(`draft:${{document.body.dataset.person}}:{conversation.public_id}`, JSON.stringify({draft}))")


def wait_for_draft(page, words):
    for _ in range(500):
        if list(Draft.objects.values_list("text", flat=True)) == [words]:
            return
        page.wait_for_timeout(20)
    raise AssertionError(list(Draft.objects.values_list("text", flat=True)))


def test_words_in_a_draft_that_is_being_written_go_at_once(page, asked):
    field(page).fill(f"“{asked.text}”?")
    wait_for_draft(page, f"“{asked.text}”?")

    take_back(asked)
    expect(field(page)).to_have_value("“”?")
    field(page).press("End")
    field(page).type("!")

    wait_for_draft(page, "“”?!")
    assert asked.text not in kept(page)


@pytest.mark.parametrize(("written", "left"), [("“{}”?", "“”?"), ("{}", "")])
def test_words_in_a_draft_of_a_closed_page_are_gone_when_it_is_opened_again(page, asked, written, left):
    address = page.url
    field(page).fill(written.format(asked.text))
    wait_for_draft(page, written.format(asked.text))
    page.goto("about:blank")
    page.wait_for_timeout(2100)  # so much nearer to each other a browser takes its own for the newer one

    take_back(asked)
    page.goto(address)

    expect(page.locator("#lines .is-withdrawn")).to_have_count(1)
    expect(field(page)).to_have_value(left)
    assert asked.text not in kept(page)


def test_words_in_a_draft_follow_an_edit(page, asked):
    field(page).fill(f"“{asked.text}”?")
    wait_for_draft(page, f"“{asked.text}”?")

    edit(asked, "One that is $& green")

    expect(field(page)).to_have_value("“One that is $& green”?")
    wait_for_draft(page, "“One that is $& green”?")


def test_a_browser_keeps_no_words_that_the_server_has(page, asked, alices_work):
    field(page).fill(f"“{asked.text}”?")
    wait_until_nothing_is_kept(page)
    assert Draft.objects.get().text == f"“{asked.text}”?"

    page.reload()
    expect(field(page)).to_have_value(f"“{asked.text}”?")
    page.goto(page.url.replace(f"{alices_work.public_id}/", ""))
    take_back(asked)
    assert kept(page) == ""
    assert Draft.objects.get().text == "“”?"


def test_what_a_closed_page_could_not_tell_is_told_by_the_next(page, asked, alices_work):
    leave(page, alices_work, "left behind", seconds_ago=60)
    page.goto(page.url.replace(f"{alices_work.public_id}/", ""))

    wait_for_draft(page, "left behind")
    wait_until_nothing_is_kept(page)


@pytest.mark.parametrize("open_it", [False, True])
def test_what_a_closed_page_could_not_tell_is_told_without_what_was_taken_back_since(page, asked, alices_work, open_it):
    leave(page, alices_work, f"“{asked.text}”? We can", seconds_ago=60)
    address, taken_back = page.url, asked.text
    page.goto("about:blank")
    take_back(asked)
    page.goto(address if open_it else address.replace(f"{alices_work.public_id}/", ""))

    wait_for_draft(page, "“”? We can")
    wait_until_nothing_is_kept(page)
    if open_it:
        expect(field(page)).to_have_value("“”? We can")
    assert taken_back not in page.content()


def test_a_draft_is_whole_however_quickly_one_comes_back_to_it(page, asked, alices_work, channel, alice):
    other = held_by(builders.conversation(channel, customer=builders.profile(channel.account, "小安")), alice)
    builders.inbound_message(other, "您好")
    page.reload()
    listens(page)
    told = []
    page.on("response", lambda response: told.append(response.url) if response.url.endswith(f"{alices_work.public_id}/draft/") else None)
    field(page).fill("written in a hurry")
    page.locator(f"#row-{other.public_id}").click()
    expect(page.locator("#thread")).to_have_attribute("data-conversation", other.public_id)
    late = Late(page, f"**/inbox/{alices_work.public_id}/", asked_by="hx-request")
    page.locator(f"#row-{alices_work.public_id}").click()
    late.wait()
    assert told == []  # what is on its way was rendered before
    for _ in range(200):
        if told:
            break
        page.wait_for_timeout(20)

    late.let_go()
    expect(page.locator("#thread")).to_have_attribute("data-conversation", alices_work.public_id)
    expect(field(page)).to_have_value("written in a hurry")


def test_a_line_that_is_away_loses_no_words(page, asked, alices_work):
    page.route("**/draft/", lambda route: route.abort())
    field(page).fill("written without a line")
    page.wait_for_timeout(1500)
    page.reload()
    expect(field(page)).to_have_value("written without a line")
    assert not Draft.objects.exists()

    page.unroute("**/draft/")
    wait_for_draft(page, "written without a line")
    wait_until_nothing_is_kept(page)


def test_words_of_a_message_that_is_not_on_the_page_any_more_go_too(page, asked, alices_work):
    field(page).fill(f"“{asked.text}”?")
    wait_for_draft(page, f"“{asked.text}”?")
    for number in range(PAGE_SIZE):
        builders.inbound_message(alices_work, f"and {number}")
    page.reload()
    listens(page)
    expect(field(page)).to_have_value(f"“{asked.text}”?")
    expect(page.locator(f"#message-{asked.pk}")).to_have_count(0)

    take_back(asked)
    expect(field(page)).to_have_value("“”?")
    field(page).press("End")
    field(page).type("!")

    wait_for_draft(page, "“”?!")
    wait_until_nothing_is_kept(page)


def test_words_that_are_quoted_from_the_conversation_before_go_too(page, asked, alices_work, alice, root):
    lifecycle.force_close(conversation_id=alices_work.pk, actor=root)
    later = held_by(builders.conversation(alices_work.channel, customer=alices_work.profile), alice)
    builders.inbound_message(later, "one more thing")
    page.goto(page.url.replace(alices_work.public_id, later.public_id))
    listens(page)
    expect(page.locator(".earlier")).to_contain_text(asked.text)
    field(page).fill(f"“{asked.text}”?")
    wait_for_draft(page, f"“{asked.text}”?")

    take_back(asked)

    expect(field(page)).to_have_value("“”?")
    expect(page.locator(".earlier")).not_to_contain_text(asked.text)


@pytest.mark.parametrize("is_left", [False, True])
def test_a_draft_that_was_on_its_way_is_kept_without_them(page, asked, is_left):
    late = Late(page, "**/draft/", even_the_question=True)
    field(page).fill(f"“{asked.text}”?")
    late.wait()
    if is_left:
        page.route("**/foot/*", lambda route: route.abort())  # the page doesn't hear of it before it is closed
    take_back(asked)
    with page.expect_response("**/draft/"):
        late.let_go()
    if is_left:
        address = page.url
        page.goto("about:blank")
        page.goto(address)

    expect(field(page)).to_have_value("“”?")
    wait_for_draft(page, "“”?")
    wait_until_nothing_is_kept(page)


def test_what_is_typed_meanwhile_stays_and_the_cursor_with_it(page, asked):
    field(page).fill(f"Hello, “{asked.text}”? Yes, “{asked.text}”.")
    wait_for_draft(page, f"Hello, “{asked.text}”? Yes, “{asked.text}”.")
    late = Late(page, "**/draft/")
    take_back(asked)
    late.wait()  # the server has cut them out, and its answer is on its way
    field(page).press("Home")
    field(page).press_sequentially("Oh! ")
    field(page).evaluate("text => text.setSelectionRange(9, 9)")
    field(page).press_sequentially(" again")

    late.let_go()

    expect(field(page)).to_have_value("Oh! Hello again, “”? Yes, “”.")
    assert field(page).evaluate("text => text.selectionStart") == 15
    wait_for_draft(page, "Oh! Hello again, “”? Yes, “”.")


def test_what_was_sent_does_not_come_back_when_the_customers_words_change(page, asked):
    field(page).fill("my answer to you")
    wait_for_draft(page, "my answer to you")
    late = Late(page, "**/foot/*")
    edit(asked, "something else altogether")
    late.wait()
    field(page).press("Enter")
    expect(page.locator(".bubble-row.is-out", has_text="my answer to you")).to_have_count(1)
    field(page).press_sequentially("next one")

    late.let_go()
    edit(asked, "and once more something else")

    expect(page.locator(f"#message-{asked.pk}")).to_contain_text("once more")
    wait_for_draft(page, "next one")
    expect(field(page)).to_have_value("next one")


def test_a_refused_answer_is_given_back_without_what_was_taken_back_meanwhile(page, asked):
    Message.objects.filter(pk=asked.pk).update(data={"quoteToken": "q"})
    page.reload()
    listens(page)
    taken_back = asked.text
    page.locator(f'[data-quote="{asked.pk}"]').click()
    field(page).fill(f"“{taken_back}”? Yes")
    page.route("**/send/", lambda route: route.abort())
    field(page).press("Enter")
    expect(page.locator("[data-pending]")).to_have_count(1)
    take_back(asked)
    expect(page.locator(f"#message-{asked.pk} .is-withdrawn")).to_have_count(1)

    page.unroute("**/send/")

    expect(page.locator(".composer-problem")).to_be_visible()
    expect(field(page)).to_have_value("“”? Yes")
    wait_for_draft(page, "“”? Yes")


def test_what_is_asked_for_one_conversation_says_nothing_of_another(page, asked, alices_work, channel, alice):
    other = held_by(builders.conversation(channel, customer=builders.profile(channel.account, "小安")), alice)
    builders.inbound_message(other, "您好")
    page.reload()
    listens(page)
    field(page).fill("private words for the first")
    wait_for_draft(page, "private words for the first")
    late = Late(page, "**/foot/*")
    edit(asked, "something else altogether")
    late.wait()
    page.locator(f"#row-{other.public_id}").click()
    expect(page.locator("#thread")).to_have_attribute("data-conversation", other.public_id)
    field(page).fill("for the second")

    late.let_go()
    page.wait_for_timeout(300)

    expect(field(page)).to_have_value("for the second")
    assert field(page).get_attribute("data-words-version") == "0"


def test_another_tab_brings_nothing_back_when_the_customers_words_change(page, asked, window, alice, alices_work):  # noqa: F811
    field(page).fill("my answer")
    wait_for_draft(page, "my answer")
    wait_until_nothing_is_kept(page)
    other = window(alice, f"/inbox/{alices_work.public_id}/")
    listens(other)
    expect(field(other)).to_have_value("my answer")
    field(page).fill("my whole answer")
    wait_for_draft(page, "my whole answer")

    with other.expect_response("**/draft/"):
        edit(asked, "something else altogether")
    other.wait_for_timeout(1500)

    assert Draft.objects.get().text == "my whole answer"
    page.bring_to_front()
    field(page).press("Enter")
    expect(page.locator(".bubble-row.is-out", has_text="my whole answer")).to_have_count(1)
    with other.expect_response("**/draft/"):
        edit(asked, "and something else again")
    other.wait_for_timeout(1500)
    assert not Draft.objects.exists()


def test_whoever_types_the_same_words_into_an_empty_field_afterwards_keeps_them(page, asked):
    words = asked.text
    take_back(asked)
    expect(page.locator("#lines .is-withdrawn")).to_have_count(1)
    field(page).press_sequentially(f"{words}、とのことですね")
    wait_for_draft(page, f"{words}、とのことですね")

    expect(field(page)).to_have_value(f"{words}、とのことですね")


def test_a_draft_of_nothing_but_the_words_does_not_come_back_with_the_conversation(page, asked, alices_work, channel, alice):
    other = held_by(builders.conversation(channel, customer=builders.profile(channel.account, "小安")), alice)
    builders.inbound_message(other, "您好")
    page.reload()
    listens(page)
    field(page).fill(asked.text)
    wait_for_draft(page, asked.text)
    wait_until_nothing_is_kept(page)
    page.locator(f"#row-{other.public_id}").click()
    expect(page.locator("#thread")).to_have_attribute("data-conversation", other.public_id)
    take_back(asked)

    page.locator(f"#row-{alices_work.public_id}").click()

    expect(page.locator("#thread")).to_have_attribute("data-conversation", alices_work.public_id)
    expect(field(page)).to_have_value("")
    assert not Draft.objects.exists()


def test_an_input_method_finishes_its_own_first(page, asked):
    field(page).fill(f"“{asked.text}” ")
    wait_for_draft(page, f"“{asked.text}” ")
    field(page).press("End")
    keyboard = page.context.new_cdp_session(page)
    keyboard.send("Input.imeSetComposition", {"text": "に", "selectionStart": 1, "selectionEnd": 1})
    with page.expect_response("**/draft/"):
        take_back(asked)
    with page.expect_response("**/draft/"):
        keyboard.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    wait_for_draft(page, "“” にほん")  # should the page be closed now
    keyboard.send("Input.insertText", {"text": "日本"})

    expect(field(page)).to_have_value("“” 日本")
    wait_for_draft(page, "“” 日本")
