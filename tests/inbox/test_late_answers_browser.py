"""What comes late puts nothing back: the network may answer in any order, and people don't wait for it."""

import re

import pytest
from django.db import transaction
from playwright.sync_api import expect

from conversations import live
from conversations.models import Draft, Message
from tests import builders
from tests.inbox.conftest import held_by, offered
from tests.inbox.server import server  # noqa: F401 - a fixture
from tests.inbox.test_browser import bubble, customer_writes, listens, said, window  # noqa: F401 - a fixture
from tests.late import Late

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
OWN, HTMX = "x-fragment", "hx-request"


@pytest.fixture
def page(window, alices_work, alice):  # noqa: F811
    opened = window(alice, f"/inbox/{alices_work.public_id}/")
    listens(opened)
    opened.wait_for_load_state("networkidle")
    return opened


@pytest.fixture
def other(channel, alice):
    """Another conversation of Alice's."""
    made = held_by(builders.conversation(channel, customer=builders.profile(channel.account, "小安")), alice)
    builders.inbound_message(made, "您好")
    return made


def field(page):
    return page.get_by_label("Your message")


def row(page, conversation):
    return page.locator(f"#row-{conversation.public_id}")


def note(page, words):
    return page.locator("#lines .note-words").get_by_text(words, exact=True)


def remember_offers(page):
    """The page counts every offer that is shown from now on, however short."""
    page.evaluate(
        """() => {
          window.shownOffers = 0;
          const count = (node) => { if (node.matches?.("[data-offer]")) window.shownOffers += 1; };
          const watcher = new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(count)));
          watcher.observe(document.getElementById("offers"), {childList: true});
        }"""
    )


def test_a_tab_of_the_list_is_not_left_for_what_was_asked_before(page, alices_work):
    late = Late(page, "**/inbox/list/**", asked_by=OWN)
    customer_writes(alices_work, "まだですか")
    late.wait()

    page.get_by_role("link", name="Closed").click()
    expect(page.locator("#worklist [data-tab=closed]")).to_be_attached()
    with page.expect_response(lambda response: "/inbox/list/" in response.url and "tab=closed" in response.url):
        late.let_go()

    expect(page.locator("#worklist [data-tab=closed]")).to_be_attached()
    expect(page.locator(".row")).to_have_count(0)


def test_the_conversation_that_was_chosen_last_is_shown(page, alices_work, other):
    page.goto("/inbox/")
    late = Late(page, f"**/{alices_work.public_id}/", asked_by=HTMX)
    row(page, alices_work).click()
    late.wait()

    row(page, other).click()
    expect(page.locator("#thread")).to_have_attribute("data-conversation", other.public_id)
    with page.expect_event("requestfinished", lambda request: request.url.endswith(f"/{alices_work.public_id}/")):
        late.let_go()
    page.wait_for_timeout(200)

    expect(page.locator("#thread")).to_have_attribute("data-conversation", other.public_id)
    expect(page).to_have_url(re.compile(other.public_id))


def test_older_messages_stay_when_newer_ones_come_meanwhile(window, alices_work, alice):  # noqa: F811
    for number in range(120):
        builders.inbound_message(alices_work, f"前の言葉 {number}", seconds_ago=40_000 - number * 60)
    page = window(alice, f"/inbox/{alices_work.public_id}/")
    listens(page)
    page.wait_for_load_state("networkidle")
    late = Late(page, "**/thread/**", asked_by=OWN)
    customer_writes(alices_work, "まだですか")
    late.wait()

    page.get_by_role("button", name="Show older messages").click()
    expect(bubble(page, "前の言葉 30")).to_have_count(1)
    late.let_go()

    expect(bubble(page, "まだですか")).to_have_count(1)
    expect(bubble(page, "前の言葉 30")).to_have_count(1)


def test_an_offer_that_was_accepted_is_not_announced_again(page, channel, alice, returns):
    new = builders.conversation(channel, customer=builders.profile(channel.account, "พลอย🌷"), queue=returns)
    with transaction.atomic():
        offered(new, alice)
        live.agent_changed(alice)
    toast = page.get_by_role("article", name="Incoming chat request")
    expect(toast).to_be_visible()
    late = Late(page, "**/inbox/offers/?**", asked_by=OWN)
    with transaction.atomic():
        live.agent_changed(alice)
    late.wait()
    remember_offers(page)

    toast.get_by_role("button", name="Accept").click()
    expect(toast).to_have_count(0)
    with page.expect_response(lambda response: "/inbox/offers/?" in response.url or response.url.endswith("/inbox/offers/")):
        late.let_go()
    expect(page).to_have_url(re.compile(new.public_id))

    assert page.evaluate("window.shownOffers") == 0


def test_a_colleague_who_is_chosen_stays_so_when_the_list_is_narrowed_late(page, bob, charlie):
    page.locator("#act-consult").click()
    dialog = page.locator("#consult-dialog")
    people = dialog.locator("#consult-rows label")
    expect(people).to_have_count(2)
    late = Late(page, "**/colleagues/?*q=*", asked_by=HTMX)
    dialog.get_by_role("searchbox", name="Find a colleague").fill("Bo")
    late.wait()

    people.get_by_text("Bob", exact=True).click()
    late.let_go()

    expect(people).to_have_count(1)
    expect(dialog.get_by_role("radio")).to_be_checked()


def test_a_draft_that_is_late_does_not_come_back_as_if_it_was_not_sent(page, alices_work):
    late = Late(page, "**/draft/", even_the_question=True)
    field(page).type("発送いたしました")
    late.wait()
    field(page).press("Enter")
    page.wait_for_timeout(500)
    late.let_go()

    expect(bubble(page, "発送いたしました")).to_have_count(1)
    page.reload()
    expect(bubble(page, "発送いたしました")).to_have_count(1)
    expect(field(page)).to_have_value("")
    assert said(alices_work) == ["発送いたしました"]


def test_drafts_of_two_conversations_are_both_kept_for_another_device(page, alices_work, other):
    page.reload()
    field(page).fill("一つ目")
    row(page, other).click()
    expect(page.locator("#thread")).to_have_attribute("data-conversation", other.public_id)
    with page.expect_response(f"**/{other.public_id}/draft/"):
        field(page).fill("二つ目")

    expect(field(page)).to_have_value("二つ目")
    for _ in range(500):
        if Draft.objects.count() == 2:
            break
        page.wait_for_timeout(20)
    assert dict(Draft.objects.values_list("conversation", "text")) == {alices_work.pk: "一つ目", other.pk: "二つ目"}


def test_what_is_written_while_a_note_is_kept_stays(page, alices_work):
    late = Late(page, "**/note/")
    page.get_by_role("button", name="Note", exact=True).click()
    field(page).type("左利き")
    field(page).press("Enter")
    late.wait()

    field(page).type("のお客様")
    late.let_go()

    expect(note(page, "左利き")).to_be_visible()
    expect(field(page)).to_have_value("左利きのお客様")
    field(page).press("Enter")
    expect(note(page, "左利きのお客様")).to_be_visible()
    expect(field(page)).to_have_value("")
    assert list(Message.objects.filter(conversation=alices_work, direction="note").values_list("text", flat=True).order_by("id")) == [
        "左利き",
        "左利きのお客様",
    ]


def test_a_note_that_is_kept_late_leaves_the_other_conversation_alone(page, alices_work, other):
    page.reload()
    late = Late(page, "**/note/")
    page.get_by_role("button", name="Note", exact=True).click()
    field(page).type("左利き")
    field(page).press("Enter")
    late.wait()

    row(page, other).click()
    expect(page.locator("#thread")).to_have_attribute("data-conversation", other.public_id)
    field(page).type("您好！")
    late.let_go()
    row(page, alices_work).click()

    expect(page.locator("#thread")).to_have_attribute("data-conversation", alices_work.public_id)
    expect(field(page)).to_have_value("")
    row(page, other).click()
    expect(page.locator("#thread")).to_have_attribute("data-conversation", other.public_id)
    expect(field(page)).to_have_value("您好！")


def test_a_pane_that_is_typed_in_is_not_fetched_before_it_is_left(page, alices_work):
    page.get_by_label("Write a note").type("half a thought")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/customer/") else None)
    for number in range(6):
        customer_writes(alices_work, f"hello {number}")
        expect(bubble(page, f"hello {number}")).to_have_count(1)
    page.wait_for_timeout(1500)
    assert asked == []

    page.get_by_label("Write a note").fill("")
    with page.expect_response("**/customer/"):
        page.get_by_label("Your message").focus()
