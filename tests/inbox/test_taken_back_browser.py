"""What a customer takes back goes from the drafts that browsers keep, and none of them brings it back."""

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from channels_app.inbound import InboundEvent, Source
from conversations import intake
from conversations.models import Draft, Message
from tests.inbox.server import server  # noqa: F401 - a fixture
from tests.inbox.test_browser import listens, window  # noqa: F401 - a fixture

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


def take_back(asked):
    now = timezone.now()
    times = {"occurred_at": now, "received_at": now}
    whose = {"webhook_event_id": 0, "lane_id": 0, "account_id": asked.account_id, "source": Source("unknown", "")}
    with transaction.atomic():
        event = InboundEvent(kind="unsent", name="unsend", target_message_id=asked.line_message_id, **whose, **times)
        intake.receive(event, asked.conversation.channel)


def field(page):
    return page.get_by_label("Your message")


def kept(page):
    return page.evaluate("Object.entries(localStorage).filter(([key]) => key.startsWith('draft:')).map(([, draft]) => draft).join()")


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
